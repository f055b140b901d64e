"""Growth, present values and annuities, against figures of textbooks and laws between the formulas."""

from collections.abc import Callable
from decimal import Decimal as D  # noqa: N817 - on every line of these tests

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.tools.errors import BadArgument, NotComputable, ToolError
from dexter.tools.finance import growth
from dexter.tools.finance import time_value as value

amounts = st.decimals(min_value="0.01", max_value="1e12", places=2)
rates = st.decimals(min_value="0.01", max_value=60, places=2)
years = st.integers(min_value=1, max_value=80).map(D)
frequencies = st.sampled_from([1, 2, 4, 12, 52, 365])


def close(left: D, right: D, digits: int = 30) -> bool:
    return abs(left - right) <= max(abs(left), abs(right)) * D(10) ** -digits


@pytest.mark.parametrize(
    ("computed", "expected"),
    [
        (growth.grown_amount(D(1000), D(7), D(10)), "1967.15"),
        (growth.grown_amount(D(5000), D(5), D(10), 12), "8235.05"),
        (growth.continuously_grown_amount(D(100), D(10), D(1)), "110.52"),
        (growth.annual_growth_percent(D(100), D(200), D(5)), "14.87"),
        (growth.change_percent(D(80), D(60)), "-25.00"),
        (growth.change_percent(D(-50), D(25)), "150.00"),
        (growth.years_to_multiply(D(7), D(2)), "10.24"),
        (growth.effective_percent(D(12), 12), "12.68"),
        (value.present_value(D(10000), D(8), D(5)), "6805.83"),
        (value.annuity_present_value(D(1000), D(5), D(5)), "4329.48"),
        (value.annuity_present_value(D(1000), D(5), D(5), at_start=True), "4545.95"),
        (value.annuity_present_value(D(1000), D(5), D(5), growth_percent=D(5)), "4761.90"),
        (value.annuity_future_value(D(300), D(6), D(15), 12), "87245.61"),
        (value.annuity_future_value(D(100), D(0), D(2), 12), "2400.00"),
        (value.perpetuity_present_value(D(500), D(5)), "10000.00"),
        (value.perpetuity_present_value(D(500), D(5), D(2)), "16666.67"),
    ],
)
def test_a_formula_gives_the_figure_of_the_textbook(computed: D, expected: str) -> None:
    assert str(computed.quantize(D("0.01"))) == expected


@given(amounts, rates, years, frequencies)
def test_discounting_undoes_compounding(amount: D, rate: D, span: D, per_year: int) -> None:
    grown = growth.grown_amount(amount, rate, span, per_year)
    assert close(value.present_value(grown, rate, span, per_year), amount)


@given(amounts, amounts, years)
def test_growing_at_the_rate_of_growth_leads_to_the_end(start: D, end: D, span: D) -> None:
    rate = growth.annual_growth_percent(start, end, span)
    assert close(growth.grown_amount(start, rate, span), end, digits=25)


@given(rates, frequencies)
def test_the_nominal_rate_of_an_effective_rate_is_where_it_came_from(rate: D, per_year: int) -> None:
    assert close(growth.nominal_percent(growth.effective_percent(rate, per_year), per_year), rate)


@given(amounts, rates, st.integers(1, 30), st.sampled_from([1, 2, 4, 12]))
def test_an_annuity_is_the_sum_of_its_payments(payment: D, rate: D, span: int, per_year: int) -> None:
    one_by_one = sum(
        value.present_value(payment, rate, D(k) / per_year, per_year) for k in range(1, span * per_year + 1)
    )
    assert close(value.annuity_present_value(payment, rate, D(span), per_year), D(one_by_one), digits=25)


@given(rates, st.decimals(min_value="1.01", max_value=100, places=2))
def test_after_the_time_to_multiply_the_amount_is_multiplied(rate: D, multiple: D) -> None:
    span = growth.years_to_multiply(rate, multiple)
    if span <= 1000:
        assert close(growth.grown_amount(D(1), rate, span), multiple)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: growth.annual_growth_percent(D(0), D(100), D(5)),
        lambda: growth.annual_growth_percent(D(-5), D(100), D(5)),
        lambda: growth.annual_growth_percent(D(5), D(-100), D(5)),
        lambda: growth.annual_growth_percent(D(5), D(100), D(0)),
        lambda: growth.change_percent(D(0), D(1)),
        lambda: growth.grown_amount(D(1), D(-100), D(1)),
        lambda: growth.grown_amount(D(1), D(5), D(-1)),
        lambda: growth.grown_amount(D(1), D(5), D(1001)),
        lambda: growth.grown_amount(D(1), D(5), D(1), 0),
        lambda: growth.grown_amount(D(1), D(5), D(1), 367),
        lambda: growth.years_to_multiply(D(0), D(2)),
        lambda: growth.years_to_multiply(D(5), D("0.5")),
        lambda: growth.years_to_multiply(D(5), D(0)),
        lambda: value.annuity_present_value(D(1), D(5), D("1.05"), 12),
        lambda: value.annuity_present_value(D(1), D(5), D(0)),
        lambda: value.perpetuity_present_value(D(1), D(3), D(3)),
    ],
)
def test_an_argument_that_the_formula_does_not_allow_is_refused(attempt: Callable[[], D]) -> None:
    with pytest.raises(BadArgument, match=r"^[a-z_]+ .+\.$"):
        attempt()


def test_a_result_that_is_too_large_is_refused_and_not_computed_for_ever() -> None:
    with pytest.raises(NotComputable, match="too large"):
        growth.grown_amount(D("1e60"), D("1e60"), D(1000), 366)


def test_months_that_arrive_as_a_part_of_a_year_are_whole_periods() -> None:
    third = value.annuity_present_value(D(100), D(6), D("0.3333333333333333"), 12)
    four = sum(value.present_value(D(100), D(6), D(k) / 12, 12) for k in range(1, 5))
    assert close(third, D(four), digits=15)
    assert value.whole_periods(D("0.3333333333333333"), 12) == 4


def test_the_context_of_the_caller_changes_nothing() -> None:
    import decimal

    with decimal.localcontext(decimal.Context(prec=3)):
        coarse = growth.grown_amount(D(1000), D(7), D(10))
    assert coarse == growth.grown_amount(D(1000), D(7), D(10))


def test_every_error_of_the_tools_is_a_tool_error() -> None:
    assert issubclass(BadArgument, ToolError)
    assert issubclass(NotComputable, ToolError)
