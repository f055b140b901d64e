"""The arithmetic all formulas share: 50 digits, bounded exponents, and errors that are sentences.

Owns the decimal context. A formula marked `exact` computes in it whatever the caller's own context is, so
that a result depends on its arguments alone; rounding for show happens elsewhere, once.
"""

from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from functools import wraps
from typing import ParamSpec, TypeVar

from dexter.tools.errors import BadArgument, NotComputable

P = ParamSpec("P")
R = TypeVar("R")

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
LONGEST_YEARS = Decimal(1000)
MOST_PERIODS_PER_YEAR = 366
CONTEXT = Context(prec=50, Emin=-99_999, Emax=99_999, traps=[InvalidOperation, DivisionByZero, Overflow])


def exact(formula: Callable[P, R]) -> Callable[P, R]:
    """Return `formula` computing in the shared context, its decimal signals turned into `NotComputable`."""

    @wraps(formula)
    def computed(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(CONTEXT):
            try:
                return formula(*args, **kwargs)
            except Overflow as error:
                raise NotComputable("The result is too large to be written down") from error
            except (DivisionByZero, InvalidOperation) as error:
                raise NotComputable(
                    "These values lead to a division by zero or to no number at all"
                ) from error

    return computed


def solved(percent: Decimal) -> Decimal:
    """Return a rate that bisection found, without the digits behind the thirtieth place: they are noise."""
    return percent.quantize(Decimal("1e-30")) + ZERO


def fraction(percent: Decimal) -> Decimal:
    """Return `percent` as a fraction: 7 becomes 0.07."""
    return percent / HUNDRED


def checked_years(years: Decimal, argument: str = "years") -> Decimal:
    """Return `years` if it is between 0 and 1000.

    Raises:
        BadArgument: It is not.
    """
    if not ZERO <= years <= LONGEST_YEARS:
        raise BadArgument(argument, f"has to be between 0 and {LONGEST_YEARS}, not {years}")
    return years


def checked_periods(periods_per_year: int, argument: str = "periods_per_year") -> Decimal:
    """Return `periods_per_year` as a decimal if it is between 1 and 366.

    Raises:
        BadArgument: It is not.
    """
    if not 1 <= periods_per_year <= MOST_PERIODS_PER_YEAR:
        raise BadArgument(
            argument, f"has to be between 1 and {MOST_PERIODS_PER_YEAR}, not {periods_per_year}"
        )
    return Decimal(periods_per_year)


def periodic_growth(rate_percent: Decimal, periods_per_year: int) -> Decimal:
    """Return one plus the rate of one period, for a yearly rate that is compounded `periods_per_year` times.

    Raises:
        BadArgument: A loss of everything or more in each period, or a bad number of periods.
    """
    growth = ONE + fraction(rate_percent) / checked_periods(periods_per_year)
    if growth <= ZERO:
        raise BadArgument("rate_percent", f"loses everything in one period: {rate_percent} percent a year")
    return growth
