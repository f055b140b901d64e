"""Prices, yields and sensitivities of bonds with fixed coupons.

Prices are clean unless said otherwise. `face` is paid at maturity; amounts come in its unit.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from dexter.tools.errors import BadArgument, NotComputable
from dexter.tools.finance.precision import (
    HUNDRED,
    ONE,
    ZERO,
    checked_periods,
    checked_years,
    exact,
    fraction,
    periodic_growth,
    solved,
)

LONGEST_MATURITY = Decimal(200)
MOST_COUPONS_PER_YEAR = 12
STEPS = 170
LOWEST_PERIODIC_YIELD = Decimal("-0.99")
HIGHEST_PERIODIC_YIELD = Decimal(1_000_000)


@dataclass(frozen=True)
class Bond:
    """A bond with fixed coupons: coupon in percent of face a year, years until maturity."""

    face: Decimal
    coupon_percent: Decimal
    years: Decimal
    payments_per_year: int = 2


@dataclass(frozen=True)
class Sensitivity:
    """Macaulay and modified duration in years, convexity in years squared."""

    macaulay_years: Decimal
    modified_years: Decimal
    convexity: Decimal


@exact
def bond_price(bond: Bond, yield_percent: Decimal) -> Decimal:
    """Return the clean price, in the face's unit.

    Source: Fabozzi, Bond Markets, Analysis, and Strategies, ch. 2 and 5 (street convention between coupon
    dates): sum of flows / (1 + y/m)^(w + k), less accrued interest (1 - w) of a coupon, w = part of a period
    to the next.

    Args:
        bond: Face above zero, coupon zero or more, 0 to 200 years; up to twelve coupons a year.
        yield_percent: Yield to maturity in percent a year, compounded `payments_per_year` times.

    Raises:
        BadArgument: A bond or a yield out of range.
    """
    flows = _flows(bond)
    return _clean_price(flows, bond, periodic_growth(yield_percent, bond.payments_per_year))


@exact
def yield_to_maturity_percent(bond: Bond, price: Decimal) -> Decimal:
    """Return the yield to maturity, in percent a year compounded as often as coupons are paid.

    Source: Fabozzi, ch. 3: the yield at which `bond_price` is the price; solved by bisection.

    Args:
        bond: As in `bond_price`.
        price: Clean price, above zero, in the face's unit (not in percent of face, unless face is 100).

    Raises:
        BadArgument: A bond out of range, or a price that is not positive.
        NotComputable: No yield gives this price.
    """
    if price <= ZERO:
        raise BadArgument("price", f"has to be above zero, not {price}")
    flows = _flows(bond)
    low, high = ONE + LOWEST_PERIODIC_YIELD, ONE + HIGHEST_PERIODIC_YIELD
    if not _clean_price(flows, bond, high) <= price <= _clean_price(flows, bond, low):
        raise NotComputable(f"No yield gives a price of {price}")
    for _ in range(STEPS):
        middle = (low + high) / 2
        if _clean_price(flows, bond, middle) > price:
            low = middle
        else:
            high = middle
    return solved(((low + high) / 2 - ONE) * bond.payments_per_year * HUNDRED)


@exact
def current_yield_percent(bond: Bond, price: Decimal) -> Decimal:
    """Return the yearly coupon in percent of the clean price.

    Source: Fabozzi, ch. 3: annual coupon / price.

    Raises:
        BadArgument: The price is not above zero.
    """
    if price <= ZERO:
        raise BadArgument("price", f"has to be above zero, not {price}")
    return bond.face * bond.coupon_percent / price


@exact
def bond_sensitivity(bond: Bond, yield_percent: Decimal) -> Sensitivity:
    """Return the durations and the convexity at a yield.

    Source: Fabozzi, ch. 4: Macaulay = sum of t PV(flow) / price; modified = Macaulay / (1 + y/m);
    convexity = sum of t (t + 1/m) PV(flow) / (price (1 + y/m)^2); all with the price including accrued
    interest.

    Args:
        bond: As in `bond_price`.
        yield_percent: Yield to maturity in percent a year, compounded `payments_per_year` times.

    Raises:
        BadArgument: A bond or a yield out of range.
    """
    growth = periodic_growth(yield_percent, bond.payments_per_year)
    present = [(periods, flow / growth**periods) for periods, flow in _flows(bond)]
    price = sum((value for _, value in present), ZERO)
    per_year = Decimal(bond.payments_per_year)
    macaulay = sum((periods * value for periods, value in present), ZERO) / price / per_year
    squares = sum((periods * (periods + ONE) * value for periods, value in present), ZERO)
    return Sensitivity(
        macaulay_years=macaulay,
        modified_years=macaulay / growth,
        convexity=squares / price / (growth * per_year) ** 2,
    )


def _flows(bond: Bond) -> list[tuple[Decimal, Decimal]]:
    """Return (periods from now, amount) of every payment, soonest first."""
    if bond.face <= ZERO:
        raise BadArgument("face", f"has to be above zero, not {bond.face}")
    if bond.coupon_percent < ZERO:
        raise BadArgument("coupon_percent", f"has to be zero or more, not {bond.coupon_percent}")
    if not ZERO < checked_years(bond.years) <= LONGEST_MATURITY:
        raise BadArgument("years", f"to maturity have to be above 0 and at most {LONGEST_MATURITY}")
    if not 1 <= bond.payments_per_year <= MOST_COUPONS_PER_YEAR:
        raise BadArgument("payments_per_year", f"has to be between 1 and {MOST_COUPONS_PER_YEAR} for a bond")
    per_year = checked_periods(bond.payments_per_year)
    coupon = bond.face * fraction(bond.coupon_percent) / per_year
    count = int((bond.years * per_year - Decimal("1e-9")).to_integral_value(ROUND_CEILING))
    first = _to_next_coupon(bond, count)
    flows = [(first + index, coupon) for index in range(count)]
    flows[-1] = (flows[-1][0], coupon + bond.face)
    return flows


def _to_next_coupon(bond: Bond, count: int) -> Decimal:
    """Return the part of a coupon period until the next coupon: 1 on a coupon date."""
    part = bond.years * bond.payments_per_year - (count - 1)
    return ONE if abs(part - ONE) < Decimal("1e-9") else part


def _clean_price(flows: list[tuple[Decimal, Decimal]], bond: Bond, growth: Decimal) -> Decimal:
    factor = ONE / growth
    value = ZERO
    for _, flow in reversed(flows):
        value = (value + flow) * factor
    to_next = flows[0][0]
    coupon = bond.face * fraction(bond.coupon_percent) / bond.payments_per_year
    return value * growth ** (ONE - to_next) - coupon * (ONE - to_next)
