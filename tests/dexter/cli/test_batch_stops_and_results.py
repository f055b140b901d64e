"""`dexter batch` that stops by itself, and its results printed again: real program, real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.batches import MODEL, lines, remote_of
from tests.support.servers import Fail, ModelServer, Reply
from tests.support.sessions import dexter


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server that speaks all protocols."""
    with ModelServer() as running:
        yield running


@pytest.fixture
def remote(server: ModelServer) -> dict[str, str]:
    """Variables that make the server the model."""
    return remote_of(server)


def of_rows(count: int) -> str:
    """Standard input with so many questions."""
    return "".join(["question\n", *(f"number {number}?\n" for number in range(count))])


def test_a_batch_stops_after_failures_of_one_kind_and_the_next_run_asks_the_rest(
    server: ModelServer, remote: dict[str, str]
):
    server.say(Reply("one"), Fail(401), Fail(401), Reply("four"), *[Fail(401)] * 3)
    given, options = of_rows(9), (*MODEL, "--json", "--max-failures", "3")
    done = dexter("batch", "-", *options, stdin=given, environment=remote)
    assert done.returncode == 1
    results, summary = lines(done.stdout)
    assert [each["status"][0] for each in results] == list("ceeceee")
    assert (summary["complete"], summary["error"], summary["notAsked"]) == (2, 5, 2)
    assert summary["stoppedBy"] == "wrong_key"
    assert done.stderr.splitlines()[-1] == (
        "Stopped: the last questions failed in the same way, and asking on would not change that. "
        "2 questions not asked: the next run asks (--max-failures 0 asks on whatever happens)."
    )
    again = dexter("batch", "-", *options, stdin=given, environment=remote)
    assert again.returncode == 0
    results, summary = lines(again.stdout)
    assert (len(results), summary["answeredBefore"], summary["stoppedBy"]) == (7, 2, None)


def test_a_batch_stops_by_itself_as_usual_and_never_if_it_is_told_so(
    server: ModelServer, remote: dict[str, str]
):
    server.answering = lambda _: Fail(401)
    for options, asked_ in (((), 5), (("--max-failures", "0"), 8)):
        done = dexter("batch", "-", *MODEL, "--json", *options, stdin=of_rows(8), environment=remote)
        assert (done.returncode, len(lines(done.stdout)[0])) == (1, asked_)


def test_what_fails_at_once_counts_once_and_what_lies_with_the_questions_never(
    server: ModelServer, remote: dict[str, str]
):
    server.answering = lambda _: Fail(400)
    done = dexter("batch", "-", *MODEL, "--json", "--max-failures", "2", stdin=of_rows(5), environment=remote)
    assert len(lines(done.stdout)[0]) == 5
    server.answering = lambda _: Fail(401)
    options = ("--max-failures", "2", "--parallel", "3", "--name", "at once")
    done = dexter("batch", "-", *MODEL, "--json", *options, stdin=of_rows(12), environment=remote)
    results, summary = lines(done.stdout)
    # Three at once are one; the second that counts began after one of them had ended.
    assert 2 <= len(results) <= 7
    assert summary["notAsked"] == 12 - len(results)


def test_the_results_of_all_rows_are_printed_again_without_asking(
    server: ModelServer, remote: dict[str, str]
):
    Path("q.csv").write_text("question\none?\ntwo?\nthree?\n")
    server.say(Reply("The answer is 1.", cache_read=5), Fail(401))
    first = dexter("batch", "q.csv", *MODEL, "--json", "--limit", "2", environment=remote)
    told, _ = lines(first.stdout)
    requests = len(server.requests)

    # Nothing of a model is needed for it.
    done = dexter("batch", "q.csv", "--results", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    results, summary = lines(done.stdout)
    assert results[:2] == [{**each, "commit": None} for each in told]
    assert results[2] == {
        **dict.fromkeys(told[0]), "row": "3", "question": "three?", "status": "notAsked",
    }  # fmt: skip
    assert (summary["complete"], summary["error"], summary["notAsked"], summary["answeredBefore"]) == (
        1,
        1,
        1,
        0,
    )
    assert (summary["totalTokens"], summary["cachedTokens"]) == (told[0]["tokenUsage"]["totalTokens"], 5)

    assert dexter("batch", "q.csv", *MODEL, environment=remote).returncode == 0
    done = dexter("batch", "q.csv", "--results")
    assert done.returncode == 0
    assert [line.split()[:2] for line in done.stdout.splitlines()[:3]] == [
        ["1", "complete"], ["2", "complete"], ["3", "complete"],
    ]  # fmt: skip
    assert "\n3 questions: 3 complete\n" in done.stdout
    assert len(server.requests) == requests + 2


def test_results_of_what_was_never_asked_leave_nothing_behind():
    Path("q.csv").write_text("question\none?\n")
    done = dexter("batch", "q.csv", "--results")
    assert done.returncode == 1
    assert (
        done.stdout == "   1  not asked                        one?\n\n1 question: 0 complete, 1 not asked\n"
    )
    assert not Path(".dexter").exists()
