"""What the user says while a run is under way is put between two rounds of its tools."""

import asyncio
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from dexter.agent import Agent, Memory
from dexter.agent.events import Heard, StepStarted
from dexter.agent.window.context import assemble
from dexter.agent.window.messages import to_messages
from dexter.agent.window.turns import brief_turn, fitted_turn, full_turn
from dexter.models.choice import OFFLINE_CHOICE
from dexter.sessions import FurtherRecord, SessionExchange, TextStep, ToolStep
from dexter.tools.registry import Tool, all_tools
from tests.support.agents import Told, agent_for, keys_for
from tests.support.servers import Call, ModelServer, Reply

PROVIDERS = ["openai:demo", "anthropic:demo", "google:demo", "deepseek:demo"]
STEPS = (
    TextStep(1, "I look."),
    ToolStep(1, "a", "look", {}, '{"found": 1}', ok=True, duration=1),
    ToolStep(2, "b", "look", {}, '{"found": 2}', ok=True, duration=1),
)
EXCHANGE = SessionExchange(
    id="01",
    timestamp=1,
    query="What is there?",
    answer="Two.",
    model="demo",
    further=(FurtherRecord(2, "Only the moon."), FurtherRecord(2, "In EUR."), FurtherRecord(3, "Short.")),
)


def look() -> dict[str, Any]:
    """Look."""
    return {"found": 7}


async def told_of(agent: Agent, words: dict[int, Sequence[str]], query: str = "What?") -> Told:
    """The events of a run to which these words are said before the steps."""
    told = Told()
    async for event in agent.start(query, Memory(), lambda step: words.pop(step, ())):
        told.events.append(event)
    await agent.close()
    return told


@pytest.mark.parametrize("model", PROVIDERS)
def test_words_said_meanwhile_stand_behind_the_results_in_the_next_request(server: ModelServer, model: str):
    server.say(Reply(calls=(Call("look"),)), Reply(calls=(Call("look"),)), Reply("Seven."))
    agent = agent_for(server, model, tools=[Tool("look", "Looking", look)])
    told = asyncio.run(told_of(agent, {2: ["Only the moon.", "In EUR."]}))
    assert told.outcome.answer == "Seven."
    assert told.of(Heard) == [Heard(2, "Only the moon."), Heard(2, "In EUR.")]
    assert told.outcome.further == (FurtherRecord(2, "Only the moon."), FurtherRecord(2, "In EUR."))
    first, second, third = (json.dumps(body) for body in server.bodies)
    assert "moon" not in first
    for body in (second, third):
        assert body.index("found") < body.index("Only the moon.") < body.index("In EUR.")
    assert third.index("In EUR.") < third.rindex("found")


def test_nobody_is_asked_for_words_before_the_first_step_or_after_an_answer(server: ModelServer):
    server.say(Reply("Seven."))
    words: dict[int, Sequence[str]] = {1: ["early"], 2: ["late"]}
    told = asyncio.run(told_of(agent_for(server), words))
    assert told.outcome.further == ()
    assert words == {1: ["early"], 2: ["late"]}


def test_the_built_in_model_leaves_words_for_the_next_query(server: ModelServer):
    day = date(2026, 11, 22)
    agent = Agent(OFFLINE_CHOICE, keys=keys_for(server), today=lambda: day, tools=all_tools())
    words: dict[int, Sequence[str]] = {2: ["And 3+3?"]}
    told = asyncio.run(told_of(agent, words, "What is 2+2?"))
    assert len(told.of(StepStarted)) == 2
    assert told.outcome.status == "complete"
    assert words == {2: ["And 3+3?"]}


def test_a_cancelled_run_takes_no_more_words(server: ModelServer):
    server.say(Reply(calls=(Call("look"),)), Reply("Seven."))
    agent = agent_for(server, tools=[Tool("look", "Looking", look)])
    taken: list[int] = []

    async def scene() -> Told:
        told = Told()

        def hear(step: int) -> Sequence[str]:
            taken.append(step)
            run.cancel()
            return ["Only the moon."]

        run = agent.start("What is there?", Memory(), hear)
        async for event in run:
            told.events.append(event)
        await run.closed()
        await agent.close()
        return told

    told = asyncio.run(scene())
    assert told.outcome.status == "interrupted"
    assert taken == [2]


def test_a_later_turn_has_them_where_they_were_said():
    turn = full_turn(EXCHANGE, STEPS)
    assert turn.query == "What is there?"
    assert [each.further for each in turn.rounds] == ["Only the moon.\n\nIn EUR.", "Short."]
    texts = [str(part) for message in to_messages([turn]) for part in message.parts]
    places = [next(at for at, text in enumerate(texts) if word in text)
              for word in ("What is there?", "I look", "Only the moon", "Short.", "Two.")]  # fmt: skip
    assert places == sorted(places)


def test_without_steps_they_stand_behind_the_query():
    whole = "What is there?\n\nOnly the moon.\n\nIn EUR.\n\nShort."
    assert full_turn(EXCHANGE, ()).query == whole
    assert brief_turn(EXCHANGE, "Two.").query == whole
    memory = Memory((EXCHANGE,), lambda _: STEPS)
    bare = fitted_turn(full_turn(EXCHANGE, STEPS), 60)
    assert bare is not None
    assert not bare.rounds
    assert bare.query.startswith("What is there?\n\nOnly the moon.")
    assert assemble(memory, "", 10_000)[0].rounds[1].further == "Short."


def test_the_tokens_of_a_turn_count_them():
    with_words = full_turn(EXCHANGE, STEPS).tokens
    without = full_turn(SessionExchange(id="01", timestamp=1, query="What is there?", answer="Two."), STEPS)
    assert with_words > without.tokens
