"""The tool that searches the web."""

import re
from typing import Any

from dexter.tools.errors import BadArgument
from dexter.tools.fetching.text import one_line, plain, quoted
from dexter.tools.registry import Tool
from dexter.tools.web.searching import WebSearch
from dexter.tools.web.services import LONGEST_TEXT, Hit

MOST_HITS = 10
_LINK = re.compile(r"https?://[!-~]{1,1000}")
_DATE = re.compile(r"[0-9TZ:.+ /-]{4,30}|[A-Za-z]{3,9} [0-9]{1,2},? [0-9]{4}")


def search_tool(web: WebSearch) -> Tool:
    """The tool, on top of what asks the services."""

    async def web_search(query: str, limit: int = 5) -> dict[str, Any]:
        """Search the web for what no other tool has, such as news, opinions, facts on companies and people.

        Each result is an excerpt; `web_fetch` reads the whole page. Name the page where you use one.

        Args:
            query: What is looked for, in words; with names, and a year where it matters.
            limit: The most results, 1 to 10.
        """
        words = one_line(query, 400)
        if not words:
            raise BadArgument("query", "is empty: give words to look for")
        most = min(max(limit, 1), MOST_HITS)
        found = await web.search(words, most)
        told: dict[str, Any] = {"source": found.service.name, "fetched": found.fetched}
        if found.failed:
            told["not_answered"] = list(found.failed)
        return {**told, "results": [_shown(hit, found.service.name) for hit in found.hits[: most + 1]]}

    return Tool("web_search", "Searching the web", web_search)


def _shown(hit: Hit, service: str) -> dict[str, str]:
    """A hit: its address and date, and all that others wrote as quoted."""
    link = hit.url.strip() if _LINK.fullmatch(hit.url.strip()) else ""
    date = one_line(hit.date, 30)
    text = plain(f"{one_line(hit.title, 200)}\n{hit.text.strip()[: LONGEST_TEXT * 2]}").strip()
    return {
        **({"link": link} if link else {}),
        **({"date": date} if _DATE.fullmatch(date) else {}),
        "text": quoted(text, link or service),
    }
