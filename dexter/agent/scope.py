"""What a tool that belongs to one run may do in it: tell events, and know how far the run is."""

from collections.abc import Callable
from dataclasses import dataclass

from dexter.agent.events import Event
from dexter.tools.registry import Tool


@dataclass(frozen=True)
class Scope:
    """One run, seen from its tools. `step` counts model calls from 1; `emit` tells an event of the run."""

    emit: Callable[[Event], None]
    step: Callable[[], int]


RunTool = Callable[[Scope], Tool]
"""Makes a tool for one run; its name and schema are the same for each."""


def undescribed(event: Event) -> None:
    """Hears nothing: for tools that are made only to be described."""


NOWHERE = Scope(undescribed, lambda: 1)
