"""The tool that searches the words of all filings."""

from typing import Any

from dexter.tools.errors import BadArgument, NotThere
from dexter.tools.fetching.text import one_line
from dexter.tools.filings import showing
from dexter.tools.filings.answers import Hit
from dexter.tools.filings.companies import the_company
from dexter.tools.filings.company_tools import day
from dexter.tools.filings.edgar import NAME, Edgar
from dexter.tools.registry import Tool

HITS = 10
INDEX_PAGE = 100
"""How many documents the index gives at once."""
MOST_HITS = 10_000
"""How far the index goes."""


def searching_tools(edgar: Edgar) -> tuple[Tool, ...]:
    """The tool, on top of what asks the SEC."""

    async def search_filings(
        *,
        query: str,
        company: str = "",
        forms: list[str] | None = None,
        from_date: str = "",
        to_date: str = "",
        page: int = 1,
    ) -> dict[str, Any]:
        """Search the words of all filings since 2001, exhibits too; finds documents, not passages.

        Args:
            query: Words that all have to be there; "in quotes" a phrase; OR, -word and word* work.
            company: Ticker, name or CIK; leave out for all companies.
            forms: Such as 8-K; leave out for all.
            from_date: Filed on or after, YYYY-MM-DD.
            to_date: Filed on or before, YYYY-MM-DD.
            page: Which ten of the documents.
        """
        words = one_line(query, 300)
        if not words:
            raise BadArgument("query", "is empty: give words to look for")
        first = (page - 1) * HITS
        if not 0 <= first < MOST_HITS:
            raise BadArgument("page", f"is {page}: there are pages 1 to {MOST_HITS // HITS}")
        params = {"q": words, "from": str(first - first % 100)}
        since, until = day(from_date, "from_date"), day(to_date, "to_date")
        if since or until:
            # The index wants both ends.
            params |= {
                "dateRange": "custom",
                "startdt": since or "2001-01-01",
                "enddt": until or "2100-01-01",
            }
        if forms:
            params["forms"] = ",".join(one_line(form, 20) for form in forms)
        if company.strip():
            params["ciks"] = f"{(await the_company(edgar, company)).cik:010}"
        answer = (await edgar.search(params)).hits
        hits = answer.hits[first % INDEX_PAGE :][:HITS]
        if not hits:
            hint = "Try fewer or other words; before 2001 nothing is searched."
            raise NotThere(NAME, f"document with {words!r} on page {page}", hint)
        at_least = "at least " if answer.total.relation != "eq" else ""
        return {
            "source": f"{showing.SOURCE}, full-text search",
            "found": f"{at_least}{answer.total.value} documents",
            "documents": [_hit(edgar, each) for each in hits],
        }

    return (Tool("search_filings", "Searching filings", search_filings, special=True),)


def _days(since: str, until: str) -> dict[str, str]:
    """The parameters for a span of days; the index wants both ends."""
    if not since and not until:
        return {}
    return {"dateRange": "custom", "startdt": since or "2001-01-01", "enddt": until or "2100-01-01"}


def _hit(edgar: Edgar, hit: Hit) -> dict[str, Any]:
    accession, _, name = hit.id.partition(":")
    found = hit.source
    cik = next((int(each) for each in found.ciks if each.isdecimal()), 0)
    row = {
        "company": one_line("; ".join(found.display_names), 120),
        "form": one_line(found.form or "", 20),
        "document_type": one_line(found.file_type or "", 20),
        "filed": one_line(found.file_date or "", 10),
        "period": one_line(found.period_ending or "", 10),
        "accession_number": one_line(accession, 20),
        "document": one_line(name, 80),
        "items": [one_line(each, 10) for each in found.items or []],
        "link": edgar.archive(cik, one_line(accession, 20), one_line(name, 80)),
    }
    return {key: value for key, value in row.items() if value}
