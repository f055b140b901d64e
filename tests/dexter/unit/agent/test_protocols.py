"""A run against servers that speak the providers' protocols: answers, tools, and every way to fail."""

import socket
from collections.abc import Callable

import pytest

from dexter.agent import AnswerPart, Limits, ReasoningPart, StepStarted, ToolFinished, ToolStarted
from dexter.keys import Keys
from dexter.sessions import ReasoningStep, TextStep, TokenUsageRecord, ToolStep
from tests.support.agents import KEY, QUICK, Told, keys_for
from tests.support.servers import Call, Cut, Fail, Garbage, ModelServer, Reply

Tell = Callable[..., Told]

OPENAI_LIKE = [
    "openai:demo",
    "xai:grok-4.7",
    "openrouter:a/b",
    "deepseek:d",
    "moonshot:kimi-k3",
    "ollama:l:3b",
]
PROTOCOLS = ["openai:demo", "anthropic:claude-sonnet-5-5", "google:gemini-2.5-flash"]
NAMES = {
    "openai:demo": "OpenAI",
    "anthropic:claude-sonnet-5-5": "Anthropic",
    "google:gemini-2.5-flash": "Google",
}


@pytest.mark.parametrize("model", [*OPENAI_LIKE, *PROTOCOLS[1:]])
def test_reasoning_words_tool_and_answer_come_as_events_and_stay_as_steps(
    model: str, server: ModelServer, tell: Tell
):
    server.say(
        Reply("Let me see.", "thinking it over", (Call("calculate", {"expression": "2+2"}),)),
        Reply("It is **4**, computed."),
    )
    told = tell(model=model)
    outcome = told.outcome
    assert (outcome.status, outcome.answer, outcome.error) == ("complete", "It is **4**, computed.", None)
    assert f"{outcome.provider}:{outcome.model}" == model
    assert outcome.usage == TokenUsageRecord(40, 20, 60)
    assert [event.step for event in told.of(StepStarted)] == [1, 2]
    assert "".join(event.text for event in told.of(ReasoningPart)) == "thinking it over"
    assert len(told.of(AnswerPart)) > 4, "the answer streams"
    started, finished = told.of(ToolStarted), told.of(ToolFinished)
    assert started[0].arguments == {"expression": "2+2"}
    assert (finished[0].call_id, finished[0].ok) == (started[0].call_id, True)
    assert '"amount": "4"' in finished[0].result
    reasoning, text, tool = outcome.steps
    assert reasoning == ReasoningStep(1, "thinking it over")
    assert text == TextStep(1, "Let me see.")
    assert isinstance(tool, ToolStep)
    assert (tool.name, tool.arguments, tool.result) == (
        "calculate",
        {"expression": "2+2"},
        finished[0].result,
    )


def test_signed_reasoning_goes_back_as_what_it_is_beside_the_result_of_a_tool(
    server: ModelServer, tell: Tell
):
    server.say(
        Reply("", "thinking it over", (Call("calculate", {"expression": "2+2"}),)),
        Reply("It is 4, computed."),
    )
    tell(model="anthropic:claude-sonnet-5-5")
    asked, thought, result = server.bodies[-1]["messages"]
    assert (asked["role"], thought["role"], result["role"]) == ("user", "assistant", "user")
    assert [part["type"] for part in thought["content"]] == ["thinking", "tool_use"]
    assert thought["content"][0]["signature"]


@pytest.mark.parametrize("model", PROTOCOLS)
@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Fail(401), "refused the key in"),
        (Fail(429, headers={"retry-after": "3600"}), "limits how often it answers and asks to wait 3600 s"),
        (Fail(500), "failed on its side"),
        (Fail(529), "is overloaded"),
        (Fail(400, code="context"), "does not fit the window of"),
        (Fail(404), "has no model"),
        (Fail(400, f"this is wrong: {KEY}"), "did not accept the request (this is wrong: [key hidden])"),
        (Reply(""), "answered with nothing"),
        (Reply("I'd rather not", why="refused"), "refused to answer because of the content"),
    ],
    ids=["key", "rate", "server", "overload", "context", "model", "rejected", "empty", "refused"],
)
def test_a_failure_is_one_sentence_that_names_the_provider_and_what_to_do(
    model: str, reply: Fail | Reply, words: str, server: ModelServer, tell: Tell
):
    server.say(*[reply] * 5)
    outcome = tell(model=model).outcome
    assert outcome.status == "error"
    assert words in (outcome.error or "")
    assert NAMES[model] in (outcome.error or "")
    assert (outcome.error or "").endswith(".")
    assert "\n" not in (outcome.error or "")
    assert KEY not in (outcome.error or "")


