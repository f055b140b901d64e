"""Values and rates of return of listed cash flows.

Flows come in equal periods, the first one today, or at dates; rates are in percent per period or, with
dates, a year.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from dexter.tools.errors import BadArgument, NotComputable
from dexter.tools.finance.precision import HUNDRED, ONE, ZERO, exact, periodic_growth, solved
from dexter.tools.finance.roots import positive_roots

DAYS_PER_YEAR = 365
MOST_FLOWS = 500
# Rates from -99.9999 % to 1,000,000,000 % per period: beyond them a rate says nothing.
LOWEST_FACTOR = Decimal("1e-7")
HIGHEST_FACTOR = Decimal(1_000_000)


@exact
def net_present_value(rate_percent: Decimal, cash_flows: Sequence[Decimal]) -> Decimal:
    """Return the net present value, in the flows' unit.

    Source: Brealey, Myers and Allen, Principles of Corporate Finance, ch. 2: NPV = sum of C_t / (1 + r)^t, t
    from 0. (A spreadsheet's NPV function discounts the first flow too; this one does not.)

    Args:
        rate_percent: Discount rate in percent per period.
        cash_flows: The flow today, then one per period; payments negative.

    Raises:
        BadArgument: No flows, too many, or a rate that loses everything.
    """
    flows = _checked(cash_flows)
    factor = ONE / periodic_growth(rate_percent, 1)
    value = ZERO
    for flow in reversed(flows):
        value = value * factor + flow
    return value


@exact
def dated_net_present_value(
    rate_percent: Decimal, cash_flows: Sequence[Decimal], dates: Sequence[date]
) -> Decimal:
    """Return the net present value of flows at dates (XNPV), as of the first date, in the flows' unit.

    Source: spreadsheet convention XNPV, actual/365: sum of C_i / (1 + r)^(days_i / 365).

    Args:
        rate_percent: Discount rate in percent a year, effective.
        cash_flows: One per date; payments negative.
        dates: In any order, none before the first.

    Raises:
        BadArgument: Lists of different lengths, a date before the first, or a rate that loses everything.
    """
    growth = periodic_growth(rate_percent, 1)
    days = _days(cash_flows, dates)
    return sum(
        (flow / growth ** (Decimal(day) / DAYS_PER_YEAR) for flow, day in zip(cash_flows, days, strict=True)),
        ZERO,
    )


@exact
def internal_rates_percent(cash_flows: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Return every internal rate of return (IRR), ascending, in percent per period.

    Source: Brealey, Myers and Allen, ch. 5: the rates at which the NPV is zero. There can be as many as the
    flows change sign (Descartes' rule of signs); all between -99.9999 and 1,000,000,000 percent are found.

    Args:
        cash_flows: The flow today, then one per period; payments negative.

    Raises:
        BadArgument: No flows, or too many.
        NotComputable: The flows never change sign, or no rate brings the NPV to zero.
    """
    flows = _checked(cash_flows)
    return _rates(tuple((index, flow) for index, flow in enumerate(flows)), periods_per_year=1)


@exact
def dated_internal_rates_percent(cash_flows: Sequence[Decimal], dates: Sequence[date]) -> tuple[Decimal, ...]:
    """Return every internal rate of return of flows at dates (XIRR), ascending, in percent a year.

    Source: spreadsheet convention XIRR, actual/365; all solutions as in `internal_rates_percent`.

    Args:
        cash_flows: One per date; payments negative.
        dates: In any order, none before the first.

    Raises:
        BadArgument: Lists of different lengths, or a date before the first.
        NotComputable: The flows never change sign, or no rate brings the NPV to zero.
    """
    by_day: dict[int, Decimal] = {}
    for flow, day in zip(_checked(cash_flows), _days(cash_flows, dates), strict=True):
        by_day[day] = by_day.get(day, ZERO) + flow
    return _rates(tuple(sorted(by_day.items())), periods_per_year=DAYS_PER_YEAR)


@exact
def modified_internal_rate_percent(
    cash_flows: Sequence[Decimal], finance_percent: Decimal, reinvestment_percent: Decimal
) -> Decimal:
    """Return the modified internal rate of return (MIRR), in percent per period.

    Source: CFA Institute, Corporate Issuers: (FV of inflows / PV of outflows)^(1/n) - 1.

    Args:
        cash_flows: The flow today, then one per period; payments negative.
        finance_percent: Rate at which payments are financed, percent per period.
        reinvestment_percent: Rate at which receipts are reinvested, percent per period.

    Raises:
        BadArgument: Fewer than two flows, or a rate that loses everything.
        NotComputable: There is no payment, or no receipt.
    """
    flows = _checked(cash_flows)
    last = len(flows) - 1
    if last == 0:
        raise BadArgument("cash_flows", "has one flow only: a rate needs at least two")
    financed = periodic_growth(finance_percent, 1)
    reinvested = periodic_growth(reinvestment_percent, 1)
    paid = sum((-flow / financed**index for index, flow in enumerate(flows) if flow < ZERO), ZERO)
    received = sum(
        (flow * reinvested ** (last - index) for index, flow in enumerate(flows) if flow > ZERO), ZERO
    )
    if ZERO in (paid, received):
        raise NotComputable(
            "A rate of return needs at least one payment (negative) and one receipt (positive)"
        )
    return ((received / paid) ** (ONE / last) - ONE) * HUNDRED


@exact
def payback_periods(cash_flows: Sequence[Decimal], rate_percent: Decimal = ZERO) -> Decimal | None:
    """Return the periods until the flows have paid back what was paid, None if they never do.

    Source: CFA Institute, Corporate Issuers: (discounted) payback period, linear within a period.

    Args:
        cash_flows: The flow today, then one per period; payments negative.
        rate_percent: Discount rate in percent per period; 0 for the plain payback.

    Raises:
        BadArgument: No flows, too many, or a rate that loses everything.
    """
    flows = _checked(cash_flows)
    factor = ONE / periodic_growth(rate_percent, 1)
    total, discount = flows[0], ONE
    paid_back = ZERO if total >= ZERO else None
    for index, flow in enumerate(flows[1:], start=1):
        discount *= factor
        before, total = total, total + flow * discount
        if total < ZERO:
            paid_back = None
        elif paid_back is None:
            paid_back = index - 1 + (-before) / (total - before)
    return paid_back


def _rates(terms: tuple[tuple[int, Decimal], ...], periods_per_year: int) -> tuple[Decimal, ...]:
    if not (any(flow > ZERO for _, flow in terms) and any(flow < ZERO for _, flow in terms)):
        raise NotComputable(
            "A rate of return needs at least one payment (negative) and one receipt (positive)"
        )
    exponent = ONE / periods_per_year
    factors = positive_roots(terms, LOWEST_FACTOR**exponent, HIGHEST_FACTOR**exponent)
    if not factors:
        raise NotComputable("No rate of return brings the net present value of these cash flows to zero")
    return tuple(sorted(solved((factor**-periods_per_year - ONE) * HUNDRED) for factor in factors))


def _checked(cash_flows: Sequence[Decimal]) -> Sequence[Decimal]:
    if not 1 <= len(cash_flows) <= MOST_FLOWS:
        raise BadArgument("cash_flows", f"has to hold 1 to {MOST_FLOWS} flows, not {len(cash_flows)}")
    return cash_flows


def _days(cash_flows: Sequence[Decimal], dates: Sequence[date]) -> list[int]:
    if len(_checked(cash_flows)) != len(dates):
        raise BadArgument("dates", f"has {len(dates)} entries for {len(cash_flows)} cash flows")
    days = [(day - dates[0]).days for day in dates]
    if min(days) < 0:
        raise BadArgument("dates", "holds a date before the first one")
    return days
