"""Quarters that nobody reported: the difference of two periods that begin on the same day.

Annual reports have no fourth quarter, and cash flows are reported from the beginning of the year only. Such a
figure is always marked: what it is the difference of goes with it.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import msgspec

from dexter.tools.filings.series import Value, months


def with_quarters(values: Sequence[Value]) -> list[Value]:
    """The values, and quarters that follow from them, the latest first.

    Only amounts of money are subtracted: earnings per share and average counts of shares do not add up.

    Args:
        values: Of one tag in one unit, one for each period.
    """
    there = {value.end for value in values if value.months == 3}
    by_start: dict[date, list[Value]] = defaultdict(list)
    for value in values:
        if value.start is not None and value.months and _adds_up(value.unit):
            by_start[value.start].append(value)
    found = list(values)
    for same_start in by_start.values():
        ordered = sorted(same_start, key=lambda each: each.end)
        for shorter, longer in pairwise(ordered):
            quarter = _difference(shorter, longer)
            if quarter is not None and quarter.end not in there:
                there.add(quarter.end)
                found.append(quarter)
    return sorted(found, key=lambda each: (each.end, each.period), reverse=True)


def _difference(shorter: Value, longer: Value) -> Value | None:
    start = shorter.end + timedelta(days=1)
    if longer.months != shorter.months + 3 or months(start, longer.end) != 3:
        return None
    return msgspec.structs.replace(
        longer,
        start=start,
        amount=longer.amount - shorter.amount,
        before=None,
        difference_of=(longer, shorter),
    )


def _adds_up(unit: str) -> bool:
    return unit.isupper() and len(unit) == 3
