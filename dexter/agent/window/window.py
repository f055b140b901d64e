"""What stands in a model's window, in tokens, as the next request would have it."""

import msgspec

from dexter.agent.window.turns import Turn


class Window(msgspec.Struct, frozen=True):
    """Tokens, estimated. `recalled` is what the last query was offered of earlier sessions.

    `compacted` is for how many exchanges a summary stands, `shown` how many are there in some form.
    """

    size: int
    prompt: int
    tools: int
    recalled: int
    history: int
    results: int
    compacted: int = 0
    shown: int = 0

    @property
    def free(self) -> int:
        """What is left for the query, what its tools return, and the answer."""
        taken = self.prompt + self.tools + self.recalled + self.history + self.results
        return max(self.size - taken, 0)


def results_in(turns: tuple[Turn, ...]) -> int:
    """Tokens of calls to tools, and of what they returned."""
    return sum(each.tokens for turn in turns for each in turn.rounds)
