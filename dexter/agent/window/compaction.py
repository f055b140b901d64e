"""When a session outgrows its window: which exchanges a summary is to stand for, and what it is made from.

Pure. The newest exchanges stay as they are; the oldest go into the summary, with the one before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from dexter.agent.window.memory import Memory
from dexter.agent.window.tokens import cut, estimate
from dexter.agent.window.turns import RESULT_TOKENS, full_turn
from dexter.sessions import SessionExchange

KEPT_SHARE = 0.4
"""Of what the history may have: so much of the newest exchanges stays beside a summary."""
LEAST = 3
"""Fewer exchanges are not worth a summary."""
PER_EXCHANGE = 60
"""Tokens that a summary is made from, of each exchange at least."""
LONGEST = 2_500
"""Tokens of a summary."""


@dataclass(frozen=True)
class Plan:
    """What to summarise: the summary before, if there is one, and the exchanges that come to it.

    `count` is how many exchanges the new one stands for, all in all.
    """

    earlier: str
    exchanges: tuple[SessionExchange, ...]
    count: int
    longest: int
    """Tokens that the new one may have."""

    @property
    def last(self) -> SessionExchange:
        """The last exchange that it stands for."""
        return self.exchanges[-1]

    def source(self, tokens: int) -> str:
        """What the summary is made from, for a model, in at most about so many tokens."""
        return "\n\n".join(self._parts(tokens))

    def _parts(self, tokens: int) -> Iterator[str]:
        if self.earlier:
            yield f"<summary>\n{self.earlier}\n</summary>"
            tokens -= estimate(self.earlier)
        each = max(tokens // len(self.exchanges) - 20, PER_EXCHANGE - 20)
        first = self.count - len(self.exchanges) + 1
        for number, exchange in enumerate(self.exchanges, first):
            day = datetime.fromtimestamp(exchange.timestamp / 1000, UTC).date().isoformat()
            query = cut(exchange.asked.strip(), max(each // 3, 20))
            answer = cut(exchange.answer.strip(), max(each - estimate(query), 20))
            yield f"<exchange {number} of {day}>\nQuestion: {query}\nAnswer: {answer}\n</exchange>"


def planned(memory: Memory, budget: int, source_tokens: int) -> Plan | None:
    """What to summarise so that a session fits its window again; None as long as it fits, or nearly so.

    Args:
        memory: The session.
        budget: Tokens that its exchanges may have in a request.
        source_tokens: Tokens that a summary may be made from.
    """
    known = memory.compaction
    first = known.exchanges if known else 0
    longest = min(LONGEST, budget // 5)
    used = estimate(known.text) if known else 0
    kept = len(memory.exchanges)
    for index in range(len(memory.exchanges) - 1, first - 1, -1):
        exchange = memory.exchanges[index]
        used += full_turn(exchange, memory.steps_of(exchange.id), RESULT_TOKENS).tokens
        if used <= budget * KEPT_SHARE:
            kept = index
        if used > budget:
            break
    else:
        return None
    kept = min(kept, len(memory.exchanges) - 1)
    room = source_tokens - (estimate(known.text) if known else 0)
    through = min(kept, first + max(room // PER_EXCHANGE, LEAST))
    if through - first < LEAST or longest < PER_EXCHANGE:
        return None
    return Plan(known.text if known else "", memory.exchanges[first:through], through, longest)
