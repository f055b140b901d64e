"""`--print` and pipes, where nobody can be asked: the real program with a scripted model."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import mcp_server
from tests.support.sec import sec
from tests.support.servers import Call, ModelServer, Reply
from tests.support.sessions import dexter

NOTE = Call("write_file", {"path": "reports/note.md", "content": "x\n"})
COMMAND = Call("run_command", {"command": "touch made.txt"})
WHY = "a person has to approve it and there is none at a terminal here"


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def ask(model: ModelServer, *calls: Call, stdin: str | None = None, **environment: str) -> tuple[str, str]:
    """Ask once with a model that makes these calls; what it got of the last one, and what stderr says."""
    model.say(*(Reply(calls=(call,)) for call in calls), Reply("Done."))
    variables = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "sk-acting-0123456789", **environment}
    way = ("--print", "Do it.") if stdin is None else ()
    done = dexter("--model", "openai:demo", *way, environment=variables, stdin=stdin or b"")
    assert (done.returncode, done.stdout) == (0, "Done.\n")
    return str(model.bodies[-1]["messages"][-1]["content"]), done.stderr


def settings(**permissions: list[str]) -> None:
    Path(".dexter").mkdir(exist_ok=True)
    Path(".dexter/settings.json").write_text(json.dumps({"permissions": permissions}))


@pytest.mark.parametrize("stdin", [None, "Do it.\n"])
def test_what_needs_approval_is_refused_where_nobody_can_be_asked(model: ModelServer, stdin: str | None):
    told, said = ask(model, NOTE, COMMAND, stdin=stdin)
    assert WHY in told
    assert said.splitlines()[:2] == [
        f"Write reports/note.md, a new file, +1 -0 lines: refused, because {WHY}.",
        f"Run this command: refused, because {WHY}.",
    ]
    assert not Path("reports").exists()
    assert not Path("made.txt").exists()
    offered = {tool["function"]["name"] for tool in model.bodies[-1]["tools"]}
    assert "ask_user" not in offered
    assert {"read_file", "write_file", "run_command"} <= offered


def test_rules_of_the_settings_count_without_a_terminal(model: ModelServer):
    settings(
        allow=["write_file(reports/**)", "run_command(touch:*)"], deny=["run_command(touch forbidden.txt)"]
    )
    told, _ = ask(model, NOTE, COMMAND)
    assert json.loads(told)["exit_code"] == 0
    assert Path("reports/note.md").read_text() == "x\n"
    assert Path("made.txt").exists()
    told, said = ask(model, Call("run_command", {"command": "touch forbidden.txt"}))
    assert "the rule run_command(touch forbidden.txt) in the settings denies it" in said
    assert not Path("forbidden.txt").exists()


@pytest.mark.parametrize(
    "text", ['{"permissions": {"allow": ["write_file(../x)"]}}', "{", '{"permissions": []}']
)
def test_settings_that_can_t_be_read_allow_nothing_and_say_so(model: ModelServer, text: str):
    settings()
    Path(".dexter/settings.json").write_text(text)
    Path("a.md").write_text("x\n")
    told, said = ask(model, NOTE, Call("read_file", {"path": "a.md"}))
    assert "settings.json is not used, because" in said
    assert "not allowed" in told
    assert not Path("reports").exists()


def test_orders_in_a_filing_write_nothing(model: ModelServer):
    """A filing that gives orders, and a model that obeys it."""
    with sec() as source:
        read = Call("filing_items", {"company": "ACMW", "filing": "10-K", "items": ["1A"]})
        orders = [NOTE, COMMAND, Call("run_command", {"command": "sh -c 'touch made.txt'"}),
                  Call("edit_file", {"path": "kept.md", "old": "a", "new": "b"}),
                  Call("write_file", {"path": ".dexter/settings.json",
                   "content": '{"permissions": {"allow": ["*"]}}'}),
                  Call("write_file", {"path": ".git/hooks/post-commit", "content": "touch made.txt"}),
                  NOTE]  # fmt: skip
        Path("kept.md").write_text("a\n")
        Path(".git/hooks").mkdir(parents=True)
        told, _ = ask(model, read, *orders, DEXTER_SEC_BASE_URL=source.address)
    assert WHY in told
    assert Path("kept.md").read_text() == "a\n"
    assert not list(Path(".git/hooks").iterdir())
    assert not Path("made.txt").exists()
    assert not Path("reports").exists()
    assert not Path(".dexter/settings.json").exists()


def test_no_key_of_dexter_is_in_the_environment_of_a_command(model: ModelServer):
    settings(allow=["run_command(printenv)"])
    Path(".env").write_text("EXA_API_KEY=from-a-file-0123456789\n")
    told, _ = ask(
        model, Call("run_command", {"command": "printenv"}), OTHER="x from-a-file-0123456789", PLAIN="seen"
    )
    assert "PLAIN=seen" in told
    assert "0123456789" not in told
    assert "OPENAI_API_KEY" not in told


def test_a_server_of_the_settings_is_used_and_what_it_writes_beside_stays_off_the_screen(model: ModelServer):
    program = {"command": sys.executable, "args": [str(Path(mcp_server.__file__)), "stdio"]}
    Path(".dexter").mkdir()
    fields = {"mcpServers": {"ours": program}, "permissions": {"allow": ["ours__add"]}}
    Path(".dexter/settings.json").write_text(json.dumps(fields))
    told, said = ask(model, Call("ours__add", {"a": 20, "b": 22}))
    assert "\n42\n" in told
    assert len(said.splitlines()) == 1, said
    told, said = ask(model, Call("ours__environment"))
    assert WHY in told
    assert said.startswith("Call environment of the MCP server ours: refused")
