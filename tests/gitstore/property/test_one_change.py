"""Of one change with several operations on one file."""

import json
from pathlib import Path

import pytest

from gitstore import AppendRecord, Change, Outcome, PutFile, RemoveDirectory, RestoreDirectory
from tests.support.stores import git, open_store


def record(identifier: str) -> AppendRecord:
    return AppendRecord("cli/aaaaaaaa/history.jsonl", json.dumps({"id": identifier}).encode(), identifier)


def ids(path: Path) -> list[str]:
    return [
        json.loads(line)["id"] for line in git(path, "show", "main:cli/aaaaaaaa/history.jsonl").splitlines()
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        store.apply(Change((record("1"), record("2")), "begun"))
    return path


def test_a_record_that_is_in_a_change_twice_is_in_its_file_once(path: Path) -> None:
    with open_store(path) as store:
        assert store.apply(Change((record("3"), record("3")), "twice")).outcome is Outcome.APPLIED
    assert ids(path) == ["1", "2", "3"]


def test_a_record_that_comes_back_with_its_directory_is_not_added_to_it_again(path: Path) -> None:
    with open_store(path) as store:
        store.apply(Change((RemoveDirectory("cli/aaaaaaaa"),), "deleted"))
        (deletion,) = store.deletions("cli")
        back = RestoreDirectory(deletion.path, deletion.tree)
        assert store.apply(Change((back, record("2"), record("3")), "restored")).outcome is Outcome.APPLIED
    assert ids(path) == ["1", "2", "3"]


def test_records_of_a_directory_that_the_change_takes_away_first_are_those_of_a_new_one(path: Path) -> None:
    with open_store(path) as store:
        store.apply(Change((RemoveDirectory("cli/aaaaaaaa"), record("3")), "begun anew"))
        assert ids(path) == ["3"]
        assert (
            store.apply(Change((RemoveDirectory("cli/aaaaaaaa"), record("3")), "again")).outcome
            is Outcome.ALREADY
        )
        kept = Change((PutFile("cli/aaaaaaaa/p", b"1"), PutFile("cli/aaaaaaaa/p", b"2")), "two contents")
        assert store.apply(kept).outcome is Outcome.APPLIED
        assert sorted(name[:1] for name in store.snapshot().names("cli/aaaaaaaa")) == ["h", "p", "p"]
