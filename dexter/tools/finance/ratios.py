"""Ratios of a firm and its shares, each a value that names its amounts, unit and source.

Owns the list of ratios. An amount that was not given is worked out from others where a definition allows it,
such as gross profit from revenue and cost of goods sold; what was worked out is part of the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from dexter.tools.errors import BadArgument, MissingArgument, NotComputable
from dexter.tools.finance.precision import HUNDRED, ONE, ZERO, exact

Unit = Literal["percent", "times", "currency", "currency per share", "days"]

BREALEY = "Brealey, Myers and Allen, Principles of Corporate Finance, ch. 28"
CFA = "CFA Institute, Financial Statement Analysis, financial analysis techniques"
CFA_EQUITY = "CFA Institute, Equity Valuation, market-based multiples"
DAYS = "days"


@dataclass(frozen=True)
class Ratio:
    """A ratio: the sum on top (`a + b - c`) over the product below (`d * e`), in its unit.

    `positive` says that below zero the ratio means nothing (a P/E of a loss) and is refused.
    """

    name: str
    top: str
    below: str
    unit: Unit
    source: str = CFA
    positive: bool = field(default=False)

    @property
    def needs(self) -> tuple[str, ...]:
        """The amounts that it is made of."""
        return tuple(word for word in f"{self.top} {self.below}".split() if word not in "+-*1")

    @property
    def formula(self) -> str:
        """The formula in words."""
        top = f"({self.top})" if " " in self.top and self.below != "1" else self.top
        below = f"({self.below})" if " " in self.below else self.below
        text = top if self.below == "1" else f"{top} / {below}"
        scale = {"percent": " x 100", DAYS: " x 365"}.get(self.unit, "")
        return f"{self.name} = {text}{scale}".replace("_", " ")


@dataclass(frozen=True)
class RatioResult:
    """A computed ratio, with the amounts that it was made of and those that were worked out on the way."""

    ratio: Ratio
    amount: Decimal
    used: Mapping[str, Decimal]
    derived: tuple[str, ...]


RATIOS: Mapping[str, Ratio] = {
    ratio.name: ratio
    for ratio in (
        Ratio("gross margin", "gross_profit", "revenue", "percent"),
        Ratio("operating margin", "operating_income", "revenue", "percent"),
        Ratio("net margin", "net_income", "revenue", "percent"),
        Ratio("EBITDA margin", "ebitda", "revenue", "percent"),
        Ratio("free cash flow margin", "free_cash_flow", "revenue", "percent"),
        Ratio("return on equity", "net_income", "equity", "percent", positive=True),
        Ratio("return on assets", "net_income", "assets", "percent", positive=True),
        Ratio(
            "return on invested capital",
            "operating_profit_after_tax",
            "invested_capital",
            "percent",
            BREALEY,
            True,
        ),
        Ratio("effective tax rate", "income_tax", "pretax_income", "percent", positive=True),
        Ratio("current ratio", "current_assets", "current_liabilities", "times"),
        Ratio("quick ratio", "quick_assets", "current_liabilities", "times"),
        Ratio("cash ratio", "cash", "current_liabilities", "times"),
        Ratio("debt to equity", "debt", "equity", "times", positive=True),
        Ratio("debt to assets", "debt", "assets", "times"),
        Ratio("debt to EBITDA", "debt", "ebitda", "times", positive=True),
        Ratio("equity multiplier", "assets", "equity", "times", positive=True),
        Ratio("interest coverage", "operating_income", "interest_expense", "times"),
        Ratio("asset turnover", "revenue", "assets", "times"),
        Ratio("inventory turnover", "cost_of_goods_sold", "inventory", "times"),
        Ratio("days of inventory", "inventory", "cost_of_goods_sold", "days"),
        Ratio("days of sales outstanding", "receivables", "revenue", "days"),
        Ratio("days of payables outstanding", "payables", "cost_of_goods_sold", "days"),
        Ratio("price to earnings", "price", "earnings_per_share", "times", CFA_EQUITY, True),
        Ratio("PEG", "price_to_earnings", "growth_percent", "times", CFA_EQUITY, True),
        Ratio("price to book", "price", "book_value_per_share", "times", CFA_EQUITY, True),
        Ratio("price to sales", "market_value", "revenue", "times", CFA_EQUITY, True),
        Ratio("enterprise value", "market_value + debt - cash", "1", "currency", CFA_EQUITY),
        Ratio("EV to EBITDA", "enterprise_value", "ebitda", "times", CFA_EQUITY, True),
        Ratio("EV to sales", "enterprise_value", "revenue", "times", CFA_EQUITY, True),
        Ratio("dividend yield", "dividends_per_share", "price", "percent", CFA_EQUITY, True),
        Ratio("earnings yield", "earnings_per_share", "price", "percent", CFA_EQUITY, True),
        Ratio("free cash flow yield", "free_cash_flow", "market_value", "percent", CFA_EQUITY, True),
        Ratio("payout ratio", "dividends", "net_income", "percent", CFA, True),
        Ratio(
            "earnings per share",
            "net_income - preferred_dividends",
            "shares",
            "currency per share",
            positive=True,
        ),
        Ratio("book value per share", "equity", "shares", "currency per share", positive=True),
        Ratio("free cash flow", "operating_cash_flow - capital_expenditure", "1", "currency", BREALEY),
        Ratio("gross profit", "revenue - cost_of_goods_sold", "1", "currency"),
        Ratio("market value", "price * shares", "1", "currency", CFA_EQUITY),
        Ratio("DuPont return on equity", "net_income", "equity", "percent", CFA, True),
    )
}

# Amounts that can be worked out from others, first way first.
DERIVED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "gross_profit": (("revenue - cost_of_goods_sold", "1"),),
    "quick_assets": (("current_assets - inventory", "1"),),
    "market_value": (("price * shares", "1"),),
    "enterprise_value": (("market_value + debt - cash", "1"),),
    "free_cash_flow": (("operating_cash_flow - capital_expenditure", "1"),),
    "earnings_per_share": (("net_income", "shares"), ("price", "price_to_earnings")),
    "price_to_earnings": (("price", "earnings_per_share"), ("market_value", "net_income")),
    "book_value_per_share": (("equity", "shares"),),
    "dividends_per_share": (("dividends", "shares"),),
    "equity": (("assets - liabilities", "1"),),
}
OPTIONAL: Mapping[str, Decimal] = {"preferred_dividends": ZERO}
# Per-share ratios made of totals instead: market value 900 and earnings 60 are a P/E of 15 as well.
IN_TOTALS: Mapping[str, Ratio] = {
    "price to earnings": Ratio("price to earnings", "market_value", "net_income", "times", CFA_EQUITY, True),
    "price to book": Ratio("price to book", "market_value", "equity", "times", CFA_EQUITY, True),
    "price to sales": Ratio("price to sales", "price", "sales_per_share", "times", CFA_EQUITY, True),
    "dividend yield": Ratio("dividend yield", "dividends", "market_value", "percent", CFA_EQUITY, True),
    "earnings yield": Ratio("earnings yield", "net_income", "market_value", "percent", CFA_EQUITY, True),
    "payout ratio": Ratio("payout ratio", "dividends_per_share", "earnings_per_share", "percent", CFA, True),
}


@exact
def ratio_of(name: str, amounts: Mapping[str, Decimal]) -> RatioResult:
    """Return the ratio called `name`, in its unit.

    Source: the ratio's own `source`.

    Args:
        name: A key of `RATIOS`.
        amounts: By name, all in one currency and unit; `growth_percent` in percent, `shares` as a count.

    Raises:
        BadArgument: An unknown ratio.
        MissingArgument: An amount that is neither given nor can be worked out.
        NotComputable: The amount below is zero, or below zero where that means nothing.
    """
    ratio = RATIOS.get(name)
    if ratio is None:
        raise BadArgument("ratio", f"{name!r} is not known; known are: {', '.join(RATIOS)}")
    given = {**OPTIONAL, **amounts}
    for form in (ratio, IN_TOTALS.get(name)):
        if form is not None and (known := _completed(form, given)) is not None:
            return _computed(form, known, amounts)
    missing = tuple(need for need in ratio.needs if need not in given)
    raise MissingArgument(f"The {name}", missing)


def _completed(ratio: Ratio, given: Mapping[str, Decimal]) -> dict[str, Decimal] | None:
    known = dict(given)
    return known if all(_known(need, known, depth=3) for need in ratio.needs) else None


def _known(need: str, known: dict[str, Decimal], depth: int) -> bool:
    """Return whether `need` is known, after working it out into `known` if that is possible."""
    if need in known:
        return True
    if depth == 0:
        return False
    for top, below in DERIVED.get(need, ()):
        parts = Ratio(need, top, below, "currency")
        trial = dict(known)
        if all(_known(part, trial, depth - 1) for part in parts.needs) and _product(below, trial) != ZERO:
            known.update(trial)
            known[need] = _sum(top, known) / _product(below, known)
            return True
    return False


def _computed(ratio: Ratio, known: Mapping[str, Decimal], given: Mapping[str, Decimal]) -> RatioResult:
    below = _product(ratio.below, known)
    name = ratio.below.replace("_", " ")
    if below == ZERO:
        raise NotComputable(f"The {ratio.name} divides by {name}, which is zero")
    if ratio.positive and below < ZERO:
        raise NotComputable(f"The {ratio.name} means nothing with {name} below zero ({below})")
    scale = {"percent": HUNDRED, DAYS: Decimal(365)}.get(ratio.unit, ONE)
    used = {need: known[need] for need in ratio.needs if need in given or known[need] != ZERO}
    sources = {name: amount for name, amount in given.items() if name not in used}
    derived = tuple(need for need in used if need not in given)
    return RatioResult(ratio, _sum(ratio.top, known) / below * scale, {**sources, **used}, derived)


def _sum(text: str, amounts: Mapping[str, Decimal]) -> Decimal:
    total, sign = ZERO, ONE
    for part in text.replace(" - ", " + -").split(" + "):
        sign = -ONE if part.startswith("-") else ONE
        total += sign * _product(part.removeprefix("-"), amounts)
    return total


def _product(text: str, amounts: Mapping[str, Decimal]) -> Decimal:
    product = ONE
    for part in text.split(" * "):
        product *= ONE if part == "1" else amounts[part]
    return product
