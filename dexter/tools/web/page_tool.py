"""The tool that reads a page of the web."""

from typing import Any

from dexter.tools.fetching.text import quoted
from dexter.tools.filings.pages import page_of
from dexter.tools.registry import Tool
from dexter.tools.web.pages import WebPages


def page_tool(pages: WebPages) -> Tool:
    """The tool, on top of what asks the web."""

    async def web_fetch(url: str, page: int = 1) -> dict[str, Any]:
        """Read a public web page as text, page by page.

        A page that leads to another site gives that address instead of a text.

        Args:
            url: The whole address, with https://.
            page: Which page of a long text.
        """
        found = await pages.page(url)
        if found.leads_to:
            note = "It leads to another site; nothing was read. Call web_fetch with that address to read it."
            return {"source": found.url, "leads_to": found.leads_to, "notes": [note]}
        text = f"{found.title}\n\n{found.text}" if found.title else found.text
        shown = page_of(text, page)
        return {
            "source": found.url,
            "link": found.url,
            "fetched": found.fetched,
            "page": shown.number,
            "pages": shown.count,
            "text": quoted(shown.text, found.url),
        }

    return Tool("web_fetch", "Reading a web page", web_fetch)
