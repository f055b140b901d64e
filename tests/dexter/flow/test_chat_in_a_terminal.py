"""The program as a person meets it: in a pseudo-terminal, with a model server on the loopback."""

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.servers.echo import token_of
from tests.support.servers.process import Serving
from tests.support.terminal import CTRL_C, CTRL_D, TAB, UP, Terminal, program

pytestmark = pytest.mark.terminal

SLOW = "pause:0.05 words:400"


def history(session_id: str) -> list[dict[str, object]]:
    path = Path(f".dexter/sessions/cli/{session_id}/history.jsonl")
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def git(*arguments: str) -> str:
    command = ["git", "-C", ".dexter/sessions", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_first_chat_shows_banner_answer_and_commit_and_the_next_one_goes_on_with_it(with_model: list[str]):
    with Terminal(with_model) as chat:
        chat.wait_for("ask, or /help")
        session_id = chat.session_id()
        assert chat.lines()[:2] == [f"Session: {session_id}", "Model: test-model (OpenAI)"]
        assert not Path(".dexter/sessions").exists()
        chat.enter("compare use:tool A and B")
        chat.wait_for("commit ")
        shown = chat.text()
        assert "> compare use:tool A and B" in shown
        assert re.search(r"^\* calculate\(expression=.*\) -> ", shown, re.MULTILINE)
        assert token_of("compare use:tool A and B") in shown
        assert re.search(
            r"^\d+\.\d s · [\d,]+ tokens \([\d,]+ in, [\d,]+ out\) · commit [0-9a-f]{8}$", shown, re.MULTILINE
        )
        chat.enter("exit")
        assert chat.wait_for_end() == 0
        assert chat.lines()[-1] == f"Resume with: dexter --session {session_id}"
    assert [exchange["status"] for exchange in history(session_id)] == ["complete"]
    assert git("status", "--porcelain") == ""
    git("fsck", "--full", "--strict")

    with Terminal(["--session", session_id, *with_model]) as chat:
        chat.wait_for(token_of("compare use:tool A and B"))
        # What is printed above the prompt takes it away for a moment.
        chat.wait_for(lambda: "> ask, or /help" in chat.text().partition("> compare use:tool A and B")[2])
        assert f"Session: {session_id} (resumed, 1 exchange)" in chat.text()
        chat.type(UP)
        chat.wait_for("> compare use:tool A and B", times=2)
        chat.type(CTRL_C)
        chat.enter("and the second one?")
        chat.wait_for(token_of("and the second one?"))
        chat.wait_for("commit ")
        chat.type(CTRL_D)
        assert chat.wait_for_end() == 0
    assert [exchange["query"] for exchange in history(session_id)][1] == "and the second one?"
    typed = json.loads(Path(".dexter/messages/chat_history.json").read_bytes())["messages"]
    assert [message["userMessage"] for message in typed] == [
        "and the second one?",
        "compare use:tool A and B",
    ]
    assert token_of("and the second one?") in typed[0]["agentResponse"]


def test_a_long_answer_is_in_the_scrollback_once_although_the_window_changes(with_model: list[str]):
    with Terminal(with_model, columns=60, rows=20) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("story pause:0.005 words:300")
        chat.wait_for("word40")
        chat.resize(110, 20)
        chat.wait_for("commit ")
        words = re.findall(r"\bword\d+\b", chat.text())
        assert words[-1] == f"word{len(words) - 1}"
        assert words == [f"word{number}" for number in range(len(words))]
        assert len(chat.raw) < 400_000
        chat.type(CTRL_D)
        chat.wait_for_end()


def test_ctrl_c_cancels_the_query_that_runs_and_the_one_that_waits_is_asked(with_model: list[str]):
    with Terminal(with_model) as chat:
        chat.wait_for("ask, or /help")
        chat.enter(f"slow {SLOW}")
        chat.wait_for("word3")
        chat.enter("quick one")
        chat.wait_for("next: quick one")
        chat.type(CTRL_C)
        chat.wait_for("Interrupted.")
        chat.wait_for(token_of("quick one"))
        chat.wait_for("commit ", times=2)
        chat.type("half a query")
        chat.wait_for("> half a query")
        chat.type(CTRL_C)
        chat.wait_for(lambda: "> half a query" not in chat.text())
        chat.type(CTRL_C)
        chat.wait_for("Press Ctrl+C again to leave.")
        chat.type(CTRL_C)
        assert chat.wait_for_end() == 0
        session_id = chat.session_id()
    first, second = history(session_id)
    assert first["status"] == "interrupted"
    assert "word3" in str(first["answer"])
    assert second["status"] == "complete"
    assert second["parentId"] == first["id"]


def test_slash_commands_are_completed_answered_and_never_sent_to_the_model(with_model: list[str]):
    with Terminal(with_model, rows=40) as chat:
        chat.wait_for("ask, or /help")
        chat.type("/")
        chat.wait_for("/rename")
        chat.type("sta" + TAB)
        chat.wait_for("> /status")
        chat.enter("")
        chat.wait_for("not stored yet")
        chat.enter("/hepl")
        chat.wait_for("There is no command /hepl. Did you mean /help?")
        chat.enter("/help")
        chat.wait_for("what comes too late for that waits for its turn.")
        chat.enter("/rename Growth of A")
        chat.wait_for("is now called Growth of A.")
        chat.enter("a question")
        chat.wait_for("commit ")
        chat.enter("/history")
        chat.wait_for("a question", times=3)
        chat.enter("/export notes.md")
        chat.wait_for("Written to")
        chat.enter("/export notes.pdf")
        chat.wait_for("name the file so")
        chat.enter("/export notes.md")
        chat.wait_for("was left as it is")
        chat.enter("/export html")
        chat.wait_for("Written to", times=2)
        first = chat.session_id()
        chat.enter("/new")
        chat.wait_for(f"/resume {first}")
        chat.enter("/resume " + first[:6])
        chat.wait_for(f"Session: {first} (resumed, 1 exchange)")
        chat.enter("/quit")
        assert chat.wait_for_end() == 0
        assert chat.lines()[-1] == f"Resume with: dexter --session {first}"
    assert [exchange["query"] for exchange in history(first)] == ["a question"]
    assert Path("notes.md").read_text().startswith("# Growth of A\n")
    assert not Path("notes.pdf").exists()
    assert Path(f"dexter-{first}.html").read_text().startswith("<!DOCTYPE html>")
    assert len(list(Path(".dexter/sessions/cli").iterdir())) == 1


def test_status_shows_tokens_cost_and_what_takes_how_much_of_the_window(with_model: list[str]):
    with Terminal(with_model, rows=40) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("What was the revenue of Nvidia in 2024?")
        chat.wait_for("commit ")
        chat.enter("/status")
        chat.wait_for("  free ")
        lines = [line.rstrip() for line in chat.lines()]
        assert any(line.startswith("Tokens:") for line in lines)
        assert "Cost:      not known: no list price, or no count of tokens" in lines
        begin = next(number for number, line in enumerate(lines) if line.startswith("Window of "))
        names = ["prompt", "tools", "recalled", "history", "results", "free"]
        assert [line.split()[0] for line in lines[begin + 1 : begin + 7]] == names
        first = chat.session_id()
        chat.enter("/new")
        chat.wait_for(f"/resume {first}")
        chat.enter("How did Nvidia revenue grow since 2024?")
        chat.wait_for(f"Recalled: 1 exchange from {first} (")
        chat.wait_for("commit ", times=2)
        chat.enter("/status")
        chat.wait_for("with the last query")
        chat.enter("/quit")
        assert chat.wait_for_end() == 0


def test_the_picker_finds_a_session_by_a_word_of_its_question(with_model: list[str]):
    for question in ("the growth of apples", "the price of pears"):
        subprocess.run([*program(), "--print", question, *with_model], check=True, capture_output=True)
    with Terminal(["--resume", *with_model]) as chat:
        chat.wait_for("2 of 2")
        chat.type("aples")
        chat.wait_for("1 of 2")
        chat.enter("")
        chat.wait_for("(resumed, 1 exchange)")
        chat.wait_for("> the growth of apples")
        chat.type(CTRL_D)
        chat.wait_for_end()
    with Terminal(["--resume", *with_model]) as chat:
        chat.wait_for("2 of 2")
        chat.type("\x1b")
        assert chat.wait_for_end() == 0


def test_a_chat_killed_in_the_middle_of_an_answer_is_found_interrupted_by_the_next(with_model: list[str]):
    with Terminal(with_model) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("the first")
        chat.wait_for("commit ")
        chat.enter(f"the second {SLOW}")
        chat.wait_for("word30")
        session_id = chat.session_id()
        chat.kill(signal.SIGKILL)
        chat.wait_for_end()
    with Terminal(["--session", session_id, *with_model]) as chat:
        chat.wait_for("Recovered in session")
        chat.wait_for("Interrupted.")
        chat.wait_for("word10")
        assert chat.text().count("Recovered in session") == 1
        chat.type(CTRL_D)
        chat.wait_for_end()
    assert [exchange["status"] for exchange in history(session_id)] == ["complete", "interrupted"]
    assert "Action: recovered" in git("log", "--format=%B")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_saves_what_was_answered_so_far(with_model: list[str], number: signal.Signals):
    with Terminal(with_model) as chat:
        chat.wait_for("ask, or /help")
        chat.enter(f"slow {SLOW}")
        chat.wait_for("word5")
        chat.kill(number)
        assert chat.wait_for_end() == 128 + number
        session_id = chat.session_id()
    assert [exchange["status"] for exchange in history(session_id)] == ["interrupted"]


def test_leaving_without_a_query_leaves_nothing_of_a_session(without_key: None):
    with Terminal() as chat:
        chat.wait_for("ask, or /help")
        assert "Model: offline (built-in)" in chat.text()
        chat.type(CTRL_D)
        assert chat.wait_for_end() == 0
        assert "Resume with" not in chat.text()
    assert not Path(".dexter").exists()


def test_two_chats_in_one_session_tell_each_other(with_model: list[str]):
    with Terminal(with_model) as one:
        one.wait_for("ask, or /help")
        one.enter("from the one")
        one.wait_for("commit ")
        session_id = one.session_id()
        with Terminal(["--session", session_id, *with_model]) as other:
            other.wait_for("ask, or /help")
            other.enter("from the other")
            other.wait_for("commit ")
            other.type(CTRL_D)
            other.wait_for_end()
        one.enter("from the one again")
        one.wait_for("Another chat has added 1 exchange to this session")
        one.type(CTRL_D)
        one.wait_for_end()
    assert len(history(session_id)) == 3


def test_a_model_is_chosen_with_its_key_in_the_chat_and_remembered(server: Serving, without_key: None):
    with Terminal() as chat:
        chat.wait_for("Model: offline (built-in)")
        chat.enter("/model")
        chat.wait_for("Who shall answer?")
        chat.type("anthropic")
        chat.wait_for("1 of ")
        chat.enter("")
        chat.wait_for("Which model of Anthropic?")
        chat.enter("")
        chat.wait_for("Anthropic needs a key")
        chat.type("sk-ant-0123456789")
        chat.wait_for("*****************")
        chat.enter("")
        chat.wait_for("Stored as ANTHROPIC_API_KEY")
        chat.enter(f"/model openai:other-model@{server.base_url}")
        chat.wait_for("Model: other-model (OpenAI)")
        chat.enter("who answers?")
        chat.wait_for("commit ")
        session_id = chat.session_id()
        chat.enter("/model nobody:nothing")
        chat.wait_for('There is no provider "nobody".')
        chat.type(CTRL_D)
        chat.wait_for_end()
        assert "sk-ant" not in chat.raw
    assert Path(".env").stat().st_mode & 0o777 == 0o600
    assert "ANTHROPIC_API_KEY=sk-ant-0123456789" in Path(".env").read_text()
    assert json.loads(Path(".dexter/settings.json").read_text())["model"] == "other-model"
    assert history(session_id)[0]["model"] == "other-model"


def test_a_rewind_and_a_fork_go_on_from_an_earlier_exchange(with_model: list[str]):
    with Terminal(with_model, rows=40) as chat:
        chat.wait_for("ask, or /help")
        first = chat.session_id()
        for number, query in enumerate(("one", "two"), 1):
            chat.enter(query)
            chat.wait_for("commit ", times=number)
        chat.enter("/rewind 1")
        chat.wait_for("The next query follows exchange 1: one")
        chat.enter("three")
        chat.wait_for("commit ", times=3)
        chat.enter("/fork 1")
        chat.wait_for(f"with /resume {first}")
        chat.enter("four")
        chat.wait_for("commit ", times=4)
        chat.enter("/fork 9")
        chat.wait_for("Say which exchange, 1 to 2")
        chat.enter("exit")
        assert chat.wait_for_end() == 0
        second = chat.lines()[-1].removeprefix("Resume with: dexter --session ")
    assert second != first
    one, two, three = history(first)
    assert (two["parentId"], three["parentId"]) == (one["id"], one["id"])
    assert [exchange["query"] for exchange in history(second)] == ["one", "four"]
    actions = git("log", "--format=%(trailers:key=Action,valueonly,separator=)").split()
    assert actions == ["exchange", "forked", "exchange", "rewound", "exchange", "exchange", "created"]
    git("fsck", "--full", "--strict")
