"""The process dies, or the disk fails, at every single call that changes the disk."""

import errno
import os
import shutil
from functools import partial
from itertools import takewhile
from pathlib import Path

import pytest

from gitstore import Change, GitstoreError, RemoveDirectory, Store
from gitstore.disk.files import Files
from tests.support.stores import (
    WHO,
    DyingFiles,
    FailingFiles,
    WatchedFiles,
    exchange,
    in_child,
    judge,
    open_store,
    save,
)
from tests.support.sweeps import every


@pytest.fixture
def tmp_path(memory: Path) -> Path:
    return memory


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "template"
    with open_store(path) as store:
        for number in range(3):
            save(store, "aaaaaaaa", number)
            save(store, "bbbbbbbb", number)
    return path


BEFORE = [(session, number) for session in ("aaaaaaaa", "bbbbbbbb") for number in range(3)]


def _session(path: Path, files: Files, told: int) -> None:
    """What the process does that dies: an exchange, then a new session and a deletion in one change."""
    with Store.open(path, identity=WHO, files=files) as store:
        assert save(store, "aaaaaaaa", 3).commit
        os.write(told, b"aaaaaaaa 3\n")
        new = exchange("cccccccc", 1)
        store.apply(Change((*new.operations, RemoveDirectory("cli/bbbbbbbb")), new.subject))
        os.write(told, b"cccccccc 1\n")


def _calls(template: Path) -> list[str]:
    """The calls of a whole run, in order."""
    path = template.with_name("whole")
    shutil.copytree(template, path)
    files = WatchedFiles()
    with Path(os.devnull).open("wb") as nowhere:
        _session(path, files, nowhere.fileno())
    return files.calls


def _die(template: Path, at: int, *, half: bool) -> None:
    """Let a process die at its Nth call, and hold the store to its promise."""
    path = template.with_name(f"at-{at}-{half}")
    shutil.copytree(template, path)
    reading, writing = os.pipe()
    assert in_child(lambda: _session(path, DyingFiles(at, half=half), writing)) == 9
    os.close(writing)
    with os.fdopen(reading) as pipe:
        acknowledged = [(line.split()[0], int(line.split()[1])) for line in pipe.read().splitlines()]
    with open_store(path) as store:
        assert save(store, "dddddddd", 1).commit
        deleted = "bbbbbbbb" not in store.snapshot().names("cli")
        assert deleted == ("cccccccc" in store.snapshot().names("cli"))
    judge(path, [*(pair for pair in BEFORE if not (deleted and pair[0] == "bbbbbbbb")), *acknowledged])
    shutil.rmtree(path)


def test_death_before_each_call_loses_nothing_that_was_acknowledged(template: Path) -> None:
    calls = _calls(template)
    assert {"write", "flush", "rename", "link", "unlink", "flush_directory"} <= set(calls)
    for at in takewhile(lambda at: at <= len(calls), every(2)):
        _die(template, at, half=False)


def test_death_amid_each_write_loses_nothing_that_was_acknowledged(template: Path) -> None:
    for at, name in enumerate(_calls(template), 1):
        if name == "write":
            _die(template, at, half=True)


def test_death_at_each_call_of_creating_a_store_leaves_nothing_half(tmp_path: Path) -> None:
    def create(path: Path, at: int) -> None:
        with Store.open(path, identity=WHO, files=DyingFiles(at, half=True)):
            pass

    at, code = 0, 9
    while code == 9:
        at += 1
        path = tmp_path / f"{at}" / "sessions"
        code = in_child(partial(create, path, at))
        with open_store(path) as store:
            assert store.notices == ()
            save(store, "aaaaaaaa", 1)
        judge(path, [("aaaaaaaa", 1)])
    assert at > 30


@pytest.mark.parametrize("for_good", [False, True])
def test_a_failing_call_is_an_error_or_a_success_and_loses_nothing(template: Path, for_good: bool) -> None:
    for at in every(2):
        path = template.with_name(f"fail-{at}")
        shutil.copytree(template, path)
        files = FailingFiles(at, errno.ENOSPC, for_good=for_good)  # other errors: faults/
        acknowledged = list(BEFORE)
        try:
            with Store.open(path, identity=WHO, files=files) as store:
                for pair in (("aaaaaaaa", 3), ("cccccccc", 1)):
                    try:
                        save(store, *pair)
                    except GitstoreError:
                        continue
                    acknowledged.append(pair)
                    assert store.snapshot().read(f"cli/{pair[0]}/steps/{pair[1]:06}.jsonl") is not None
        except GitstoreError:
            pass
        with open_store(path) as store:
            save(store, "dddddddd", 1)
        judge(path, [*acknowledged, ("dddddddd", 1)])
        shutil.rmtree(path)
        if files.count < at:
            break
    assert at > 60
