"""What stays the same from query to query of one agent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from dexter.agent.limits import Limits
from dexter.keys import Keys
from dexter.models.choice import ModelChoice
from dexter.tools.registry import Tool


@dataclass(frozen=True)
class Setting:
    """The model and all that a run needs beside the query and the session."""

    choice: ModelChoice
    keys: Keys
    tools: tuple[Tool, ...]
    today: Callable[[], date]
    limits: Limits
    clock: Callable[[], float]
