"""Streams that come apart at any of their bytes: nothing is made up, and what had come is kept.

A quick run tears at each 97th byte, and at those at the end. One agent asks for all bytes of a stream: to
make one takes ten times as long as to ask it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from itertools import takewhile
from typing import Any

import pytest

from dexter.agent import AnswerPart, Limits, Memory, ToolFinished
from dexter.tools.registry import Tool, all_tools
from tests.support.agents import QUICK, Told, agent_for
from tests.support.servers import Call, ModelServer, Reply, Torn, anthropic, google, openai
from tests.support.sweeps import every

PROTOCOLS = {
    "openai:demo": openai,
    "anthropic:claude-sonnet-5-5": anthropic,
    "google:gemini-2.5-flash": google,
}
TEXT = 'Net sales of "Müller" were 391,0 Mrd. € — 2 % more\nthan before. 日本'
ANSWER = Reply(TEXT, "thinking of ½ of it")
CALLS = Reply(
    "Let me see.", "", (Call("calculate", {"expression": "17*3"}), Call("calculate", {"expression": "1+1"}))
)
ALONE = Limits(retries=0, continuations=0, first_wait=QUICK.first_wait)
CALCULATOR = [tool for tool in all_tools() if tool.name == "calculate"]


def places(model: str, reply: Reply) -> Iterator[int]:
    """Where to tear: some bytes, or all."""
    whole = b"".join(PROTOCOLS[model].stream(reply, model.partition(":")[2]))
    yield from takewhile(lambda at: at < len(whole), every(97, first=0))
    yield from range(max(0, len(whole) - 3), len(whole) + 1)


async def torn(
    server: ModelServer, model: str, reply: Reply, *, ends: bool = True, tools: Sequence[Tool] = ()
) -> AsyncIterator[tuple[int, Told]]:
    """Each place with what a run brings whose answer comes apart there."""
    agent = agent_for(server, model, tools=tools, limits=ALONE)
    for at in places(model, reply):
        server.requests.clear()
        server.say(Torn(reply, at, ends=ends))
        run = agent.start("What is it?", Memory())
        told = Told([event async for event in run])
        await run.closed()
        assert run.bug is None, at
        yield at, told
    await agent.close()


def run(work: Callable[[], Coroutine[Any, Any, int]]) -> None:
    """Play all places; there are some."""
    assert asyncio.run(work()) > 3


@pytest.mark.parametrize("model", PROTOCOLS)
def test_wherever_an_answer_breaks_off_what_had_come_is_kept_and_it_is_no_whole_answer(
    model: str, server: ModelServer
):
    async def work() -> int:
        played = 0
        async for at, told in torn(server, model, ANSWER):
            outcome = told.outcome
            assert TEXT.startswith(outcome.answer), at
            assert "".join(event.text for event in told.of(AnswerPart)) == outcome.answer
            if outcome.status == "complete":
                assert outcome.answer == TEXT, at
            else:
                assert (outcome.status, bool(outcome.error)) == ("error", True)
            played += 1
        return played

    run(work)


@pytest.mark.parametrize("model", PROTOCOLS)
def test_wherever_calls_break_off_no_half_of_one_is_made(model: str, server: ModelServer):
    server.answering = lambda asked: Reply("Done.") if asked.results else None

    async def work() -> int:
        played = 0
        async for at, told in torn(server, model, CALLS, tools=CALCULATOR):
            made = told.of(ToolFinished)
            assert len(made) in {0, 2}, at
            assert (told.outcome.status == "complete") == (len(made) == 2), at
            assert all(each.ok for each in made), at
            played += 1
        return played

    run(work)


@pytest.mark.parametrize("model", PROTOCOLS)
def test_wherever_a_stream_is_divided_on_the_way_it_says_the_same(model: str, server: ModelServer):
    async def work() -> int:
        played = 0
        async for at, told in torn(server, model, ANSWER, ends=False):
            assert (told.outcome.status, told.outcome.answer) == ("complete", TEXT), at
            played += 1
        return played

    run(work)
