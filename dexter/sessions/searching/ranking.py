"""Which exchanges of a catalog have the words that are looked for: their numbers, with scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import gitstore
from dexter.sessions.searching.queries import Term
from dexter.sessions.searching.wanted import Wanted

if TYPE_CHECKING:
    import sqlite3

_MOST_NAMES = 1000
_WORTH_OF_A_NAME = 3.0
_WORTH_OF_ALL = 1.0
_RANKED = 5_000
"""What more exchanges than that have is common: of these the latest come first."""
_TRIED = 200
"""How many of the latest exchanges are tried one by one for common words, before all matches are sorted."""


class Ranking:
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
        if wanted.besides:
            # They would come first, being on the same, and leave no room for others.
            expression = f'({expression}) NOT session : "{wanted.besides}"'
        if not self._is_common(expression):
            rows = self._connection.execute(
                "SELECT exchange.number, rank FROM words LEFT JOIN exchange ON exchange.number = words.rowid"
                " WHERE words MATCH ? AND IFNULL(exchange.timestamp, 1e18) >= ?"
                " ORDER BY rank, exchange.timestamp DESC, exchange.id LIMIT ?",
                (expression, wanted.since or 0, wanted.ranked),
            )
            return _scores(rows)
        if wanted.session_id is None and (latest := self._latest(expression)) is not None:
            return latest
        rows = self._connection.execute(
            "SELECT exchange.number, 0 FROM words LEFT JOIN exchange ON exchange.number = words.rowid"
            " WHERE words MATCH ? AND IFNULL(exchange.timestamp, 1e18) >= ?"
            " ORDER BY exchange.timestamp DESC, exchange.id LIMIT ?",
            (expression, wanted.since or 0, wanted.ranked),
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
                if len(found) >= self._wanted.ranked:
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