@pytest.mark.parametrize("model", PROTOCOLS)
@pytest.mark.parametrize(
    "reply",
    [
        Cut(Reply("one two three four five six"), after=4),
        Cut(Reply("one two three four five six"), after=4, politely=True),
        Garbage(Reply("one two three four five six")),
    ],
    ids=["rudely", "politely", "garbage"],
)
def test_a_stream_that_breaks_is_an_error_and_what_came_is_kept(
    model: str, reply: Cut | Garbage, server: ModelServer, tell: Tell
):
    server.say(*[reply] * 3)
    outcome = tell(model=model).outcome
    assert outcome.status == "error"
    assert outcome.answer.startswith("one ")
    assert outcome.answer.count("one") == 1
    assert "broke off" in (outcome.error or "") or "no answer in its protocol" in (outcome.error or "")


def test_no_server_at_all_is_a_sentence_with_the_address(tell: Tell):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    keys = Keys({"OPENAI_BASE_URL": f"http://{address}/v1"})
    told = tell(keys=keys)
    assert told.outcome.error == (
        f"OpenAI can't be reached at {address}: check that the server runs and that the address is right, "
        "or choose another model with /model or --model."
    )
    assert len(told.notices) == QUICK.retries


def test_no_key_is_a_sentence_and_nothing_is_asked(server: ModelServer, tell: Tell):
    outcome = tell(model="anthropic:claude-sonnet-5-5", keys=Keys()).outcome
    assert (outcome.status, outcome.answer, outcome.usage) == ("error", "", None)
    assert "ANTHROPIC_API_KEY" in (outcome.error or "")
    assert server.requests == []


def test_silence_is_a_sentence(server: ModelServer, tell: Tell):
    server.say(Reply("too late", first_pause=2))
    outcome = tell(limits=Limits(silence=0.05, retries=0)).outcome
    assert outcome.error == (
        "OpenAI did not answer in time: ask again, or choose another model with /model or --model."
    )


@pytest.mark.parametrize("model", PROTOCOLS)
def test_what_passes_is_met_by_asking_again_in_the_open(model: str, server: ModelServer, tell: Tell):
    server.say(Fail(529), Fail(429, headers={"retry-after": "0"}), Reply("There it is."))
    told = tell(model=model)
    assert told.outcome.answer == "There it is."
    assert told.notices[0].startswith(f"{NAMES[model]} is overloaded: trying again in ")
    assert told.notices[1].startswith(f"{NAMES[model]} limits how often it answers: trying again in ")
    assert len(server.requests) == 3


def test_a_long_wait_that_a_provider_asks_for_is_not_waited(server: ModelServer, tell: Tell):
    server.say(Fail(429, headers={"retry-after": "60"}))
    told = tell()
    assert told.notices == []
    assert len(server.requests) == 1


def test_an_answer_cut_at_the_length_limit_is_said_to_be_cut(server: ModelServer, tell: Tell):
    server.say(Reply("So far", why="length"))
    told = tell()
    assert told.outcome.answer == "So far"
    assert told.notices == ["The answer reached the model's length limit and is cut off."]


def test_a_server_of_ones_own_gets_no_other_servers_key(
    server: ModelServer, tell: Tell, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-you-12345")
    tell(model=f"openai:mine@{server.base_url}", keys=Keys())
    assert "not-for-you" not in server.requests[0].headers["authorization"]


def test_the_system_prompt_has_the_date_and_the_query_is_last(server: ModelServer, tell: Tell):
    tell("How are things?")
    messages = server.bodies[0]["messages"]
    assert messages[0]["role"] == "system"
    assert "Sunday, 2026-11-22" in messages[0]["content"]
    assert messages[-1] == {"role": "user", "content": "How are things?"}


def test_bytes_that_are_no_text_can_be_asked(server: ModelServer, tell: Tell):
    assert tell("caf\udce9 ok").outcome.status == "complete"
    assert server.bodies[0]["messages"][-1]["content"] == "caf? ok"


NO_ADDRESS = ["http://[::1", "ftp://host/v1", "http://host:99999"]
# To Ollama a host's name alone is an address, and an empty one is the usual address.
NO_ADDRESS_EITHER = ["nonsense", "http://"]


@pytest.mark.parametrize(
    ("model", "address"),
    [(model, address) for model in ("openai:d", "google:g", "ollama:l") for address in NO_ADDRESS]
    + [(model, address) for model in ("openai:d", "google:g") for address in NO_ADDRESS_EITHER],
)
def test_an_address_that_is_none_is_a_sentence(model: str, address: str, tell: Tell):
    provider = model.partition(":")[0].upper()
    outcome = tell(model=model, keys=Keys({f"{provider}_BASE_URL": address})).outcome
    assert outcome.status == "error"
    assert "can't be reached: its address is none" in (outcome.error or "")
    assert f"{provider}_BASE_URL" in (outcome.error or "")


def test_a_key_that_no_header_can_carry_is_a_sentence(server: ModelServer, tell: Tell):
    keys = keys_for(server).having("OPENAI_API_KEY", "sk-schlüssel-12345")
    outcome = tell(keys=keys).outcome
    assert (outcome.error or "").startswith("OpenAI refused the key in OPENAI_API_KEY")
