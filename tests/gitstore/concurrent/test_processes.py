"""Several processes and threads write at once, are killed, and meet real git."""

import os
import threading
from functools import partial
from pathlib import Path

from gitstore import Outcome
from tests.gitstore.crash.campaign import storm
from tests.support.stores import exchange, git, judge, open_store, save, start_child


def test_writers_to_one_session_and_to_others_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sessions"

    def work(writer: int) -> None:
        with open_store(path) as store:
            for step in range(12):
                for session in ("shared00", f"own0000{writer}"):
                    assert save(store, session, step * 10 + writer).commit

    children = [start_child(partial(work, writer)) for writer in range(4)]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    pairs = [("shared00", step * 10 + writer) for step in range(12) for writer in range(4)]
    pairs += [(f"own0000{writer}", step * 10 + writer) for step in range(12) for writer in range(4)]
    judge(path, pairs)
    assert git(path, "rev-list", "--count", "HEAD").strip() == str(1 + len(pairs))


def test_threads_share_a_store(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    with open_store(path) as store:

        def work(writer: int) -> None:
            for step in range(10):
                save(store, "shared00", step * 10 + writer)
                store.snapshot().names("cli")

        threads = [threading.Thread(target=work, args=(writer,)) for writer in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    judge(path, [("shared00", step * 10 + writer) for step in range(10) for writer in range(4)])


def test_the_same_change_from_two_processes_is_there_once(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    with open_store(path) as one, open_store(path) as other:
        assert one.apply(exchange("aaaaaaaa", 1)).outcome is Outcome.APPLIED
        assert other.apply(exchange("aaaaaaaa", 1)).outcome is Outcome.ALREADY
    judge(path, [("aaaaaaaa", 1)])


def test_what_one_process_saved_another_sees_before_git_has_it(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    with open_store(path) as one, open_store(path) as other:
        one.apply(exchange("aaaaaaaa", 1), wait=False)
        assert other.snapshot().names("cli") == ["aaaaaaaa"]
        assert save(other, "bbbbbbbb", 1).commit
        assert git(path, "rev-list", "--count", "HEAD").strip() == "3"


def test_who_took_the_latest_turn_is_left_the_next_one_as_long_as_it_goes_on_saving(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    with open_store(path) as one, open_store(path) as other:
        led = other._committer.is_led_by_another
        one.apply(exchange("aaaaaaaa", 1))
        other.apply(exchange("bbbbbbbb", 1), wait=False)
        name = other._journal.name or ""
        assert led(name)
        assert not one._committer.is_led_by_another(one._journal.name or "")
        then = (path / ".git/gitstore/turns").stat().st_mtime
        os.utime(path / ".git/gitstore/journal" / name, (then + 1, then + 1))
        assert not led(name)  # the other has not gone on since
        os.utime(path / ".git/gitstore/journal" / name, (then, then))
        assert led(name)
        one.close()
        assert not led(name)  # it will never come back
        assert save(other, "bbbbbbbb", 2).commit
    judge(path, [("aaaaaaaa", 1), ("bbbbbbbb", 1), ("bbbbbbbb", 2)])


def test_who_is_left_the_turn_and_does_not_come_back_holds_up_nobody(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    with open_store(path) as one, open_store(path) as other:
        for number in range(5):
            assert save(one, "aaaaaaaa", number).commit
            assert save(other, "bbbbbbbb", number).commit
            os.utime(one._journal.path or path)  # as if it went on
    judge(path, [(session, number) for session in ("aaaaaaaa", "bbbbbbbb") for number in range(5)])


def test_a_small_storm_of_kills_beside_real_git_loses_nothing(tmp_path: Path) -> None:
    assert storm(tmp_path, kills=25, writers=4, seed=3, tell=print) > 0
