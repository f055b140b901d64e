"""Full text over all saved sessions: which exchanges have the words, best first, and where they have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

import gitstore
from dexter.sessions import exchange_rows
from dexter.sessions.archive import Archive
from dexter.sessions.deleted import deleted_trees
from dexter.sessions.exchange_answers import checked_session, facts_and_body
from dexter.sessions.exchange_indexer import ExchangeIndexer
from dexter.sessions.layout import ROOT
from dexter.sessions.notices import SessionNotice
from dexter.sessions.queries import Term, places, telling_terms
from dexter.sessions.snippets import Snippet, joined, snippet
from dexter.sessions.words import words

if TYPE_CHECKING:
    import sqlite3

_MOST_NAMES = 1000
_WORTH_OF_A_NAME = 3.0
_WORTH_OF_ALL = 1.0
_RANKED = 5_000
"""What more exchanges than that have is common: of these the latest come first."""
_TRIED = 200
"""How many of the latest exchanges are tried one by one for common words, before all matches are sorted."""


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


class SessionSearch:
    """Searches queries, answers, titles and tags of the sessions in an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def search(self, query: str, limit: int = 10, *, since: int | None = None) -> list[SearchHit]:
        """At most `limit` exchanges that have words of `query`, best first; of equals the latest first.

        For questions in plain words: those that every question has (what, did, about) don't count beside
        others, and each may be the beginning of a longer one. A word counts more the fewer exchanges have
        it, and more in a query than in an answer. Sessions that can't be read are passed over.

        Args:
            query: Any text.
            limit: The most hits to return.
            since: Only exchanges from then on, in epoch milliseconds.
        """
        terms = telling_terms(query)
        return list(self.look_up(Wanted(terms, every=False, limit=limit, since=since)).hits)

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
        more = len(hits) > wanted.limit
        return Found(tuple(hits[: wanted.limit]), more, notices)

    def _look(
        self, snapshot: gitstore.Snapshot, schema: gitstore.Schema, wanted: Wanted, *, deleted: bool = False
    ) -> Found:
        indexer = ExchangeIndexer(results=wanted.results)
        following = gitstore.TreeFollowing(snapshot, ROOT, indexer)

        def work(connection: sqlite3.Connection) -> list[SearchHit]:
            ranked = _Ranking(connection, wanted).ranked()
            best = sorted(ranked.items(), key=lambda row: -row[1])[: wanted.limit + 1]
            return [
                _hit(connection, snapshot, number, score, wanted.terms, deleted=deleted)
                for number, score in best
            ]

        hits = self._archive.catalog(schema).ask(following, work)
        return Found(tuple(hits), notices=indexer.notices)


