"""The agent: asks a model, lets it use tools, and tells what happens as it happens.

The only package that imports pydantic_ai, and only when a run begins or `warm_up` is called.
"""

from dexter.agent.agent import Agent, warm_up
from dexter.agent.events import (
    AnswerPart,
    Event,
    Finished,
    Notice,
    Outcome,
    ReasoningPart,
    Status,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from dexter.agent.limits import Limits
from dexter.agent.memory import Memory, remembered
from dexter.agent.run import Run

__all__ = [
    "Agent",
    "AnswerPart",
    "Event",
    "Finished",
    "Limits",
    "Memory",
    "Notice",
    "Outcome",
    "ReasoningPart",
    "Run",
    "Status",
    "StepStarted",
    "ToolFinished",
    "ToolStarted",
    "remembered",
    "warm_up",
]
