"""What happens while a query runs, as values: the renderer shows them, the scratchpad keeps them.

Owns the events and the outcome of a run. Knows no model library, no screen and no disk.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from dexter.agent.sentences import Failure
from dexter.sessions import FiguresRecord, FurtherRecord, ReasoningStep, TextStep, TokenUsageRecord, ToolStep

Status = Literal["complete", "error", "interrupted"]


class StepStarted(msgspec.Struct, frozen=True):
    """A model call begins; `step` counts from 1."""

    step: int


class ReasoningPart(msgspec.Struct, frozen=True):
    """A piece of the model's reasoning, as it streams."""

    step: int
    text: str


class AnswerPart(msgspec.Struct, frozen=True):
    """A piece of text meant for the user, as it streams.

    If tool calls follow in the same step, the text so far was not the answer but words beside the calls;
    the renderer learns that from the next `ToolStarted`.
    """

    step: int
    text: str


class ToolStarted(msgspec.Struct, frozen=True):
    """A tool is being called."""

    step: int
    call_id: str
    name: str
    arguments: Mapping[str, Any]


class ToolFinished(msgspec.Struct, frozen=True):
    """A tool call ended; `result` is whole, of which the model sees a part if it is long.

    `duration` is in milliseconds.
    """

    step: int
    call_id: str
    name: str
    result: str
    ok: bool
    duration: int


class HelperTold(msgspec.Struct, frozen=True):
    """A helper, a run of its own for a part of the question, tells an event of its own.

    Attributes:
        step: The step of the run that it helps.
        call_id: The tool call that it works for.
        number: Which of that call's helpers it is, from 1.
        task: What it was asked.
        event: What happens in it; `Finished` is its last.
        tokens: What it has used so far.
    """

    step: int
    call_id: str
    number: int
    task: str
    event: "Event"
    tokens: int = 0


class PlanItem(msgspec.Struct, frozen=True):
    """A step of a plan: a few words on one line."""

    text: str
    done: bool = False


class PlanChanged(msgspec.Struct, frozen=True):
    """The model wrote down what it is going to do, or ticked something off; `items` is the whole plan."""

    step: int
    items: tuple[PlanItem, ...]


class Heard(msgspec.Struct, frozen=True):
    """What the user said meanwhile is put into the run; `step` is the model call that gets it first."""

    step: int
    text: str


class Notice(msgspec.Struct, frozen=True):
    """One line the user should see that is no part of the answer, such as a retry or a step limit.

    A `faint` one only says what went into the request, and `recalled` what of that is from other sessions:
    texts that the model got and the user did not.
    """

    text: str
    faint: bool = False
    recalled: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True):
    """How a run ended.

    `answer` is partial unless `status` is complete. `duration` is in milliseconds. `error` is one sentence
    for people, only with status error.
    """

    status: Status
    answer: str
    model: str
    provider: str
    duration: int
    usage: TokenUsageRecord | None = None
    steps: tuple[ReasoningStep | TextStep | ToolStep, ...] = ()
    error: str | None = None
    failure: Failure | None = None
    """What `error` says, for programs."""
    figures: FiguresRecord | None = None
    """Where the figures of the answer come from, once that was looked into."""
    recalled: tuple[str, ...] = ()
    """Texts of other sessions that the model was given with the question."""
    further: tuple[FurtherRecord, ...] = ()
    """What the user said while it ran."""


class Finished(msgspec.Struct, frozen=True):
    """The last event of every run."""

    outcome: Outcome


Event = (
    StepStarted
    | ReasoningPart
    | AnswerPart
    | ToolStarted
    | ToolFinished
    | HelperTold
    | PlanChanged
    | Heard
    | Notice
    | Finished
)
