"""Packs without their index, and indexes without their pack, are never taken for rubbish."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.stores import git, judge, open_store, save

ALL = [*(("aaaaaaaa", number) for number in range(3)), ("bbbbbbbb", 1)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with a few packs that are an hour old."""
    found = tmp_path / "sessions"
    with open_store(found) as store:
        for number in range(3):
            save(store, "aaaaaaaa", number)
    for each in (found / ".git/objects/pack").iterdir():
        moment = each.stat().st_mtime - 3600
        os.utime(each, (moment, moment))
    return found


def newest(path: Path, suffix: str) -> Path:
    """A file of the pack that has the tip."""
    tip = git(path, "rev-parse", "main").strip()
    for index in (path / ".git/objects/pack").glob("*.idx"):
        with index.open("rb") as file:
            shown = subprocess.run(
                ["git", "show-index"], stdin=file, check=True, capture_output=True, text=True
            )
        if tip in shown.stdout:
            return index.with_suffix(suffix)
    raise AssertionError("no pack has the tip")


def test_a_pack_that_lost_its_index_gets_it_again(path: Path) -> None:
    newest(path, ".idx").unlink()
    with open_store(path) as store:
        save(store, "bbbbbbbb", 1)
    with open_store(path) as store:
        assert store.settle() is None
    judge(path, ALL)


def test_an_index_that_lost_its_pack_stays_as_long_as_something_is_missing(path: Path) -> None:
    pack = newest(path, ".pack")
    content = pack.read_bytes()
    pack.unlink()
    with open_store(path) as store:
        assert save(store, "bbbbbbbb", 1).delayed
    assert pack.with_suffix(".idx").exists()
    pack.write_bytes(content)
    with open_store(path) as store:
        assert store.settle() is None
    judge(path, ALL)


def test_an_index_all_of_which_lies_elsewhere_goes(path: Path, tmp_path: Path) -> None:
    pack, kept = newest(path, ".pack"), tmp_path / "kept.idx"
    index = pack.with_suffix(".idx")
    kept.write_bytes(index.read_bytes())
    subprocess.run(["git", "-C", str(path), "repack", "-adfq", "--depth=1"], check=True)
    assert not index.exists()
    index.write_bytes(kept.read_bytes())
    os.utime(index, (0, 0))
    with open_store(path) as store:
        save(store, "bbbbbbbb", 1)
    assert not index.exists()
    judge(path, ALL)
