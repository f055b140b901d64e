"""What a tool that belongs to one run may do in it: tell events, know how far it is, have helpers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dexter.agent.events import Event
from dexter.agent.limits import Limits
from dexter.sessions import Step
from dexter.tools.errors import ToolError
from dexter.tools.reading import NoResults, Results
from dexter.tools.registry import Tool

if TYPE_CHECKING:
    from dexter.agent.run import Run

Begin = Callable[[str, Sequence[Tool]], "Run"]


def undescribed(event: Event) -> None:
    """Hears nothing: for tools that are made only to be described."""


def _kept_by_nobody(call_id: str, number: int, steps: Sequence[Step]) -> None:
    """Keeps nothing."""


def _no_call() -> str:
    return ""


def _no_helper(task: str, tools: Sequence[Tool]) -> "Run":  # noqa: ARG001
    raise ToolError("There are no helpers here.")


@dataclass(frozen=True)
class Scope:
    """One run, seen from its tools.

    Attributes:
        emit: Tells an event of the run.
        step: Counts model calls from 1.
        call: The id of the tool call that asks.
        begin: Begins a run of its own for a part of the question, with these tools and no others; what it
            uses counts as used by this run. Whoever begins it ends it.
        limits: How far the run may go.
        results: What tools returned in this run and in the exchanges before it.
        keep: Puts the steps of a helper among the results, as those of a call's helper with that number.
    """

    emit: Callable[[Event], None]
    step: Callable[[], int]
    call: Callable[[], str] = _no_call
    begin: Begin = _no_helper
    limits: Limits = field(default_factory=Limits)
    results: Results = field(default_factory=NoResults)
    keep: Callable[[str, int, Sequence[Step]], None] = _kept_by_nobody


RunTool = Callable[[Scope], Tool]
"""Makes a tool for one run; its name and schema are the same for each."""

NOWHERE = Scope(undescribed, lambda: 1)
