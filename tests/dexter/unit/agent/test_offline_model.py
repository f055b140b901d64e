"""The built-in model runs like any other: tools, steps, usage, follow-ups, cancelling."""

import asyncio
from collections.abc import Callable

from dexter.agent import AnswerPart, Memory, ReasoningPart, ToolFinished
from dexter.sessions import SessionExchange
from dexter.tools.recall import Hit
from dexter.tools.registry import all_tools
from tests.support.agents import Told, agent_for
from tests.support.servers import ModelServer

Tell = Callable[..., Told]


class Found:
    """A search that finds nothing, and remembers what for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def search(self, query: str, limit: int, *, since: int | None = None) -> list[Hit]:
        """Find nothing."""
        del since
        self.asked.append(query)
        assert limit > 0
        return []


def test_it_calls_a_tool_and_streams_an_answer_without_any_request(server: ModelServer, tell: Tell):
    told = tell("What is 1+1?", model="offline")
    outcome = told.outcome
    assert (outcome.status, outcome.provider, outcome.model) == ("complete", "offline", "offline")
    assert "**2**" in outcome.answer
    assert told.of(ToolFinished)[0].ok
    assert told.of(ReasoningPart)
    assert len(told.of(AnswerPart)) > 3
    assert outcome.usage is not None
    assert server.requests == []


def test_a_follow_up_knows_the_exchange_before(tell: Tell):
    first = tell("What is 1000 growing at 7% a year worth after 10 years?", model="offline").outcome
    asked = SessionExchange(
        id="e1",
        timestamp=1,
        query="What is 1000 growing at 7% a year worth after 10 years?",
        answer=first.answer,
    )
    second = tell("And at 8%?", model="offline", memory=Memory().followed_by(asked, first.steps)).outcome
    assert "2,158.92" in second.answer


def test_it_searches_earlier_sessions_where_there_are_any(tell: Tell):
    found = Found()
    outcome = tell("What did I ask about NVDA?", model="offline", tools=all_tools(recall=found)).outcome
    assert outcome.status == "complete"
    assert "nvda" in found.asked[0].casefold()


def test_without_any_tool_it_still_answers(tell: Tell):
    outcome = tell("What is 1+1?", model="offline", tools=()).outcome
    assert outcome.status == "complete"
    assert outcome.answer.strip()


def test_it_can_be_cancelled(server: ModelServer):
    async def whole() -> Told:
        agent = agent_for(server, "offline", tools=all_tools())
        run = agent.start("Tell me about the weather, at length", Memory())
        told = Told()
        async for event in run:
            told.events.append(event)
            run.cancel()
        await run.closed()
        return told

    assert asyncio.run(whole()).outcome.status == "interrupted"
