"""A server on the loopback, and a way to ask an agent against it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

import pytest

from dexter.agent import Limits, Memory
from dexter.agent.scope import RunTool
from dexter.agent.setting import Price
from dexter.keys import Keys
from dexter.tools.registry import Tool, all_tools
from tests.support.agents import QUICK, Told, agent_for
from tests.support.servers import ModelServer


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server that speaks all protocols."""
    with ModelServer() as running:
        yield running


@pytest.fixture
def tell(server: ModelServer) -> Callable[..., Told]:
    """Ask a query and wait for all events."""

    def asked(
        query: str = "What is 2+2?",
        *,
        model: str = "openai:demo",
        memory: Memory | None = None,
        tools: Sequence[Tool] | None = None,
        run_tools: Sequence[RunTool] = (),
        limits: Limits = QUICK,
        keys: Keys | None = None,
        second: str | None = None,
        price: Price | None = None,
    ) -> Told:
        async def whole() -> Told:
            agent = agent_for(
                server,
                model,
                tools=all_tools() if tools is None else tools,
                run_tools=run_tools,
                limits=limits,
                keys=keys,
                second=second,
                price=price,
            )
            told = Told()
            run = agent.start(query, memory or Memory())
            async for event in run:
                told.events.append(event)
            await run.closed()
            await agent.close()
            if run.bug is not None:
                raise run.bug
            return told

        return asyncio.run(whole())

    return asked
