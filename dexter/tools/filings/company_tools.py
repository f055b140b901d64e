"""The tools for companies and their lists of filings."""

from datetime import date
from typing import Any

import msgspec

from dexter.tools.errors import BadArgument, NotThere
from dexter.tools.fetching.text import one_line
from dexter.tools.filings.answers import Submissions
from dexter.tools.filings.companies import Company, by_number, matching, the_company
from dexter.tools.filings.edgar import NAME, Edgar
from dexter.tools.filings.listing import filings
from dexter.tools.filings.showing import SOURCE, filing
from dexter.tools.numbers import to_date
from dexter.tools.registry import Tool

MOST_COMPANIES = 10
MOST_FILINGS = 50


def company_tools(edgar: Edgar) -> tuple[Tool, ...]:
    """The tools, on top of what asks the SEC."""

    async def find_company(name: str) -> dict[str, Any]:
        """Find companies that file with the SEC, by ticker or name, with their CIK numbers.

        The other tools take a ticker as well: use this one where a name may mean several companies.

        Args:
            name: A ticker such as BRK.B, or words of a name.
        """
        text = one_line(name, 80)
        if not text:
            raise BadArgument("name", "is empty: give a ticker or words of a name")
        found = matching(by_number(await edgar.tickers()), text, MOST_COMPANIES)
        if not found:
            await the_company(edgar, text)  # whose sentence says what may be tried
        return {
            "source": SOURCE,
            "companies": [
                {"cik": each.cik, "name": each.name, "tickers": list(each.tickers)} for each in found
            ],
        }

    async def company_filings(
        *,
        company: str,
        forms: list[str] | None = None,
        from_date: str = "",
        to_date: str = "",
        limit: int = 10,
    ) -> dict[str, Any]:
        """List a company's filings at the SEC, the latest first, with accession numbers and links.

        Args:
            company: Ticker, name or CIK.
            forms: Such as 10-K, 10-Q, 8-K, 20-F, DEF 14A; amendments come with them. Leave out for all.
            from_date: Filed on or after, YYYY-MM-DD.
            to_date: Filed on or before, YYYY-MM-DD.
            limit: The most to return, 1 to 50.
        """
        since, until = day(from_date, "from_date"), day(to_date, "to_date")
        meant = await the_company(edgar, company)
        known = await edgar.submissions(meant.cik)
        found, more = await filings(
            edgar,
            meant.cik,
            known,
            forms=forms or [],
            since=since,
            until=until,
            most=min(max(limit, 1), MOST_FILINGS),
        )
        if not found:
            asked = f"filing of {known.name} of these forms and dates"
            raise NotThere(NAME, asked, "Its latest: " + ", ".join(_latest(known)) + ".")
        return {
            "source": SOURCE,
            "company": described(meant, known),
            "filings": [filing(edgar, meant.cik, each) for each in found],
            "more": more,
        }

    return (
        Tool("find_company", "Looking for a company", find_company, special=True),
        Tool("company_filings", "Listing filings", company_filings),
    )


def described(meant: Company, known: Submissions) -> dict[str, Any]:
    """A company as the tools name it."""
    told: dict[str, Any] = {"cik": meant.cik, "name": one_line(known.name, 80)}
    if known.tickers:
        told["tickers"] = known.tickers
    if known.sic_description:
        told["industry"] = one_line(known.sic_description, 80)
    end = known.fiscal_year_end or ""
    if len(end) == 4 and end.isdecimal():
        told["fiscal_year_ends"] = f"{end[:2]}-{end[2:]}"
    if known.former_names:
        told["former_names"] = [one_line(each.name, 80) for each in known.former_names[:5]]
    return told


def complete(meant: Company, known: Submissions) -> Company:
    """The company with its name, also if it was named by its number."""
    return msgspec.structs.replace(meant, name=one_line(known.name, 80), tickers=tuple(known.tickers))


def day(text: str, argument: str) -> str:
    """A date as YYYY-MM-DD, or empty for none.

    Raises:
        BadArgument: If it is no date.
    """
    return to_date(text, argument).isoformat() if text.strip() else ""


def day_or_none(text: str, argument: str) -> date | None:
    """The same as a date."""
    return to_date(text, argument) if text.strip() else None


def _latest(known: Submissions) -> list[str]:
    rows = known.filings.recent.rows()[:5]
    return [f"{one_line(row.form, 20)} of {row.filed}" for row in rows] or ["none"]
