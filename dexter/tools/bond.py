"""The tools for bonds: price, yield, sensitivities, accrued interest."""

from decimal import Decimal
from typing import Any

from dexter.tools.errors import MissingArgument
from dexter.tools.figures import CURRENCY, PERCENT, PERCENT_A_YEAR, TIMES_A_YEAR, YEARS, Figure, named, report
from dexter.tools.finance import bonds
from dexter.tools.finance.accrued import DayCount
from dexter.tools.finance.accrued import accrued_interest as accrued
from dexter.tools.finance.precision import exact
from dexter.tools.numbers import Number, to_count, to_date, to_decimal

SOURCE = "Fabozzi, Bond Markets, Analysis, and Strategies, ch. 2 to 4"
DAY_COUNT_SOURCE = "2006 ISDA Definitions, section 4.16; actual/actual: ICMA rule 251"


def bond(
    *,
    coupon_percent: Number,
    years: Number,
    yield_percent: Number | None = None,
    price: Number | None = None,
    face: Number = 1000,
    payments_per_year: int = 2,
    currency: str = "",
) -> dict[str, Any]:
    """Compute a bond's price from its yield, or its yield from its price, with durations and convexity.

    Args:
        coupon_percent: Coupon in percent of face a year: 5 for 5%; 0 for a zero coupon bond.
        years: Years to maturity.
        yield_percent: Yield to maturity in percent a year; give either this or the price.
        price: Clean price in the unit of `face`, not in percent of it.
        face: Amount paid at maturity.
        payments_per_year: Coupons a year, 2 unless known otherwise.
        currency: Code or sign of the amounts, such as USD; empty if unknown.
    """
    terms = bonds.Bond(
        face=to_decimal(face, "face"),
        coupon_percent=to_decimal(coupon_percent, "coupon_percent"),
        years=to_decimal(years, "years"),
        payments_per_year=to_count(payments_per_year, "payments_per_year"),
    )
    asked = None if price is None else to_decimal(price, "price")
    rate = None if yield_percent is None else to_decimal(yield_percent, "yield_percent")
    if (asked is None) == (rate is None):
        raise MissingArgument("A bond", ("either yield_percent or price",))
    inputs = _inputs(terms, asked, rate)
    if asked is not None:
        rate = bonds.yield_to_maturity_percent(terms, asked)
        first = Figure("yield to maturity", rate, PERCENT_A_YEAR)
        computed, formula = "yield to maturity", "the yield y at which the price is "
    else:
        computed, formula = "bond price", "price = "
    if rate is None:  # for the type checker: one of the two was given
        raise MissingArgument("A bond", ("either yield_percent or price",))
    clean = bonds.bond_price(terms, rate) if asked is None else asked
    if asked is None:
        first = Figure("price", clean, CURRENCY)
    formula += "sum of coupon / (1 + y/m)^k for k = 1 ... n, plus face / (1 + y/m)^n, m coupons a year"
    figures = [first, *_beside(terms, clean, rate)]
    notes = () if terms.payments_per_year == 1 else (f"{terms.payments_per_year} coupons a year.",)
    return report(computed, inputs, figures, formula=formula, source=SOURCE, currency=currency, notes=notes)


def accrued_interest(
    *,
    coupon_percent: Number,
    last_coupon_date: str,
    settlement_date: str,
    next_coupon_date: str,
    face: Number = 1000,
    payments_per_year: int = 2,
    day_count: DayCount = "30/360",
    currency: str = "",
) -> dict[str, Any]:
    """Compute the interest that a bond has earned since its last coupon.

    Args:
        coupon_percent: Coupon in percent of face a year: 5 for 5%.
        last_coupon_date: YYYY-MM-DD.
        settlement_date: YYYY-MM-DD, when the bond is paid for.
        next_coupon_date: YYYY-MM-DD.
        face: Amount on which the coupon is paid.
        payments_per_year: Coupons a year.
        day_count: How days are counted.
        currency: Code or sign of the amounts, such as USD; empty if unknown.
    """
    dates = (
        to_date(last_coupon_date, "last_coupon_date"),
        to_date(settlement_date, "settlement_date"),
        to_date(next_coupon_date, "next_coupon_date"),
    )
    nominal, coupon = to_decimal(face, "face"), to_decimal(coupon_percent, "coupon_percent")
    per_year = to_count(payments_per_year, "payments_per_year")
    interest = accrued(nominal, coupon, per_year, dates, day_count)
    inputs = named({"face": (nominal, CURRENCY), "coupon": (coupon, PERCENT_A_YEAR)})
    inputs.append(Figure("days since the last coupon", Decimal((dates[1] - dates[0]).days), "days"))
    return report(
        "accrued interest",
        inputs,
        [Figure("accrued interest", interest, CURRENCY)],
        formula=f"accrued = face x coupon x part of the year since the last coupon, {day_count}",
        source=DAY_COUNT_SOURCE,
        currency=currency,
    )


def _inputs(terms: bonds.Bond, price: Decimal | None, rate: Decimal | None) -> list[Figure]:
    return named(
        {
            "face": (terms.face, CURRENCY),
            "coupon": (terms.coupon_percent, PERCENT_A_YEAR),
            "time to maturity": (terms.years, YEARS),
            "coupons": (Decimal(terms.payments_per_year), TIMES_A_YEAR),
            "yield": (rate, PERCENT_A_YEAR),
            "price": (price, CURRENCY),
        }
    )


@exact
def _beside(terms: bonds.Bond, price: Decimal, rate: Decimal) -> list[Figure]:
    sensitivity = bonds.bond_sensitivity(terms, rate)
    figures = [
        Figure("price in percent of face", price / terms.face * 100, PERCENT),
        Figure("Macaulay duration", sensitivity.macaulay_years, YEARS),
        Figure("modified duration", sensitivity.modified_years, YEARS),
        Figure("convexity", sensitivity.convexity, "years squared"),
    ]
    if price > 0 and terms.coupon_percent:
        figures.insert(1, Figure("current yield", bonds.current_yield_percent(terms, price), PERCENT))
    return figures
