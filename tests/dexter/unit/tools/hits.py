"""What searches sessions in these tests: a list of hits, found by any of the words."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """One exchange that was found."""

    session_id: str = "a7k3m9x2"
    exchange_id: str = "0198-1"
    when: int = 1_767_225_600_000
    query: str = "What is NVDA's gross margin?"
    snippet: str = "It was 75 percent."
    title: str | None = None


@dataclass(frozen=True)
class Finder:
    """Finds those of its hits whose question holds one of the words."""

    hits: tuple[Found, ...] = ()

    def search(self, query: str, limit: int, *, since: int | None = None) -> Sequence[Found]:
        """At most `limit` of them, in their order."""
        words = query.lower().split()
        late = [hit for hit in self.hits if hit.when >= (since or 0)]
        return [hit for hit in late if any(word in hit.query.lower() for word in words)][:limit]
