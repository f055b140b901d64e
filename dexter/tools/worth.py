"""The tools for valuation: discounted cash flows, dividend growth, cost of capital."""

from decimal import Decimal
from typing import Any

from dexter.tools.errors import BadArgument, MissingArgument
from dexter.tools.figures import CURRENCY, PERCENT, PERCENT_A_YEAR, Figure, named, report
from dexter.tools.finance import valuation
from dexter.tools.finance.precision import ZERO
from dexter.tools.numbers import Number, to_decimal, to_decimals

BREALEY = "Brealey, Myers and Allen, Principles of Corporate Finance, ch. 4 and 19"
GORDON = "Gordon and Shapiro, Management Science 3 (1956)"
SHARPE = "Sharpe, Journal of Finance 19 (1964)"


def discounted_cash_flow(
    *,
    cash_flows: list[Number],
    discount_percent: Number,
    terminal_growth_percent: Number | None = None,
    terminal_value: Number | None = None,
    net_debt: Number = 0,
    shares: Number | None = None,
    currency: str = "",
) -> dict[str, Any]:
    """Compute the value of a firm from its coming yearly free cash flows, and per share.

    Args:
        cash_flows: Free cash flow of each coming year, the first one year from now.
        discount_percent: Discount rate (WACC) in percent a year: 9 for 9%.
        terminal_growth_percent: Growth for ever after the last year, in percent a year, below the discount
            rate.
        terminal_value: Or the value at the end of the last year, such as an exit multiple times EBITDA.
        net_debt: Debt less cash, taken off for the value of equity.
        shares: Number of shares, for the value per share.
        currency: Code or sign of the amounts, such as USD; empty if unknown.
    """
    flows = to_decimals(cash_flows, "cash_flows", valuation.MOST_YEARS)
    rate, debt = to_decimal(discount_percent, "discount_percent"), to_decimal(net_debt, "net_debt")
    growth = (
        None
        if terminal_growth_percent is None
        else to_decimal(terminal_growth_percent, "terminal_growth_percent")
    )
    end = None if terminal_value is None else to_decimal(terminal_value, "terminal_value")
    if growth is not None and end is not None:
        raise BadArgument(
            "terminal_value", "and terminal_growth_percent are both given: only one can be used"
        )
    if not flows:
        raise MissingArgument("A discounted cash flow", ("cash_flows",))
    if growth is not None:
        end = valuation.terminal_value(flows[-1], rate, growth)
    worth = valuation.discounted_cash_flow(flows, rate, ZERO if end is None else end)
    figures = [
        Figure("enterprise value", worth.value, CURRENCY),
        Figure("value of the flows", worth.flows_value, CURRENCY),
        Figure("value of the terminal value today", worth.terminal_value_today, CURRENCY),
    ]
    inputs = [Figure(f"flow of year {year}", flow, CURRENCY) for year, flow in enumerate(flows, start=1)]
    inputs += named(
        {
            "discount rate": (rate, PERCENT_A_YEAR),
            "terminal growth": (growth, PERCENT_A_YEAR),
            "terminal value": (end, CURRENCY),
            "net debt": (debt or None, CURRENCY),
        }
    )
    if debt or shares is not None:
        figures.append(Figure("value of equity", worth.value - debt, CURRENCY))
    if shares is not None:
        count = to_decimal(shares, "shares")
        if count <= ZERO:
            raise BadArgument("shares", "has to be above zero")
        inputs.append(Figure("shares", count, "shares"))
        figures.append(Figure("value per share", (worth.value - debt) / count, f"{CURRENCY} per share"))
    notes = (
        () if end is not None else ("No terminal value was given: nothing is counted after the last flow.",)
    )
    formula = "value = sum of flow_t / (1 + r)^t + TV / (1 + r)^n, TV = flow_n x (1 + g) / (r - g)"
    return report(
        "discounted cash flow",
        inputs,
        figures,
        formula=formula,
        source=BREALEY,
        currency=currency,
        notes=notes,
    )


