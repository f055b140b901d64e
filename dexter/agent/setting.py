"""What stays the same from query to query of one agent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from dexter.agent.briefing import Brief, no_brief
from dexter.agent.limits import Limits
from dexter.agent.remote import Servers
from dexter.agent.scope import NOWHERE, RunTool
from dexter.keys import Keys
from dexter.models.choice import ModelChoice, bad_address, missing_key
from dexter.sessions import TokenUsageRecord
from dexter.tools.reading import READ_RESULT
from dexter.tools.registry import Tool

if TYPE_CHECKING:
    from dexter.agent.window.recalling import Earlier


def nobody_waited() -> float:
    """Nobody was asked."""
    return 0.0


Price = Callable[[ModelChoice, TokenUsageRecord], float | None]
"""What so many tokens cost at a model, in US dollars; None if nobody knows."""


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
    brief: Brief = no_brief
    """Makes what the model is told in each run beside its question."""
    helping: bool = False
    """Whether the one who asks is no person, but a run."""
    servers: Servers | None = None
    """MCP servers, whose tools are known once they are connected."""
    earlier: "Earlier | None" = None
    """Finds what earlier sessions have on a question; None offers nothing of them."""
    second: ModelChoice | None = None
    """The model to go on with if the first is down."""
    price: Price | None = None
    waited: Callable[[], float] = nobody_waited
    """Seconds, by `clock`, in which a person was asked, of this run and any other."""

    @property
    def described(self) -> tuple[Tool, ...]:
        """All tools, to be described; those of a run lead nowhere."""
        return (*self.tools, *(make(NOWHERE) for make in self.run_tools))

    def for_helper(self, tools: Sequence[Tool]) -> "Setting":
        """What a helper gets: the same model, these tools and the one that reads on, fewer steps."""
        limits = msgspec.structs.replace(self.limits, steps=self.limits.helper_steps)
        reading = tuple(make for make in self.run_tools if make(NOWHERE).name == READ_RESULT)
        return replace(self, tools=tuple(tools), run_tools=reading, servers=None, limits=limits, helping=True)

    def for_second(self) -> "Setting | None":
        """What the second model gets; None if there is none, or none that can be asked."""
        choice = self.second
        if choice is None or choice == self.choice:
            return None
        if missing_key(choice, self.keys) or bad_address(choice, self.keys):
            return None
        return replace(self, choice=choice)
