"""The real program with a scripted model: plans, limits and the second model, as a user meets them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import Call, Fail, ModelServer, Reply
from tests.support.sessions import dexter


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server that speaks all protocols."""
    with ModelServer() as running:
        yield running


def settings(**fields: object) -> None:
    """Write the settings of the home."""
    Path(".dexter").mkdir(exist_ok=True)
    Path(".dexter/settings.json").write_text(json.dumps(fields))


def environment(server: ModelServer) -> dict[str, str]:
    """Keys and addresses of the server."""
    return {
        "OPENAI_BASE_URL": server.base_url,
        "OPENAI_API_KEY": "sk-loop-0123456789",
        "ANTHROPIC_BASE_URL": server.address,
        "ANTHROPIC_API_KEY": "sk-loop-0123456789",
    }


def test_a_plan_is_told_once_and_what_is_the_models_own_stands_under_the_answer_and_in_show(
    server: ModelServer,
):
    server.say(
        Reply(calls=(Call("plan", {"steps": ["Compute", "Tell"]}),)),
        Reply(calls=(Call("calculate", {"expression": "20.5 * 2"}), Call("plan", {"done": [1]}))),
        Reply("It is 41, which is 3% of nothing."),
    )
    done = dexter("-m", "openai:demo", "--print", "What is 20.5 * 2?", environment=environment(server))
    assert done.stdout == "It is 41, which is 3% of nothing.\n"
    assert done.stderr.startswith("Plan:\n  1. Compute\n  2. Tell\n")
    assert "Figures: 1 traced, 1 the model's own: 3%\n" in done.stderr
    assert done.stderr.count("Compute") == 1
    session = done.stderr.split()[-1]
    assert "Figures: 1 traced, 1 the model's own: 3%" in dexter("sessions", "show", session).stdout
    assert "1 the model's own: 3%" in dexter("sessions", "export", session).stdout
    exported = json.loads(dexter("sessions", "export", session, "--format", "json").stdout)
    (line,) = exported["exchanges"]
    assert line["exchange"]["figures"] == {"traced": 1, "asked": 0, "own": ["3%"]}


def test_limits_and_the_second_model_come_from_the_settings(server: ModelServer):
    settings(limits={"toolCalls": 1}, fallbackModel="anthropic:claude-sonnet-5-5")
    call = Reply(calls=(Call("calculate", {"expression": "1+1"}),))
    server.say(call, Fail(429, headers={"retry-after": "3600"}), Reply("Two."))
    done = dexter("-m", "openai:demo", "-p", "1+1?", "--json", environment=environment(server))
    fields = json.loads(done.stdout)
    assert (fields["answer"], fields["status"], fields["provider"]) == ("Two.", "complete", "anthropic")
    assert "The limit of 1 tool call is reached: answering with what there is." in done.stderr
    assert "going on with claude-sonnet-5-5 (Anthropic)" in done.stderr


def test_a_limit_on_money_counts_by_the_list(server: ModelServer):
    settings(limits={"dollars": 0.000001})
    call = Reply(calls=(Call("calculate", {"expression": "1+1"}),), input_tokens=1_000_000)
    server.say(call, Reply("Two."))
    done = dexter("-m", "openai:gpt-4o", "-p", "1+1?", environment=environment(server))
    assert done.stdout == "Two.\n"
    assert "The limit of 1e-06 US dollars is reached" in done.stderr


def test_a_second_model_that_there_is_not_is_told_and_the_question_asked(server: ModelServer):
    settings(fallbackModel="nobody:at-all")
    server.say(Reply("Here."))
    done = dexter("-m", "openai:demo", "-p", "Anybody?", environment=environment(server))
    assert (done.returncode, done.stdout) == (0, "Here.\n")
    assert '"fallbackModel" in the settings is not used' in done.stderr
