"""The way to an answer, as frozen values: what a run and its helpers thought, said and asked of tools.

In files the keys are camelCase. A step of the run itself has no field `helper`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from dexter.sessions.records.records import InvalidRecord


class HelperRecord(msgspec.Struct, frozen=True, rename="camel"):
    """Which helper took a step.

    Attributes:
        step: The step of the run that it helped, from 1.
        call_id: The tool call of that step that it worked for.
        number: Which of that call's helpers it is, from 1.
    """

    step: int
    call_id: str
    number: int

    def to_fields(self) -> dict[str, Any]:
        """The fields of the JSON object."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        return fields


class ReasoningStep(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="reasoning", omit_defaults=True
):
    """What the model thought in a step; `step` is the number of the model call, from 1."""

    step: int
    text: str
    helper: HelperRecord | None = None


class TextStep(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="text", omit_defaults=True):
    """What the model said beside its tool calls."""

    step: int
    text: str
    helper: HelperRecord | None = None


class ToolStep(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="tool", omit_defaults=True):
    """A tool call with its arguments and result; `duration` is in milliseconds.

    `helper` is who made it: None if the run did that itself. A helper counts its own steps and calls.
    """

    step: int
    call_id: str
    name: str
    arguments: dict[str, Any]
    result: str
    ok: bool
    duration: int
    helper: HelperRecord | None = None


Step = ReasoningStep | TextStep | ToolStep


def step_from_fields(fields: Mapping[str, Any]) -> Step:
    """The step in the fields of a JSON object.

    Raises:
        InvalidRecord: If it is none of the kinds of step, or a field is missing or of the wrong kind.
    """
    try:
        step: Step = msgspec.convert(fields, Step)
    except msgspec.ValidationError as error:
        raise InvalidRecord(str(error)) from None
    return step


def helped_by(steps: Iterable[Step], call: ToolStep) -> dict[int, tuple[Step, ...]]:
    """The steps of the helpers of a call, by their numbers, which are in order."""
    found: dict[int, list[Step]] = {}
    for step in steps:
        by = step.helper
        if by is not None and (by.step, by.call_id) == (call.step, call.call_id):
            found.setdefault(by.number, []).append(step)
    return {number: tuple(found[number]) for number in sorted(found)}


def own(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps that the run took itself, in order."""
    return tuple(step for step in steps if step.helper is None)


def in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps with those of helpers right behind the call that they worked for, one helper after the other.

    Of helpers whose call is not there the steps come last.
    """
    given = tuple(steps)
    taken: dict[tuple[int, str], dict[int, list[Step]]] = {}
    for step in given:
        if step.helper is not None:
            call = (step.helper.step, step.helper.call_id)
            taken.setdefault(call, {}).setdefault(step.helper.number, []).append(step)
    ordered: list[Step] = []
    for step in own(given):
        ordered.append(step)
        if isinstance(step, ToolStep):
            ordered += _flat(taken.pop((step.step, step.call_id), {}))
    return (*ordered, *(step for helpers in taken.values() for step in _flat(helpers)))


def _flat(helpers: Mapping[int, Sequence[Step]]) -> Iterator[Step]:
    for number in sorted(helpers):
        yield from helpers[number]
