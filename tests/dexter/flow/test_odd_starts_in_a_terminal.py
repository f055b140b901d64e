"""Chats that begin in odd ways: narrow, dumb, without colours, into files, with nowhere to store anything."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.servers.echo import token_of
from tests.support.terminal import CTRL_D, Terminal, program

pytestmark = pytest.mark.terminal

SLOW = "pause:0.05 words:400"


def history(session_id: str) -> list[dict[str, object]]:
    path = Path(f".dexter/sessions/cli/{session_id}/history.jsonl")
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_the_offline_model_answers_on_twenty_columns_without_colour(without_key: None):
    with Terminal(columns=20, rows=12, environment={"NO_COLOR": "1"}) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("What is 1+1?")
        chat.wait_for("commit ")
        assert "2" in chat.text()
        chat.enter("/help")
        chat.wait_for("its turn.")
        chat.enter("exit")
        assert chat.wait_for_end() == 0
        assert all(len(line) <= 20 for line in chat.everything())
    colours = re.findall(r"\x1b\[[0-9;]*?\b(?:3[0-7]|9[0-7]|4[0-7]|38|48)\b[0-9;]*m", chat.raw)
    assert colours == []


def test_a_dumb_terminal_gets_plain_lines(without_key: None):
    with Terminal(environment={"TERM": "dumb"}) as chat:
        chat.wait_for("\n>")
        chat.enter("What is 1+1?")
        chat.wait_for("commit ")
        chat.enter("/hlp")
        chat.wait_for("Did you mean /help?")
        chat.enter("exit")
        assert chat.wait_for_end() == 0
        assert "Resume with: dexter --session " in chat.text()
    assert "\x1b" not in chat.raw


def test_a_paste_of_several_lines_is_one_query_without_control_characters(with_model: list[str]):
    with Terminal(with_model) as chat:
        chat.wait_for("ask, or /help")
        chat.paste("first line\r\nsecond\x1b[2J line\x07")
        chat.wait_for("second")
        chat.type("\x1b\rthird\\\r")
        chat.enter("fourth")
        chat.wait_for("commit ")
        session_id = chat.session_id()
        chat.type(CTRL_D)
        chat.wait_for_end()
    (exchange,) = history(session_id)
    assert exchange["query"] == "first line\nsecond line\u2407\nthird\nfourth"


def test_a_chat_without_a_session_writes_nothing(with_model: list[str]):
    with Terminal([*with_model, "--no-session"]) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("not to be kept")
        chat.wait_for("not stored", times=2)
        chat.enter("exit")
        assert chat.wait_for_end() == 0
        assert "Resume with" not in chat.text()
    assert not Path(".dexter").exists()


def test_a_data_directory_that_is_a_file_is_said_and_the_chat_goes_on(with_model: list[str]):
    Path(".dexter").write_text("mine")
    with Terminal(with_model) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("a question")
        chat.wait_for("The query was not asked: The data directory")
        chat.enter("/help")
        chat.wait_for("waits for its turn.")
        chat.enter("exit")
        assert chat.wait_for_end() == 0
    assert Path(".dexter").read_text() == "mine"


def test_wrong_starts_end_with_a_sentence_and_the_right_code(with_model: list[str]):
    for arguments, code, said in (
        (["--session", "zzzzzzzz"], 1, 'Error: Session "zzzzzzzz" not found.'),
        (["--continue"], 1, "no session to continue"),
        (["--model", "nobody:nothing"], 1, 'There is no provider "nobody".'),
    ):
        with Terminal(arguments) as chat:
            assert chat.wait_for_end() == code
            assert said in chat.text()
    done = subprocess.run(
        [*program(), "--resume"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--session" in done.stderr


def test_answers_that_go_into_a_file_are_plain_and_a_reader_who_leaves_loses_nothing(with_model: list[str]):
    script = f"{' '.join([*program(), *with_model])}"
    with Terminal(columns=200, command=["sh", "-c", f"{script} > out.txt"]) as chat:
        chat.wait_for(">")
        chat.enter("what of it?")
        chat.wait_for(">", times=2)
        chat.enter("exit")
        assert chat.wait_for_end() == 0
    written = Path("out.txt").read_text()
    assert token_of("what of it?") in written
    assert "\x1b" not in written
    with Terminal(columns=200, command=["sh", "-c", f"{script} | head -n 1 > first.txt"]) as chat:
        chat.wait_for(">")
        chat.enter("still saved?")
        chat.enter("exit")
        chat.wait_for_end()
        assert "Traceback" not in chat.text()
    session_id = Path("first.txt").read_text().removeprefix("Session: ").strip()
    assert [exchange["query"] for exchange in history(session_id)] == ["still saved?"]
