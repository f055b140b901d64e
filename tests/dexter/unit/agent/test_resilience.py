"""A provider that is down, a stream that is cut: a second model, an answer that goes on, what came kept."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from dexter.agent import AnswerPart, Limits, Memory, Notice, StepStarted
from dexter.agent.providers.joining import anchor
from dexter.keys import Keys
from dexter.sessions import ReasoningStep, TokenUsageRecord, ToolStep
from dexter.tools.registry import Tool, all_tools
from tests.support.agents import QUICK, Told, agent_for, keys_for
from tests.support.servers import Call, Cut, Fail, ModelServer, Reply

Tell = Callable[..., Told]

PROTOCOLS = ["openai:demo", "anthropic:claude-sonnet-5-5", "google:gemini-2.5-flash"]
SECOND = {
    "openai:demo": "anthropic:claude-sonnet-5-5",
    "anthropic:claude-sonnet-5-5": "google:gemini-2.5-flash",
    "google:gemini-2.5-flash": "openai:demo",
}
TEXT = "Apple had net sales of $391.0 billion in fiscal 2024, up 2% from the year before it."


BEFORE = {"openai:demo": 1, "anthropic:claude-sonnet-5-5": 2, "google:gemini-2.5-flash": 0}
"""Pieces of a stream before its first word."""


def cut_after(model: str, words: int, text: str = TEXT, *, politely: bool = False) -> Cut:
    """A stream that breaks after so many words of a text."""
    return Cut(Reply(text), after=BEFORE[model] + words, politely=politely)


def said(words: int) -> str:
    """So many words of the text, as they stream."""
    return " ".join(TEXT.split()[:words]) + " "


@pytest.mark.parametrize("model", PROTOCOLS)
@pytest.mark.parametrize("politely", [False, True], ids=["rudely", "politely"])
@pytest.mark.parametrize("words", [1, 5, 8, 14])
def test_an_answer_that_was_cut_goes_on_and_nothing_stands_there_twice(
    model: str, politely: bool, words: int, server: ModelServer, tell: Tell
):
    before = said(words)
    server.say(cut_after(model, words, politely=politely), Reply(anchor(before) + TEXT[len(before) :]))
    told = tell(model=model)
    outcome = told.outcome
    assert (outcome.status, outcome.error) == ("complete", None)
    assert outcome.answer == TEXT
    assert "".join(event.text for event in told.of(AnswerPart)) == TEXT
    assert len(told.of(StepStarted)) == 1
    assert [each.endswith("broke off: going on (1 of 2).") for each in told.notices] == [True]
    asked = str(server.bodies[1])
    assert before.strip() in asked
    assert "begin by repeating its last words" in asked


@pytest.mark.parametrize("model", PROTOCOLS)
def test_an_answer_may_be_cut_twice(model: str, server: ModelServer, tell: Tell):
    first = said(5)
    server.say(cut_after(model, 5), cut_after(model, 9, anchor(first) + TEXT[len(first) :]), Reply(TEXT))
    told = tell(model=model)
    assert (told.outcome.status, told.outcome.answer) == ("complete", TEXT)
    assert len(told.notices) == 2


@pytest.mark.parametrize("model", PROTOCOLS)
def test_an_answer_cut_a_third_time_is_an_error_that_keeps_what_there_is(
    model: str, server: ModelServer, tell: Tell
):
    server.say(*[cut_after(model, 6)] * 3)
    told = tell(model=model)
    assert told.outcome.status == "error"
    assert "broke off in the middle" in (told.outcome.error or "")
    assert told.outcome.answer.strip() == said(6).strip()
    assert len(told.notices) == 2


@pytest.mark.parametrize("model", PROTOCOLS)
def test_a_stream_cut_before_its_first_word_is_asked_for_anew(model: str, server: ModelServer, tell: Tell):
    server.say(Cut(Reply(TEXT), after=0), Reply(TEXT))
    told = tell(model=model)
    assert told.outcome.answer == TEXT
    assert "repeating" not in str(server.bodies[1])


@pytest.mark.parametrize("model", PROTOCOLS)
def test_a_call_that_was_cut_is_not_made_and_the_one_that_follows_is(
    model: str, server: ModelServer, tell: Tell
):
    call = Call("calculate", {"expression": "20+22"})
    whole = Reply("Let me see.", calls=(call,))
    server.say(Cut(whole, after=5), whole, Reply("42."))
    told = tell(model=model)
    assert told.outcome.answer == "42."
    assert next(step.result for step in told.outcome.steps if isinstance(step, ToolStep)).count("42") > 0
    texts = "".join(event.text for event in told.of(AnswerPart) if event.step == 1)
    assert texts.strip() == "Let me see."
    assert len(server.bodies) == 3
    assert "42" in str(server.bodies[2])


def test_the_tokens_of_both_streams_count_and_the_history_has_one_answer(server: ModelServer, tell: Tell):
    call = Call("calculate", {"expression": "20+22"})
    server.say(
        cut_after("openai:demo", 6),
        Reply(anchor(said(6)) + "and then:", calls=(call,)),
        Reply("42."),
    )
    told = tell()
    assert told.outcome.usage is not None
    assert told.outcome.usage.input_tokens >= 40
    spoken = [each for each in server.bodies[2]["messages"] if each["role"] == "assistant"]
    assert len(spoken) == 1
    assert spoken[0]["content"] == said(6) + "and then:"
    assert "repeating" not in str(server.bodies[2])


@pytest.mark.parametrize("model", PROTOCOLS)
@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Fail(500), "failed on its side"),
        (Fail(529), "is overloaded"),
        (Fail(429, headers={"retry-after": "3600"}), "limits how often it answers"),
    ],
    ids=["server", "overload", "rate"],
)
def test_the_second_model_goes_on_where_the_first_is_down(
    model: str, failure: Fail, words: str, server: ModelServer, tell: Tell
):
    tries = 1 if failure.status == 429 else QUICK.retries + 1
    server.say(
        Reply("Let me see.", calls=(Call("calculate", {"expression": "20+22"}),)),
        *[failure] * tries,
        Reply("It is 42, as computed."),
    )
    told = tell(model=model, second=SECOND[model])
    outcome = told.outcome
    assert (outcome.status, outcome.answer) == ("complete", "It is 42, as computed.")
    assert f"{outcome.provider}:{outcome.model}" == SECOND[model]
    last = told.notices[-1]
    assert words in last
    assert f"going on with {outcome.model} (" in last
    assert "Let me see." in str(server.bodies[-1]), "what was said and found goes along"
    assert '"amount": "42"' in str(server.bodies[-1]).replace("\\", "")
    assert outcome.usage == TokenUsageRecord(40, 20, 60)


def test_a_server_that_is_not_there_is_down_too(server: ModelServer, tell: Tell):
    keys = keys_for(server).having("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    server.say(Reply("Here I am."))
    told = tell(keys=keys, second="anthropic:claude-sonnet-5-5")
    assert told.outcome.answer == "Here I am."
    assert told.notices[-1] == ("OpenAI can't be reached: going on with claude-sonnet-5-5 (Anthropic).")


def test_the_second_model_stays_for_the_rest_of_the_run_and_no_longer(server: ModelServer, tell: Tell):
    call = Reply(calls=(Call("calculate", {"expression": "20+22"}),))
    down = [Fail(500)] * 3
    server.say(*down, call, Reply("It is 42."), Reply("I am back."))
    told = tell(second="anthropic:claude-sonnet-5-5")
    assert told.outcome.answer == "It is 42."
    assert [each.path for each in server.requests] == ["/v1/chat/completions"] * 3 + ["/v1/messages"] * 2
    assert tell(second="anthropic:claude-sonnet-5-5").outcome.provider == "openai"


@pytest.mark.parametrize(
    "failure",
    [Fail(401), Fail(400, "wrong"), Fail(404), Fail(402)],
    ids=["key", "request", "model", "credit"],
)
def test_a_wrong_key_or_request_is_no_reason_to_ask_another(failure: Fail, server: ModelServer, tell: Tell):
    server.say(*[failure] * 4)
    outcome = tell(second="anthropic:claude-sonnet-5-5").outcome
    assert outcome.status == "error"
    assert "OpenAI" in (outcome.error or "")
    assert {each.path for each in server.requests} == {"/v1/chat/completions"}


def test_a_second_model_without_a_key_is_not_asked(server: ModelServer, tell: Tell):
    keys = Keys({"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"})
    server.say(*[Fail(500)] * 3)
    outcome = tell(keys=keys, second="anthropic:claude-sonnet-5-5").outcome
    assert (outcome.status, outcome.provider) == ("error", "openai")


def test_where_both_are_down_the_sentence_names_the_second(server: ModelServer, tell: Tell):
    server.say(*[Fail(500)] * 6)
    outcome = tell(second="anthropic:claude-sonnet-5-5").outcome
    assert outcome.status == "error"
    assert (outcome.error or "").startswith("Anthropic failed on its side")


def test_an_answer_that_was_cut_goes_on_with_the_second_if_the_first_is_gone(server: ModelServer, tell: Tell):
    server.say(cut_after("openai:demo", 6), *[Fail(500)] * 3, Reply(anchor(said(6)) + TEXT[len(said(6)) :]))
    told = tell(second="anthropic:claude-sonnet-5-5")
    assert (told.outcome.answer, told.outcome.provider) == (TEXT, "anthropic")


def test_the_built_in_model_can_be_the_second(server: ModelServer, tell: Tell):
    server.say(*[Fail(500)] * 3)
    told = tell("What is 20+22?", second="offline")
    assert told.outcome.status == "complete"
    assert told.outcome.provider == "offline"
    assert "42" in told.outcome.answer


def interrupted(server: ModelServer, at: Callable[[Any], bool], **fields: Any) -> Told:
    """A run that is cancelled at the first event of which that is true."""

    async def whole() -> Told:
        agent = agent_for(server, **fields)
        run = agent.start("What?", Memory())
        told = Told()
        async for event in run:
            told.events.append(event)
            if at(event):
                run.cancel()
        await run.closed()
        await agent.close()
        return told

    return asyncio.run(whole())


PATIENT = Limits(first_wait=3_600, longest_wait=7_200)
"""Waits that a test would notice."""


def test_cancelling_while_a_retry_is_waited_for_ends_at_once_and_keeps_what_there_is(server: ModelServer):
    server.say(Reply("Let me see.", "thinking", calls=(Call("calculate", {"expression": "1+1"}),)), Fail(500))
    told = interrupted(
        server,
        lambda event: isinstance(event, Notice),
        tools=all_tools(),
        limits=PATIENT,
    )
    assert told.outcome.status == "interrupted"
    assert [type(step).__name__ for step in told.outcome.steps] == ["ReasoningStep", "TextStep", "ToolStep"]
    assert told.outcome.steps[0] == ReasoningStep(1, "thinking")
    assert len(server.requests) == 2


def test_cancelling_while_a_cut_answer_waits_to_go_on_keeps_its_beginning(server: ModelServer):
    server.say(cut_after("openai:demo", 6))
    told = interrupted(server, lambda event: isinstance(event, Notice), limits=PATIENT)
    assert (told.outcome.status, told.outcome.answer) == ("interrupted", said(6))


def test_cancelling_in_a_continuation_keeps_both_parts_and_closes_the_connection(server: ModelServer):
    server.say(cut_after("openai:demo", 6), Reply(anchor(said(6)) + "NEW " + "word " * 10_000, pause=0.005))
    told = interrupted(server, lambda event: isinstance(event, AnswerPart) and "word" in event.text)
    assert told.outcome.status == "interrupted"
    assert told.outcome.answer.startswith(said(6) + "NEW word")
    assert server.hung_up.wait(10)


def test_cancelling_a_tool_that_is_waited_for_by_the_loop_keeps_the_call(server: ModelServer):
    async def look() -> dict[str, Any]:
        """Look for very long."""
        await asyncio.sleep(3_600)
        return {}

    server.say(Reply(calls=(Call("look"),)))
    told = interrupted(
        server,
        lambda event: type(event).__name__ == "ToolStarted",
        tools=[Tool("look", "Looking", look)],
        limits=Limits(tool_seconds=7_200),
    )
    assert told.outcome.status == "interrupted"
    step = told.outcome.steps[-1]
    assert isinstance(step, ToolStep)
    assert (step.ok, step.result) == (False, "[interrupted: no result]")
