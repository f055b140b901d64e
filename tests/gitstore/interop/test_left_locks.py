"""Locks of a git that died: they go by themselves. Locks of a git that works stay, however old they are."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gitstore import Delay
from gitstore.disk import strangers
from gitstore.disk.strangers import left_behind
from gitstore.git.gitlock import is_ours
from tests.support.stores import git, judge, open_store, save

needs_proc = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux shows them")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        save(store, "aaaaaaaa", 1)
    return path


@pytest.fixture
def _a_system_up_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is an hour old is not older than the machine, which may only just have been started."""
    monkeypatch.setattr(strangers, "_uptime", lambda: 7200.0)


def grow_old(lock: Path) -> None:
    hour_ago = time.time() - 3600
    os.utime(lock, (hour_ago, hour_ago))


def commit_with_an_editor(path: Path, tmp_path: Path) -> "subprocess.Popen[bytes]":
    """A `git commit -a` whose editor is open; the index is locked when this returns."""
    opened = tmp_path / "opened"
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\ntouch '{opened}'\nexec sleep 60\n")
    editor.chmod(0o755)
    (path / "gitstore.json").write_text('{"format": 1, "mine": true}\n')
    command = ["git", "-C", str(path), "commit", "-a"]
    process = subprocess.Popen(
        command, env={**os.environ, "GIT_EDITOR": str(editor)}, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not opened.exists():
        assert process.poll() is None
        time.sleep(0.01)
    return process


@needs_proc
@pytest.mark.usefixtures("_a_system_up_for_hours")
def test_the_lock_of_a_git_that_was_killed_goes_by_itself(path: Path, tmp_path: Path) -> None:
    process = commit_with_an_editor(path, tmp_path)
    lock = path / ".git/index.lock"
    try:
        grow_old(lock)
        with open_store(path) as store:
            assert save(store, "aaaaaaaa", 2).delayed is Delay.INDEX_LOCKED
        assert lock.exists()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert lock.exists()
    with open_store(path) as store:
        assert save(store, "aaaaaaaa", 3).delayed is None
    assert not lock.exists()
    git(path, "checkout", "--", "gitstore.json")
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])


@needs_proc
@pytest.mark.usefixtures("_a_system_up_for_hours")
def test_a_lock_of_the_branch_that_was_left_goes_and_one_that_is_open_stays(path: Path) -> None:
    lock = path / ".git/refs/heads/main.lock"
    held = "import sys, time; file = open(sys.argv[1], 'w'); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", held, str(lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        grow_old(lock)
        with open_store(path) as store:
            assert save(store, "aaaaaaaa", 2).delayed is Delay.BRANCH_LOCKED
        holder.kill()
    with open_store(path) as store:
        assert save(store, "aaaaaaaa", 3).delayed is None
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])


@needs_proc
@pytest.mark.usefixtures("_a_system_up_for_hours")
def test_a_lock_of_ours_whose_owner_died_is_taken_over_and_never_removed_first(path: Path) -> None:
    lock, own = path / ".git/index.lock", path / ".git/gitstore/locks/1-abc"
    own.parent.mkdir(exist_ok=True)
    own.touch()
    lock.hardlink_to(own)
    grow_old(lock)
    assert left_behind(lock, path, 3600.0)
    assert is_ours(path / ".git", lock)
    with open_store(path) as store:
        assert save(store, "aaaaaaaa", 2).delayed is None
    judge(path, [("aaaaaaaa", 1), ("aaaaaaaa", 2)])


@pytest.mark.usefixtures("_a_system_up_for_hours")
def test_a_young_lock_and_one_without_a_list_of_processes_are_left(path: Path, tmp_path: Path) -> None:
    lock = path / ".git/index.lock"
    lock.touch()
    assert not left_behind(lock, path, 59.0)
    assert not left_behind(lock, path, 3600.0, processes=tmp_path)


def test_a_lock_that_is_older_than_the_system_runs_belongs_to_nobody(path: Path) -> None:
    lock = path / ".git/index.lock"
    lock.touch()
    assert not left_behind(lock, path, 1.0)
    if hasattr(time, "CLOCK_BOOTTIME"):
        assert left_behind(lock, path, time.clock_gettime(time.CLOCK_BOOTTIME) + 60)