def dividend_growth_value(
    *,
    required_percent: Number,
    growth_percent: Number,
    next_dividend: Number | None = None,
    last_dividend: Number | None = None,
    currency: str = "",
) -> dict[str, Any]:
    """Compute the value of a share whose dividend grows for ever (Gordon growth model).

    Args:
        required_percent: Required return in percent a year: 8 for 8%.
        growth_percent: Growth of the dividend in percent a year, below the required return.
        next_dividend: Dividend per share of the coming year (D1).
        last_dividend: Or the dividend just paid (D0).
        currency: Code or sign of the dividend, such as USD; empty if unknown.
    """
    required, growth = (
        to_decimal(required_percent, "required_percent"),
        to_decimal(growth_percent, "growth_percent"),
    )
    if (next_dividend is None) == (last_dividend is None):
        raise MissingArgument("The Gordon growth model", ("either next_dividend or last_dividend",))
    if next_dividend is not None:
        coming = to_decimal(next_dividend, "next_dividend")
    elif last_dividend is not None:
        coming = to_decimal(last_dividend, "last_dividend") * (1 + growth / 100)
    else:  # for the type checker: one of the two was given
        raise MissingArgument("The Gordon growth model", ("either next_dividend or last_dividend",))
    per_share = f"{CURRENCY} per share"
    inputs = named(
        {
            "dividend of the coming year": (coming, per_share),
            "required return": (required, PERCENT_A_YEAR),
            "growth": (growth, PERCENT_A_YEAR),
        }
    )
    value = Figure("value", valuation.gordon_growth_value(coming, required, growth), per_share)
    return report(
        "dividend growth value",
        inputs,
        [value],
        formula="value = D1 / (r - g)",
        source=GORDON,
        currency=currency,
    )


def cost_of_capital(
    *,
    risk_free_percent: Number | None = None,
    beta: Number | None = None,
    market_premium_percent: Number | None = None,
    cost_of_equity_percent: Number | None = None,
    equity: Number | None = None,
    debt: Number | None = None,
    cost_of_debt_percent: Number | None = None,
    tax_percent: Number = 0,
) -> dict[str, Any]:
    """Compute the cost of equity (CAPM) and, given equity and debt, the weighted one (WACC).

    Args:
        risk_free_percent: Risk-free rate in percent a year: 4 for 4%.
        beta: Beta of the share.
        market_premium_percent: Expected market return less the risk-free rate, in percent a year.
        cost_of_equity_percent: Cost of equity in percent a year, instead of the three above.
        equity: Market value of equity, for the weighted cost.
        debt: Market value of debt, in the same unit.
        cost_of_debt_percent: Cost of debt before tax, in percent a year.
        tax_percent: Tax rate in percent: 21 for 21%.
    """
    figures: list[Figure] = []
    inputs: list[Figure] = []
    formulas: list[str] = []
    if cost_of_equity_percent is not None:
        own = to_decimal(cost_of_equity_percent, "cost_of_equity_percent")
        inputs.append(Figure("cost of equity", own, PERCENT_A_YEAR))
    elif risk_free_percent is not None and beta is not None and market_premium_percent is not None:
        free, slope = to_decimal(risk_free_percent, "risk_free_percent"), to_decimal(beta, "beta")
        premium = to_decimal(market_premium_percent, "market_premium_percent")
        own = valuation.cost_of_equity_percent(free, slope, premium)
        inputs += named(
            {
                "risk-free rate": (free, PERCENT_A_YEAR),
                "beta": (slope, ""),
                "market premium": (premium, PERCENT_A_YEAR),
            }
        )
        figures.append(Figure("cost of equity", own, PERCENT_A_YEAR))
        formulas.append("cost of equity = risk-free rate + beta x market premium")
    else:
        raise MissingArgument(
            "The cost of equity",
            ("cost_of_equity_percent, or risk_free_percent, beta and market_premium_percent",),
        )
    given = {"equity": equity, "debt": debt, "cost_of_debt_percent": cost_of_debt_percent}
    known = {name: to_decimal(value, name) for name, value in given.items() if value is not None}
    if known and len(known) < len(given):
        raise MissingArgument(
            "The weighted cost of capital", tuple(name for name in given if name not in known)
        )
    if known:
        tax = to_decimal(tax_percent, "tax_percent")
        weighted = _weighted(known, own, tax)
        figures.insert(0, Figure("weighted average cost of capital", weighted, PERCENT_A_YEAR))
        inputs += [
            Figure("equity", known["equity"], CURRENCY),
            Figure("debt", known["debt"], CURRENCY),
            Figure("cost of debt", known["cost_of_debt_percent"], PERCENT_A_YEAR),
            Figure("tax", tax, PERCENT),
        ]
        formulas.insert(0, "WACC = E/(D+E) x cost of equity + D/(D+E) x cost of debt x (1 - tax)")
    if not figures:
        raise MissingArgument("The weighted cost of capital", tuple(given))
    source = f"{SHARPE}; {BREALEY}" if known else SHARPE
    return report("cost of capital", inputs, figures, formula="; ".join(formulas), source=source)


def _weighted(known: dict[str, Decimal], own: Decimal, tax: Decimal) -> Decimal:
    return valuation.weighted_cost_of_capital_percent(
        known["equity"], known["debt"], own, known["cost_of_debt_percent"], tax
    )
