"""The agent: asks a model, lets it use tools, and tells what happens as it happens.

The only package that imports pydantic_ai, and only when a run begins or `warm_up` is called.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from dexter.agent.events import (
    AnswerPart,
    Event,
    Finished,
    HelperTold,
    Notice,
    Outcome,
    PlanChanged,
    PlanItem,
    ReasoningPart,
    Status,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from dexter.agent.limits import Limits
from dexter.agent.window.memory import Memory, remembered

if TYPE_CHECKING:
    from dexter.agent.agent import Agent, warm_up
    from dexter.agent.run import Run

_LATER = {"Agent": "dexter.agent.agent", "Run": "dexter.agent.run", "warm_up": "dexter.agent.agent"}
"""What is imported when it is first named: a prompt needs the events and no agent, which costs 25 ms."""

__all__ = [
    "Agent",
    "AnswerPart",
    "Event",
    "Finished",
    "HelperTold",
    "Limits",
    "Memory",
    "Notice",
    "Outcome",
    "PlanChanged",
    "PlanItem",
    "ReasoningPart",
    "Run",
    "Status",
    "StepStarted",
    "ToolFinished",
    "ToolStarted",
    "remembered",
    "warm_up",
]


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
