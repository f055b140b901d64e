"""The tools for growth: how fast, how much, how long, and what a nominal rate really is."""

from decimal import Decimal
from typing import Any, Literal

from dexter.tools.errors import MissingArgument
from dexter.tools.figures import CURRENCY, PERCENT, PERCENT_A_YEAR, TIMES_A_YEAR, YEARS, Figure, named, report
from dexter.tools.finance import growth, time_value
from dexter.tools.numbers import Number, to_count, to_decimal

BREALEY = "Brealey, Myers and Allen, Principles of Corporate Finance, ch. 2"
CFA = "CFA Institute, Quantitative Methods"
Compounding = int | Literal["continuous"]


def growth_rate(
    *, start_amount: Number, end_amount: Number, years: Number | None = None, currency: str = ""
) -> dict[str, Any]:
    """Compute the change between two amounts and, given years, the compound annual growth rate (CAGR).

    Args:
        start_amount: Amount at the start.
        end_amount: Amount at the end, in the same unit.
        years: Years between them, such as 5 or 2.5; leave out for the total change only.
        currency: Code or sign of both amounts, such as USD; empty if unknown.
    """
    start, end = to_decimal(start_amount, "start_amount"), to_decimal(end_amount, "end_amount")
    span = None if years is None else to_decimal(years, "years")
    change = Figure("total change", growth.change_percent(start, end), PERCENT)
    inputs = named({"start": (start, CURRENCY), "end": (end, CURRENCY), "time": (span, YEARS)})
    if span is None:
        formula = "change = (end - start) / |start| x 100"
        return report("change", inputs, [change], formula=formula, source=CFA, currency=currency)
    rate = Figure("CAGR", growth.annual_growth_percent(start, end, span), PERCENT_A_YEAR)
    formula = "CAGR = ((end / start)^(1 / years) - 1) x 100"
    return report("growth rate", inputs, [rate, change], formula=formula, source=CFA, currency=currency)


def future_value(
    *,
    rate_percent: Number,
    years: Number,
    amount: Number = 0,
    payment: Number = 0,
    compoundings_per_year: Compounding = 1,
    payments_at_start: bool = False,
    currency: str = "",
) -> dict[str, Any]:
    """Compute what an amount, regular payments, or both have grown to.

    Args:
        rate_percent: Nominal rate in percent a year: 7 for 7%, not 0.07.
        years: Time in years.
        amount: Amount at the start.
        payment: Amount added in every compounding period.
        compoundings_per_year: 1 yearly, 2 half-yearly, 4 quarterly, 12 monthly, 365 daily, or "continuous".
        payments_at_start: True if payments are made at the start of each period.
        currency: Code or sign of the amounts, such as USD; empty if unknown.
    """
    start, paid = to_decimal(amount, "amount"), to_decimal(payment, "payment")
    rate, span = to_decimal(rate_percent, "rate_percent"), to_decimal(years, "years")
    if not start and not paid:
        raise MissingArgument("A future value", ("amount or payment",))
    if compoundings_per_year == "continuous":
        if paid:
            raise MissingArgument("A future value of payments", ("compoundings_per_year as a number",))
        value = growth.continuously_grown_amount(start, rate, span)
        formula, added = "FV = amount x e^(rate x years)", start
    else:
        times = to_count(compoundings_per_year, "compoundings_per_year")
        value = growth.grown_amount(start, rate, span, times)
        formula, added = "FV = amount x (1 + rate / m)^(m x years), m compoundings a year", start
        if paid:
            value += time_value.annuity_future_value(paid, rate, span, times, at_start=payments_at_start)
            formula += ", plus payment x ((1 + i)^n - 1) / i, i = rate / m, n = m x years"
            formula += " x (1 + i)" if payments_at_start else ""
            added += paid * span * times
    inputs = named(
        {
            "amount": (start or None, CURRENCY),
            "payment per period": (paid or None, CURRENCY),
            "rate": (rate, PERCENT_A_YEAR),
            "time": (span, YEARS),
            "compounding": (_compounding(compoundings_per_year), TIMES_A_YEAR),
        }
    )
    figures = [Figure("future value", value, CURRENCY), Figure("growth", value - added, CURRENCY)]
    notes = ("Compounded continuously.",) if compoundings_per_year == "continuous" else ()
    return report(
        "future value", inputs, figures, formula=formula, source=BREALEY, currency=currency, notes=notes
    )


def time_to_grow(
    *, rate_percent: Number, multiple: Number = 2, compoundings_per_year: int = 1
) -> dict[str, Any]:
    """Compute how many years an amount needs to double, or to become another multiple of itself.

    Args:
        rate_percent: Nominal rate in percent a year: 7 for 7%, not 0.07.
        multiple: End divided by start: 2 for doubling, 3 for tripling, 0.5 for halving.
        compoundings_per_year: 1 yearly, 12 monthly, 365 daily.
    """
    rate, times = to_decimal(rate_percent, "rate_percent"), to_decimal(multiple, "multiple")
    per_year = to_count(compoundings_per_year, "compoundings_per_year")
    years = growth.years_to_multiply(rate, times, per_year)
    inputs = named(
        {
            "rate": (rate, PERCENT_A_YEAR),
            "multiple": (times, "times"),
            "compounding": (_compounding(per_year), TIMES_A_YEAR),
        }
    )
    formula = "years = ln(multiple) / (m x ln(1 + rate / m)), m compoundings a year"
    return report("time to grow", inputs, [Figure("time", years, YEARS)], formula=formula, source=BREALEY)


def effective_rate(
    *, rate_percent: Number, compoundings_per_year: Compounding, from_effective: bool = False
) -> dict[str, Any]:
    """Convert a nominal yearly rate (APR) to the effective one (EAR, APY), or back.

    Args:
        rate_percent: The rate to convert, in percent a year: 7 for 7%, not 0.07.
        compoundings_per_year: 2 half-yearly, 4 quarterly, 12 monthly, 365 daily, or "continuous".
        from_effective: True if `rate_percent` is the effective rate and the nominal one is wanted.
    """
    rate = to_decimal(rate_percent, "rate_percent")
    if compoundings_per_year == "continuous":
        if from_effective:
            raise MissingArgument("A nominal rate", ("compoundings_per_year as a number",))
        result, formula = growth.continuous_effective_percent(rate), "EAR = e^APR - 1"
    else:
        times = to_count(compoundings_per_year, "compoundings_per_year")
        if from_effective:
            result, formula = growth.nominal_percent(rate, times), "APR = m x ((1 + EAR)^(1 / m) - 1)"
        else:
            result, formula = growth.effective_percent(rate, times), "EAR = (1 + APR / m)^m - 1"
    names = ("effective rate", "nominal rate") if from_effective else ("nominal rate", "effective rate")
    inputs = named(
        {
            names[0]: (rate, PERCENT_A_YEAR),
            "compounding": (_compounding(compoundings_per_year), TIMES_A_YEAR),
        }
    )
    figures = [Figure(names[1], result, PERCENT_A_YEAR)]
    return report(names[1], inputs, figures, formula=formula, source=BREALEY)


def _compounding(per_year: Compounding) -> Decimal | None:
    return None if per_year == "continuous" else to_decimal(per_year, "compoundings_per_year")
