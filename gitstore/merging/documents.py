"""Two versions of a JSON document become one, field by field. Pure: bytes in, bytes out.

What only one side changed is as that side has it. Of a field that both changed the later value counts, if the
document says when it was changed (`<field>ChangedAt`), else the one that sorts behind: the same on each
machine. Fields that mean something together only (a register) are as one side has all of them. A field of
sets takes what was added on either side and loses what was removed on either; a count takes what both added.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gitstore.plain_json import load_object

_CHANGED_AT = "ChangedAt"
_ABSENT: Any = object()
_UNKNOWN: Any = object()
"""What a field was on which the bases do not agree."""
_LARGEST = 1 << 63
"""Numbers beyond are none that anybody counted."""
_Fields = Mapping[str, Any]


class Register(msgspec.Struct, frozen=True):
    """Fields that have one value together: it is always one that somebody wrote."""

    fields: tuple[str, ...]
    changed_at: str
    """The field that says when they were written; a part of the value, too."""

    @property
    def names(self) -> tuple[str, ...]:
        """All fields of it."""
        return (*self.fields, self.changed_at)


class Fields(msgspec.Struct, frozen=True):
    """How some fields are merged; all others have one value, of which the later change counts."""

    sets: frozenset[str] = frozenset()
    counts: frozenset[str] = frozenset()
    largest: frozenset[str] = frozenset()
    smallest: frozenset[str] = frozenset()
    registers: tuple[Register, ...] = ()


def merge_documents(
    base: Sequence[bytes],
    ours: bytes,
    theirs: bytes,
    fields: Fields = Fields(),  # noqa: B008  frozen
    *,
    older: Sequence[bytes] = (),
) -> bytes | None:
    """Return the document of both sides; None if one of them is no JSON object.

    Args:
        base: What it was before the sides parted: nothing if that is not known; of several nothing that they
            do not agree on counts.
        ours: One side.
        theirs: The other. Which one is which makes no difference.
        fields: How fields are merged.
        older: What several bases came from themselves: a set of which they have different ones was then
            what the rule makes of them.
    """
    one, other = load_object(ours), load_object(theirs)
    if one is None or other is None:
        return None
    long_before = _agreed([load_object(each) for each in older], fields, None)
    before = _agreed([load_object(each) for each in base], fields, long_before)
    if _canonical(one) > _canonical(other):  # so that neither order shows in what comes
        one, other = other, one
    merged: dict[str, Any] = {}
    together = _merged_registers(before, one, other, fields.registers)
    for name in [*one, *(name for name in other if name not in one)]:
        value = together[name] if name in together else _merge(name, before, one, other, fields)
        if value is not _ABSENT:
            merged[name] = value
    if same := [each for each in (ours, theirs) if load_object(each) == merged]:
        return min(same)
    text = json.dumps(merged, ensure_ascii=False, indent=2)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:  # lone surrogates
        return json.dumps(merged, indent=2).encode() + b"\n"


def _merge(name: str, before: _Fields | None, one: _Fields, other: _Fields, fields: Fields) -> Any:
    """Return the value of a field, or `_ABSENT`."""
    values = one.get(name, _ABSENT), other.get(name, _ABSENT)
    known = _ABSENT if before is None else before.get(name, _ABSENT)
    if name in fields.sets:
        return _merged_set(known, values)
    if name in fields.counts:
        return _merged_count(known, values)
    if name in fields.largest | fields.smallest and _are_alike(values):
        return max(values) if name in fields.largest else min(values)
    moment = f"{name}{_CHANGED_AT}"
    if before is not None:
        # A value that was set again is a change, too, where the document says when.
        was = known, before.get(moment, _ABSENT)
        changed = [(side.get(name, _ABSENT), side.get(moment, _ABSENT)) != was for side in (one, other)]
        if not all(changed):  # only one side changed it
            return values[changed[1]]
    sides = [
        (_number(side.get(moment)), value is not _ABSENT, _canonical(value))
        for side, value in zip((one, other), values, strict=True)
    ]
    return values[sides[1] > sides[0]]


def _merged_registers(
    before: _Fields | None, one: _Fields, other: _Fields, registers: Sequence[Register]
) -> dict[str, Any]:
    """Return the value of each field of a register, or `_ABSENT`: all as one side has them."""
    found: dict[str, Any] = {}
    for register in registers:
        sides = [{name: side[name] for name in register.names if name in side} for side in (one, other)]
        if before is not None:
            known = {name: before[name] for name in register.names if name in before}
            sides = [side for side in sides if side != known] or sides  # if only one side changed it
        chosen = max(sides, key=lambda side: (_number(side.get(register.changed_at)), _canonical(side)))
        found |= {name: chosen.get(name, _ABSENT) for name in register.names}
    return found


def _are_alike(values: tuple[Any, Any]) -> bool:
    """Say whether it can be told which of two values is larger."""
    return all(_is_number(value) for value in values) or all(isinstance(value, str) for value in values)


def _merged_set(known: Any, values: tuple[Any, Any]) -> Any:
    """Return what is in both, and what one side added to what there was."""
    lists = [value if isinstance(value, list) else [] for value in values]
    before = known if isinstance(known, list) else []
    if _ABSENT in values and values[0] is values[1]:
        return _ABSENT
    found: dict[str, Any] = {}
    for mine, others in (lists, lists[::-1]):
        for item in mine:
            if item in others or item not in before:
                found.setdefault(_canonical(item), item)
    return [found[key] for key in sorted(found)]


def _merged_count(known: Any, values: tuple[Any, Any]) -> Any:
    """Return what there was and what both sides added; without that the larger one."""
    numbers = [_number(value) for value in values]
    if not _is_number(known):
        return max(numbers)
    return known + sum(max(0, number - known) for number in numbers)


def _agreed(
    bases: list[dict[str, Any] | None], fields: Fields, older: _Fields | None
) -> dict[str, Any] | None:
    """Return what all bases agree on, `_UNKNOWN` for fields on which they do not; None if there is no base.

    Of a field of sets that is what the bases make together: what one base added, and a side took out later,
    is out; what one base had taken out, and a side added again, is in. If it is not known what they came
    from, they agree on what is in all of them.
    """
    sound = [base for base in bases if base is not None]
    if not sound or len(sound) < len(bases):
        return None
    found: dict[str, Any] = {}
    for name in dict.fromkeys(name for base in sound for name in base):
        values = [base.get(name, _ABSENT) for base in sound]
        if all(value == values[0] for value in values):
            found[name] = values[0]
        elif name in fields.sets and older is not None:
            found[name] = functools.reduce(
                lambda one, other: _merged_set(older.get(name, _ABSENT), (one, other)), values
            )
        elif name in fields.sets and all(isinstance(value, list) for value in values):
            found[name] = [item for item in values[0] if all(item in value for value in values)]
        else:
            found[name] = _UNKNOWN
    return found


def _canonical(value: Any) -> str:
    return "" if value is _ABSENT else json.dumps(value, sort_keys=True)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LARGEST <= value < _LARGEST


def _number(value: Any) -> int | float:
    return value if _is_number(value) else 0
