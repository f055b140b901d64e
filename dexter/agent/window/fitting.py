"""The messages of a run within its window: long results in part, the oldest left out once it is full."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from pydantic_ai.messages import ModelMessage, ModelRequest, ToolReturnPart

from dexter.agent.window.messages import part_tokens, tokens_of, with_part, with_text, within
from dexter.agent.window.parts import left_out, part
from dexter.agent.window.results import RunResults

# The newest results are what the model works with.
KEPT = 4
# What is left out is left out for several requests: a provider's cache needs a beginning that stays.
FILLED = 0.75
# How often a window may turn out smaller in the middle of a run.
TIGHTER = 2

_Place = tuple[int, int]
"""The number of a message, and of a part in it."""


class Fitting:
    """Makes the requests of one run fit; what was left out once stays left out."""

    def __init__(
        self, budget: int, result_tokens: int, results: RunResults, tell: Callable[[str], None]
    ) -> None:
        """A fitting.

        Args:
            budget: Tokens of a request, without prompt and tools.
            result_tokens: The most that is shown of one result.
            results: Knows what the results of the run are called.
            tell: Gets one line each time that results are left out.
        """
        self._budget = budget
        self._result_tokens = result_tokens
        self._results = results
        self._tell = tell
        self._shown: dict[_Place, ToolReturnPart] = {}
        self._names: dict[_Place, str] = {}
        self._gone: set[_Place] = set()
        self._tightened = 0

    def fit(self, messages: Sequence[ModelMessage]) -> list[ModelMessage]:
        """The messages as they are sent.

        Args:
            messages: Of one run; each time those of the time before, and what came since.
        """
        shown = self._in_part(messages)
        over = tokens_of(shown) - self._budget
        if over <= 0:
            return shown
        count = self._leave_out(messages, over + int(self._budget * (1 - FILLED)))
        if count:
            what = "the oldest tool result is" if count == 1 else f"the {count} oldest tool results are"
            self._tell(f"The model's window is full: {what} left out of it, and can be read again.")
        return within(self._in_part(messages), self._budget)

    def tighten(self) -> bool:
        """Let there be less from now on, as a window was smaller than thought; False if that is in vain."""
        if not self._results or self._tightened == TIGHTER:
            return False
        self._tightened += 1
        self._budget //= 2
        self._result_tokens //= 2
        self._shown = {place: each for place, each in self._shown.items() if place in self._gone}
        return True

    def narrow(self, budget: int) -> None:
        """Keep within a smaller window from now on: that of another model."""
        self._budget = min(self._budget, budget)

    def _leave_out(self, messages: Sequence[ModelMessage], over: int) -> int:
        """Leave out the oldest results until so many tokens are saved; returns how many went."""
        places = list(_results(messages))
        before = len(self._gone)
        for place, result in places[:-KEPT]:
            if over <= 0:
                break
            now = self._shown.get(place, result)
            shorter = with_text(result, left_out(self._names[place]))
            saved = part_tokens(now) - part_tokens(shorter)
            if place not in self._gone and saved > 0:
                self._gone.add(place)
                self._shown[place] = shorter
                over -= saved
        return len(self._gone) - before

    def _in_part(self, messages: Sequence[ModelMessage]) -> list[ModelMessage]:
        shown = list(messages)
        # Not every server gives each call an id of its own: the same ones are told apart by their order.
        calls: Counter[str] = Counter()
        for place, result in _results(messages):
            if place not in self._names:
                known = result.metadata
                call = (result.tool_call_id, calls[result.tool_call_id])
                self._names[place] = known if isinstance(known, str) else self._results.name_of(*call)
            if not isinstance(result.metadata, str):
                calls[result.tool_call_id] += 1
            if place not in self._shown:
                self._shown[place] = self._part_of(result, self._names[place])
            if self._shown[place] is not result:
                index, number = place
                shown[index] = with_part(shown[index], number, self._shown[place])
        return shown

    def _part_of(self, result: ToolReturnPart, name: str) -> ToolReturnPart:
        whole = result.model_response_str()
        text = part(whole, self._result_tokens, name) or left_out(name)
        return result if text == whole else with_text(result, text)


def _results(messages: Sequence[ModelMessage]) -> Iterator[tuple[_Place, ToolReturnPart]]:
    for index, message in enumerate(messages):
        if isinstance(message, ModelRequest):
            for number, each in enumerate(message.parts):
                if isinstance(each, ToolReturnPart):
                    yield (index, number), each
