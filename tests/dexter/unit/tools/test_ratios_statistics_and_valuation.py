"""Ratios from given amounts, statistics of lists, and valuations."""

from decimal import Decimal as D  # noqa: N817 - on every line of these tests
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.tools.errors import BadArgument, MissingArgument, NotComputable
from dexter.tools.finance import statistics, valuation
from dexter.tools.finance.ratios import RATIOS, ratio_of
from dexter.tools.ratio import RatioName


def amounts(**given: float | str) -> dict[str, D]:
    return {name: D(str(value)) for name, value in given.items()}


def test_the_tool_offers_exactly_the_ratios_that_there_are() -> None:
    assert get_args(RatioName) == tuple(RATIOS)


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("price to earnings", amounts(price=150, earnings_per_share=6), "25"),
        ("price to earnings", amounts(market_value=900, net_income=60), "15"),
        ("net margin", amounts(revenue=400, net_income=60), "15"),
        ("gross margin", amounts(revenue=500, cost_of_goods_sold=320), "36"),
        ("debt to equity", amounts(debt=50, equity=80), "0.625"),
        ("debt to equity", amounts(debt=50, assets=120, liabilities=40), "0.625"),
        ("quick ratio", amounts(current_assets=900, inventory=200, current_liabilities=350), "2"),
        ("EV to EBITDA", amounts(price=9, shares=100, debt=200, cash=100, ebitda=100), "10"),
        ("enterprise value", amounts(market_value=900, debt=300, cash=150), "1050"),
        ("PEG", amounts(price=150, earnings_per_share=6, growth_percent=10), "2.5"),
        ("payout ratio", amounts(dividends_per_share=2, earnings_per_share=5), "40"),
        ("dividend yield", amounts(dividends=30, market_value=600), "5"),
        ("earnings per share", amounts(net_income=100, preferred_dividends=10, shares=30), "3"),
        ("days of inventory", amounts(inventory=100, cost_of_goods_sold=365), "100"),
        ("DuPont return on equity", amounts(net_income=15, equity=50), "30"),
        (
            "free cash flow yield",
            amounts(operating_cash_flow=90, capital_expenditure=30, market_value=600),
            "10",
        ),
    ],
)
def test_a_ratio_is_worked_out_from_what_is_given(name: str, known: dict[str, D], expected: str) -> None:
    assert abs(ratio_of(name, known).amount - D(expected)) < D("1e-40")


def test_what_was_worked_out_on_the_way_is_named() -> None:
    result = ratio_of("EV to EBITDA", amounts(market_value=900, debt=200, cash=100, ebitda=100))
    assert result.derived == ("enterprise_value",)
    assert result.used["enterprise_value"] == 1000


def test_a_missing_amount_is_named() -> None:
    with pytest.raises(MissingArgument, match="net margin needs revenue") as caught:
        ratio_of("net margin", amounts(net_income=60))
    assert caught.value.arguments == ("revenue",)


@pytest.mark.parametrize(
    ("name", "known", "sentence"),
    [
        ("net margin", amounts(revenue=0, net_income=60), "which is zero"),
        ("price to earnings", amounts(price=150, earnings_per_share=-6), "means nothing"),
        ("debt to equity", amounts(debt=50, equity=-1), "means nothing"),
    ],
)
def test_a_ratio_without_meaning_is_refused(name: str, known: dict[str, D], sentence: str) -> None:
    with pytest.raises(NotComputable, match=sentence):
        ratio_of(name, known)


def test_an_unknown_ratio_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadArgument, match="gross margin"):
        ratio_of("magic number", {})


@pytest.mark.parametrize("name", list(RATIOS))
def test_every_ratio_can_be_computed_from_its_own_amounts_and_says_its_formula(name: str) -> None:
    ratio = RATIOS[name]
    result = ratio_of(name, dict.fromkeys(ratio.needs, D(2)))
    assert result.amount == result.amount
    assert ratio.formula.startswith(f"{name} = ")
    assert ratio.source


def test_statistics_are_those_of_the_textbook() -> None:
    numbers = [D(n) for n in (2, 4, 4, 4, 5, 5, 7, 9)]
    assert statistics.mean(numbers) == 5
    assert statistics.median(numbers) == D("4.5")
    assert statistics.standard_deviation(numbers, sample=False) == 2
    assert statistics.weighted_mean([D(5), D(8)], [D(60), D(40)]) == D("6.2")
    assert str(statistics.geometric_mean_percent([D(10), D(-10)]).quantize(D("0.0001"))) == "-0.5013"


@given(st.lists(st.integers(-50, 50).map(D), min_size=3, max_size=12), st.integers(-5, 5).map(D))
def test_the_beta_of_a_line_is_its_slope(market: list[D], slope: D) -> None:
    if len(set(market)) > 1:
        asset = [slope * one + 3 for one in market]
        assert abs(statistics.beta(asset, market) - slope) < D("1e-40")


def test_numbers_that_do_not_vary_have_no_sharpe_ratio_and_no_beta() -> None:
    with pytest.raises(NotComputable, match="do not vary"):
        statistics.sharpe_ratio([D(5), D(5)], D(1))
    with pytest.raises(NotComputable, match="do not vary"):
        statistics.beta([D(5), D(6)], [D(1), D(1)])


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: statistics.mean([]),
        lambda: statistics.variance([D(1)]),
        lambda: statistics.weighted_mean([D(1)], [D(0)]),
        lambda: statistics.weighted_mean([D(1)], [D(1), D(2)]),
        lambda: statistics.geometric_mean_percent([D(-100)]),
        lambda: statistics.beta([D(1)], [D(1), D(2)]),
        lambda: valuation.weighted_cost_of_capital_percent(D(0), D(0), D(1), D(1), D(1)),
        lambda: valuation.weighted_cost_of_capital_percent(D(1), D(1), D(1), D(1), D(101)),
        lambda: valuation.gordon_growth_value(D(1), D(3), D(3)),
        lambda: valuation.discounted_cash_flow([], D(3), D(0)),
    ],
)
def test_lists_and_rates_that_do_not_fit_are_refused(attempt: object) -> None:
    with pytest.raises(BadArgument):
        attempt()  # type: ignore[operator]


def test_valuations_are_those_of_the_textbook() -> None:
    assert valuation.gordon_growth_value(D(2), D(8), D(3)) == 40
    assert valuation.cost_of_equity_percent(D(4), D("1.2"), D(5)) == 10
    assert valuation.weighted_cost_of_capital_percent(D(60), D(40), D(10), D(5), D(21)) == D("7.58")


@given(
    st.decimals(1, 10**6, places=2),
    st.decimals(6, 20, places=1),
    st.decimals(0, 5, places=1),
    st.integers(1, 40),
)
def test_growing_flows_and_their_terminal_value_are_worth_what_the_perpetuity_is(
    flow: D, rate: D, growth: D, count: int
) -> None:
    flows = [flow * (1 + growth / 100) ** year for year in range(count)]
    end = valuation.terminal_value(flows[-1], rate, growth)
    worth = valuation.discounted_cash_flow(flows, rate, end)
    assert abs(worth.value - valuation.gordon_growth_value(flow, rate, growth)) < worth.value * D("1e-20")
    parts = worth.flows_value + worth.terminal_value_today
    assert abs(worth.value - parts) < worth.value * D("1e-25")
