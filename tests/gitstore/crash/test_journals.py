"""What is found in journals that nobody owns any more."""

import os
import signal
import time
from pathlib import Path

import pytest

from gitstore import JournalDamaged, JournalRecovered, NotSaved
from gitstore.changes import journal
from tests.support.stores import exchange, git, ids, judge, open_store, save, start_child


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with a journal of three changes that a killed process left."""
    path = tmp_path / "sessions"
    with open_store(path) as store:
        save(store, "aaaaaaaa", 1)

    def work() -> None:
        store = open_store(path)
        for number in (2, 3, 4):
            store.apply(exchange("aaaaaaaa", number), wait=False)
        (path.parent / "ready").touch()
        time.sleep(60)

    child = start_child(work)
    while not (path.parent / "ready").exists():
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return path


def _journal(path: Path) -> Path:
    (found,) = (path / ".git/gitstore/journal").iterdir()
    return found


def test_the_next_to_open_the_store_brings_them_into_git_and_says_so(path: Path) -> None:
    with open_store(path, create=False) as store:
        assert store.notices == (JournalRecovered(3),)
    with open_store(path) as store:
        assert store.notices == ()
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3, 4)])


def test_a_torn_end_was_never_acknowledged_and_is_cut(path: Path) -> None:
    journal = _journal(path)
    content = journal.read_bytes()
    journal.write_bytes(content[:-5])
    with open_store(path) as store:
        assert store.notices == (JournalRecovered(2),)
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])


def test_damage_in_the_middle_is_kept_aside_and_the_rest_is_saved(path: Path) -> None:
    journal = _journal(path)
    content = bytearray(journal.read_bytes())
    second = content.index(b"GSJ1", 5)
    content[second + 40] ^= 0xFF
    journal.write_bytes(content)
    with open_store(path) as store:
        damaged, recovered = store.notices
        assert recovered == JournalRecovered(2)
        assert isinstance(damaged, JournalDamaged)
        assert Path(damaged.path).read_bytes() == content[second : content.index(b"GSJ1", second + 5)]
        assert Path(damaged.path).parent == path / ".git/gitstore/quarantine"
    assert ids(path, "aaaaaaaa") == ["000001", "000002", "000004"]


def test_a_change_that_is_in_git_already_is_not_applied_again_when_the_log_of_turns_is_lost(
    path: Path,
) -> None:
    (path / ".git/gitstore/turns").unlink()
    with open_store(path):
        pass
    (path / ".git/gitstore/turns").unlink()
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3, 4)])
    assert git(path, "rev-list", "--count", "HEAD").strip() == "5"


def test_a_reader_without_the_right_to_write_sees_what_is_saved(path: Path) -> None:
    held = path / ".git/index.lock"
    held.touch()
    with open_store(path, create=False) as store:
        assert len(store.snapshot().files("cli/aaaaaaaa/steps")) == 4
        assert store.snapshot().pending == 3
    held.unlink()


def test_a_change_that_no_reader_would_take_is_refused_before_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LONGEST", 2_000)
    with open_store(tmp_path / "s") as store:
        assert save(store, "aaaaaaaa", 1).commit
        with pytest.raises(NotSaved):
            store.apply(exchange("aaaaaaaa", 2, "long " * 1_000))
        assert save(store, "aaaaaaaa", 3).commit
    judge(tmp_path / "s", [("aaaaaaaa", 1), ("aaaaaaaa", 3)])


@pytest.mark.parametrize("at", [0, 20, -1])
def test_a_last_change_with_a_fallen_bit_is_not_taken_for_one_that_was_never_acknowledged(
    path: Path, at: int
) -> None:
    journal = _journal(path)
    content = bytearray(journal.read_bytes())
    last = content.rindex(b"GSJ1")
    content[last + at if at >= 0 else at] ^= 0x10
    journal.write_bytes(content)
    with open_store(path) as store:
        damaged, recovered = store.notices
        assert recovered == JournalRecovered(2)
        assert isinstance(damaged, JournalDamaged)
        assert Path(damaged.path).read_bytes() == content[last:]
    with open_store(path) as store:
        assert store.notices == ()


@pytest.mark.parametrize("blank", [0, 1])
def test_a_last_change_of_which_a_power_cut_left_blanks_was_never_acknowledged(
    path: Path, blank: int
) -> None:
    journal = _journal(path)
    content = bytearray(journal.read_bytes())
    last = content.rindex(b"GSJ1")
    middle = (last + len(content)) // 2
    low, high = ((last, middle), (middle, len(content)))[blank]
    content[low:high] = bytes(high - low)
    journal.write_bytes(content)
    with open_store(path) as store:
        assert store.notices == (JournalRecovered(2),)
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])
