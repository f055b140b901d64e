"""Full text over all saved sessions: which exchanges have the words, best first, and where they have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.catalog import exchange_rows
from dexter.sessions.catalog.deleted import deleted_trees
from dexter.sessions.catalog.exchange_answers import checked_session, facts_and_body
from dexter.sessions.catalog.exchange_indexer import ExchangeIndexer
from dexter.sessions.catalog.words import words
from dexter.sessions.records.layout import ROOT
from dexter.sessions.searching.queries import places, telling_terms
from dexter.sessions.searching.ranking import Ranking
from dexter.sessions.searching.snippets import Snippet, joined, snippet
from dexter.sessions.searching.wanted import Found, SearchHit, Wanted

if TYPE_CHECKING:
    import sqlite3


class SessionSearch:
    """Searches queries, answers, titles and tags of the sessions in an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def search(
        self, query: str, limit: int = 10, *, since: int | None = None, besides: str | None = None
    ) -> list[SearchHit]:
        """At most `limit` exchanges that have words of `query`, best first; of equals the latest first.

        For questions in plain words: those that every question has (what, did, about) don't count beside
        others, and each may be the beginning of a longer one. A word counts more the fewer exchanges have
        it, and more in a query than in an answer. Sessions that can't be read are passed over.

        Args:
            query: Any text.
            limit: The most hits to return.
            since: Only exchanges from then on, in epoch milliseconds.
            besides: A session: only complete exchanges of other ones count.
        """
        wanted = Wanted(telling_terms(query), every=False, limit=limit, since=since, besides=besides)
        return list(self.look_up(wanted).hits)

    def look_up(self, wanted: Wanted) -> Found:
        """The exchanges that are wanted, with what is saved and not yet in git.

        Raises:
            StoreUnreadable: If the repository can't be read.
        """
        snapshot = self._archive.snapshot()
        if snapshot is None or not wanted.terms or wanted.limit < 1:
            return Found()
        schema = exchange_rows.LIVE_WITH_RESULTS if wanted.results else exchange_rows.LIVE
        found = [self._look(snapshot, schema, wanted)]
        if wanted.deleted:
            gone = self._archive.gather(deleted_trees(self._archive))
            schema = exchange_rows.DELETED_WITH_RESULTS if wanted.results else exchange_rows.DELETED
            if gone is not None:
                found.append(self._look(gone, schema, wanted, deleted=True))
        hits = [hit for each in found for hit in each.hits]
        hits.sort(key=lambda hit: (-hit.score, -hit.when, hit.session_id, hit.exchange_id))
        notices = tuple(notice for each in found for notice in each.notices)
        more = len(hits) > wanted.limit or any(each.more for each in found)
        return Found(tuple(hits[: wanted.limit]), more, notices)

    def _look(
        self, snapshot: gitstore.Snapshot, schema: gitstore.Schema, wanted: Wanted, *, deleted: bool = False
    ) -> Found:
        indexer = ExchangeIndexer(results=wanted.results)
        following = gitstore.TreeFollowing(snapshot, ROOT, indexer)

        def work(connection: sqlite3.Connection) -> tuple[list[SearchHit], bool]:
            ranked = Ranking(connection, wanted).ranked()
            best = sorted(ranked.items(), key=lambda row: -row[1])[: wanted.ranked]
            found: list[SearchHit] = []
            for place, (number, score) in enumerate(best):
                if len(found) == wanted.limit:
                    return found, place < len(best)
                hit = _hit(connection, snapshot, number, score, wanted, deleted=deleted)
                found += [] if hit is None else [hit]
            return found, False

        hits, more = self._archive.catalog(schema).ask(following, work)
        return Found(tuple(hits), more, indexer.notices)


def _hit(
    connection: sqlite3.Connection,
    snapshot: gitstore.Snapshot,
    number: int,
    score: float,
    wanted: Wanted,
    *,
    deleted: bool,
) -> SearchHit | None:
    """The hit behind a number, if its rows are sound and those of the tree; None if it does not count.

    Raises:
        Doubt: If they are not.
    """
    session, facts, body = facts_and_body(connection, number)
    session_id, title, tags = checked_session(connection, session, snapshot)
    if wanted.besides is not None and (session_id == wanted.besides or facts.status != "complete"):
        return None
    terms = wanted.terms
    asked = places(words(body.query), terms)
    part: Snippet = snippet(body.answer, terms)
    if not part.marks and body.results and (within := snippet(body.results, terms)).marks:
        part = within
    return SearchHit(
        session_id=session_id,
        exchange_id=facts.exchange_id,
        when=facts.timestamp,
        query=body.query,
        snippet=part.text,
        title=title or None,
        score=score,
        marks=part.marks,
        query_marks=joined([(start, end) for start, end, _ in asked]),
        status=facts.status,
        deleted=deleted,
        tags=tags,
    )
