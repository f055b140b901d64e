"""The tools for what filings say: their items and their documents."""

from typing import Any

import msgspec

from dexter.tools.errors import NotThere
from dexter.tools.fetching.source import Body
from dexter.tools.fetching.text import quoted
from dexter.tools.filings import showing
from dexter.tools.filings.answers import File, Filing
from dexter.tools.filings.companies import Company, the_company
from dexter.tools.filings.company_tools import complete
from dexter.tools.filings.edgar import NAME, Edgar
from dexter.tools.filings.items import Item, items_of, wanted
from dexter.tools.filings.listing import the_filing
from dexter.tools.filings.pages import page_of
from dexter.tools.registry import Tool

SHORT_ITEM = 600
_READABLE = (".htm", ".html", ".txt")


class Read(msgspec.Struct, frozen=True):
    """A document of a filing as text."""

    company: Company
    filing: Filing
    name: str
    link: str
    text: str
    others: tuple[str, ...] = ()


def document_tools(edgar: Edgar) -> tuple[Tool, ...]:
    """The tools, on top of what asks the SEC."""

    async def filing_items(company: str, filing: str, items: list[str], page: int = 1) -> dict[str, Any]:
        """Read items of a 10-K, 10-Q, 8-K or 20-F, such as risk factors (1A) or management's discussion (7).

        Args:
            company: Ticker, name or CIK.
            filing: An accession number, or a form such as 10-K for the latest one.
            items: Such as 1A, 7, 2.02, or "Part II, Item 1A"; none lists the items that there are.
            page: Which page of a long text.
        """
        read = await _read(edgar, company, filing, "")
        there = items_of(read.text, with_parts=_has_parts(read))
        found = {each.name: each for asked in items for each in wanted(there, asked)}
        if items and not found:
            names = ", ".join(each.name for each in there) or "none that can be told apart; use read_filing"
            raise NotThere(NAME, f"item {', '.join(items)[:60]!r} in this filing", f"It has {names}.")
        told = _told(edgar, read)
        told["items_in_filing"] = [f"{each.name} {each.title}".strip() for each in there]
        if found:
            text = "\n\n".join(each.text for each in found.values())
            told |= _page(text, page, read.link)
            told["notes"] = _short(found.values())
        return told

    async def read_filing(company: str, filing: str, document: str = "", page: int = 1) -> dict[str, Any]:
        """Read a document of a filing as text, page by page: the main one, or an exhibit by its file name.

        Args:
            company: Ticker, name or CIK.
            filing: An accession number, or a form such as 8-K for the latest one.
            document: A file name from `documents` of an earlier answer, such as ex991.htm.
            page: Which page.
        """
        read = await _read(edgar, company, filing, document)
        others = [
            each.name
            for each in await edgar.files(read.company.cik, read.filing.accession)
            if _readable(each)
        ]
        return {**_told(edgar, read), "documents": others[:60], **_page(read.text, page, read.link)}

    return (
        Tool("filing_items", "Reading items of a filing", filing_items),
        Tool("read_filing", "Reading a filing", read_filing, special=True),
    )


async def _read(edgar: Edgar, company: str, filing: str, document: str) -> Read:
    from dexter.tools.filings.markup import text_of  # noqa: PLC0415  5 ms that a start does not wait for

    meant = await the_company(edgar, company)
    known = await edgar.submissions(meant.cik)
    found = await the_filing(edgar, meant.cik, known, filing)
    name = document.strip() or found.document or await _main_document(edgar, meant.cik, found.accession)

    async def convert(body: Body) -> bytes:
        return msgspec.json.encode(await text_of(body, NAME))

    answer = await edgar.document(meant.cik, found.accession, name, convert)
    text = msgspec.json.decode(answer.data, type=str)
    return Read(complete(meant, known), found, name, answer.url, text)


async def _main_document(edgar: Edgar, cik: int, accession: str) -> str:
    """The main document of a filing that is not in the list: the largest text that is no exhibit."""
    files = [each for each in await edgar.files(cik, accession) if _readable(each)]
    plain = [each for each in files if "ex" not in each.name.lower().partition(".")[0][-8:]]
    largest = max(plain or files, key=lambda each: int(each.size or 0), default=None)
    return largest.name if largest else f"{accession}.txt"


def _readable(file: File) -> bool:
    name = file.name.lower()
    table = name.startswith("r") and name[1:].partition(".")[0].isdecimal()
    return name.endswith(_READABLE) and not table and "-index" not in name


def _told(edgar: Edgar, read: Read) -> dict[str, Any]:
    filing = msgspec.structs.replace(read.filing, document=read.name)
    row = {name: value for name, value in showing.filing(edgar, read.company.cik, filing).items() if value}
    return {"source": showing.SOURCE, "company": read.company.shown, **row}


def _has_parts(read: Read) -> bool:
    """Whether it is a 10-Q, whose two parts each have an item 1; of an old filing the form is in its text."""
    return "10-Q" in (read.filing.form or read.text[:4000]).upper()


def _page(text: str, number: int, link: str) -> dict[str, Any]:
    page = page_of(text, number)
    return {"page": page.number, "pages": page.count, "text": quoted(page.text, link)}


def _short(found: Any) -> list[str]:
    short = [each.name for each in found if isinstance(each, Item) and len(each.text) < SHORT_ITEM]
    if not short:
        return []
    return [
        f"{', '.join(short)}: few words; it may refer to an exhibit (such as EX-13 or EX-99) or to the notes."
    ]
