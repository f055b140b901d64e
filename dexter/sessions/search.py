"""Full text over all saved sessions: a plain scan, ranked by how rare the words are that an exchange has."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dexter.sessions.archive import Archive
from dexter.sessions.errors import SessionDamaged
from dexter.sessions.reading import read_exchanges, read_metadata, session_ids
from dexter.sessions.records import SessionExchange

SNIPPET = 300
MOST_TERMS = 32

_WORD = re.compile(r"[^\W_]+(?:[.'\u2019&-][^\W_]+)*")
_COMMON = re.compile(
    "a|about|an|and|any|are|as|ask|asked|at|be|been|by|can|did|do|does|find|for|found|from|had|has|have|how|i|in|"
    "is|it|its|me|my|of|on|or|our|say|so|tell|that|the|their|them|then|there|they|this|to|was|we|were|what|when|"
    "where|which|who|why|will|with|you|your"
)


@dataclass(frozen=True)
class SearchHit:
    """An exchange that was found; `when` in epoch milliseconds, `snippet` the answer around the words."""

    session_id: str
    exchange_id: str
    when: int
    query: str
    snippet: str
    title: str | None
    score: float


class SessionSearch:
    """Searches queries, answers and titles of the sessions in an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def search(self, query: str, limit: int = 10) -> list[SearchHit]:
        """At most `limit` exchanges that have words of `query`, best first; of equals the latest first.

        Upper and lower case are the same. A word counts more the fewer exchanges have it, and more in a
        query or title than in an answer. Sessions that can't be read are passed over.
        """
        terms = _terms(query)
        if not terms or limit < 1:
            return []
        found = [
            (title, session_id, exchange, counts)
            for session_id, title, exchange in self._exchanges()
            if (counts := _counts(terms, exchange, title))
        ]
        spread = Counter(term for _, _, _, counts in found for term in counts)
        total = len(found)
        hits = [
            SearchHit(
                session_id=session_id,
                exchange_id=exchange.id,
                when=exchange.timestamp,
                query=exchange.query,
                snippet=snippet(exchange.answer, terms),
                title=title,
                score=sum(
                    math.log(1 + total / spread[term]) * (1 + math.log(count))
                    for term, count in counts.items()
                )
                * len(counts)
                / len(terms),
            )
            for title, session_id, exchange, counts in found
        ]
        return sorted(hits, key=lambda hit: (-hit.score, -hit.when, hit.exchange_id))[:limit]

    def _exchanges(self) -> list[tuple[str, str | None, SessionExchange]]:
        snapshot = self._archive.snapshot()
        if snapshot is None:
            return []
        rows: list[tuple[str, str | None, SessionExchange]] = []
        for session_id in session_ids(snapshot):
            try:
                exchanges, _ = read_exchanges(snapshot, session_id)
                title = read_metadata(snapshot, session_id)[0].title
            except SessionDamaged:
                continue
            rows += [(session_id, title, exchange) for exchange in exchanges]
        return rows


def snippet(text: str, terms: Sequence[str]) -> str:
    """The part of a text where most of the words are together, on one line, with `...` where it was cut."""
    flat = " ".join(text.split())
    if len(flat) <= SNIPPET:
        return flat
    lowered = flat.casefold()
    places = [match.start() for term in terms for match in re.finditer(re.escape(term), lowered)]
    best = max(
        places,
        key=lambda place: (sum(place <= other < place + SNIPPET for other in places), -place),
        default=0,
    )
    start = max(0, min(best - SNIPPET // 6, len(flat) - SNIPPET))
    start = flat.find(" ", start) + 1 if start else 0
    end = start + SNIPPET
    cut = flat[start:end] if end >= len(flat) else flat[start:end].rsplit(" ", 1)[0] + " ..."
    return f"... {cut}" if start else cut


def _terms(query: str) -> list[str]:
    words = [word.casefold() for word in _WORD.findall(query)]
    telling = [word for word in words if not _COMMON.fullmatch(word)] or words
    return list(dict.fromkeys(telling))[:MOST_TERMS]


def _counts(terms: Sequence[str], exchange: SessionExchange, title: str | None) -> dict[str, int]:
    """How often each word that is there at all is found; in a query or title it counts threefold."""
    asked = f"{exchange.query}\n{title or ''}".casefold()
    answered = exchange.answer.casefold()
    counts = {term: 3 * _times(term, asked) + _times(term, answered) for term in terms}
    return {term: count for term, count in counts.items() if count}


def _times(term: str, text: str) -> int:
    """How often a word begins in a text: `earning` is found in `earnings`, `art` is not found in `start`."""
    if term not in text:
        return 0
    return len(re.findall(rf"(?<![^\W_]){re.escape(term)}", text))
