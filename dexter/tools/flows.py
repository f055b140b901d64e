"""The tools for listed cash flows: what they are worth, and what they return."""

from decimal import Decimal
from typing import Any

from dexter.tools.errors import MissingArgument
from dexter.tools.figures import CURRENCY, PERCENT_A_YEAR, Figure, report, shown
from dexter.tools.finance import cash_flows as flows
from dexter.tools.numbers import Number, to_date, to_decimal, to_decimals

SOURCE = "Brealey, Myers and Allen, Principles of Corporate Finance, ch. 2 and 5"
DATED_SOURCE = "spreadsheet convention XNPV and XIRR, actual/365"
PER_PERIOD = "percent per period"
PERIODS = "periods"


def net_present_value(
    *, rate_percent: Number, cash_flows: list[Number], dates: list[str] | None = None, currency: str = ""
) -> dict[str, Any]:
    """Compute the net present value (NPV, or XNPV with dates) and the payback period of cash flows.

    Args:
        rate_percent: Discount rate in percent per period, with dates a year: 8 for 8%, not 0.08.
        cash_flows: The flow today, then one per period; payments negative.
        dates: One YYYY-MM-DD per flow, the first one earliest; leave out for equal periods.
        currency: Code or sign of the flows, such as USD; empty if unknown.
    """
    rate = to_decimal(rate_percent, "rate_percent")
    amounts = to_decimals(cash_flows, "cash_flows", flows.MOST_FLOWS)
    inputs = [*_listed(amounts), Figure("rate", rate, PERCENT_A_YEAR if dates else PER_PERIOD)]
    if dates:
        days = [to_date(day, "dates") for day in dates]
        value = flows.dated_net_present_value(rate, amounts, days)
        figures = [Figure("net present value", value, CURRENCY)]
        formula = "NPV = sum of flow / (1 + rate)^(days / 365)"
        return report(
            "net present value", inputs, figures, formula=formula, source=DATED_SOURCE, currency=currency
        )
    figures = [Figure("net present value", flows.net_present_value(rate, amounts), CURRENCY)]
    for name, discount in (("payback", Decimal(0)), ("discounted payback", rate)):
        if amounts[0] < 0 and (periods := flows.payback_periods(amounts, discount)) is not None:
            figures.append(Figure(name, periods, PERIODS))
    notes = ["The first flow is today's and not discounted."]
    formula = "NPV = sum of flow_t / (1 + rate)^t, t = 0, 1, 2, ..."
    return report(
        "net present value", inputs, figures, formula=formula, source=SOURCE, currency=currency, notes=notes
    )


def internal_rate_of_return(
    *,
    cash_flows: list[Number],
    dates: list[str] | None = None,
    finance_percent: Number | None = None,
    reinvestment_percent: Number | None = None,
    currency: str = "",
) -> dict[str, Any]:
    """Compute every internal rate of return (IRR, or XIRR with dates) of cash flows.

    Args:
        cash_flows: The flow today, then one per period; payments negative.
        dates: One YYYY-MM-DD per flow, the first one earliest; leave out for equal periods.
        finance_percent: For the modified rate (MIRR): percent per period at which payments are financed.
        reinvestment_percent: For the modified rate: percent per period at which receipts are reinvested.
        currency: Code or sign of the flows, such as USD; empty if unknown.
    """
    amounts = to_decimals(cash_flows, "cash_flows", flows.MOST_FLOWS)
    inputs = _listed(amounts)
    if (finance_percent is None) != (reinvestment_percent is None):
        raise MissingArgument("The modified rate", ("finance_percent", "reinvestment_percent"))
    if dates:
        days = [to_date(day, "dates") for day in dates]
        rates, unit, source = flows.dated_internal_rates_percent(amounts, days), PERCENT_A_YEAR, DATED_SOURCE
        formula = "IRR: the rate at which the sum of flow / (1 + IRR)^(days / 365) is zero"
    else:
        rates, unit, source = flows.internal_rates_percent(amounts), PER_PERIOD, SOURCE
        formula = "IRR: the rate at which the sum of flow_t / (1 + IRR)^t is zero"
    figures = [Figure("internal rate of return", rate, unit) for rate in rates]
    notes = []
    if len(figures) > 1:
        listed = ", ".join(shown(figure) for figure in figures)
        notes.append(
            f"The flows change sign more than once and have {len(figures)} rates of return: {listed}."
        )
    if finance_percent is not None and reinvestment_percent is not None and not dates:
        financed = to_decimal(finance_percent, "finance_percent")
        reinvested = to_decimal(reinvestment_percent, "reinvestment_percent")
        modified = flows.modified_internal_rate_percent(amounts, financed, reinvested)
        figures.insert(0, Figure("modified rate of return", modified, PER_PERIOD))
        inputs += [
            Figure("finance rate", financed, PER_PERIOD),
            Figure("reinvestment rate", reinvested, PER_PERIOD),
        ]
        formula = "MIRR = (FV of receipts / PV of payments)^(1 / n) - 1; " + formula
    return report(
        "internal rate of return",
        inputs,
        figures,
        formula=formula,
        source=source,
        currency=currency,
        notes=notes,
    )


def _listed(amounts: list[Decimal]) -> list[Figure]:
    return [Figure(f"flow {index}", amount, CURRENCY) for index, amount in enumerate(amounts)]
