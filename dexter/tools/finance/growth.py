"""Growth of one amount: how much, how fast, how long."""

from decimal import Decimal

from dexter.tools.errors import BadArgument
from dexter.tools.finance.precision import HUNDRED, ONE, ZERO, checked_years, exact, fraction, periodic_growth


@exact
def change_percent(start_amount: Decimal, end_amount: Decimal) -> Decimal:
    """Return the change from start to end, in percent of the start.

    Source: CFA Institute, Quantitative Methods, holding period return without income: (end - start) /
    |start|.

    Args:
        start_amount: Amount at the start, not zero; for a negative start its absolute value is the base.
        end_amount: Amount at the end, in the same unit.

    Raises:
        BadArgument: The start is zero.
    """
    if start_amount == ZERO:
        raise BadArgument("start_amount", "is zero: a change in percent needs a start that is not zero")
    return (end_amount - start_amount) / abs(start_amount) * HUNDRED


@exact
def annual_growth_percent(start_amount: Decimal, end_amount: Decimal, years: Decimal) -> Decimal:
    """Return the compound annual growth rate (CAGR), in percent a year.

    Source: CFA Institute, Quantitative Methods, geometric growth rate: (end / start)^(1 / years) - 1.

    Args:
        start_amount: Amount at the start, above zero.
        end_amount: Amount at the end, in the same unit, zero or more.
        years: Years between them, above zero; parts of a year are fine.

    Raises:
        BadArgument: A start that is not positive, a negative end, or no time between them.
    """
    if start_amount <= ZERO:
        raise BadArgument("start_amount", f"has to be above zero for a compound rate, not {start_amount}")
    if end_amount < ZERO:
        raise BadArgument("end_amount", f"has to be zero or more for a compound rate, not {end_amount}")
    if checked_years(years) == ZERO:
        raise BadArgument("years", "is zero: a yearly rate needs time between start and end")
    if end_amount == ZERO:
        return -HUNDRED
    return ((end_amount / start_amount) ** (ONE / years) - ONE) * HUNDRED


@exact
def grown_amount(
    amount: Decimal, rate_percent: Decimal, years: Decimal, compoundings_per_year: int = 1
) -> Decimal:
    """Return what `amount` grows to, in the amount's unit.

    Source: Brealey, Myers and Allen, Principles of Corporate Finance, ch. 2: FV = PV (1 + r/m)^(m t).

    Args:
        amount: Amount today.
        rate_percent: Nominal rate in percent a year.
        years: Time in years, 0 to 1000; parts of a year are fine.
        compoundings_per_year: How often interest is added, 1 to 366.

    Raises:
        BadArgument: A rate that loses everything, or time or compounding out of range.
        NotComputable: The result is too large.
    """
    growth = periodic_growth(rate_percent, compoundings_per_year)
    return amount * growth ** (compoundings_per_year * checked_years(years))


@exact
def continuously_grown_amount(amount: Decimal, rate_percent: Decimal, years: Decimal) -> Decimal:
    """Return what `amount` grows to with continuous compounding, in the amount's unit.

    Source: Hull, Options, Futures and Other Derivatives, ch. 4: FV = PV e^(r t).

    Args:
        amount: Amount today.
        rate_percent: Continuously compounded rate in percent a year.
        years: Time in years, 0 to 1000.

    Raises:
        BadArgument: Time out of range.
        NotComputable: The result is too large.
    """
    return amount * (fraction(rate_percent) * checked_years(years)).exp()


@exact
def years_to_multiply(rate_percent: Decimal, multiple: Decimal, compoundings_per_year: int = 1) -> Decimal:
    """Return the years until an amount has become `multiple` times itself.

    Source: Brealey, Myers and Allen, ch. 2, solved for time: t = ln(multiple) / (m ln(1 + r/m)).

    Args:
        rate_percent: Nominal rate in percent a year, not zero.
        multiple: End divided by start, above zero: 2 for doubling, 0.5 for halving.
        compoundings_per_year: How often interest is added, 1 to 366.

    Raises:
        BadArgument: A zero rate, a multiple that is not positive, or one that this rate never reaches.
    """
    if multiple <= ZERO:
        raise BadArgument("multiple", f"has to be above zero, not {multiple}")
    growth = periodic_growth(rate_percent, compoundings_per_year)
    if growth == ONE:
        raise BadArgument("rate_percent", "is zero: the amount never changes")
    years = multiple.ln() / (compoundings_per_year * growth.ln())
    if years < ZERO:
        raise BadArgument("multiple", f"of {multiple} is never reached at {rate_percent} percent a year")
    return years


@exact
def effective_percent(nominal_percent: Decimal, compoundings_per_year: int) -> Decimal:
    """Return the effective annual rate (EAR) of a nominal one (APR), in percent a year.

    Source: Brealey, Myers and Allen, ch. 2: EAR = (1 + APR/m)^m - 1.

    Args:
        nominal_percent: Nominal rate in percent a year.
        compoundings_per_year: How often interest is added, 1 to 366.

    Raises:
        BadArgument: A rate that loses everything, or compounding out of range.
    """
    return (periodic_growth(nominal_percent, compoundings_per_year) ** compoundings_per_year - ONE) * HUNDRED


@exact
def nominal_percent(effective_percent: Decimal, compoundings_per_year: int) -> Decimal:
    """Return the nominal rate (APR) that gives an effective one (EAR), in percent a year.

    Source: Brealey, Myers and Allen, ch. 2, solved for the APR: m ((1 + EAR)^(1/m) - 1).

    Args:
        effective_percent: Effective rate in percent a year, above -100.
        compoundings_per_year: How often interest is added, 1 to 366.

    Raises:
        BadArgument: A loss of everything, or compounding out of range.
    """
    growth = periodic_growth(effective_percent, 1)
    times = Decimal(compoundings_per_year)
    periodic_growth(ZERO, compoundings_per_year)
    return times * (growth ** (ONE / times) - ONE) * HUNDRED


@exact
def continuous_effective_percent(nominal_percent: Decimal) -> Decimal:
    """Return the effective annual rate of a continuously compounded one, in percent a year.

    Source: Hull, Options, Futures and Other Derivatives, ch. 4: EAR = e^r - 1.
    """
    return (fraction(nominal_percent).exp() - ONE) * HUNDRED
