"""What catalogs answer about all sessions of a home: what is found by words, what can be counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dexter.sessions.library import SessionLibrary

if TYPE_CHECKING:
    from dexter.sessions.catalog.checking import Contradiction
    from dexter.sessions.catalog.exchange_rows import Facts
    from dexter.sessions.searching.wanted import Found, SearchHit, Wanted


class SearchableSessions(SessionLibrary):
    """All sessions of a home, and what is asked about all of them at once."""

    def search(
        self, query: str, limit: int = 10, *, since: int | None = None, besides: str | None = None
    ) -> list[SearchHit]:
        """Exchanges of all sessions with words of a query, best first; `since` is in epoch milliseconds.

        With `besides`, a session, these are complete exchanges of other ones only.
        """
        from dexter.sessions.searching.search import SessionSearch

        return SessionSearch(self._ready()).search(query, limit, since=since, besides=besides)

    def look_up(self, wanted: Wanted) -> Found:
        """Exchanges that have what is wanted, best first; see `parse_query` for what can be asked.

        Raises:
            StoreUnreadable: If the repository can't be read.
        """
        from dexter.sessions.searching.search import SessionSearch

        found = SessionSearch(self._ready()).look_up(wanted)
        self._news.add(found.notices)
        return found

    def usage(self) -> list[Facts]:
        """What can be counted of every exchange of the sessions that are there, by session and exchange id.

        Sessions whose history can't be read are left out and told in `notices`.

        Raises:
            StoreUnreadable: If the repository can't be read.
        """
        from dexter.sessions.catalog.counting import count

        counted = count(self._ready())
        self._news.add(counted.notices)
        return list(counted.facts)

    def contradictions(self) -> list[Contradiction]:
        """What the catalogs say that the tree does not, as they lie there; nothing is changed.

        Raises:
            StoreUnreadable: If the repository can't be read.
        """
        from dexter.sessions.catalog.checking import contradictions

        return contradictions(self._ready())

    def discard_catalogs(self) -> None:
        """Throw away what is derived; it is made anew when it is next needed."""
        from dexter.sessions.catalog.checking import discard_catalogs

        discard_catalogs(self._ready())
