"""What stays the same from query to query of one agent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from dexter.agent.limits import Limits
from dexter.agent.scope import NOWHERE, RunTool
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
    run_tools: tuple[RunTool, ...] = ()
    """Tools that are made anew for each run."""

    @property
    def described(self) -> tuple[Tool, ...]:
        """All tools, to be described; those of a run lead nowhere."""
        return (*self.tools, *(make(NOWHERE) for make in self.run_tools))
