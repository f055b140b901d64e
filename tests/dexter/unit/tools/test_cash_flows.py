"""Net present values and rates of return, all of them, also where the flows change sign again and again."""

from datetime import date
from decimal import Decimal as D  # noqa: N817 - on every line of these tests

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dexter.tools.errors import BadArgument, NotComputable
from dexter.tools.finance import cash_flows as flows


def listed(*numbers: float | str) -> list[D]:
    return [D(str(number)) for number in numbers]


def rounded(rates: tuple[D, ...], places: str = "0.0001") -> list[str]:
    return [str(rate.quantize(D(places))) for rate in rates]


def test_the_net_present_value_leaves_the_first_flow_as_it_is() -> None:
    value = flows.net_present_value(D(10), listed(-5000, 1500, 1500, 2000, 2500))
    assert str(value.quantize(D("0.01"))) == "813.47"


def test_a_plain_investment_has_the_rate_that_a_spreadsheet_finds() -> None:
    assert rounded(flows.internal_rates_percent(listed(-70000, 12000, 15000, 18000, 21000, 26000))) == [
        "8.6631"
    ]


def test_dated_flows_have_the_rate_of_the_documented_example_of_a_spreadsheet() -> None:
    days = [date(2008, 1, 1), date(2008, 3, 1), date(2008, 10, 30), date(2009, 2, 15), date(2009, 4, 1)]
    amounts = listed(-10000, 2750, 4250, 3250, 2750)
    assert rounded(flows.dated_internal_rates_percent(amounts, days)) == ["37.3363"]
    value = flows.dated_net_present_value(D(9), amounts, days)
    assert str(value.quantize(D("0.01"))) == "2086.65"


def test_the_modified_rate_is_that_of_the_documented_example_of_a_spreadsheet() -> None:
    amounts = listed(-120000, 39000, 30000, 21000, 37000, 46000)
    assert rounded((flows.modified_internal_rate_percent(amounts, D(10), D(12)),), "0.01") == ["12.61"]


def test_three_changes_of_sign_with_three_rates_give_all_three() -> None:
    # -1000 (1 - 1.1 x)(1 - 1.2 x)(1 - 1.3 x)
    assert rounded(flows.internal_rates_percent(listed(-1000, 3600, -4310, 1716)), "0.000001") == [
        "10.000000",
        "20.000000",
        "30.000000",
    ]


def test_a_rate_at_which_the_value_touches_zero_without_crossing_is_found() -> None:
    assert rounded(flows.internal_rates_percent(listed(-100, 220, -121))) == ["10.0000"]


def test_flows_with_changes_of_sign_but_no_rate_say_so() -> None:
    with pytest.raises(NotComputable, match="No rate of return"):
        flows.internal_rates_percent(listed(100, -200, 150))


@pytest.mark.parametrize("amounts", [[100, 200], [-5, -6], [0, 0], [7]])
def test_flows_that_never_change_sign_have_no_rate(amounts: list[int]) -> None:
    with pytest.raises(NotComputable, match="payment"):
        flows.internal_rates_percent(listed(*amounts))


def test_flows_that_change_sign_at_every_step_are_refused_at_once() -> None:
    with pytest.raises(NotComputable, match="change sign 99 times"):
        flows.internal_rates_percent([D((-1) ** at) for at in range(100)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-90, 300), min_size=1, max_size=4, unique=True))
def test_flows_built_from_rates_give_back_these_rates(rates: list[int]) -> None:
    coefficients = [D(-1)]
    for rate in rates:
        growth = 1 + D(rate) / 100
        grown = [one * -growth for one in coefficients]
        coefficients = [a + b for a, b in zip([*coefficients, D(0)], [D(0), *grown], strict=True)]
    assert rounded(flows.internal_rates_percent(coefficients), "0.00001") == [
        f"{rate}.00000" for rate in sorted(rates)
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.decimals(-(10**6), 10**6, places=2), min_size=2, max_size=30))
def test_at_every_rate_of_return_the_net_present_value_is_zero(amounts: list[D]) -> None:
    try:
        rates = flows.internal_rates_percent(amounts)
    except NotComputable:
        return
    for rate in rates:
        value = flows.net_present_value(rate, amounts)
        scale = sum(
            abs(flows.net_present_value(rate, [D(0)] * at + [amount])) for at, amount in enumerate(amounts)
        )
        assert abs(value) <= scale * D("1e-12")


@pytest.mark.parametrize(
    ("amounts", "rate", "expected"),
    [((-1000, 300, 400, 500), 0, "2.6"), ((-1000, 300, 400, 200), 0, None), ((-100, 110), 10, "1")],
)
def test_the_payback_is_linear_within_a_period(
    amounts: tuple[int, ...], rate: int, expected: str | None
) -> None:
    periods = flows.payback_periods(listed(*amounts), D(rate))
    assert (None if periods is None else str(periods.quantize(D("0.0001")).normalize())) == expected


def test_lists_that_do_not_fit_are_refused() -> None:
    day = date(2026, 1, 1)
    with pytest.raises(BadArgument, match="1 entries for 2"):
        flows.dated_internal_rates_percent(listed(-1, 2), [day])
    with pytest.raises(BadArgument, match="before the first"):
        flows.dated_net_present_value(D(5), listed(-1, 2), [day, date(2025, 1, 1)])
    with pytest.raises(BadArgument, match="1 to 500"):
        flows.net_present_value(D(5), [D(1)] * 501)
    with pytest.raises(BadArgument, match="1 to 500"):
        flows.net_present_value(D(5), [])
