"""Bonds and loans: known figures, and laws between price and yield, payment and balance."""

from datetime import date
from decimal import Decimal as D  # noqa: N817 - on every line of these tests
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dexter.tools.errors import BadArgument, NotComputable
from dexter.tools.finance import bonds, loans
from dexter.tools.finance.accrued import DayCount, accrued_interest

terms = st.builds(
    bonds.Bond,
    face=st.sampled_from([D(100), D(1000), D(5000)]),
    coupon_percent=st.decimals(0, 20, places=2),
    years=st.decimals("0.1", 40, places=2),
    payments_per_year=st.sampled_from([1, 2, 4, 12]),
)


def cents(number: D) -> str:
    return str(number.quantize(D("0.01")))


def test_a_bond_below_its_coupon_costs_what_the_textbook_says() -> None:
    # Fabozzi's example: 20 years, 10 % half-yearly, yield 11 %.
    assert cents(bonds.bond_price(bonds.Bond(D(1000), D(10), D(20)), D(11))) == "919.77"


def test_a_zero_coupon_bond_is_a_discounted_face() -> None:
    assert cents(bonds.bond_price(bonds.Bond(D(1000), D(0), D(10)), D(5))) == "610.27"


def test_durations_and_convexity_are_those_of_the_textbook() -> None:
    # Fabozzi, ch. 4: 9 %, 5 years, priced to yield 9 %: Macaulay 4.13, modified 3.96 years, convexity 19.45.
    found = bonds.bond_sensitivity(bonds.Bond(D(100), D(9), D(5)), D(9))
    assert [cents(found.macaulay_years), cents(found.modified_years), cents(found.convexity)] == [
        "4.13",
        "3.96",
        "19.45",
    ]


@settings(max_examples=60, deadline=None)
@given(terms, st.decimals("0.1", 30, places=2))
def test_the_yield_of_a_price_is_the_yield_that_gave_it(bond: bonds.Bond, rate: D) -> None:
    price = bonds.bond_price(bond, rate)
    if price > 0:
        assert abs(bonds.yield_to_maturity_percent(bond, price) - rate) < D("1e-15")


@settings(max_examples=60, deadline=None)
@given(st.decimals(0, 20, places=2), st.integers(1, 40), st.sampled_from([1, 2, 4]))
def test_on_a_coupon_date_a_bond_that_yields_its_coupon_costs_its_face(
    coupon: D, years: int, per_year: int
) -> None:
    bond = bonds.Bond(D(1000), coupon, D(years), per_year)
    assert abs(bonds.bond_price(bond, coupon) - 1000) < D("1e-30")


@settings(max_examples=40, deadline=None)
@given(terms, st.decimals(1, 15, places=2))
def test_modified_duration_is_the_slope_of_the_price(bond: bonds.Bond, rate: D) -> None:
    step = D("1e-6")
    accrued = bonds.bond_price(bond, rate)
    slope = (bonds.bond_price(bond, rate + step) - bonds.bond_price(bond, rate - step)) / (2 * step / 100)
    periods = bond.years * bond.payments_per_year
    if periods == periods.to_integral_value():
        assert abs(-slope / accrued - bonds.bond_sensitivity(bond, rate).modified_years) < D("1e-6")


@pytest.mark.parametrize(
    ("bond", "rate"),
    [
        (bonds.Bond(D(0), D(5), D(10)), 5),
        (bonds.Bond(D(100), D(-1), D(10)), 5),
        (bonds.Bond(D(100), D(5), D(0)), 5),
        (bonds.Bond(D(100), D(5), D(201)), 5),
        (bonds.Bond(D(100), D(5), D(10), 13), 5),
        (bonds.Bond(D(100), D(5), D(10)), -200),
    ],
)
def test_a_bond_out_of_range_is_refused(bond: bonds.Bond, rate: int) -> None:
    with pytest.raises(BadArgument):
        bonds.bond_price(bond, D(rate))


def test_a_price_that_no_yield_gives_is_refused() -> None:
    with pytest.raises(BadArgument, match="above zero"):
        bonds.yield_to_maturity_percent(bonds.Bond(D(100), D(5), D(10)), D(-1))
    with pytest.raises(NotComputable, match="No yield"):
        bonds.yield_to_maturity_percent(bonds.Bond(D(100), D(5), D(1), 1), D(10) ** 30)


@pytest.mark.parametrize(
    ("convention", "expected"),
    [("30/360", "10.56"), ("actual/360", "10.42"), ("actual/365", "10.27"), ("actual/actual", "10.36")],
)
def test_accrued_interest_follows_its_day_count(convention: DayCount, expected: str) -> None:
    days = (date(2026, 1, 15), date(2026, 3, 31), date(2026, 7, 15))
    assert convention in get_args(DayCount)
    assert cents(accrued_interest(D(1000), D(5), 2, days, convention)) == expected


def test_accrued_interest_with_dates_out_of_order_is_refused() -> None:
    with pytest.raises(BadArgument, match="order"):
        accrued_interest(D(100), D(5), 2, (date(2026, 5, 1), date(2026, 1, 1), date(2026, 7, 1)), "30/360")


def test_a_mortgage_has_the_payment_that_every_bank_quotes() -> None:
    payment = loans.loan_payment(D(300000), D(6), D(30))
    assert cents(payment) == "1798.65"
    assert cents(loans.loan_balance(D(300000), D(6), payment, 60)) == "279163.07"


@settings(max_examples=60, deadline=None)
@given(
    st.decimals(1, 10**9, places=2),
    st.decimals(0, 40, places=2),
    st.integers(1, 40),
    st.sampled_from([1, 4, 12]),
)
def test_a_loan_is_paid_back_by_its_payments_and_its_schedule_adds_up(
    amount: D, rate: D, years: int, per_year: int
) -> None:
    payment = loans.loan_payment(amount, rate, D(years), per_year)
    count = years * per_year
    assert loans.loan_balance(amount, rate, payment, count, per_year) < amount * D("1e-30")
    assert loans.whole_payments(loans.payments_needed(amount, rate, payment, per_year)) == count
    schedule = loans.loan_years(amount, rate, D(years), per_year)
    assert len(schedule) == years
    assert schedule[-1].balance == 0
    assert abs(sum(row.principal for row in schedule) - amount) < amount * D("1e-20")
    assert abs(sum(row.interest + row.principal for row in schedule) - payment * count) < amount * D("1e-20")


def test_a_payment_below_the_interest_never_pays_a_loan_back() -> None:
    with pytest.raises(NotComputable, match="never paid back"):
        loans.payments_needed(D(300000), D(6), D(1500))


@pytest.mark.parametrize(
    ("amount", "rate", "years"), [(0, 5, 10), (-1, 5, 10), (100, -5, 10), (100, 5, 0), (100, 5, -1)]
)
def test_a_loan_out_of_range_is_refused(amount: int, rate: int, years: int) -> None:
    with pytest.raises(BadArgument):
        loans.loan_payment(D(amount), D(rate), D(years))
