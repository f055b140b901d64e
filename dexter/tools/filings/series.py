"""From what filings reported to one value for each period: the one filed last, and what it replaced.

A value is never adjusted: not for splits of shares, not for changed standards.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from dexter.tools.filings.answers import Fact

_MONTHS = ((3, 80, 100), (6, 170, 195), (9, 260, 285), (12, 350, 380))
"""Days that a period of so many months may have: quarters of 13 weeks, years of 52 and 53."""


class Value(msgspec.Struct, frozen=True):
    """A figure of one period.

    Attributes:
        tag: Taxonomy and tag, such as us-gaap:Revenues.
        unit: Such as USD, USD/shares, shares.
        start: The first day; None for what is at a moment.
        end: The last day, or the moment.
        amount: Exactly as reported.
        form: Of the filing that reported it last, such as 10-K or 10-K/A.
        accession: That filing's number.
        filed: Its date.
        before: What an earlier filing said, if that was something else: the first one.
        difference_of: For a figure that nobody reported, the two that it is the difference of.
    """

    tag: str
    unit: str
    start: date | None
    end: date
    amount: Decimal
    form: str
    accession: str
    filed: str
    before: "Value | None" = None
    difference_of: "tuple[Value, Value] | None" = None

    @property
    def months(self) -> int:
        """How long the period is: 3, 6, 9, 12, or 0 for a moment and for every other length."""
        return 0 if self.start is None else months(self.start, self.end)

    @property
    def period(self) -> tuple[date, date]:
        """What tells periods apart."""
        return self.start or self.end, self.end


def months(start: date, end: date) -> int:
    """The months of a period, or 0 if it is none of 3, 6, 9 and 12."""
    days = (end - start).days + 1
    return next((count for count, least, most in _MONTHS if least <= days <= most), 0)


def values(tag: str, unit: str, facts: Iterable[Fact]) -> list[Value]:
    """One value for each period, the latest first."""
    reported: dict[tuple[date, date], list[Value]] = defaultdict(list)
    for fact in facts:
        value = _value(tag, unit, fact)
        if value is not None:
            reported[value.period].append(value)
    return sorted(map(_latest, reported.values()), key=lambda each: (each.end, each.period), reverse=True)


def merged(series: Sequence[Sequence[Value]]) -> list[tuple[Value, list[Value]]]:
    """Several tags as one: for each period the value of the first that has one, and the others that differ.

    Args:
        series: The values of each tag, the preferred tag first, all in one unit.
    """
    found: dict[tuple[date, date], tuple[Value, list[Value]]] = {}
    for each in (value for tag in series for value in tag):
        if each.period not in found:
            found[each.period] = (each, [])
        elif each.amount != found[each.period][0].amount:
            found[each.period][1].append(each)
    return sorted(found.values(), key=lambda pair: (pair[0].end, pair[0].period), reverse=True)


def _value(tag: str, unit: str, fact: Fact) -> Value | None:
    try:
        end = date.fromisoformat(fact.end)
        start = date.fromisoformat(fact.start) if fact.start else None
    except ValueError:
        return None
    if fact.val is None or (start is not None and start > end):
        return None
    # A float is what JSON makes of 6.13: as it is printed it is what was reported.
    return Value(tag, unit, start, end, Decimal(str(fact.val)), fact.form, fact.accn, fact.filed)


def _latest(reported: list[Value]) -> Value:
    ordered = sorted(reported, key=lambda each: (each.filed, each.accession))
    first, last = ordered[0], ordered[-1]
    return last if first.amount == last.amount else msgspec.structs.replace(last, before=first)
