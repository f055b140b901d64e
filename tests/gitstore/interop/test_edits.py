"""What a person changes in the work tree: seen by git as long as it is there, and never overwritten."""

import os
from pathlib import Path

import pytest

from gitstore import Change, RemoveDirectory, RestoreDirectory
from tests.support.stores import git, ids, judge, open_store, save


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        save(store, "aaaaaaaa", 1)
    return path


def long_ago(path: Path) -> None:
    """Let a file be older than git's index, which then believes its entry without reading the file."""
    os.utime(path, (1_000_000_000, 1_000_000_000))


def test_an_edit_that_is_older_than_the_index_is_not_taken_for_ours_by_the_save_after_next(
    path: Path,
) -> None:
    history = path / "cli/aaaaaaaa/history.jsonl"
    mine = history.read_bytes() + b'{"id": "mine"}\n'
    history.write_bytes(mine)
    long_ago(history)
    for number in (2, 3, 4):
        with open_store(path) as store:
            assert save(store, "aaaaaaaa", number).left == ("cli/aaaaaaaa/history.jsonl",)
        assert history.read_bytes() == mine
        assert git(path, "status", "--porcelain") == " M cli/aaaaaaaa/history.jsonl\n"
    assert ids(path, "aaaaaaaa") == ["000001", "000002", "000003", "000004"]


def test_a_store_that_a_link_leads_to_is_followed_like_any_other(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(path)
    with open_store(link) as store:
        assert save(store, "aaaaaaaa", 2).delayed is None
        assert save(store, "bbbbbbbb", 1).left == ()
    judge(path, [("aaaaaaaa", 1), ("aaaaaaaa", 2), ("bbbbbbbb", 1)])


def test_a_program_and_a_link_of_a_users_are_what_they_were_after_deleting_and_restoring(path: Path) -> None:
    folder = path / "cli/aaaaaaaa"
    (folder / "run").write_text("#!/bin/sh\n")
    (folder / "run").chmod(0o755)
    (folder / "link").symlink_to("history.jsonl")
    git(path, "add", ".")
    git(path, "commit", "-qm", "mine")
    with open_store(path) as store:
        gone = store.apply(Change((RemoveDirectory("cli/aaaaaaaa"),), "aaaaaaaa: deleted"))
        assert gone.left == ("cli/aaaaaaaa/link",)
        assert [each.name for each in folder.iterdir()] == ["link"]
        (deletion,) = store.deletions("cli")
        back = store.apply(Change((RestoreDirectory(deletion.path, deletion.tree),), "aaaaaaaa: restored"))
        assert back.left == ()
    assert (folder / "link").readlink() == Path("history.jsonl")
    assert os.access(folder / "run", os.X_OK)
    judge(path, [("aaaaaaaa", 1)])


def test_an_index_that_is_gone_gets_the_modes_of_the_branch(path: Path) -> None:
    (path / "run").write_text("#!/bin/sh\n")
    (path / "run").chmod(0o755)
    git(path, "add", "run")
    git(path, "commit", "-qm", "mine")
    (path / ".git/index").unlink()
    with open_store(path) as store:
        save(store, "aaaaaaaa", 2)
    judge(path, [("aaaaaaaa", 1), ("aaaaaaaa", 2)])
