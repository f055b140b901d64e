"""Queries from a pipe: the real program without a terminal."""

import json
from pathlib import Path

import pytest

from tests.support.servers import Fail, ModelServer, Reply
from tests.support.sessions import dexter


def stored_queries() -> list[str]:
    """The queries of all exchanges, in order."""
    lines = [
        json.loads(line)
        for history in (Path.cwd() / ".dexter/sessions/cli").glob("*/history.jsonl")
        for line in history.read_text().splitlines()
    ]
    return [line["query"] for line in sorted(lines, key=lambda line: line["id"])]


def test_each_line_is_a_query_and_the_answers_are_plain_and_in_order():
    done = dexter(stdin=b"What is 1+1?\n\n  \nWhat is 20*3?\r\nand plus 7?")
    assert done.returncode == 0
    first, second, third = (done.stdout.find(f"**{number}**") for number in (2, 60, 67))
    assert 0 <= first < second < third
    assert stored_queries() == ["What is 1+1?", "What is 20*3?", "and plus 7?"]
    session = next((Path.cwd() / ".dexter/sessions/cli").iterdir()).name
    assert done.stderr == f"Resume with: dexter --session {session}\n"


@pytest.mark.parametrize("word", ["exit", "quit", "/exit", "/quit"])
def test_a_word_to_leave_ends_it(word: str):
    done = dexter(stdin=f"What is 1+1?\n{word}\nWhat is 2+2?\n".encode())
    assert done.returncode == 0
    assert stored_queries() == ["What is 1+1?"]


def test_no_query_leaves_nothing_behind():
    done = dexter(stdin=b"\n\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (Path.cwd() / ".dexter").exists()


def test_a_failing_query_does_not_keep_the_next_from_being_asked_and_the_exit_code_tells():
    with ModelServer([Fail(400, "no"), Reply("the second answer")]) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-piped-123456"}
        done = dexter("--model", "openai:demo", stdin=b"one\ntwo\n", environment=variables)
    assert done.returncode == 1
    assert done.stdout == "the second answer\n"
    assert "Error: OpenAI did not accept the request (no)" in done.stderr
    assert stored_queries() == ["one", "two"]


def test_a_slash_command_is_never_sent_to_the_model():
    with ModelServer() as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-piped-123456"}
        done = dexter("--model", "openai:demo", stdin=b"/status now\n/statis\n", environment=variables)
        assert server.requests == []
    assert done.returncode == 1
    assert "/status works in a chat only" in done.stderr
    assert "There is no command /statis. Did you mean /status?" in done.stderr
    assert not (Path.cwd() / ".dexter").exists()


def test_a_model_writes_summaries_of_long_exchanges_and_they_are_stored():
    long = Reply("A long answer. " * 60)
    with ModelServer([long, Reply("A model's summary."), Reply("short")]) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-piped-123456"}
        done = dexter("--model", "openai:demo", stdin=b"one\n", environment=variables)
        assert done.returncode == 0
        assert len(server.bodies) == 2
        assert "Summarise" in str(server.bodies[1]["messages"])
    (summaries,) = (Path.cwd() / ".dexter/sessions/cli").glob("*/summaries.jsonl")
    assert "A model's summary." in summaries.read_text()


def test_bytes_that_are_no_text_are_asked_all_the_same():
    done = dexter(stdin=b"What is 1+1? \xff\n")
    assert done.returncode == 0
    assert stored_queries() == ["What is 1+1? \ufffd"]
