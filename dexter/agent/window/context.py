"""What of a session goes into a request: as much as fits, and the parts that matter most.

The newest exchanges in full with their tool results, the older ones that have to do with the query in full
too, the rest as summaries, the oldest of these first to go. Where one summary stands for the first exchanges,
it is in place of theirs. The same input gives the same output.
"""

from collections.abc import Iterable, Sequence

from dexter.agent.window.memory import Memory
from dexter.agent.window.relevance import relevances
from dexter.agent.window.turns import RESULT_TOKENS, Turn, brief_turn, compacted_turn, fitted_turn, full_turn

# Shares of the budget: what the newest exchange, the ones that bear on the query, and the newest in a row may
# take before the summaries of all others had their turn.
NEWEST_SHARE = 0.4
RELEVANT_SHARE = 0.25
RECENT_SHARE = 0.75
COMPACTED_SHARE = 0.5
"""The most of the budget that the summary of many exchanges may have."""
MOST_RELEVANT = 12
MOST_RELEVANT_BRIEF = 3
# Steps are read from disk for exchanges that may go in full, so there is an end to how many may.
MOST_IN_FULL = 400


def assemble(
    memory: Memory, query: str, budget: int, *, result_tokens: int = RESULT_TOKENS
) -> tuple[Turn, ...]:
    """The exchanges to show a model, oldest first, within `budget` tokens.

    The newest exchange is always among them, cut if need be, unless the budget has no room for anything.

    Args:
        memory: The exchanges of the session.
        query: What is asked now; older exchanges that share its words are preferred.
        budget: Tokens, as `Turn.tokens` counts them, for all turns together.
        result_tokens: The most that is shown of one tool result.
    """
    return _Fitting(memory, budget, result_tokens).fitted(query) if memory.exchanges else ()


class _Fitting:
    def __init__(self, memory: Memory, budget: int, result_tokens: int) -> None:
        self._memory = memory
        self._result_tokens = result_tokens
        self._budget = budget
        self._used = 0
        self._turns: dict[int, Turn] = {}
        self._full: dict[int, Turn] = {}
        self._before: tuple[Turn, ...] = ()

    def fitted(self, query: str) -> tuple[Turn, ...]:
        newest = len(self._memory.exchanges) - 1
        share = int(self._budget * NEWEST_SHARE) if newest else self._budget
        whole = self._whole(newest)
        last = fitted_turn(whole, share) or fitted_turn(whole, self._budget)
        if last is None:
            return ()
        self._put(newest, last)
        compaction = self._memory.compaction
        first = 0
        if compaction is not None:
            before = compacted_turn(compaction)
            if before.tokens <= min(self._budget * COMPACTED_SHARE, self._budget - self._used):
                self._before = (before,)
                self._used += before.tokens
                first = compaction.exchanges
        relevant = self._relevant(query)
        recent = range(newest - 1, -1, -1)
        self._add_whole(relevant, self._used + int(self._budget * RELEVANT_SHARE))
        # Too long to go in full, but what the query is about: at least their summaries, before any others.
        self._add_brief(relevant[:MOST_RELEVANT_BRIEF])
        self._add_whole(recent, int(self._budget * RECENT_SHARE), in_a_row=True)
        self._add_brief(index for index in recent if index >= first)
        # What the summaries left over, for those of them that still fit in full.
        self._add_whole([each for each in (*recent, *relevant) if each in self._turns], self._budget)
        return (*self._before, *(self._turns[index] for index in sorted(self._turns)))

    def _put(self, index: int, turn: Turn) -> None:
        before = self._turns.get(index)
        self._used += turn.tokens - (before.tokens if before else 0)
        self._turns[index] = turn

    def _add_whole(self, indices: Iterable[int], limit: int, *, in_a_row: bool = False) -> None:
        """Put exchanges in full, as long as all turns together stay within `limit` and the budget."""
        for index in indices:
            if len(self._full) >= MOST_IN_FULL and index not in self._full:
                return
            whole = self._whole(index)
            before = self._turns.get(index)
            if before is whole:
                continue
            if self._used + whole.tokens - (before.tokens if before else 0) <= min(limit, self._budget):
                self._put(index, whole)
            elif in_a_row:
                return

    def _add_brief(self, indices: Iterable[int]) -> None:
        for index in indices:
            if index in self._turns:
                continue
            exchange = self._memory.exchanges[index]
            turn = brief_turn(exchange, self._memory.summary_of(exchange))
            if self._used + turn.tokens > self._budget:
                return
            self._put(index, turn)

    def _relevant(self, query: str) -> Sequence[int]:
        scores = relevances(query, self._memory.exchanges[:-1])
        order = sorted(range(len(scores)), key=lambda index: (-scores[index], -index))
        return [index for index in order if scores[index] > 0][:MOST_RELEVANT]

    def _whole(self, index: int) -> Turn:
        if index not in self._full:
            exchange = self._memory.exchanges[index]
            self._full[index] = full_turn(exchange, self._memory.steps_of(exchange.id), self._result_tokens)
        return self._full[index]
