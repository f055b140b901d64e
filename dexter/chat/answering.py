"""Who answers in a chat: made with the first query, anew after another model was chosen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from dexter.models.choice import ModelChoice

if TYPE_CHECKING:  # they cost 100 ms, which a first prompt does not wait for
    from dexter.agent import Agent
    from dexter.agent.window.memory import Memory
    from dexter.agent.window.window import Window
    from dexter.sessions.manager import SessionManager

MakeAgent = Callable[[ModelChoice, "SessionManager"], "Agent"]


class Answering:
    """One agent at a time, for the model that is chosen."""

    def __init__(self, choice: ModelChoice, make: "MakeAgent") -> None:
        """Nothing is made yet.

        Args:
            choice: The model to ask.
            make: Makes who answers, given the sessions that may be recalled.
        """
        self.choice = choice
        self._make = make
        self._agent: Agent | None = None

    def agent(self, manager: "SessionManager") -> "Agent":
        """Who answers now."""
        if self._agent is None:
            self._agent = self._make(self.choice, manager)
        return self._agent

    async def choose(self, choice: ModelChoice) -> None:
        """Ask another model from now on."""
        self.choice = choice
        await self.close()

    async def window(self, manager: "SessionManager", memory: "Memory") -> "Window | None":
        """What stands in the model's window before the next query; None if that can't be told."""
        try:
            return await self.agent(manager).window(memory)
        except Exception:  # noqa: BLE001  the next query meets it as well, and says it better
            return None

    async def close(self) -> None:
        """Give back what is held; who answers is made anew if there is another query."""
        agent, self._agent = self._agent, None
        if agent is not None:
            await agent.close()
