"""Other processes have the store open while something is purged: they go on, and lose nothing."""

import contextlib
import os
import signal
from functools import partial
from pathlib import Path

import pytest

from gitstore import Damaged, NotPurged, Outcome, PurgeUnfinished
from tests.support.erasers import Striking, everything
from tests.support.stores import exchange, in_child, judge, open_store, save, start_child

GONE = "gonegone"
SECRET = b"sk-live-4711-secret"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        for number in range(3):
            save(store, "aaaaaaaa", number)
            save(store, GONE, number)
    return path


def test_who_has_it_open_goes_on_saving_and_its_journal_is_written_over(path: Path) -> None:
    with open_store(path) as other, open_store(path) as store:
        assert other.apply(exchange(GONE, 7, SECRET.decode())).commit
        assert save(other, "aaaaaaaa", 7).commit
        other.apply(exchange("bbbbbbbb", 1), wait=False)
        assert SECRET in b"".join(each.read_bytes() for each in (path / ".git/gitstore/journal").iterdir())
        assert store.purge(Striking(sessions=(GONE,))).left == ()
        assert SECRET not in everything(path)
        assert other.snapshot().names("cli") == ["aaaaaaaa", "bbbbbbbb"]
        assert save(other, "aaaaaaaa", 8).commit
        assert other.apply(exchange("aaaaaaaa", 8)).outcome is Outcome.ALREADY
        assert save(store, "bbbbbbbb", 2).commit
        assert [entry.subject for entry in other.log("cli/aaaaaaaa", 9)] == ["aaaaaaaa: What is 1+1?"] * 5
        assert GONE not in other.snapshot().names("cli")
    judge(path, [*(("aaaaaaaa", number) for number in (0, 1, 2, 7, 8)), ("bbbbbbbb", 1), ("bbbbbbbb", 2)])
    assert GONE.encode() not in everything(path)


def test_what_was_saved_and_is_not_in_git_yet_comes_in_before(path: Path) -> None:
    def work() -> None:
        store = open_store(path)
        store.apply(exchange(GONE, 9), wait=False)
        store.apply(exchange("aaaaaaaa", 9), wait=False)
        os._exit(0)

    assert in_child(work) == 0
    with open_store(path) as store:
        assert store.purge(Striking(sessions=(GONE,))).left == ()
    judge(path, [("aaaaaaaa", 9)])
    assert GONE.encode() not in everything(path)


def test_writers_and_readers_go_on_while_it_is_purged_again_and_again(path: Path) -> None:
    ready, stop = path.parent / "ready", path.parent / "stop"
    told = path.parent / "told"

    def write(writer: int) -> None:
        with open_store(path) as store:
            number = 10 + writer
            while not stop.exists():
                assert save(store, "aaaaaaaa", number).outcome is Outcome.APPLIED
                store.apply(exchange(GONE, number, SECRET.decode()))
                with (told.with_name(f"told-{writer}")).open("a") as file:
                    file.write(f"{number}\n")
                number += 2
                ready.touch()

    def read() -> None:
        with open_store(path) as store:
            seen = 0
            while not stop.exists():
                now = store.snapshot()
                content = now.read("cli/aaaaaaaa/history.jsonl") or b""
                assert content.count(b"\n") >= seen, "a reader sees less than before"
                seen = content.count(b"\n")
                assert list(store.log("cli/aaaaaaaa", 3))

    children = [start_child(partial(write, 0)), start_child(partial(write, 1)), start_child(read)]
    while not ready.exists():
        pass
    with open_store(path) as store:
        for _ in range(6):
            try:
                store.purge(Striking(SECRET, sessions=(GONE,)))
            except NotPurged as error:
                assert "too long" in error.reason  # noqa: PT017  patience with a crowd ends
    stop.touch()
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 3
    with open_store(path) as store:
        assert store.purge(Striking(SECRET, sessions=(GONE,))).left == ()
    numbers = [
        int(line) for writer in (0, 1) for line in told.with_name(f"told-{writer}").read_text().split()
    ]
    judge(path, [("aaaaaaaa", number) for number in (0, 1, 2, *numbers)])
    assert SECRET not in everything(path)


def test_a_snapshot_of_before_is_read_whole_or_not_at_all(path: Path) -> None:
    with open_store(path) as other:
        before = other.snapshot()
        wanted = before.read("cli/aaaaaaaa/history.jsonl")
        with open_store(path) as store:
            store.purge(Striking(sessions=(GONE,)))
        with contextlib.suppress(Damaged):
            before.read(f"cli/{GONE}/history.jsonl")
        assert before.read("cli/aaaaaaaa/history.jsonl") == wanted
        assert other.snapshot().names("cli") == ["aaaaaaaa"]


@pytest.mark.parametrize("ticks", range(1, 24, 2))
def test_killed_at_any_moment_it_is_finished_by_the_next(path: Path, ticks: int) -> None:
    def work() -> None:
        with open_store(path) as store:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)  # which ends the process at once
            signal.setitimer(signal.ITIMER_REAL, ticks / 1000)
            store.purge(Striking(sessions=(GONE,)))
            signal.setitimer(signal.ITIMER_REAL, 0)

    in_child(work)
    with open_store(path) as store:
        whole = GONE in store.snapshot().names("cli")
        told = PurgeUnfinished() in store.notices
        assert told or whole == (GONE.encode() in everything(path))
        assert save(store, "aaaaaaaa", 5).commit
        assert store.purge(Striking(sessions=(GONE,))).left == ()
        assert not store.purge_is_unfinished
    judge(path, [("aaaaaaaa", number) for number in (0, 1, 2, 5)])
    assert GONE.encode() not in everything(path)
