"""Limits on steps, calls, tokens, money and time: each ends in an answer, and says which it was."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.agent import Agent, Limits, Memory, ToolFinished
from dexter.agent.bounds import Spent, reached
from dexter.models.choice import ModelChoice, parse_choice
from dexter.sessions import TokenUsageRecord
from dexter.tools.person import Answer, Question, TimedPerson
from dexter.tools.registry import Tool
from tests.support.agents import Told, keys_for
from tests.support.servers import Call, ModelServer, Reply

Tell = Callable[..., Told]
PROTOCOLS = ["openai:demo", "anthropic:claude-sonnet-5-5", "google:gemini-2.5-flash"]


def look(at: int) -> dict[str, Any]:
    """Look.

    Args:
        at: At what.
    """
    return {"seen": at}


LOOK = Tool("look", "Looking", look)


def looks(count: int, *, side_by_side: int = 1) -> list[Reply]:
    """So many steps that look at something new each time."""
    return [
        Reply("", calls=tuple(Call("look", {"at": 100 * step + place}) for place in range(side_by_side)))
        for step in range(count)
    ]


def price(choice: ModelChoice, usage: TokenUsageRecord) -> float:
    """A cent a token."""
    return usage.total_tokens / 100


@pytest.mark.parametrize("model", PROTOCOLS)
@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(steps=3), "The limit of 3 steps is reached"),
        (Limits(calls=2), "The limit of 2 tool calls is reached"),
        (Limits(tokens=60), "The limit of 60 tokens is reached"),
        (Limits(dollars=0.5), "The limit of 0.5 US dollars is reached"),
    ],
    ids=["steps", "calls", "tokens", "dollars"],
)
def test_a_limit_is_told_and_ends_in_an_answer_without_tools(
    model: str, limits: Limits, words: str, server: ModelServer, tell: Tell
):
    server.say(*looks(2), Reply("As far as I came: two looks."))
    told = tell(model=model, tools=[LOOK], limits=limits, price=price)
    assert (told.outcome.status, told.outcome.answer) == ("complete", "As far as I came: two looks.")
    assert told.notices == [f"{words}: answering with what there is."]
    assert len(server.bodies) == 3
    assert "last step" in str(server.bodies[2])
    assert "last step" not in str(server.bodies[1])


def test_the_limit_on_time_is_kept_by_the_clock_that_was_handed_in(server: ModelServer, tell: Tell):
    assert reached(Spent(seconds=29.9), Limits(seconds=30)) is None
    assert reached(Spent(seconds=30), Limits(seconds=30)) == "30 seconds"
    server.say(*looks(1), Reply("In haste."))
    told = tell(tools=[LOOK], limits=Limits(seconds=1e-9))
    assert told.outcome.answer
    assert "last step" in str(server.bodies[0])


def test_calls_beyond_the_limit_are_not_made_and_the_model_is_told(server: ModelServer, tell: Tell):
    server.say(*looks(1, side_by_side=4), Reply("Three of them."))
    told = tell(tools=[LOOK], limits=Limits(calls=3))
    results = [(event.ok, event.result) for event in told.of(ToolFinished)]
    assert [ok for ok, _ in results].count(True) == 3
    assert "3 tool calls are the limit" in next(result for ok, result in results if not ok)
    assert told.outcome.answer == "Three of them."


def test_a_model_that_ignores_the_limit_gets_its_findings_shown(server: ModelServer, tell: Tell):
    server.say(*looks(3))
    told = tell(tools=[LOOK], limits=Limits(calls=2))
    assert told.outcome.status == "complete"
    assert "The limit of 2 tool calls is reached" in told.outcome.answer
    assert '{"seen": 100}' in told.outcome.answer


def test_a_price_that_nobody_knows_is_no_limit(server: ModelServer, tell: Tell):
    server.say(*looks(2), Reply("Done."))
    told = tell(tools=[LOOK], limits=Limits(dollars=0.01), price=lambda *_: None)
    assert told.notices == []
    assert told.outcome.answer == "Done."


COUNTS = st.integers(0, 50)


SPENT = st.builds(Spent, COUNTS, COUNTS, COUNTS, st.floats(0, 50), st.floats(0, 50))


@given(SPENT, SPENT)
def test_more_spent_never_takes_a_limit_back(spent: Spent, more: Spent):
    limits = Limits(steps=30, calls=20, tokens=25, seconds=40, dollars=10)
    beyond = Spent(
        spent.steps + more.steps,
        spent.calls + more.calls,
        spent.tokens + more.tokens,
        spent.seconds + more.seconds,
        (spent.dollars or 0) + (more.dollars or 0),
    )
    assert reached(spent, limits) is None or reached(beyond, limits) is not None
    assert reached(spent, Limits(steps=10**9)) is None


class Clock:
    """A clock that stands still but for what is added, and a person who is asked for some of that time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.asked = 0.0

    def __call__(self) -> float:
        return self.now

    def waited(self) -> float:
        return self.asked


@pytest.mark.parametrize(("thinking", "is_last"), [(29, False), (31, True)])
def test_the_time_in_which_a_person_is_asked_does_not_count(
    server: ModelServer, thinking: float, is_last: bool
):
    clock = Clock()

    def ask() -> dict[str, Any]:
        """Ask."""
        clock.asked += 3600
        clock.now += 3600 + thinking
        return {"said": "yes"}

    async def whole() -> None:
        agent = Agent(
            parse_choice("openai:demo"),
            keys=keys_for(server),
            today=lambda: date(2026, 11, 22),
            tools=[Tool("ask", "Asking", ask, own_time=True)],
            limits=Limits(seconds=30),
            waited=clock.waited,
            clock=clock,
        )
        run = agent.start("May I?", Memory())
        async for _ in run:
            pass
        await agent.close()

    clock.asked = 50  # of a run before
    server.say(Reply(calls=(Call("ask"),)), Reply("Done."))
    asyncio.run(whole())
    assert ("last step" in str(server.bodies[1])) is is_last


def test_a_person_is_waited_for_once_however_many_questions_are_open():
    clock = Clock()
    answers: list[asyncio.Event] = []

    class Slow:
        async def ask(self, question: Question) -> Answer | None:  # noqa: ARG002
            answers.append(asyncio.Event())
            await answers[-1].wait()
            return None

    async def whole() -> None:
        person = TimedPerson(Slow(), clock)
        asked = [asyncio.create_task(person.ask(Question("May I?", ("Yes", "No")))) for _ in range(3)]
        await asyncio.sleep(0)
        clock.now += 5
        assert person.waited == 5
        answers[0].set()
        await asked[0]
        clock.now += 5
        assert person.waited == 10
        answers[1].set()
        asked[2].cancel()
        await asyncio.wait(asked)
        clock.now += 5
        assert person.waited == 10

    asyncio.run(whole())
