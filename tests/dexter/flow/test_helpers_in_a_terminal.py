"""Helpers, skills and standing rules as a person meets them, in a pseudo-terminal."""

import json
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import Call, ModelServer, Reply
from tests.support.servers.asked import Asked
from tests.support.servers.replies import Scripted
from tests.support.sessions import dexter
from tests.support.terminal import CTRL_C, CTRL_D, Terminal, program

pytestmark = pytest.mark.terminal

TASKS = ["Margins of Apple in fiscal 2024, in percent", "Margins of Microsoft"]


class Model:
    """A model that hands out two tasks; its helpers wait in the middle until they are let go."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def __call__(self, asked: Asked) -> Scripted:
        """The reply to what is asked."""
        if asked.query not in TASKS:
            call = Call("research", {"tasks": TASKS})
            return Reply("Both are *high*.") if asked.results else Reply(calls=(call,), output_tokens=980)
        if not asked.results:
            return Reply(calls=(Call("calculate", {"expression": "6*7"}),), input_tokens=1200)
        self.go_on.wait(60)
        return Reply("42 percent.")


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def with_model(model: Model, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    with ModelServer(answering=model) as server:
        yield ["--model", f"openai:test-model@{server.base_url}"]
        model.go_on.set()


@pytest.mark.parametrize("columns", [80, 200])
def test_helpers_are_a_tree_that_changes_in_place_and_stays_when_they_have_ended(
    model: Model, with_model: list[str], columns: int
):
    with Terminal(with_model, columns=columns, rows=30) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("Compare their margins")
        chat.wait_for(lambda: sum("thinking · 1 call · 1,210 tokens" in line for line in chat.lines()) == 2)
        shown = chat.lines()
        first = next(number for number, line in enumerate(shown) if line.startswith("  ├"))
        assert shown[first - 1].startswith("  research(2 tasks) ")
        assert shown[first].startswith(f"  ├   {TASKS[0][:30]}")
        assert (TASKS[0] in shown[first]) == (columns == 200)
        assert shown[first + 1].startswith(f"  └   {TASKS[1]}: thinking")
        assert all(len(line) <= columns for line in shown)
        model.go_on.set()
        chat.wait_for("commit ")
        text = chat.text()
        assert text.count("├") == text.count("└") == 1
        assert re.search(r"\* research\(2 tasks\) -> 2 of 2 answered", text)
        assert re.search(rf"  ├ \* {re.escape(TASKS[0])} · 1 call · 1,240 tokens\n", text)
        assert "Both are high." in text
        # 20 and 980 and 20 and 10 of the one who asked, and 1,240 of each helper
        assert "3,510 tokens" in text
        chat.type(CTRL_D)
        chat.wait_for("Resume with:")


def test_ctrl_c_leaves_what_the_helpers_had_found_on_the_screen_and_in_the_session(with_model: list[str]):
    with Terminal(with_model) as chat:
        chat.wait_for("ask, or /help")
        session_id = chat.session_id()
        chat.enter("Compare their margins")
        chat.wait_for(lambda: sum("thinking · 1 call · 1,210 tokens" in line for line in chat.lines()) == 2)
        chat.type(CTRL_C)
        chat.wait_for("Interrupted.")
        chat.wait_for("commit ")
        assert f"! research(2 tasks)\n  ├ ! {TASKS[0][:20]}" in chat.text()
        assert f"  └ ! {TASKS[1]}: ended before it was done · 1 call" in chat.text()
        chat.type(CTRL_D)
        chat.wait_for("Resume with:")
    steps = Path(f".dexter/sessions/cli/{session_id}/steps")
    lines = [json.loads(line) for path in steps.rglob("*.jsonl") for line in path.read_text().splitlines()]
    result = next(line["result"] for line in lines if line.get("name") == "research")
    tasks = json.loads(result)["tasks"]
    assert [task["status"] for task in tasks] == ["interrupted", "interrupted"]
    assert all("42" in task["found"] for task in tasks)
    helped = [line["helper"]["number"] for line in lines if line.get("name") == "calculate"]
    assert helped == [1, 2]


def test_after_a_kill_the_session_shows_what_the_helpers_had_found_as_theirs(with_model: list[str]):
    with Terminal(with_model) as chat:
        chat.wait_for("ask, or /help")
        session_id = chat.session_id()
        chat.enter("Compare their margins")
        chat.wait_for(lambda: sum("thinking · 1 call · 1,210 tokens" in line for line in chat.lines()) == 2)
        chat.kill(signal.SIGKILL)
    shown = dexter("sessions", "show", session_id, home=Path(".dexter")).stdout.splitlines()
    at = shown.index("> Compare their margins") + 2
    assert shown[at].startswith("  * research(tasks=['Margins of Apple")
    assert shown[at].endswith("failed -> [interrupted: no result]")
    for number in (1, 2):
        assert shown[at + number].startswith(f"      helper {number}: calculate(expression=6*7) -> ")
        assert "42" in shown[at + number]
    with Terminal(["--session", session_id, *with_model]) as chat:
        chat.wait_for("Interrupted.")
        chat.type(CTRL_D)
        chat.wait_for("Resume with:")


def test_without_cursor_movement_helpers_are_plain_lines(model: Model, with_model: list[str]):
    model.go_on.set()
    with Terminal(with_model, environment={"TERM": "dumb"}) as chat:
        chat.wait_for("Model: ")
        chat.enter("Compare their margins")
        chat.wait_for("commit ")
        text = chat.text()
        assert f"  1. {TASKS[0]}\n" in text
        assert f"  2. {TASKS[1]}\n" in text
        assert text.count("* 1 call · 1,240 tokens") == 2
        assert "├" not in text


def test_rules_and_skills_are_shown_and_told_and_what_is_broken_costs_a_line(
    with_model: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name, text in {"own": "---\nname: own\ndescription: My way.\n---\nDo it.", "bad": "nothing"}.items():
        path = Path(".dexter/skills") / name / "SKILL.md"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    with Terminal(with_model, columns=200) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("/rules")
        chat.wait_for("There are no standing rules.")
        Path(".dexter/RULES.md").write_text("- Amounts in EUR.\n")
        chat.enter("/rules")
        chat.wait_for("- Amounts in EUR.")
        chat.enter("/skills")
        chat.wait_for("own (this home): My way.")
        assert "dcf (built in): " in chat.text()
        assert "bad/SKILL.md is left out, because it does not begin with front matter" in chat.text()
        chat.type(CTRL_D)


def test_print_tells_the_model_rules_and_skills_and_the_user_what_is_broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    bad = Path(".dexter/skills/bad/SKILL.md")
    bad.parent.mkdir(parents=True)
    bad.write_text("nothing")
    Path(".dexter/RULES.md").write_text("- Amounts in EUR.\n")
    script = [Reply(calls=(Call("skill", {"name": "dcf"}),)), Reply("Done.")]
    with ModelServer(script) as server:
        command = [*program(), "--model", f"openai:test-model@{server.base_url}", "--print", "Value Acme"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "Done.\n"
    assert done.stderr.count("bad/SKILL.md is left out") == 1
    system = server.bodies[0]["messages"][0]["content"]
    assert "<rules>\n- Amounts in EUR.\n</rules>" in system
    assert "- dcf: Value a company by discounting" in system
    assert "# Value from discounted cash flows" in server.bodies[1]["messages"][-1]["content"]
