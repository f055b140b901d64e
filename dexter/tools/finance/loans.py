"""Loans that are paid back in level payments, each at the end of its period.

Rates are nominal percent a year, compounded once per payment. Nothing is rounded to cents: a bank's last
payment differs from these by the cents it rounded on the way.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from dexter.tools.errors import BadArgument, NotComputable
from dexter.tools.finance.precision import LONGEST_YEARS, ONE, ZERO, exact, periodic_growth
from dexter.tools.finance.time_value import whole_periods


@dataclass(frozen=True)
class LoanYear:
    """One year of a loan: interest and principal paid in it, balance at its end."""

    year: int
    interest: Decimal
    principal: Decimal
    balance: Decimal


@exact
def loan_payment(
    amount: Decimal, rate_percent: Decimal, years: Decimal, payments_per_year: int = 12
) -> Decimal:
    """Return the level payment per period, in the amount's unit.

    Source: Brealey, Myers and Allen, Principles of Corporate Finance, ch. 2 (amortizing loan):
    payment = amount i / (1 - (1 + i)^-n), amount / n at a zero rate.

    Args:
        amount: Amount borrowed, above zero.
        rate_percent: Nominal rate in percent a year, zero or more.
        years: Years until it is paid back; years x payments_per_year has to be a whole number.
        payments_per_year: 1 to 366.

    Raises:
        BadArgument: An amount, rate or time out of range.
    """
    growth = _growth(amount, rate_percent, payments_per_year)
    periods = whole_periods(years, payments_per_year)
    return amount / periods if growth == ONE else amount * (growth - ONE) / (ONE - growth**-periods)


@exact
def loan_balance(
    amount: Decimal, rate_percent: Decimal, payment: Decimal, payments_made: int, payments_per_year: int = 12
) -> Decimal:
    """Return what is still owed after `payments_made` level payments, in the amount's unit, never below zero.

    Source: Fabozzi, ch. 10: balance = amount (1 + i)^k - payment ((1 + i)^k - 1) / i.

    Args:
        amount: Amount borrowed, above zero.
        rate_percent: Nominal rate in percent a year, zero or more.
        payment: Level payment per period.
        payments_made: How many have been paid, zero or more.
        payments_per_year: 1 to 366.

    Raises:
        BadArgument: An amount, rate or number out of range.
    """
    if payments_made < 0:
        raise BadArgument("payments_made", f"has to be zero or more, not {payments_made}")
    growth = _growth(amount, rate_percent, payments_per_year)
    if growth == ONE:
        return max(amount - payment * payments_made, ZERO)
    grown = growth**payments_made
    return max(amount * grown - payment * (grown - ONE) / (growth - ONE), ZERO)


@exact
def payments_needed(
    amount: Decimal, rate_percent: Decimal, payment: Decimal, payments_per_year: int = 12
) -> Decimal:
    """Return how many level payments pay the loan back, as a number with a part for the last, smaller one.

    Source: Brealey, Myers and Allen, ch. 2, solved for n: n = -ln(1 - amount i / payment) / ln(1 + i).

    Args:
        amount: Amount borrowed, above zero.
        rate_percent: Nominal rate in percent a year, zero or more.
        payment: Level payment per period, above zero.
        payments_per_year: 1 to 366.

    Raises:
        BadArgument: An amount or rate out of range.
        NotComputable: The payment does not even cover the interest.
    """
    growth = _growth(amount, rate_percent, payments_per_year)
    if payment <= ZERO:
        raise BadArgument("payment", f"has to be above zero, not {payment}")
    if growth == ONE:
        return amount / payment
    owed = ONE - amount * (growth - ONE) / payment
    if owed <= ZERO:
        raise NotComputable(
            f"A payment of {payment} does not cover the interest: the loan is never paid back"
        )
    return -owed.ln() / growth.ln()


@exact
def whole_payments(payments: Decimal) -> int:
    """Return the number of payments counting the last, smaller one as one."""
    return int((payments - Decimal("1e-9")).to_integral_value(ROUND_CEILING))


@exact
def loan_years(
    amount: Decimal, rate_percent: Decimal, years: Decimal, payments_per_year: int = 12
) -> tuple[LoanYear, ...]:
    """Return the amortization schedule summed up by year, first year first.

    Source: Fabozzi, ch. 10: interest = balance x i, principal = payment - interest, each period.

    Args:
        amount: Amount borrowed, above zero.
        rate_percent: Nominal rate in percent a year, zero or more.
        years: Up to 100; years x payments_per_year has to be a whole number.
        payments_per_year: 1 to 366.

    Raises:
        BadArgument: An amount, rate or time out of range.
    """
    if years > LONGEST_YEARS / 10:
        raise BadArgument("years", f"has to be at most {LONGEST_YEARS / 10} for a schedule, not {years}")
    payment = loan_payment(amount, rate_percent, years, payments_per_year)
    count = int(whole_periods(years, payments_per_year))
    summed: list[LoanYear] = []
    before = amount
    for made in [*range(payments_per_year, count, payments_per_year), count]:
        after = (
            ZERO if made == count else loan_balance(amount, rate_percent, payment, made, payments_per_year)
        )
        paid = payment * (made - len(summed) * payments_per_year)
        summed.append(LoanYear(len(summed) + 1, paid - (before - after), before - after, after))
        before = after
    return tuple(summed)


def _growth(amount: Decimal, rate_percent: Decimal, payments_per_year: int) -> Decimal:
    if amount <= ZERO:
        raise BadArgument("amount", f"has to be above zero, not {amount}")
    if rate_percent < ZERO:
        raise BadArgument("rate_percent", f"has to be zero or more for a loan, not {rate_percent}")
    return periodic_growth(rate_percent, payments_per_year)
