"""Present and future values of single sums and of level or growing payments.

Payments are per period; `rate_percent` is always the nominal yearly rate, compounded once per payment period.
"""

from decimal import Decimal

from dexter.tools.errors import BadArgument
from dexter.tools.finance.precision import (
    ONE,
    ZERO,
    checked_periods,
    checked_years,
    exact,
    fraction,
    periodic_growth,
)


@exact
def present_value(
    amount: Decimal, rate_percent: Decimal, years: Decimal, compoundings_per_year: int = 1
) -> Decimal:
    """Return today's value of `amount` paid in `years`, in the amount's unit.

    Source: Brealey, Myers and Allen, Principles of Corporate Finance, ch. 2: PV = FV / (1 + r/m)^(m t).

    Args:
        amount: Amount paid in the future.
        rate_percent: Discount rate in percent a year.
        years: Years from now, 0 to 1000.
        compoundings_per_year: How often the rate is compounded, 1 to 366.

    Raises:
        BadArgument: A rate that loses everything, or time or compounding out of range.
    """
    growth = periodic_growth(rate_percent, compoundings_per_year)
    return amount / growth ** (compoundings_per_year * checked_years(years))


@exact
def annuity_present_value(
    payment: Decimal,
    rate_percent: Decimal,
    years: Decimal,
    payments_per_year: int = 1,
    *,
    at_start: bool = False,
    growth_percent: Decimal = ZERO,
) -> Decimal:
    """Return today's value of regular payments, in the payment's unit.

    Source: Brealey, Myers and Allen, ch. 2 (annuity, annuity due, growing annuity):
    PV = C (1 - ((1 + g) / (1 + i))^n) / (i - g), n C / (1 + i) if i = g; times (1 + i) when paid at the
    start.

    Args:
        payment: First payment, per period.
        rate_percent: Discount rate in percent a year, nominal.
        years: Years for which payments run; years x payments_per_year has to be a whole number.
        payments_per_year: 1 to 366.
        at_start: True for an annuity due: each payment at the start of its period.
        growth_percent: How much payments grow, in percent per period.

    Raises:
        BadArgument: Rates that lose everything, or time out of range or not in whole periods.
    """
    factor = periodic_growth(rate_percent, payments_per_year)
    growth = periodic_growth(growth_percent, 1)
    periods = whole_periods(years, payments_per_year)
    if factor == growth:
        value = payment * periods / factor
    else:
        value = payment * (ONE - (growth / factor) ** periods) / (factor - growth)
    return value * factor if at_start else value


@exact
def annuity_future_value(
    payment: Decimal,
    rate_percent: Decimal,
    years: Decimal,
    payments_per_year: int = 1,
    *,
    at_start: bool = False,
) -> Decimal:
    """Return what regular payments have grown to at the end, in the payment's unit.

    Source: Brealey, Myers and Allen, ch. 2: FV = C ((1 + i)^n - 1) / i; times (1 + i) when paid at the start.

    Args:
        payment: Payment per period.
        rate_percent: Nominal rate in percent a year, compounded once per payment period.
        years: Years for which payments run; years x payments_per_year has to be a whole number.
        payments_per_year: 1 to 366.
        at_start: True if each payment is made at the start of its period.

    Raises:
        BadArgument: A rate that loses everything, or time out of range or not in whole periods.
        NotComputable: The result is too large.
    """
    factor = periodic_growth(rate_percent, payments_per_year)
    periods = whole_periods(years, payments_per_year)
    value = payment * periods if factor == ONE else payment * (factor**periods - ONE) / (factor - ONE)
    return value * factor if at_start else value


@exact
def perpetuity_present_value(
    payment: Decimal, rate_percent: Decimal, growth_percent: Decimal = ZERO, payments_per_year: int = 1
) -> Decimal:
    """Return today's value of payments for ever, the first one period from now, in the payment's unit.

    Source: Brealey, Myers and Allen, ch. 2: PV = C / i, growing: PV = C / (i - g).

    Args:
        payment: First payment, per period.
        rate_percent: Discount rate in percent a year.
        growth_percent: How much payments grow, in percent a year.
        payments_per_year: 1 to 366.

    Raises:
        BadArgument: The growth is not below the rate: the value would be infinite.
    """
    periods = checked_periods(payments_per_year, "payments_per_year")
    spread = (fraction(rate_percent) - fraction(growth_percent)) / periods
    if spread <= ZERO:
        raise BadArgument("growth_percent", "has to be below rate_percent: the value is infinite otherwise")
    return payment / spread


def whole_periods(years: Decimal, periods_per_year: int) -> Decimal:
    """Return how many periods `years` are.

    Raises:
        BadArgument: Not a whole number of periods, none, or years out of range.
    """
    periods = checked_years(years) * checked_periods(periods_per_year)
    whole = periods.to_integral_value()
    # A third of a year arrives as 0.3333...: close enough to four whole months.
    if abs(periods - whole) > Decimal("1e-9"):
        raise BadArgument(
            "years", f"of {years} is not a whole number of periods at {periods_per_year} a year"
        )
    if whole == ZERO:
        raise BadArgument("years", "is zero: there is no payment")
    return whole
