"""The tool for ratios of a firm and its shares."""

from decimal import Decimal
from typing import Any, Literal, get_args

from dexter.tools.errors import BadArgument
from dexter.tools.figures import CURRENCY, PERCENT_A_YEAR, Figure, report
from dexter.tools.finance.ratios import RATIOS, ratio_of
from dexter.tools.numbers import Number, to_decimal

RatioName = Literal[
    "gross margin",
    "operating margin",
    "net margin",
    "EBITDA margin",
    "free cash flow margin",
    "return on equity",
    "return on assets",
    "return on invested capital",
    "effective tax rate",
    "current ratio",
    "quick ratio",
    "cash ratio",
    "debt to equity",
    "debt to assets",
    "debt to EBITDA",
    "equity multiplier",
    "interest coverage",
    "asset turnover",
    "inventory turnover",
    "days of inventory",
    "days of sales outstanding",
    "days of payables outstanding",
    "price to earnings",
    "PEG",
    "price to book",
    "price to sales",
    "enterprise value",
    "EV to EBITDA",
    "EV to sales",
    "dividend yield",
    "earnings yield",
    "free cash flow yield",
    "payout ratio",
    "earnings per share",
    "book value per share",
    "free cash flow",
    "gross profit",
    "market value",
    "DuPont return on equity",
]
RATIO_NAMES: tuple[str, ...] = get_args(RatioName)
DUPONT = "DuPont return on equity"
UNITS = {"growth_percent": PERCENT_A_YEAR, "shares": "shares", "price_to_earnings": "times"}


def financial_ratio(*, ratio: RatioName, amounts: dict[str, Number], currency: str = "") -> dict[str, Any]:
    """Compute a ratio of a firm or a share, from amounts that you know; it looks nothing up.

    Args:
        ratio: Which one.
        amounts: Amount by name, all in one currency and unit. Names: revenue, cost_of_goods_sold,
            gross_profit, operating_income (EBIT), ebitda, net_income, interest_expense, income_tax,
            pretax_income, operating_profit_after_tax (NOPAT), operating_cash_flow, capital_expenditure,
            free_cash_flow, dividends, preferred_dividends, assets, liabilities, equity, invested_capital,
            debt, cash, current_assets, current_liabilities, quick_assets, inventory, receivables, payables,
            shares (a count), price, earnings_per_share, book_value_per_share, sales_per_share,
            dividends_per_share, market_value, enterprise_value, price_to_earnings, growth_percent. What can
            be worked out from others may be left out.
        currency: Code or sign of the amounts, such as USD; empty if unknown.
    """
    known = {name: to_decimal(value, name) for name, value in amounts.items()}
    if len(known) > len(RATIO_NAMES):
        raise BadArgument("amounts", f"holds {len(known)} entries: no ratio needs that many")
    result = ratio_of(ratio, known)
    figures = [Figure(ratio, result.amount, result.ratio.unit)]
    formula = result.ratio.formula
    if ratio == DUPONT:
        figures += _dupont_parts(known)
        formula = "ROE = net margin x asset turnover x equity multiplier"
    notes = [
        f"{name.replace('_', ' ').capitalize()} was worked out from the others." for name in result.derived
    ]
    inputs = [Figure(name.replace("_", " "), amount, _unit(name)) for name, amount in result.used.items()]
    return report(
        ratio, inputs, figures, formula=formula, source=result.ratio.source, currency=currency, notes=notes
    )


def _dupont_parts(known: dict[str, Decimal]) -> list[Figure]:
    parts = [
        ratio_of(name, known)
        for name in ("net margin", "asset turnover", "equity multiplier")
        if all(need in known for need in RATIOS[name].needs)
    ]
    return [Figure(part.ratio.name, part.amount, part.ratio.unit) for part in parts]


def _unit(name: str) -> str:
    return UNITS.get(
        name, f"{CURRENCY} per share" if name == "price" or name.endswith("_per_share") else CURRENCY
    )
