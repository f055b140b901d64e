"""The tool for loans."""

from decimal import Decimal
from typing import Any

from dexter.tools.errors import BadArgument, MissingArgument
from dexter.tools.figures import CURRENCY, PERCENT_A_YEAR, PERIODS, TIMES_A_YEAR, YEARS, Figure, named, report
from dexter.tools.finance import growth, loans
from dexter.tools.finance.precision import exact
from dexter.tools.finance.time_value import whole_periods
from dexter.tools.numbers import Number, to_count, to_decimal

SOURCE = "Brealey, Myers and Allen, Principles of Corporate Finance, ch. 2; Fabozzi, ch. 10"
PAYMENTS = "payments"
LONGEST_SCHEDULE = 40


def loan(
    *,
    amount: Number,
    rate_percent: Number,
    years: Number | None = None,
    payment: Number | None = None,
    payments_made: int | None = None,
    payments_per_year: int = 12,
    schedule: bool = False,
    currency: str = "",
) -> dict[str, Any]:
    """Compute a loan or mortgage: payment, total interest, what is owed later, how long it takes.

    Args:
        amount: Amount borrowed.
        rate_percent: Nominal rate in percent a year: 6 for 6%, not 0.06.
        years: Years until it is paid back; leave out to find how long a given payment takes.
        payment: Payment per period; leave out to find it from the years.
        payments_made: Also compute what is still owed after so many payments.
        payments_per_year: 12 monthly, 4 quarterly, 1 yearly.
        schedule: True for interest, principal and balance of each year.
        currency: Code or sign of the amount, such as USD; empty if unknown.
    """
    owed, rate = to_decimal(amount, "amount"), to_decimal(rate_percent, "rate_percent")
    span = None if years is None else to_decimal(years, "years")
    paid = None if payment is None else to_decimal(payment, "payment")
    per_year = to_count(payments_per_year, "payments_per_year")
    inputs = named(
        {
            "amount": (owed, CURRENCY),
            "rate": (rate, PERCENT_A_YEAR),
            "time": (span, YEARS),
            "payment": (paid, CURRENCY),
            "payments": (Decimal(per_year), TIMES_A_YEAR),
        }
    )
    if (span is None) == (paid is None):
        raise MissingArgument("A loan", ("either years or payment",))
    if span is not None:
        paid = loans.loan_payment(owed, rate, span, per_year)
        count = whole_periods(span, per_year)
        figures = [Figure("payment", paid, f"{CURRENCY} {PERIODS.get(per_year, 'per period')}")]
        formula = "payment = amount x i / (1 - (1 + i)^-n), i = rate / m, n = m x years, m payments a year"
    elif paid is not None:
        count = loans.payments_needed(owed, rate, paid, per_year)
        figures = [
            Figure("payments needed", Decimal(loans.whole_payments(count)), PAYMENTS),
            Figure("time", Decimal(loans.whole_payments(count)) / per_year, YEARS),
        ]
        formula = "n = -ln(1 - amount x i / payment) / ln(1 + i), i = rate / m, m payments a year"
    else:  # for the type checker: one of the two was given
        raise MissingArgument("A loan", ("either years or payment",))
    figures += _cost(owed, rate, paid, count, per_year)
    if payments_made is not None:
        figures.insert(0, _balance(owed, rate, paid, payments_made, count=count, per_year=per_year))
    answer = report("loan", inputs, figures, formula=formula, source=SOURCE, currency=currency)
    if schedule and span is not None:
        answer["schedule"] = _schedule(owed, rate, span, per_year, currency)
    return answer


@exact
def _cost(owed: Decimal, rate: Decimal, paid: Decimal, count: Decimal, per_year: int) -> list[Figure]:
    # The last payment is smaller when a payment was given: it is the part of a period, compounded.
    whole = loans.whole_payments(count)
    left = loans.loan_balance(owed, rate, paid, whole - 1, per_year)
    last = left * (1 + rate / 100 / per_year)
    total = paid * (whole - 1) + last
    return [
        Figure("total interest", total - owed, CURRENCY),
        Figure("total paid", total, CURRENCY),
        Figure("effective rate", growth.effective_percent(rate, per_year), PERCENT_A_YEAR),
    ]


@exact
def _balance(
    owed: Decimal, rate: Decimal, paid: Decimal, payments_made: int, *, count: Decimal, per_year: int
) -> Figure:
    made = to_count(payments_made, "payments_made")
    if made > loans.whole_payments(count):
        raise BadArgument(
            "payments_made", f"is {made}, but the loan is paid back after {loans.whole_payments(count)}"
        )
    left = loans.loan_balance(owed, rate, paid, made, per_year)
    # After the last payment the formula leaves a rest of the fiftieth digit.
    return Figure(f"still owed after {made} payments", left if made < count else Decimal(0), CURRENCY)


def _schedule(
    owed: Decimal, rate: Decimal, span: Decimal, per_year: int, currency: str
) -> list[dict[str, str]]:
    rows = loans.loan_years(owed, rate, span, per_year)
    if len(rows) > LONGEST_SCHEDULE:
        raise BadArgument("schedule", f"is given for up to {LONGEST_SCHEDULE} years only")
    unit = currency or "currency units"
    return [
        {
            "year": str(row.year),
            "interest": f"{row.interest:.2f}",
            "principal": f"{row.principal:.2f}",
            "balance": f"{row.balance:.2f}",
            "unit": unit,
        }
        for row in rows
    ]
