"""What a search looks for and what it finds, as values."""

import msgspec

from dexter.sessions.notices import SessionNotice
from dexter.sessions.searching.queries import Term


class SearchHit(msgspec.Struct, frozen=True):
    """An exchange that was found.

    `when` is in epoch milliseconds, `snippet` the part of the answer (or of a tool's result) with the words;
    the marks are the (start, end) of what was found in the query and in the snippet. Of a session that was
    found by its title or tags alone it is the latest exchange.
    """

    session_id: str
    exchange_id: str
    when: int
    query: str
    snippet: str
    title: str | None
    score: float
    marks: tuple[tuple[int, int], ...] = ()
    query_marks: tuple[tuple[int, int], ...] = ()
    status: str = "complete"
    deleted: bool = False
    tags: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True):
    """At most as many hits as were asked for, best first, whether there are more, and what can't be read."""

    hits: tuple[SearchHit, ...] = ()
    more: bool = False
    notices: tuple[SessionNotice, ...] = ()


class Wanted(msgspec.Struct, frozen=True):
    """What to look for, and where.

    `every` asks for all of the terms in one exchange (the title and the tags of its session count as being in
    it), else one of them is enough. `since` is in epoch milliseconds.
    """

    terms: tuple[Term, ...]
    every: bool = True
    limit: int = 20
    since: int | None = None
    session_id: str | None = None
    results: bool = False
    deleted: bool = False
    besides: str | None = None

    @property
    def ranked(self) -> int:
        """How many are ranked: one more tells whether there are more."""
        return self.limit + 1
