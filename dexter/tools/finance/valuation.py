"""What a share or a firm is worth, and the rates used for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from dexter.tools.errors import BadArgument
from dexter.tools.finance.precision import HUNDRED, ONE, ZERO, exact, fraction, periodic_growth
from dexter.tools.finance.time_value import perpetuity_present_value

MOST_YEARS = 200


@dataclass(frozen=True)
class Worth:
    """A discounted cash flow valuation, all in the flows' unit; `value` is the sum of the other two."""

    flows_value: Decimal
    terminal_value_today: Decimal
    value: Decimal


@exact
def gordon_growth_value(
    next_dividend: Decimal, required_percent: Decimal, growth_percent: Decimal
) -> Decimal:
    """Return the value of a share whose dividend grows for ever, in the dividend's unit.

    Source: Gordon and Shapiro, Capital Equipment Analysis, Management Science 3 (1956): P = D1 / (r - g).

    Args:
        next_dividend: Dividend of the coming year (D1), per share.
        required_percent: Required return in percent a year.
        growth_percent: Growth of the dividend in percent a year, below the required return.

    Raises:
        BadArgument: The growth is not below the required return.
    """
    return perpetuity_present_value(next_dividend, required_percent, growth_percent)


@exact
def cost_of_equity_percent(
    risk_free_percent: Decimal, beta: Decimal, market_premium_percent: Decimal
) -> Decimal:
    """Return the cost of equity by the capital asset pricing model (CAPM), in percent a year.

    Source: Sharpe, Capital Asset Prices, Journal of Finance 19 (1964): r_f + beta (r_m - r_f).

    Args:
        risk_free_percent: Risk-free rate in percent a year.
        beta: Pure number.
        market_premium_percent: Expected market return less the risk-free rate, in percent a year.
    """
    return risk_free_percent + beta * market_premium_percent


@exact
def weighted_cost_of_capital_percent(
    equity: Decimal, debt: Decimal, cost_of_equity: Decimal, cost_of_debt: Decimal, tax_percent: Decimal
) -> Decimal:
    """Return the weighted average cost of capital (WACC) after tax, in percent a year.

    Source: Brealey, Myers and Allen, Principles of Corporate Finance, ch. 19:
    E/(D+E) r_E + D/(D+E) r_D (1 - tax).

    Args:
        equity: Market value, zero or more.
        debt: Market value, zero or more, in the same unit; not both zero.
        cost_of_equity: Percent a year.
        cost_of_debt: Percent a year, before tax.
        tax_percent: Tax rate in percent, 0 to 100.

    Raises:
        BadArgument: A negative value, nothing at all, or a tax rate out of range.
    """
    if equity < ZERO or debt < ZERO:
        raise BadArgument("equity and debt", "have to be zero or more")
    if equity + debt == ZERO:
        raise BadArgument("equity and debt", "are both zero: there is no capital to weigh")
    if not ZERO <= tax_percent <= HUNDRED:
        raise BadArgument("tax_percent", f"has to be between 0 and 100, not {tax_percent}")
    after_tax = cost_of_debt * (ONE - fraction(tax_percent))
    return (equity * cost_of_equity + debt * after_tax) / (equity + debt)


@exact
def discounted_cash_flow(
    cash_flows: Sequence[Decimal], rate_percent: Decimal, terminal_value: Decimal
) -> Worth:
    """Return the value today of yearly flows, the first one year from now, and of a value at their end.

    Source: Brealey, Myers and Allen, ch. 4: sum of C_t / (1 + r)^t + TV / (1 + r)^n.

    Args:
        cash_flows: Free cash flow of each coming year, 1 to 200 of them.
        rate_percent: Discount rate in percent a year.
        terminal_value: What is left at the end of the last year, as of then.

    Raises:
        BadArgument: No flows, too many, or a rate that loses everything.
    """
    if not 1 <= len(cash_flows) <= MOST_YEARS:
        raise BadArgument("cash_flows", f"has to hold 1 to {MOST_YEARS} flows, not {len(cash_flows)}")
    growth = periodic_growth(rate_percent, 1)
    flows = sum((flow / growth**year for year, flow in enumerate(cash_flows, start=1)), ZERO)
    terminal = terminal_value / growth ** len(cash_flows)
    return Worth(flows, terminal, flows + terminal)


@exact
def terminal_value(last_flow: Decimal, rate_percent: Decimal, growth_percent: Decimal) -> Decimal:
    """Return the value, at the end of the last year, of flows that grow on for ever, in the flow's unit.

    Source: Brealey, Myers and Allen, ch. 4: TV = C_n (1 + g) / (r - g).

    Args:
        last_flow: Flow of the last year.
        rate_percent: Discount rate in percent a year.
        growth_percent: Growth in percent a year, below the rate.

    Raises:
        BadArgument: The growth is not below the rate.
    """
    return perpetuity_present_value(
        last_flow * (ONE + fraction(growth_percent)), rate_percent, growth_percent
    )
