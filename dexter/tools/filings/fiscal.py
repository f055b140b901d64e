"""Which fiscal year and quarter a period is.

The year and quarter beside a fact are those of the filing that reported it: the annual report of 2024 has the
figures of 2022 under 2024, too. So only the latest period of a filing is named by it, and what is compared
with it by counting years from there.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from dexter.tools.filings.answers import Fact
from dexter.tools.filings.series import Value

_SOONEST = timedelta(days=0)
_LATEST = {
    "FY": timedelta(days=200),
    "Q1": timedelta(days=120),
    "Q2": timedelta(days=120),
    "Q3": timedelta(days=120),
}
"""How long after its period a report comes at most; what lies further back is a period compared with."""
_SLACK = timedelta(days=10)
_YEARS = (-1, 1, -2, 2, -3, 3, -4, 4)

Ends = Mapping[date, tuple[int, str]]
"""The last day of a period to fiscal year, and FY, Q1, Q2 or Q3."""


def ends_of(facts: Iterable[Fact]) -> Ends:
    """The periods that filings reported as their own."""
    own: dict[str, Fact] = {}
    for fact in facts:
        before = own.get(fact.accn)
        if fact.fp in _LATEST and fact.fy is not None and (before is None or fact.end > before.end):
            own[fact.accn] = fact
    found: dict[date, tuple[int, str]] = {}
    # The first filing names a period; an amendment years later may not.
    for fact in sorted(own.values(), key=lambda each: each.filed):
        try:
            end, filed = date.fromisoformat(fact.end), date.fromisoformat(fact.filed)
        except ValueError:
            continue
        if fact.fy is not None and fact.fp is not None and _SOONEST <= filed - end <= _LATEST[fact.fp]:
            found.setdefault(end, (fact.fy, fact.fp))
    return found


def label(value: Value, ends: Ends) -> str:
    """What the period is called: FY2024, Q3 2024, 9 months to Q3 2024; empty if that is not known."""
    known = _known(value.end, ends)
    if known is None:
        return ""
    year, part = known
    if value.start is None:
        return f"FY{year}" if part == "FY" else f"{part} {year}"
    match value.months:
        case 12:
            return f"FY{year}" if part == "FY" else f"12 months to {part} {year}"
        case 3:
            return f"Q4 {year}" if part == "FY" else f"{part} {year}"
        case 6 | 9:
            return f"{value.months} months to {'Q4' if part == 'FY' else part} {year}"
        case _:
            return ""


def is_year_end(end: date, ends: Ends) -> bool:
    """Whether a fiscal year ends on that day."""
    known = _known(end, ends)
    return known is not None and known[1] == "FY"


def _known(end: date, ends: Ends) -> tuple[int, str] | None:
    if end in ends:
        return ends[end]
    for years in _YEARS:
        year, part = _near(_moved(end, years), ends) or (0, "")
        if part:
            return year - years, part
    return None


def _near(end: date, ends: Ends) -> tuple[int, str] | None:
    # Years of 52 and 53 weeks end on another day each time.
    close: Sequence[date] = [each for each in ends if abs(each - end) <= _SLACK]
    return ends[min(close, key=lambda each: abs(each - end))] if close else None


def _moved(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February, or beyond the calendar
        return day + timedelta(days=365 * years) if 2 < day.year + years < 9998 else day
