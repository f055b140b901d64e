"""The tool for present values."""

from typing import Any

from dexter.tools.errors import MissingArgument
from dexter.tools.figures import CURRENCY, PERCENT, PERCENT_A_YEAR, TIMES_A_YEAR, YEARS, Figure, named, report
from dexter.tools.finance import time_value
from dexter.tools.finance.precision import ZERO
from dexter.tools.numbers import Number, to_count, to_decimal

SOURCE = "Brealey, Myers and Allen, Principles of Corporate Finance, ch. 2"


def present_value(
    *,
    rate_percent: Number,
    years: Number | None = None,
    amount: Number = 0,
    payment: Number = 0,
    periods_per_year: int = 1,
    growth_percent: Number = 0,
    payments_at_start: bool = False,
    currency: str = "",
) -> dict[str, Any]:
    """Compute today's value of a future amount, of regular payments (annuity, perpetuity), or of both.

    Args:
        rate_percent: Nominal discount rate in percent a year: 7 for 7%, not 0.07.
        years: Years until the amount is paid, and for which payments run; leave out for payments for ever.
        amount: Amount paid at the end.
        payment: Payment per period, the first one.
        periods_per_year: Payments and compoundings a year: 1 yearly, 12 monthly.
        growth_percent: How much payments grow, in percent per period (for ever: a year).
        payments_at_start: True if each payment comes at the start of its period (annuity due).
        currency: Code or sign of the amounts, such as USD; empty if unknown.
    """
    final, paid = to_decimal(amount, "amount"), to_decimal(payment, "payment")
    rate, growth = to_decimal(rate_percent, "rate_percent"), to_decimal(growth_percent, "growth_percent")
    span = None if years is None else to_decimal(years, "years")
    times = to_count(periods_per_year, "periods_per_year")
    if not final and not paid:
        raise MissingArgument("A present value", ("amount or payment",))
    if final and span is None:
        raise MissingArgument("The present value of an amount", ("years",))
    value, formulas = ZERO, []
    if final and span is not None:
        value += time_value.present_value(final, rate, span, times)
        formulas.append("PV = amount / (1 + rate / m)^(m x years)")
    if paid and span is not None:
        value += time_value.annuity_present_value(
            paid, rate, span, times, at_start=payments_at_start, growth_percent=growth
        )
        formulas.append("PV = payment x (1 - ((1 + g) / (1 + i))^n) / (i - g), i = rate / m, n = m x years")
    elif paid:
        value += time_value.perpetuity_present_value(paid, rate, growth, times)
        formulas.append("PV = payment / (i - g), i = rate / m")
        if payments_at_start:
            value += paid
    inputs = named(
        {
            "amount": (final or None, CURRENCY),
            "payment per period": (paid or None, CURRENCY),
            "growth of payments": (growth or None, PERCENT),
            "rate": (rate, PERCENT_A_YEAR),
            "time": (span, YEARS),
            "compounding": (to_decimal(times, "periods_per_year"), TIMES_A_YEAR),
        }
    )
    formula = "; ".join(formulas) + ("; payments at the start of each period" if payments_at_start else "")
    figures = [Figure("present value", value, CURRENCY)]
    notes = ("Payments for ever.",) if span is None else ()
    return report(
        "present value", inputs, figures, formula=formula, source=SOURCE, currency=currency, notes=notes
    )
