"""Git's locks, taken so that it can be proved whose they are."""

import errno
from pathlib import Path

import pytest

from gitstore.disk.files import Files
from gitstore.git import gitlock
from gitstore.git.gitlock import GitLock, Taken
from gitstore.objects.batch import Batch
from tests.support.stores import FailingFiles, WatchedFiles, leftovers, open_store, save


@pytest.fixture
def target(tmp_path: Path) -> Path:
    target = tmp_path / "index"
    target.write_bytes(b"old")
    return target


def mine(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / "gitstore/locks").iterdir())


def lock_of(target: Path, files: Files | None = None) -> GitLock:
    return GitLock(files or Files(), target.parent, target)


def left_by_the_dead(target: Path) -> Path:
    """A lock of ours whose owner is gone."""
    left = lock_of(target)
    left.take(b"stale")
    left.abandon()
    left.release()  # an abandoned lock is not given back
    return target.with_name("index.lock")


def test_a_lock_is_taken_filled_and_put_in_place_of_the_file(target: Path) -> None:
    files = WatchedFiles()
    lock = lock_of(target, files)
    lock.take()
    path = target.with_name("index.lock")
    (own,) = mine(target.parent)
    assert path.samefile(target.parent / "gitstore/locks" / own)
    assert gitlock.is_ours(target.parent, path)
    assert "flush" not in files.calls
    with Batch(files) as batch:
        lock.fill([b"ne", b"w"], batch)
        batch.flush()
    assert files.calls[-3:] == ["write", "write", "flush"]
    assert target.read_bytes() == b"old"
    lock.replace()
    assert target.read_bytes() == b"new"
    assert not path.exists()
    assert mine(target.parent) == []
    lock.release()
    assert target.read_bytes() == b"new"


def test_what_is_known_when_it_is_taken_is_flushed_before_git_can_see_it(target: Path) -> None:
    files = WatchedFiles()
    lock_of(target, files).take(b"new")
    assert files.calls[-4:] == ["create", "write", "flush", "link"]
    assert target.with_name("index.lock").read_bytes() == b"new"


def test_a_lock_that_is_given_back_changes_nothing(target: Path) -> None:
    lock = lock_of(target)
    lock.take(b"new")
    lock.release()
    assert target.read_bytes() == b"old"
    assert not target.with_name("index.lock").exists()
    assert mine(target.parent) == []
    lock.take(b"newer")
    lock.replace()
    assert target.read_bytes() == b"newer"


def test_a_foreign_lock_is_told_after_some_patience_and_stays(target: Path) -> None:
    foreign = target.with_name("index.lock")
    foreign.write_bytes(b"theirs")
    with pytest.raises(Taken) as raised:
        lock_of(target).take(b"new", patience=0.01)
    assert raised.value.path == foreign
    assert str(raised.value) == str(foreign)
    assert foreign.read_bytes() == b"theirs"
    assert mine(target.parent) == []
    assert not gitlock.is_ours(target.parent, foreign)


def test_a_foreign_lock_that_goes_in_time_is_waited_for(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = target.with_name("index.lock")
    foreign.touch()
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            foreign.unlink()

    monkeypatch.setattr("gitstore.git.gitlock.time.sleep", pause)
    lock = lock_of(target)
    lock.take(b"new", patience=60)
    assert pauses == [0.002, 0.004, 0.008, 0.016, 0.032, 0.05, 0.05, 0.05]
    lock.release()


def test_a_lock_of_a_dead_process_of_ours_is_taken_over_in_one_step(target: Path) -> None:
    path = left_by_the_dead(target)
    assert path.exists()
    assert gitlock.is_ours(target.parent, path)
    files = WatchedFiles()
    lock = lock_of(target, files)
    lock.take(b"new", patience=0)
    assert files.calls[-4:] == ["link", "link", "rename", "unlink"], "it is never free in between"
    assert path.read_bytes() == b"new"
    (own,) = mine(target.parent)
    assert path.samefile(target.parent / "gitstore/locks" / own)
    lock.replace()
    assert target.read_bytes() == b"new"
    assert mine(target.parent) == []


@pytest.mark.parametrize("at", range(1, 7))
def test_a_lock_that_cannot_be_written_leaves_nothing(target: Path, at: int) -> None:
    files = FailingFiles(at, errno.ENOSPC)
    with pytest.raises(OSError, match="No space"):
        lock_of(target, files).take(b"new")
    assert not target.with_name("index.lock").exists()
    folder = target.parent / "gitstore/locks"
    assert not folder.exists() or list(folder.iterdir()) == []


def test_locks_of_the_dead_are_cleared_and_no_others(target: Path) -> None:
    other = target.with_name("other")
    other.with_name("other.lock").touch()
    path = left_by_the_dead(target)
    gitlock.clear(Files(), target.parent, [other, target, target.with_name("none")])
    assert not path.exists()
    assert other.with_name("other.lock").exists()
    assert mine(target.parent) == []
    gitlock.clear(Files(), target.parent / "nowhere", [target])


def test_a_lock_that_was_cleared_does_not_come_back_with_a_power_cut(target: Path) -> None:
    left_by_the_dead(target)
    watched = WatchedFiles()
    gitlock.clear(watched, target.parent, [target])
    assert watched.calls == ["unlink", "flush_directory", "unlink"]


def test_what_is_left_in_our_folder_is_swept_but_for_what_proves_a_lock_ours(target: Path) -> None:
    path = left_by_the_dead(target)
    (proof,) = mine(target.parent)
    for name in ("1-a", "zz"):
        (target.parent / "gitstore/locks" / name).touch()
    gitlock.sweep(Files(), target.parent, target)
    assert mine(target.parent) == [proof]
    assert gitlock.is_ours(target.parent, path)
    path.unlink()
    gitlock.sweep(Files(), target.parent, target)
    assert mine(target.parent) == []
    gitlock.sweep(Files(), target.parent / "nowhere", target)


def test_who_opens_a_store_takes_away_a_lock_that_the_dead_left(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        save(store, "one", 1)
    lock = lock_of_store(path)
    assert lock.exists()
    with open_store(path) as store:
        assert store.snapshot().files()
    assert not lock.exists()
    assert leftovers(path) == []


def lock_of_store(path: Path) -> Path:
    """The index's lock, as a process leaves it that dies while it joins another history."""
    left = GitLock(Files(), path / ".git", path / ".git/index")
    left.take()
    left.abandon()
    return path / ".git/index.lock"
