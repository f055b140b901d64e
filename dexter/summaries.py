"""Summaries that a model writes of exchanges, while the user reads the answer or types the next query."""

import asyncio
import logging
from typing import Protocol

from dexter.agent import Agent
from dexter.sessions import SessionExchange

# An exchange that is as short as a summary stands for itself.
WORTH_IT = 400
# A model on this machine would be kept busy while the user waits for it; only so many may be under way.
MOST_AT_ONCE = 2

_log = logging.getLogger(__name__)


class Keeper(Protocol):
    """What stores the summaries of one session, such as a SessionManager."""

    @property
    def session_id(self) -> str | None:
        """The session that it goes on with."""

    def add_summary(self, exchange_id: str, text: str) -> object:
        """Store the summary of an exchange that was saved before."""


class Summaries:
    """Asks for summaries in the background and holds them until they are handed in.

    They are handed in where the session is written anyway, so that no two writes of one manager meet.
    """

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()
        self._ready: dict[str | None, dict[str, str]] = {}

    def request(self, agent: Agent, exchange: SessionExchange, session_id: str | None) -> None:
        """Have a complete exchange summarised, if its length makes that worth a request; returns at once."""
        long_enough = len(exchange.query) + len(exchange.answer) > WORTH_IT
        if exchange.status == "complete" and long_enough and len(self._under_way) < MOST_AT_ONCE:
            task = asyncio.get_running_loop().create_task(self._write(agent, exchange, session_id))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def hand_in(self, keeper: Keeper | None) -> dict[str, str]:
        """Give the summaries of its session that are ready to the keeper, and return them by exchange id.

        Call it before the keeper goes on with another session; those of other sessions wait.
        """
        ready = self._ready.pop(keeper.session_id if keeper else None, {})
        for exchange_id, text in ready.items():
            if keeper is not None:
                keeper.add_summary(exchange_id, text)
        return ready

    async def close(self, keeper: Keeper | None, wait: float = 1.0) -> None:
        """Wait at most so many seconds for what is under way, hand in what is ready, give up the rest."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=wait)
        for task in tuple(self._under_way):
            task.cancel()
        self.hand_in(keeper)

    async def _write(self, agent: Agent, exchange: SessionExchange, session_id: str | None) -> None:
        try:
            text = await agent.summarise(exchange.query, exchange.answer)
        except Exception:  # noqa: BLE001  without a model's summary the one made from the text stays
            _log.debug("no summary of %s", exchange.id, exc_info=True)
            return
        if text:
            self._ready.setdefault(session_id, {})[exchange.id] = text
