"""A repair that is killed at any call, and run again, ends as one that was not."""

from pathlib import Path

import pytest

import gitstore.checking
from tests.support.damage import cut, mend, pack_with, write
from tests.support.stores import DyingFiles, WatchedFiles, git, ids, in_child, open_store, save


def damaged(path: Path) -> Path:
    with open_store(path) as opened:
        for number in range(1, 4):
            save(opened, "aaaa0000", number)
    cut(pack_with(path, "HEAD"), 60)
    write(path / ".git/config", bytes(100))
    return path


def calls(tmp_path: Path) -> int:
    watched = WatchedFiles()
    mend(damaged(tmp_path / "counted"), watched)
    return watched.count


@pytest.mark.parametrize("part", range(8))
def test_killed_and_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr(gitstore.checking, "_PAUSE", 0)
    at = 1 + part * calls(tmp_path) // 8
    store = damaged(tmp_path / "store")
    assert in_child(lambda: mend(store, DyingFiles(at, half=True)) and None) == 9
    assert mend(store).after.problems == ()
    git(store, "fsck", "--full", "--strict")
    assert ids(store, "aaaa0000") == ["000001", "000002", "000003"]
