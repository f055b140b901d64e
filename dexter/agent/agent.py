"""The agent: a model, its tools, and what it is told; each query starts a run."""

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING

from dexter.agent.briefing import Brief, no_brief
from dexter.agent.limits import Limits
from dexter.agent.remote import Servers
from dexter.agent.run import Ending, Hear, Progress, Run, hear_nothing
from dexter.agent.scope import RunTool
from dexter.agent.sentences import Failure, sentence
from dexter.agent.setting import Price, Setting, nobody_waited
from dexter.agent.window.memory import Memory
from dexter.agent.window.recalling import Looking
from dexter.keys import Keys
from dexter.models.catalogue import provider_of
from dexter.models.choice import ModelChoice, bad_address, missing_key
from dexter.sessions.records.compactions import Compaction
from dexter.tools.registry import Tool

if TYPE_CHECKING:
    from dexter.agent.engine import Engine
    from dexter.agent.window.recalling import Earlier
    from dexter.agent.window.window import Window

_LIBRARIES = {
    "openai": "pydantic_ai.models.openai",
    "anthropic": "pydantic_ai.models.anthropic",
    "google": "pydantic_ai.models.google",
    "built-in": "pydantic_ai.models.function",
}


def warm_up(choice: ModelChoice) -> None:
    """Import the model library for a model, which takes up to 1.5 s the first time; call it in a thread.

    Raises nothing that a later run would not meet, and say, as well.
    """
    try:
        _load(choice)
    except Exception:  # noqa: BLE001  a run meets the same exception where it can be shown
        return


class Agent:
    """Asks one model, with one set of tools.

    Cheap to make: the model library is imported, and the provider's client built, at the first run.

    Attributes:
        choice: The model.
        tools: What it may call.
    """

    def __init__(
        self,
        choice: ModelChoice,
        *,
        keys: Keys,
        today: Callable[[], date],
        tools: Sequence[Tool] = (),
        run_tools: Sequence[RunTool] = (),
        servers: Servers | None = None,
        close_tools: Callable[[], Awaitable[None]] | None = None,
        earlier: "Earlier | None" = None,
        limits: Limits | None = None,
        brief: Brief = no_brief,
        second: ModelChoice | None = None,
        price: Price | None = None,
        waited: Callable[[], float] = nobody_waited,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """An agent.

        Args:
            choice: The model to ask.
            keys: Keys and addresses of providers.
            today: The date, which the model is told with each query.
            tools: What the model may call.
            run_tools: Makes further tools for each run.
            servers: MCP servers whose tools it may call as well.
            close_tools: Lets go of what the tools keep open; they open it again if they are called.
            earlier: Finds what earlier sessions have on a question; None offers nothing of them.
            limits: How far a run may go.
            brief: Makes what the model is told in each run beside its question.
            second: The model to go on with if the first is down.
            price: What tokens cost, for the limit on money.
            waited: Seconds in which a person was asked, which the limit on time leaves out.
            clock: Seconds, for durations.
        """
        self.choice = choice
        self._setting = Setting(
            choice,
            keys,
            tuple(tools),
            today,
            limits or Limits(),
            clock,
            run_tools=tuple(run_tools),
            servers=servers,
            brief=brief,
            earlier=earlier,
            second=second,
            price=price,
            waited=waited,
        )
        self.tools = self._setting.described
        self._close_tools = close_tools
        self._building = threading.Lock()
        self._engine: Engine | None = None
        self._looking: Looking | None = None

    def start(self, query: str, memory: Memory, hear: Hear = hear_nothing) -> Run:
        """Begin to answer a query; call it in a running event loop.

        Whatever goes wrong with the model ends the run with status error and a sentence, never with an
        exception.

        Args:
            query: What the user asked.
            memory: What was asked and answered before in the session.
            hear: Gives what the user says meanwhile, between two rounds of tools.
        """

        def work(progress: Progress) -> Awaitable[Ending]:
            return self._answer(query, memory, progress)

        return Run(work, self.choice, self._setting.clock, hear)

    async def summarise(self, query: str, answer: str) -> str | None:
        """A summary of an exchange by the provider's quick model, or None if that can't be had.

        Args:
            query: What was asked.
            answer: What was answered.
        """
        if self.choice.offline or missing_key(self.choice, self._setting.keys):
            return None
        engine = await asyncio.to_thread(self._built)
        return await engine.summarise(query, answer)

    async def compact(self, memory: Memory) -> Compaction | None:
        """What is to stand for the first exchanges of a session, by the provider's quick model.

        None as long as all of them fit the model's window, or if that can't be had.

        Args:
            memory: The session as it is now.
        """
        if self.choice.offline or missing_key(self.choice, self._setting.keys):
            return None
        engine = await asyncio.to_thread(self._built)
        return await engine.compact(memory)

    async def window(self, memory: Memory) -> "Window | None":
        """What stands in the model's window before the next query; None as long as the model has no key.

        Args:
            memory: The session as it is now.
        """
        if missing_key(self.choice, self._setting.keys):
            return None
        engine = await asyncio.to_thread(self._built)
        return await asyncio.to_thread(engine.window, memory)

    async def close(self) -> None:
        """Close the connections of provider and tools; new ones are opened if the agent is used again."""
        engine, self._engine = self._engine, None
        try:
            if self._close_tools is not None:
                await self._close_tools()
        finally:
            if engine is not None:
                await engine.close()

    async def _answer(self, query: str, memory: Memory, progress: Progress) -> Ending:
        variable = missing_key(self.choice, self._setting.keys)
        if variable:
            text = sentence(Failure.NO_KEY, self.choice, self._setting.keys)
            return Ending("error", error=text, failure=Failure.NO_KEY)
        address = bad_address(self.choice, self._setting.keys)
        if address:
            text = sentence(Failure.BAD_ADDRESS, self.choice, self._setting.keys, detail=address)
            return Ending("error", error=text, failure=Failure.BAD_ADDRESS)
        # Before all else: it is found while the model library is imported.
        looking = self._look(query, memory)
        # In a thread: the first time this imports the model library, and the user can cancel meanwhile.
        try:
            engine = await asyncio.to_thread(self._built)
            return await engine.answer(query, memory, progress, looking)
        except Exception as error:  # noqa: BLE001  the chat goes on, and the log tells where it happened
            detail = f"{type(error).__name__}: {error}"
            text = sentence(Failure.BUG, self.choice, self._setting.keys, detail=detail)
            return Ending("error", progress.usage, text, bug=error, failure=Failure.BUG)

    def _look(self, query: str, memory: Memory) -> Looking:
        known = [each.id for each in memory.exchanges]
        if self._looking is not None and self._looking.under_way:
            # One that takes longer than a run must not pile up: runs go without until it is done.
            return Looking(None, query, known)
        self._looking = Looking(self._setting.earlier, query, known)
        return self._looking

    def _built(self) -> "Engine":
        with self._building:
            if self._engine is None:
                _load(self.choice)
                from dexter.agent.engine import Engine  # noqa: PLC0415  imports the model library

                self._engine = Engine(self._setting)
            return self._engine


def _load(choice: ModelChoice) -> None:
    # It would greet whoever runs it first on a terminal, into the middle of our own lines.
    os.environ.setdefault("PYDANTIC_AI_NO_BANNER", "1")
    import_module(_LIBRARIES[provider_of(choice.provider).protocol])
    import_module("dexter.agent.engine")
