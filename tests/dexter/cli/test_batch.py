"""`dexter batch`: the real program, in processes of its own, against a server on the loopback that counts."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.batches import MODEL, lines, remote_of
from tests.support.servers import Call, Fail, ModelServer, Reply
from tests.support.servers.asked import Asked
from tests.support.servers.echo import CALCULATOR
from tests.support.servers.openai import read
from tests.support.sessions import dexter, git, is_sound

PROJECT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "dexter", "batch")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server that speaks all protocols."""
    with ModelServer() as running:
        yield running


@pytest.fixture
def remote(server: ModelServer) -> dict[str, str]:
    """Variables that make the server the model."""
    return remote_of(server)


def asked(server: ModelServer) -> Counter[str]:
    """How often each question was asked; what follows a tool call is no question."""
    requests = [read(body) for body in server.bodies]
    return Counter(each.query for each in requests if not each.results)


def exchanges(home: Path) -> list[dict[str, Any]]:
    """All exchanges that git has."""
    names = git(home, "ls-tree", "-r", "--name-only", "main").splitlines()
    found = [git(home, "show", f"main:{name}") for name in names if name.endswith("history.jsonl")]
    return [json.loads(line) for history in found for line in history.splitlines()]


def written(path: Path, count: int) -> list[str]:
    """A file with the columns of a data set of financial questions: so many questions."""
    with (PROJECT / "fixtures" / "questions.csv").open(newline="") as file:
        known = [row["Question"] for row in csv.DictReader(file)]
    questions = [f"{known[number % len(known)]} (case {number}) use:tool" for number in range(count)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Question", "Answer", "Question Type"])
        writer.writerows([question, "not given", "Numerical"] for question in questions)
    return questions


def begun(file: Path, environment: Mapping[str, str], *options: str) -> "subprocess.Popen[str]":
    """A batch in a process of its own."""
    return subprocess.Popen(
        [*COMMAND, str(file), *MODEL, "--json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def test_fifty_questions_that_need_tools_are_answered_each_in_its_own_session(
    server: ModelServer, remote: dict[str, str]
):
    questions = written(Path("questions.csv"), 50)
    done = dexter("batch", "questions.csv", *MODEL, "--json", "--parallel", "4", environment=remote)
    assert (done.returncode, done.stderr) == (0, "")
    results, summary = lines(done.stdout)
    assert {(each["row"], each["question"]) for each in results} == {
        (str(number), question) for number, question in enumerate(questions, 1)
    }
    assert len({each["sessionId"] for each in results}) == 50
    assert (summary["questions"], summary["complete"], summary["notAsked"]) == (50, 50, 0)
    assert summary["totalTokens"] == sum(each["tokenUsage"]["totalTokens"] for each in results)
    kept = {each["id"]: each for each in exchanges(Path(".dexter"))}
    assert {each["exchangeId"]: (each["question"], each["answer"]) for each in results} == {
        key: (each["query"], each["answer"]) for key, each in kept.items()
    }
    assert asked(server) == Counter(questions)
    assert is_sound(Path(".dexter"))


def test_a_killed_batch_goes_on_and_asks_nothing_again_that_was_answered(
    server: ModelServer, remote: dict[str, str]
):
    file, home = Path("questions.csv"), Path(".dexter")
    count, answered = 16, 6
    questions = written(file, count)
    killed = threading.Event()

    def held(asked: Asked) -> None:
        """Four are under way when it is killed, and not one of them has an answer."""
        if asked.query not in questions[:answered]:
            killed.wait(60)

    server.answering = held
    process = begun(file, remote, "--parallel", "4")
    assert process.stdout is not None
    seen = [json.loads(process.stdout.readline()) for _ in range(answered)]
    while len(asked(server)) < answered + 4:
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()
    killed.set()
    dexter("sessions", "list")  # what was under way is recovered
    before = {each["query"] for each in exchanges(home) if each["status"] == "complete"}
    assert {each["question"] for each in seen} == before == set(questions[:answered])
    under_way = set(asked(server)) - before
    assert len(under_way) == 4

    done = dexter("batch", str(file), *MODEL, "--json", "--parallel", "4", environment=remote)
    assert done.returncode == 0, done.stderr
    results, summary = lines(done.stdout)
    assert {each["question"] for each in results} == set(questions) - before
    assert (summary["answeredBefore"], summary["complete"]) == (len(before), count - len(before))
    assert asked(server) == Counter({each: 1 + (each in under_way) for each in questions})
    complete = [each["query"] for each in exchanges(home) if each["status"] == "complete"]
    assert Counter(complete) == Counter(questions)
    # Who failed or was killed is asked again in the same session.
    assert len(git(home, "ls-tree", "--name-only", "main", "cli/").split()) == count

    again = dexter("batch", str(file), *MODEL, environment=remote)
    assert again.returncode == 0
    assert again.stdout == f"\n{count} questions: {count} complete ({count} of them before)\n"
    assert asked(server).total() == count + len(under_way)


def test_two_batches_at_once_share_the_questions(server: ModelServer, remote: dict[str, str]):
    count, parallel = 20, 3
    questions = written(Path("questions.csv"), count)
    met = threading.Event()

    def held(_: Asked) -> None:
        """One alone has no more than three under way: with the fourth the other one has begun."""
        if len(asked(server)) > parallel:
            met.set()
        met.wait(60)

    server.answering = held
    both = [begun(Path("questions.csv"), remote, "--parallel", str(parallel)) for _ in range(2)]
    ended = [process.communicate(timeout=90) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    found = [lines(out) for out, _ in ended]
    assert all(summary["answeredBefore"] + summary["complete"] == count for _, summary in found)
    assert all(results for results, _ in found)
    assert Counter(each["question"] for results, _ in found for each in results) == Counter(questions)
    assert asked(server) == Counter(questions)


def test_another_machine_goes_on_after_a_clone(server: ModelServer, remote: dict[str, str], tmp_path: Path):
    rows = [{"id": "a", "question": "first"}, {"query": "second"}]
    Path("rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    first = dexter("batch", "rows.jsonl", *MODEL, "--limit", "1", environment=remote)
    assert first.returncode == 0
    other = tmp_path / "other"
    other.mkdir()
    subprocess.run(["git", "clone", "-q", ".dexter/sessions", str(other / "sessions")], check=True)
    moved = tmp_path / "elsewhere" / "rows.jsonl"
    moved.parent.mkdir()
    moved.write_text("".join(f"{json.dumps(row)}\n" for row in reversed(rows)))
    done = dexter("batch", str(moved), *MODEL, "--json", home=other, environment=remote)
    results, summary = lines(done.stdout)
    assert [each["question"] for each in results] == ["second"]
    assert (summary["answeredBefore"], summary["complete"]) == (1, 1)
    assert asked(server) == Counter(["first", "second"])


def test_what_failed_is_told_and_asked_again_by_the_next_run_in_its_session(
    server: ModelServer, remote: dict[str, str]
):
    server.say(Reply("one"), Fail(401), Reply("three"))
    given = "question\none?\ntwo?\nthree?\n"
    done = dexter("batch", "-", *MODEL, "--json", stdin=given, environment=remote)
    assert done.returncode == 1
    results, summary = lines(done.stdout)
    assert [each["status"] for each in results] == ["complete", "error", "complete"]
    assert (summary["complete"], summary["error"]) == (2, 1)
    assert done.stderr.startswith("Row 2: ")
    again = dexter("batch", "-", *MODEL, "--json", stdin=given, environment=remote)
    assert again.returncode == 0
    (mended,), summary = lines(again.stdout)
    assert (mended["row"], mended["status"]) == ("2", "complete")
    assert mended["sessionId"] == results[1]["sessionId"]
    assert asked(server) == Counter({"one?": 1, "two?": 2, "three?": 1})


def test_the_same_question_twice_in_a_file_is_asked_twice_and_no_third_time(
    server: ModelServer, remote: dict[str, str]
):
    Path("same.csv").write_text("Query,id\nsame?,\nother?,\nsame?,\nsame?,own\n")
    for _ in range(2):
        assert dexter("batch", "same.csv", *MODEL, environment=remote).returncode == 0
    assert asked(server) == Counter({"same?": 3, "other?": 1})
    # A row that comes before the others changes nothing for them.
    Path("same.csv").write_text("Query,id\nnew?,\nsame?,own\nsame?,\nother?,\nsame?,\n")
    assert dexter("batch", "same.csv", *MODEL, environment=remote).returncode == 0
    assert asked(server) == Counter({"same?": 3, "other?": 1, "new?": 1})


def test_under_another_name_all_is_asked_again(server: ModelServer, remote: dict[str, str]):
    Path("q.csv").write_text("question\none?\n")
    for options in ((), ("--name", "second"), ("--name", "second")):
        assert dexter("batch", "q.csv", *MODEL, *options, environment=remote).returncode == 0
    assert asked(server) == Counter({"one?": 2})


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_those_under_way_and_what_there_is_of_them_is_saved(
    number: int, code: int, server: ModelServer, remote: dict[str, str]
):
    slow = "words:500 pause:0.05"
    Path("q.csv").write_text(f"question\nquick?\n{slow} a\n{slow} b\nnever?\n")
    process = begun(Path("q.csv"), remote, "--parallel", "2")
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["question"] == "quick?"
    while not {f"{slow} a", f"{slow} b"} <= set(asked(server)):
        assert process.poll() is None
    process.send_signal(number)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == code
    results, summary = lines(rest)
    assert [each["status"] for each in results] == ["interrupted", "interrupted"]
    assert (summary["complete"], summary["interrupted"], summary["notAsked"]) == (1, 2, 1)
    assert Counter(each["status"] for each in exchanges(Path(".dexter"))) == {"complete": 1, "interrupted": 2}
    assert "never?" not in asked(server)


def test_plain_results_are_lines_and_the_summary_has_time_tokens_and_cost(
    server: ModelServer, remote: dict[str, str]
):
    server.say(Reply(calls=(Call(CALCULATOR, {"expression": "1+1"}),)), Reply("It is 2."))
    Path("q.csv").write_text("name,question\nx,\x1b[31mWhat is 1+1?\ny,  \n")
    done = dexter("batch", "q.csv", *MODEL, environment=remote)
    first, blank, *rest = done.stdout.splitlines()
    assert first.split()[:2] == ["1", "complete"]
    assert first.endswith("What is 1+1?")
    assert "\x1b" not in done.stdout
    assert (blank, rest[0]) == ("", "1 question: 1 complete")
    assert [line.split(":")[0] for line in rest[1:]] == ["Time", "Tokens", "Cost"]
    assert "60 (40 in, 20 out)" in rest[2]
    assert done.stderr == "Rows without a question are left out: 2.\n"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("none.csv", None, "No such file or directory"),
        ("empty.csv", "", "it has no questions"),
        ("header.csv", "question\n", "it has no questions"),
        ("torn.jsonl", '{"question": "a"}\n{"question\n', "line 2 is not JSON"),
        ("list.jsonl", "[1]\n", "line 1 is no JSON object"),
        ("other.jsonl", '{"text": "a"}\n', "line 1 has no text as question or query"),
    ],
)
def test_a_file_that_is_none_of_questions_is_an_error_that_asks_and_leaves_nothing(
    name: str, content: str | None, reason: str
):
    if content is not None:
        Path(name).write_text(content)
    done = dexter("batch", name)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: {name} can't be read as questions ({reason}); nothing was asked.\n"
    assert not Path(".dexter").exists()


def test_a_batch_has_no_flags_of_a_chat():
    done = dexter("--no-session", "batch", "q.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--no-session" in done.stderr