class _Ranking:
    """The numbers of exchanges with their scores, as the index has them."""

    def __init__(self, connection: sqlite3.Connection, wanted: Wanted) -> None:
        self._connection = connection
        self._wanted = wanted

    def ranked(self) -> dict[int, float]:
        """At least as many as are wanted and one more, if there are so many."""
        terms = self._wanted.terms
        if not self._wanted.every:
            return self._having_some(terms)
        scores = self._matching(_all_of(terms))
        for rest, sessions in self._by_what_is_left(terms).items():
            bonus = _WORTH_OF_A_NAME * (len(terms) - len(rest))
            if not rest:
                for session in sessions:
                    self._add_latest(scores, session, bonus)
                continue
            names = " OR ".join(f'"{self._id(session)}"' for session in sessions)
            for number, score in self._matching(f"session : ({names}) AND {_all_of(rest)}").items():
                scores[number] = max(scores.get(number, 0.0), score + bonus)
        return scores

    def _having_some(self, terms: tuple[Term, ...]) -> dict[int, float]:
        """Exchanges with some of the terms, those with all of them first; common terms alone say little."""
        telling = tuple(term for term in terms if not self._is_common(_all_of([term]))) or terms
        scores = self._matching(_any_of(telling))
        for number, score in self._matching(_all_of(terms)).items():
            scores[number] = max(scores.get(number, 0.0), score) + _WORTH_OF_ALL
        for session in self._named(" OR ".join(term.expression for term in terms)):
            self._add_latest(scores, session, _WORTH_OF_A_NAME)
        return scores

    def _by_what_is_left(self, terms: tuple[Term, ...]) -> dict[tuple[Term, ...], list[int]]:
        """The sessions whose title or tags have some of the terms, by the terms that they have not."""
        having: dict[int, set[Term]] = {}
        for term in terms:
            for session in self._named(term.expression):
                having.setdefault(session, set()).add(term)
        groups: dict[tuple[Term, ...], list[int]] = {}
        for session, has in having.items():
            groups.setdefault(tuple(term for term in terms if term not in has), []).append(session)
        return groups

    def _matching(self, expression: str) -> dict[int, float]:
        wanted = self._wanted
        if wanted.session_id is not None:
            expression = f'session : "{wanted.session_id}" AND {expression}'
        if not self._is_common(expression):
            rows = self._connection.execute(
                "SELECT exchange.number, rank FROM words LEFT JOIN exchange ON exchange.number = words.rowid"
                " WHERE words MATCH ? AND IFNULL(exchange.timestamp, 1e18) >= ?"
                " ORDER BY rank, exchange.timestamp DESC, exchange.id LIMIT ?",
                (expression, wanted.since or 0, wanted.limit + 1),
            )
            return _scores(rows)
        if wanted.session_id is None and (latest := self._latest(expression)) is not None:
            return latest
        rows = self._connection.execute(
            "SELECT exchange.number, 0 FROM words LEFT JOIN exchange ON exchange.number = words.rowid"
            " WHERE words MATCH ? AND IFNULL(exchange.timestamp, 1e18) >= ?"
            " ORDER BY exchange.timestamp DESC, exchange.id LIMIT ?",
            (expression, wanted.since or 0, wanted.limit + 1),
        )
        return _scores(rows)

    def _latest(self, expression: str) -> dict[int, float] | None:
        """The latest exchanges that match, or None if they are not soon found by going back in time."""
        found: dict[int, float] = {}
        rows = self._connection.execute(
            "SELECT number FROM exchange WHERE timestamp >= ? ORDER BY timestamp DESC, id LIMIT ?",
            (self._wanted.since or 0, _TRIED + 1),
        ).fetchall()
        for (number,) in rows[:_TRIED]:
            match = "SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?"
            if self._connection.execute(match, (expression, number)).fetchone() is not None:
                found[number] = 0.0
                if len(found) > self._wanted.limit:
                    return found
        return found if len(rows) <= _TRIED else None

    def _is_common(self, expression: str) -> bool:
        """Whether so many exchanges match that to rank them would take long and tell little."""
        (count,) = self._connection.execute(
            "SELECT COUNT(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)",
            (expression, _RANKED + 1),
        ).fetchone()
        return int(count) > _RANKED

    def _named(self, expression: str) -> list[int]:
        rows = self._connection.execute(
            "SELECT rowid FROM names WHERE names MATCH ? ORDER BY rank LIMIT ?", (expression, _MOST_NAMES)
        )
        return [row[0] for row in rows]

    def _add_latest(self, scores: dict[int, float], session: int, bonus: float) -> None:
        if self._wanted.session_id not in {None, self._id(session)}:
            return
        row = self._connection.execute(
            "SELECT number, timestamp FROM exchange WHERE session = ? ORDER BY id DESC LIMIT 1", (session,)
        ).fetchone()
        if row is not None and row[1] >= (self._wanted.since or 0):
            scores[row[0]] = scores.get(row[0], 0.0) + bonus

    def _id(self, session: int) -> str:
        row = self._connection.execute("SELECT id FROM session WHERE number = ?", (session,)).fetchone()
        if row is None:
            raise gitstore.Doubt
        return str(row[0])


def _scores(rows: Iterable[tuple[int | None, float]]) -> dict[int, float]:
    """Scores by number. Raises Doubt if the index has words of an exchange that is not there."""
    found: dict[int, float] = {}
    for number, rank in rows:
        if number is None:
            raise gitstore.Doubt
        found[number] = -rank
    return found


def _all_of(terms: Sequence[Term]) -> str:
    # Without AND between them: a word that the index does not know as one is passed over then.
    return f"{{query answer results}} : ({' '.join(term.expression for term in terms)})"


def _any_of(terms: Sequence[Term]) -> str:
    return f"{{query answer results}} : ({' OR '.join(term.expression for term in terms)})"


def _hit(
    connection: sqlite3.Connection,
    snapshot: gitstore.Snapshot,
    number: int,
    score: float,
    terms: Sequence[Term],
    *,
    deleted: bool,
) -> SearchHit:
    """The hit behind a number, if its rows are sound and those of the tree.

    Raises:
        Doubt: If they are not.
    """
    session, facts, body = facts_and_body(connection, number)
    session_id, title, tags = checked_session(connection, session, snapshot)
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
