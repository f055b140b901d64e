"""The tool that compares companies: one concept in one calendar period across all who report it."""

import re
from collections.abc import Sequence
from typing import Any, Literal

from dexter.tools.errors import BadArgument, NotThere
from dexter.tools.fetching.text import one_line
from dexter.tools.filings import showing
from dexter.tools.filings.answers import Fact, Row
from dexter.tools.filings.companies import the_company
from dexter.tools.filings.edgar import NAME, Edgar
from dexter.tools.filings.notions import GAAP, Notion, notion_of, tag_of
from dexter.tools.filings.series import Value, values
from dexter.tools.registry import Tool

MOST_ROWS = 50
MOST_TAGS = 4
"""Frames asked for one question: each is up to a megabyte."""
CALENDAR = (
    "A frame has for each company the period that comes closest to the calendar's, and the value filed last: "
    "look at start and end before comparing. company_figures tells a company's own fiscal periods, and has "
    "what is missing here."
)
_CALENDAR = re.compile(r"(?:CY)?\s*([12][0-9]{3})\s*-?\s*(?:Q([1-4]))?I?", re.IGNORECASE)


def comparing_tools(edgar: Edgar) -> tuple[Tool, ...]:
    """The tool, on top of what asks the SEC."""

    async def compare_companies(
        *,
        concept: str,
        calendar_period: str,
        companies: list[str] | None = None,
        order: Literal["largest", "smallest"] = "largest",
        limit: int = 10,
        unit: str = "",
    ) -> dict[str, Any]:
        """Compare one reported figure across companies in one calendar year or quarter (XBRL frames).

        Args:
            concept: In words such as revenue or total assets, or an exact tag such as us-gaap:Goodwill.
            calendar_period: Such as 2024 or 2024Q3; figures at a moment are those at its end.
            companies: Tickers, names or CIKs; leave out to rank all companies that report it.
            order: Which come first.
            limit: The most companies to return without `companies`, 1 to 50.
            unit: USD unless the figure is in something else, such as shares or USD/shares.
        """
        name, notion, tags = _asked(concept)
        used = unit.strip() or notion.unit
        periods = _periods(calendar_period, instant=notion.instant if len(notion.gaap) else None)
        wanted = [await the_company(edgar, each) for each in companies or []]
        numbers = frozenset(each.cik for each in wanted)
        rows = await _rows(edgar, tags, periods, used, numbers)
        if not rows:
            hint = "Give another period or unit, or ask each company's figures."
            raise NotThere(NAME, f"{name} in {one_line(used, 20)} for {periods[0]}", hint)
        ranked = sorted(rows.values(), key=lambda each: each[1].amount, reverse=order == "largest")
        shown = ranked[: len(ranked) if numbers else min(max(limit, 1), MOST_ROWS)]
        return {
            "source": f"{showing.SOURCE}, XBRL frames",
            "calendar_period": periods[0],
            "companies_with_a_value": len(ranked),
            "figures": [
                {
                    "company": one_line(row.entity_name, 80),
                    "cik": row.cik,
                    **_without_form(showing.figure(edgar, row.cik, value, name=name, fiscal="")),
                }
                for row, value in shown
            ],
            "missing": [each.shown for each in wanted if each.cik not in rows],
            "notes": [CALENDAR, *([showing.UNADJUSTED] if "shares" in used else [])],
        }

    return (Tool("compare_companies", "Comparing companies", compare_companies, special=True),)


def _asked(concept: str) -> tuple[str, Notion, list[tuple[str, str]]]:
    """Name, notion (an empty one for a tag) and the tags to ask for."""
    if found := notion_of(concept):
        # Frames of IFRS would be asked in vain: most who report so do it in other units.
        return found[0], found[1], [tag for tag in found[1].tags if tag[0] == GAAP][:MOST_TAGS]
    if spelled := tag_of(concept):
        return spelled[1], Notion(()), [spelled]
    raise BadArgument("concept", f"is {one_line(concept, 60)!r}, neither a usual name nor a tag")


async def _rows(
    edgar: Edgar,
    tags: Sequence[tuple[str, str]],
    periods: Sequence[str],
    unit: str,
    numbers: frozenset[int],
) -> dict[int, tuple[Row, Value]]:
    """The companies (of `numbers`, if there are any) with a value: of the first tag that has one for them."""
    rows: dict[int, tuple[Row, Value]] = {}
    for taxonomy, tag in tags:
        for period in periods:
            try:
                frame = await edgar.frame(taxonomy, tag, unit, period)
            except NotThere:
                continue
            for row in frame.data:
                value = _value(f"{taxonomy}:{tag}", unit, row)
                if value is not None and (not numbers or row.cik in numbers):
                    rows.setdefault(row.cik, (row, value))
            break
        if numbers and numbers <= set(rows):
            break
    return rows


def _periods(text: str, *, instant: bool | None) -> list[str]:
    """The SEC's names of a calendar period, such as CY2024, CY2024Q1, CY2024Q1I.

    Args:
        text: A year or a quarter.
        instant: Whether the figure is one at a moment; None: not known, so both names.
    """
    found = _CALENDAR.fullmatch(text.strip())
    if found is None:
        raise BadArgument(
            "calendar_period", f"is {one_line(text, 20)!r}: give a year or a quarter such as 2024Q3"
        )
    year, quarter = found[1], found[2]
    span = f"CY{year}Q{quarter}" if quarter else f"CY{year}"
    moment = f"CY{year}Q{quarter or 4}I"
    return {True: [moment], False: [span], None: [span, moment]}[instant]


def _value(tag: str, unit: str, row: Row) -> Value | None:
    return next(iter(values(tag, unit, [Fact(row.end, row.val, row.accn, start=row.start)])), None)


def _without_form(told: dict[str, Any]) -> dict[str, Any]:
    """A frame does not say which form it was, nor when it was filed; the link leads there."""
    return {name: value for name, value in told.items() if name not in {"form", "filed"}}
