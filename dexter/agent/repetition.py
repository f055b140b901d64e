"""A model that goes in circles: calls that were made before, and results that can be given again.

A step goes in a circle if each of its calls was made before with the same arguments and came to the same
result, or is so much like an earlier one that only a few of its words differ. Calls side by side in one step
are one decision, however alike they are. A step that does anything new begins to count anew.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

IN_A_ROW = 3
"""Steps that do the same, the first included, until the model is warned; after one more it has to answer."""
ALIKE = 0.7
"""Of all words in either text, the part that is in both, from which on they ask the same."""
FEWEST_WORDS = 3
"""Shorter texts are names, and names that are alike mean different things."""

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

SAME = "[The same call was made before in this run; this is its result again.]"


class Repetition:
    """The calls of one run, step by step."""

    def __init__(self) -> None:
        self._results: dict[str, str] = {}
        self._made: dict[str, list[Mapping[str, Any]]] = {}
        self._fresh = False
        self._calls = 0
        self.row = 1
        """How many steps in a row did the same, counting the one that did it first."""

    def given(self, name: str, arguments: Mapping[str, Any]) -> str | None:
        """What this call gave before; None if it was not made, or failed."""
        return self._results.get(_key(name, arguments))

    def keep(self, name: str, arguments: Mapping[str, Any], result: str) -> None:
        """Keep what a call gave that may be given again."""
        self._results.setdefault(_key(name, arguments), result)

    def take(self, name: str, arguments: Mapping[str, Any], result: str) -> None:
        """Count a call of the step that runs, with what the model got to see of it."""
        self._calls += 1
        same = {"arguments": arguments, "result": result.removeprefix(f"{SAME}\n")}
        earlier = self._made.setdefault(name, [])
        if not any(_repeats(same, other) for other in earlier):
            self._fresh = True
        earlier.append(same)

    def end_step(self) -> None:
        """The step is over: count it."""
        if self._calls:
            self.row = 1 if self._fresh else self.row + 1
        self._fresh, self._calls = False, 0

    @property
    def warns(self) -> bool:
        """Whether the model should be told."""
        return self.row >= IN_A_ROW

    @property
    def ends(self) -> bool:
        """Whether the model was told and goes on all the same."""
        return self.row > IN_A_ROW


def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two calls of a tool ask the same in nearly the same words.

    Numbers and short texts must be equal: other years, tickers or sums are other questions.
    """
    if one.keys() != other.keys():
        return False
    different = [(one[name], other[name]) for name in one if one[name] != other[name]]
    return bool(different) and all(_same_words(*pair) for pair in different)


def _repeats(call: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if call["arguments"] == other["arguments"]:
        # What has effects may come to something else the next time, and then it was no circle.
        return bool(call["result"] == other["result"])
    return alike(call["arguments"], other["arguments"])


def _same_words(one: object, other: object) -> bool:
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    if sorted(_NUMBER.findall(one)) != sorted(_NUMBER.findall(other)):
        return False
    first, second = ({word.lower() for word in _WORD.findall(text)} for text in (one, other))
    if min(len(first), len(second)) < FEWEST_WORDS:
        return False
    return len(first & second) >= ALIKE * len(first | second)


def _key(name: str, arguments: Mapping[str, Any]) -> str:
    return json.dumps([name, arguments], sort_keys=True, default=str)
