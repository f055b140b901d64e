"""The tools for filings as this source has them; the SEC itself is asked by `dexter.tools.filings`."""

from typing import Any, Literal

from dexter.tools.errors import BadArgument
from dexter.tools.fetching.source import DAY, MINUTE
from dexter.tools.fetching.text import one_line, plain, quoted
from dexter.tools.filings.pages import page_of
from dexter.tools.market.asking import limit_of, ticker_of
from dexter.tools.market.dataset import NAME, Dataset, Sought
from dexter.tools.market.rows import Reading, row_of, told
from dexter.tools.registry import Tool

MOST_FILINGS = 50
Form = Literal["10-K", "10-Q", "8-K"]


def market_filing_tools(dataset: Dataset) -> tuple[Tool, ...]:
    """The tools, on top of what asks the source."""

    async def dataset_filings(
        ticker: str, forms: list[Form] | None = None, limit: int = 10
    ) -> dict[str, Any]:
        """List a company's filings as Financial Datasets has them; company_filings asks the SEC itself.

        Args:
            ticker: Such as AAPL.
            forms: Which; leave out for all three.
            limit: The most, 1 to 50.
        """
        meant, most = ticker_of(ticker), limit_of(limit, MOST_FILINGS)
        params: dict[str, str | int] = {"ticker": meant, "filing_type": ",".join(forms or []), "limit": most}
        what = f"filings of {meant} of these forms"
        sought = Sought("filings", "/filings/", what, params, keep=15 * MINUTE, label=meant)
        return told(await dataset.rows(sought, "filings", most), Reading(), "filings")

    async def dataset_filing_items(
        *, ticker: str, form: Form, accession_number: str, items: list[str] | None = None, page: int = 1
    ) -> dict[str, Any]:
        """Read items of a filing as Financial Datasets has them; filing_items asks the SEC itself.

        Args:
            ticker: Such as AAPL.
            form: The filing's form.
            accession_number: From `dataset_filings` or `company_filings`.
            items: Such as Item-1A, Item-7, or 2.02 of an 8-K; leave out for all.
            page: Which page of a long text.
        """
        meant, number = ticker_of(ticker), one_line(accession_number, 25)
        if not number:
            raise BadArgument("accession_number", "is empty: dataset_filings lists them")
        wanted = ",".join(one_line(each, 30) for each in items or [])
        sought = Sought(
            "filing_items",
            "/filings/items/",
            f"items of {form} {number} of {meant}",
            {"ticker": meant, "filing_type": form, "accession_number": number, "item": wanted},
            keep=DAY,
            label=meant,
        )
        found = await dataset.rows(sought, "items", 60)
        names = [f"{row.get('number', '')} {row.get('name', '')}" for row in found.rows]
        texts = [f"{name}\n{row.get('text', '')}" for name, row in zip(names, found.rows, strict=True)]
        shown = page_of(plain("\n\n".join(texts)), page)
        return {
            **row_of({"ticker": meant, "form": form, "accession_number": number}, Reading(), found.link),
            "source": NAME,
            "link": found.link,
            "items_in_answer": [one_line(name, 60) for name in names],
            "page": shown.number,
            "pages": shown.count,
            "text": quoted(shown.text, found.link),
        }

    return (
        Tool("dataset_filings", "Listing filings of the data set", dataset_filings, special=True),
        Tool("dataset_filing_items", "Reading items in the data set", dataset_filing_items, special=True),
    )
