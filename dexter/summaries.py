"""Summaries that a model writes of exchanges, while the user reads the answer or types the next query."""

import asyncio
import logging
from typing import Protocol

from dexter.agent import Agent, Memory
from dexter.models.offline import summarise
from dexter.sessions import SessionExchange
from dexter.sessions.records.compactions import Compaction

# An exchange that is as short as a summary stands for itself.
WORTH_IT = 400
# A model on this machine would be kept busy while the user waits for it; only so many may be under way.
MOST_AT_ONCE = 2
LEAST_EXCHANGES = 4
"""Fewer than that are never summarised together."""

_log = logging.getLogger(__name__)


class Keeper(Protocol):
    """What stores the summaries of one session, such as a SessionManager."""

    @property
    def session_id(self) -> str | None:
        """The session that it goes on with."""

    def add_summary(self, exchange_id: str, text: str) -> object:
        """Store the summary of an exchange that was saved before."""

    def add_compaction(self, exchange_id: str, exchanges: int, text: str, summary: str) -> object:
        """Store what stands for the first exchanges, up to that one."""


class Summaries:
    """Asks for summaries in the background and holds them until they are handed in.

    They are handed in where the session is written anyway, so that no two writes of one manager meet.
    """

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()
        self._ready: dict[str | None, dict[str, str]] = {}
        self._compacting: asyncio.Task[None] | None = None
        self._compacted: dict[str | None, list[tuple[Compaction, str]]] = {}

    def request(self, agent: Agent, exchange: SessionExchange, session_id: str | None) -> None:
        """Have a complete exchange summarised, if its length makes that worth a request; returns at once."""
        long_enough = len(exchange.asked) + len(exchange.answer) > WORTH_IT
        if exchange.status == "complete" and long_enough and len(self._under_way) < MOST_AT_ONCE:
            task = asyncio.get_running_loop().create_task(self._write(agent, exchange, session_id))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def compact(self, agent: Agent, memory: Memory, session_id: str | None) -> None:
        """Have the first exchanges of a session summarised if it outgrew its window; returns at once."""
        if self._compacting is not None or len(memory.exchanges) < LEAST_EXCHANGES:
            return
        task = asyncio.get_running_loop().create_task(self._compact(agent, memory, session_id))
        self._compacting = task
        self._under_way.add(task)
        task.add_done_callback(self._compacted_now)

    def compactions(self, keeper: Keeper | None) -> tuple[Compaction, ...]:
        """Give what stands for many exchanges of its session to the keeper, and return it; see `hand_in`."""
        ready = self._compacted.pop(keeper.session_id if keeper else None, [])
        for made, summary in ready:
            if keeper is not None:
                keeper.add_compaction(made.exchange_id, made.exchanges, made.text, summary)
        return tuple(made for made, _ in ready)

    def hand_in(self, keeper: Keeper | None) -> dict[str, str]:
        """Give the summaries of its session that are ready to the keeper, and return them by exchange id.

        Call it before the keeper goes on with another session; those of other sessions wait.
        """
        ready = self._ready.pop(keeper.session_id if keeper else None, {})
        for exchange_id, text in ready.items():
            if keeper is not None:
                keeper.add_summary(exchange_id, text)
        return ready

    async def idle(self) -> None:
        """Return when nothing is under way."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def close(self, keeper: Keeper | None, wait: float = 1.0) -> None:
        """Wait at most so many seconds for what is under way, hand in what is ready, give up the rest."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=wait)
        for task in tuple(self._under_way):
            task.cancel()
        self.compactions(keeper)
        self.hand_in(keeper)

    async def _compact(self, agent: Agent, memory: Memory, session_id: str | None) -> None:
        try:
            made = await agent.compact(memory)
        except Exception:  # noqa: BLE001  without it the summaries of the exchanges stand for them, as before
            _log.debug("no compaction", exc_info=True)
            return
        if made is not None:
            last = memory.exchanges[made.exchanges - 1]
            summary = memory.summary_of(last) or summarise(last.query, last.answer)
            self._compacted.setdefault(session_id, []).append((made, summary))

    def _compacted_now(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._compacting = None

    async def _write(self, agent: Agent, exchange: SessionExchange, session_id: str | None) -> None:
        try:
            text = await agent.summarise(exchange.asked, exchange.answer)
        except Exception:  # noqa: BLE001  without a model's summary the one made from the text stays
            _log.debug("no summary of %s", exchange.id, exc_info=True)
            return
        if text:
            self._ready.setdefault(session_id, {})[exchange.id] = text
