"""The tool that searches all saved sessions, and the shape of what does the searching.

Owns the tool's answer. Knows no disk: `sessions.searching` (or a test) hands in what finds the exchanges.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from dexter.tools.errors import BadArgument

MOST_HITS = 20
SECONDS_PER_DAY = 86_400


class Hit(Protocol):
    """An exchange that was found."""

    @property
    def session_id(self) -> str:
        """The session that holds it."""

    @property
    def exchange_id(self) -> str:
        """Its id in that session."""

    @property
    def when(self) -> int:
        """When it was asked, in epoch milliseconds."""

    @property
    def query(self) -> str:
        """The question."""

    @property
    def snippet(self) -> str:
        """The part of the answer around what was found."""

    @property
    def title(self) -> str | None:
        """The session's title, if it has one."""


class Recall(Protocol):
    """What searches the saved sessions."""

    def search(self, query: str, limit: int, *, since: int | None = None) -> Sequence[Hit]:
        """Return at most `limit` exchanges with words of `query`, best first, from `since` (in ms) on."""


def recall_tool(recall: Recall, clock: Callable[[], float] = time.time) -> Callable[..., dict[str, Any]]:
    """Return the function that searches `recall`; `clock` gives epoch seconds."""

    def recall_sessions(query: str, limit: int = 5, within_days: int | None = None) -> dict[str, Any]:
        """Search the questions and answers of all saved sessions, this one and earlier ones.

        Use it whenever the user refers to something asked, said or found before. Quote hits with their
        session and exchange ids.

        Args:
            query: A few words to look for, such as a ticker, a company or a topic.
            limit: The most hits to return, 1 to 20.
            within_days: Only exchanges of the last so many days; leave out to search everything.
        """
        words = query.strip()
        if not words:
            raise BadArgument("query", "is empty: give a few words to look for")
        if within_days is not None and within_days < 1:
            raise BadArgument("within_days", "has to be 1 or more")
        wanted = min(max(limit, 1), MOST_HITS)
        since = None if within_days is None else int((clock() - within_days * SECONDS_PER_DAY) * 1000)
        hits = recall.search(words, wanted, since=since)
        return {
            "searched": words,
            "within_days": within_days,
            "count": len(hits),
            "hits": [_shown(hit) for hit in hits],
        }

    recall_sessions.__name__ = "recall"
    return recall_sessions


def _shown(hit: Hit) -> dict[str, Any]:
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(hit.when / 1000))
    return {
        "session": hit.session_id,
        "exchange": hit.exchange_id,
        "when": when,
        "title": hit.title,
        "query": hit.query,
        "snippet": hit.snippet,
    }
