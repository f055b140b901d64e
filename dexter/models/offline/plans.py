"""The values that the built-in model deals in: what it was asked, what it wants called, what came back.

Owns no language and no arithmetic. All values are frozen and hold JSON-friendly things only, so that a plan
made again from the same question and the same earlier exchanges, in another process, is equal to the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """One tool to call: its name in `dexter.tools.registry` and its arguments, as they go into JSON."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Earlier:
    """An exchange before the question: what was asked, what was answered, which tools were called for it."""

    query: str
    answer: str
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Result:
    """What one call gave: the tool's mapping (or its JSON text), or with `ok=False` its error sentence."""

    name: str
    value: Any
    ok: bool = True


@dataclass(frozen=True)
class Plan:
    """What the built-in model makes of a question.

    `reading` is one line on how the question was understood (to be shown as reasoning). With `calls`, these
    tools are to be called, in this order, and `phrase` makes the answer of their results, between `opening`
    and `closing`; without, `opening` and `closing` are the whole answer.
    """

    reading: str
    calls: tuple[Call, ...] = ()
    opening: str = ""
    closing: str = ""
    wanted: str = ""
