"""What a reader of questions found: a call to make, or what is missing for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dexter.models.offline.plans import Call
from dexter.models.offline.sketch import Sketch


@dataclass(frozen=True)
class Found:
    """A question that was understood: what is asked, the call and its quantities, or what it still needs."""

    what: str
    used: frozenset[int] = field(default_factory=frozenset)
    call: Call | None = None
    missing: tuple[str, ...] = ()
    opening: str = ""


def ready(
    what: str, tool: str, arguments: Mapping[str, Any], used: Iterable[int], opening: str = ""
) -> Found:
    """Return a question that can be computed; arguments that are None or empty are left out."""
    given = {name: value for name, value in arguments.items() if value not in (None, "", [])}
    return Found(what, frozenset(used), Call(tool, given), opening=opening)


def lacking(what: str, missing: Iterable[str], used: Iterable[int] = ()) -> Found:
    """Return a question that can't be computed yet."""
    return Found(what, frozenset(used), missing=tuple(missing))


def argument(value: Decimal) -> int | float | str:
    """Return the value as JSON keeps it: an integer, a float that prints the same, else a text."""
    if value == value.to_integral_value() and abs(value) < 10**15:
        return int(value)
    as_float = float(value)
    return as_float if Decimal(repr(as_float)) == value else str(value)


def argument_of(sketch: Sketch, index: int | None) -> int | float | str | None:
    """Return the quantity as an argument, None if there is none."""
    return None if index is None else argument(sketch.value(index))


def only(indexes: list[int]) -> int | None:
    """Return the one index, None if there is none or more than one."""
    return indexes[0] if len(indexes) == 1 else None
