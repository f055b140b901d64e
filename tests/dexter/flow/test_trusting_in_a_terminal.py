"""A folder of somebody else's whose settings let tools act: the person is asked before anything does."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.servers import Call, ModelServer, Reply
from tests.support.sessions import dexter
from tests.support.terminal import ESCAPE, Terminal

pytestmark = pytest.mark.terminal

NOTE = Call("write_file", {"path": "reports/note.md", "content": "x\n"})
QUESTION = "Is this folder yours, and may they do that?"


@pytest.fixture(autouse=True)
def settings() -> None:
    """Settings that start a program and allow a write."""
    Path(".dexter").mkdir()
    started = [sys.executable, "-c", "open('started', 'w').close()"]
    fields = {
        "permissions": {"allow": ["write_file(reports/**)"], "deny": ["run_command"]},
        "mcpServers": {"mine": {"command": started[0], "args": started[1:]}},
    }
    Path(".dexter/settings.json").write_text(json.dumps(fields))


@contextmanager
def chat(*replies: Reply, **environment: str) -> Iterator[Terminal]:
    with ModelServer(replies) as server:
        variables = {"OPENAI_API_KEY": "sk-test-0123456789", **environment}
        arguments = ["--model", f"openai:test-model@{server.base_url}"]
        with Terminal(arguments, columns=120, environment=variables) as terminal:
            yield terminal


def leave(terminal: Terminal) -> None:
    terminal.enter("exit")
    assert terminal.wait_for_end() == 0


@pytest.mark.parametrize("keys", ["\r", ESCAPE])
def test_a_hasty_key_is_no_and_nothing_acts_by_itself(keys: str):
    with chat(Reply(calls=(NOTE,)), Reply("Done.")) as terminal:
        terminal.wait_for(QUESTION)
        assert "allow write_file(reports/**)" in terminal.text()
        assert f"start {sys.executable} -c open(" in terminal.text()
        terminal.type(keys)
        terminal.wait_for("is left out of this chat")
        terminal.enter("Do it.")
        terminal.wait_for("? Write reports/note.md")
        terminal.wait_for("Enter answers")
        terminal.type("\r")
        terminal.wait_for("commit ")
        leave(terminal)
    assert not Path("started").exists()
    assert not Path("reports").exists()


def test_a_yes_holds_until_the_settings_are_something_else():
    with chat(Reply(calls=(NOTE,)), Reply("Done.")) as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("Yes\r")
        terminal.enter("Do it.")
        terminal.wait_for("commit ")
        assert "? Write" not in terminal.text()
        leave(terminal)
    assert Path("started").exists()
    assert Path("reports/note.md").exists()
    with chat() as terminal:
        terminal.wait_for("ask, or /help")
        assert QUESTION not in terminal.text()
        leave(terminal)
    file = Path(".dexter/settings.json")
    fields = json.loads(file.read_text())
    fields["permissions"]["allow"].append("run_command(curl:*)")
    file.write_text(json.dumps(fields))
    with chat() as terminal:
        terminal.wait_for(QUESTION)
        assert "allow run_command(curl:*)" in terminal.text()
        terminal.type(ESCAPE)
        terminal.wait_for("is left out of this chat")
        leave(terminal)


def test_a_terminal_without_cursor_movement_asks_in_lines():
    with chat(TERM="dumb") as terminal:
        terminal.wait_for(QUESTION)
        terminal.enter("")
        terminal.wait_for("is left out of this chat")
        leave(terminal)


def test_who_runs_it_in_a_script_has_said_so():
    with ModelServer([Reply(calls=(NOTE,)), Reply("Done.")]) as server:
        model = ("--model", f"openai:test-model@{server.base_url}")
        done = dexter("--print", "Do it.", *model, environment={"OPENAI_API_KEY": "sk-test-0123456789"})
    assert done.returncode == 0
    assert Path("reports/note.md").exists()
