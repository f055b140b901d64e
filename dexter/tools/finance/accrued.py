"""Interest that a bond has earned since its last coupon."""

from datetime import date
from decimal import Decimal
from typing import Literal

from dexter.tools.errors import BadArgument
from dexter.tools.finance.precision import ZERO, checked_periods, exact, fraction

DayCount = Literal["30/360", "actual/360", "actual/365", "actual/actual"]


@exact
def accrued_interest(
    face: Decimal,
    coupon_percent: Decimal,
    payments_per_year: int,
    dates: tuple[date, date, date],
    day_count: DayCount,
) -> Decimal:
    """Return the interest from the last coupon to settlement, in the face's unit.

    Source: 2006 ISDA Definitions, section 4.16, for 30/360 (bond basis), actual/360 and actual/365 (fixed);
    ICMA rule 251 for actual/actual: coupon x days accrued / days in the coupon period.

    Args:
        face: Amount on which the coupon is paid, above zero.
        coupon_percent: In percent of face a year, zero or more.
        payments_per_year: Coupons a year.
        dates: Last coupon, settlement, next coupon, in this order.
        day_count: The convention.

    Raises:
        BadArgument: Dates out of order, or an amount out of range.
    """
    last, settlement, following = dates
    if not last <= settlement <= following or last == following:
        raise BadArgument("dates", "have to be in the order last coupon, settlement, next coupon")
    if face <= ZERO:
        raise BadArgument("face", f"has to be above zero, not {face}")
    if coupon_percent < ZERO:
        raise BadArgument("coupon_percent", f"has to be zero or more, not {coupon_percent}")
    per_year = checked_periods(payments_per_year, "payments_per_year")
    yearly = face * fraction(coupon_percent)
    days = Decimal((settlement - last).days)
    if day_count == "actual/actual":
        return yearly / per_year * days / (following - last).days
    if day_count == "30/360":
        return yearly * _days_of_30_360(last, settlement) / 360
    return yearly * days / (360 if day_count == "actual/360" else 365)


def _days_of_30_360(start: date, end: date) -> int:
    first = min(start.day, 30)
    second = 30 if end.day == 31 and first == 30 else end.day
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + second - first
