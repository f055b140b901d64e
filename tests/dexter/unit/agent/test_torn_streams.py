"""Streams that come apart at any of their bytes: nothing is made up, and what had come is kept.

`TORN=1` tears at each byte, which takes an hour; else it is each 311th, and those at the end.
"""

import os
from collections.abc import Callable, Iterator

import pytest

from dexter.agent import AnswerPart, Limits, ToolFinished
from dexter.tools.registry import all_tools
from tests.support.agents import QUICK, Told
from tests.support.servers import Call, ModelServer, Reply, Torn, anthropic, google, openai

Tell = Callable[..., Told]

PROTOCOLS = {
    "openai:demo": openai,
    "anthropic:claude-sonnet-5-5": anthropic,
    "google:gemini-2.5-flash": google,
}
STEP = int(os.environ.get("TORN", "311"))
TEXT = 'Net sales of "Müller" were 391,0 Mrd. € — 2 % more\nthan before. 日本'
ANSWER = Reply(TEXT, "thinking of ½ of it")
CALLS = Reply(
    "Let me see.", "", (Call("calculate", {"expression": "17*3"}), Call("calculate", {"expression": "1+1"}))
)
ALONE = Limits(retries=0, continuations=0, first_wait=QUICK.first_wait)


def places(model: str, reply: Reply) -> Iterator[int]:
    """Where to tear: some bytes, or all."""
    whole = b"".join(PROTOCOLS[model].stream(reply, model.partition(":")[2]))
    yield from range(0, len(whole), STEP)
    yield from range(max(0, len(whole) - 3), len(whole) + 1)


@pytest.mark.parametrize("model", PROTOCOLS)
def test_wherever_an_answer_breaks_off_what_had_come_is_kept_and_it_is_no_whole_answer(
    model: str, server: ModelServer, tell: Tell
):
    for at in places(model, ANSWER):
        server.say(Torn(ANSWER, at))
        told = tell(model=model, limits=ALONE, tools=[])
        outcome = told.outcome
        assert TEXT.startswith(outcome.answer), at
        assert "".join(event.text for event in told.of(AnswerPart)) == outcome.answer
        if outcome.status == "complete":
            assert outcome.answer == TEXT, at
        else:
            assert (outcome.status, bool(outcome.error)) == ("error", True)


@pytest.mark.parametrize("model", PROTOCOLS)
def test_wherever_calls_break_off_no_half_of_one_is_made(model: str, server: ModelServer, tell: Tell):
    for at in places(model, CALLS):
        server.say(Torn(CALLS, at))
        server.answering = lambda asked: Reply("Done.") if asked.results else None
        told = tell(model=model, limits=ALONE, tools=all_tools())
        made = told.of(ToolFinished)
        assert len(made) in {0, 2}, at
        assert (told.outcome.status == "complete") == (len(made) == 2), at
        assert all(each.ok for each in made), at


@pytest.mark.parametrize("model", PROTOCOLS)
def test_wherever_a_stream_is_divided_on_the_way_it_says_the_same(
    model: str, server: ModelServer, tell: Tell
):
    for at in places(model, ANSWER):
        server.say(Torn(ANSWER, at, ends=False))
        outcome = tell(model=model, limits=ALONE, tools=[]).outcome
        assert (outcome.status, outcome.answer) == ("complete", TEXT), at
