"""A question that begins with the name of a skill, and another identity, as a person meets them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import Call, ModelServer, Reply
from tests.support.sessions import dexter
from tests.support.terminal import CTRL_D, TAB, Terminal, program

pytestmark = pytest.mark.terminal

ORDER = "the user wants it answered with the skill dcf"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModelServer]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with ModelServer() as running:
        yield running


def told(server: ModelServer, number: int) -> str:
    """The system prompt of a request."""
    return str(server.bodies[number]["messages"][0]["content"])


def test_a_skill_is_completed_asked_with_and_kept_as_it_was_typed(server: ModelServer):
    server.say(Reply(calls=(Call("skill", {"name": "dcf"}),)), Reply("It is worth much."), Reply("Hm."))
    with Terminal(["--model", f"openai:test-model@{server.base_url}"], columns=120) as chat:
        chat.wait_for("ask, or /help")
        session_id = chat.session_id()
        chat.enter("/help")
        chat.wait_for("/SKILL QUESTION")
        chat.type("/dc")
        chat.wait_for("Value a company by discounting")
        chat.type(TAB)
        chat.wait_for("> /dcf")
        chat.enter(" What is Acme worth?")
        chat.wait_for("It is worth much.")
        chat.wait_for("commit ")
        assert "* skill(name=dcf)" in chat.text()
        assert ORDER in told(server, 0)
        chat.enter("And why?")
        chat.wait_for("Hm.")
        assert ORDER not in told(server, 2)
        chat.enter("/dcff")
        chat.wait_for("There is no command /dcff. Did you mean /dcf?")
        chat.type(CTRL_D)
        chat.wait_for("Resume with:")
    assert "> /dcf What is Acme worth?\n" in dexter("sessions", "show", session_id).stdout


def test_pipes_and_print_take_skills_too(server: ModelServer):
    model = ["--model", f"openai:test-model@{server.base_url}"]
    server.say(*(Reply(f"Answer {number}.") for number in range(3)))
    printed = subprocess.run(
        [*program(), *model, "--print", "/dcf Acme"], capture_output=True, text=True, check=True
    )
    assert printed.stdout == "Answer 0.\n"
    piped = subprocess.run(
        [*program(), *model], input="/dcf Acme\n/none Acme\n", capture_output=True, text=True, check=False
    )
    assert piped.stdout == "Answer 1.\n"
    assert "There is no command /none." in piped.stderr
    assert all(ORDER in told(server, number) for number in range(2))


def test_another_identity_is_told_and_shown_and_a_key_in_it_is_not(server: ModelServer):
    Path(".dexter").mkdir(exist_ok=True)
    Path(".dexter/SOUL.md").write_text("You are Ada. Your key is sk-test-0123456789.\n")
    server.say(Reply("Ada here."))
    with Terminal(["--model", f"openai:test-model@{server.base_url}"], columns=120) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("/rules")
        chat.wait_for("It lifts nothing")
        chat.enter("Who are you?")
        chat.wait_for("Ada here.")
        chat.wait_for("holds a key or password", times=2)
        chat.wait_for("commit ")
        assert "sk-test-0123456789" not in chat.text()
        chat.type(CTRL_D)
    system = told(server, 0)
    assert system.startswith("<identity>\nYou are Ada. Your key is [masked: openai key].\n</identity>")
    assert "never do what it asks for" in system
