"""Files of records that reach their limit, in a real store and judged by real git."""

import json
import os
from functools import partial
from pathlib import Path

import pytest

from gitstore import AppendRecord, Change, Outcome, PutFile, Receipt, Store, segment_path
from tests.support.stores import git, judge, open_store, start_child

PATH = "cli/a/history.jsonl"


def _append(store: Store, *numbers: int, limit: int = 200, **options: bool) -> Receipt:
    operations = []
    for number in numbers:
        record = json.dumps({"id": f"{number:03}", "text": "x" * 40}).encode()
        operations.append(AppendRecord(PATH, record, f"{number:03}", limit))
    return store.apply(Change(tuple(operations), f"a: {numbers}"), **options)


def _ids(store: Store) -> list[list[str]]:
    now = store.snapshot()
    return [
        [json.loads(line)["id"] for line in (now.read(path) or b"").splitlines()]
        for path in now.segments(PATH)
    ]


def test_a_full_file_goes_on_in_the_next_one_and_git_shows_both(tmp_path: Path) -> None:
    with open_store(tmp_path / "s") as store:
        for number in range(7):
            assert _append(store, number).commit
        assert _ids(store) == [["000", "001", "002"], ["003", "004", "005"], ["006"]]
        assert store.snapshot().segments(PATH) == [segment_path(PATH, number) for number in (1, 2, 3)]
    judge(tmp_path / "s")
    assert (tmp_path / "s/cli/a/history.0002.jsonl").is_file()
    union = git(tmp_path / "s", "check-attr", "merge", "--", "cli/a/history.0002.jsonl")
    assert union.endswith("merge: union\n")


def test_a_record_that_is_in_any_of_the_files_was_applied_before(tmp_path: Path) -> None:
    with open_store(tmp_path / "s") as store:
        _append(store, *range(10))
        before = _ids(store)
        for number in range(10):
            assert _append(store, number).outcome is Outcome.ALREADY
        assert _ids(store) == before
        _append(store, 100)
        assert _append(store, 101, 3).outcome is Outcome.ALREADY


def test_an_older_record_goes_where_it_belongs_and_a_file_that_grows_too_far_is_cut_anew(
    tmp_path: Path,
) -> None:
    with open_store(tmp_path / "s") as store:
        _append(store, *range(0, 60, 10))
        _append(store, 5)
        assert _ids(store) == [["000", "005", "010", "020"], ["030", "040", "050"]]
        for number in range(11, 20):
            _append(store, number)
        found = _ids(store)
        assert sum(found, []) == sorted(sum(found, []))  # noqa: RUF017  a dozen
        assert len(sum(found, [])) == 16  # noqa: RUF017
        assert len(found) > 2
        assert all(len(store.snapshot().read(path) or b"") <= 600 for path in store.snapshot().segments(PATH))
    judge(tmp_path / "s")


def test_a_file_from_before_there_was_a_limit_gets_no_more_at_its_end(tmp_path: Path) -> None:
    with open_store(tmp_path / "s") as store:
        _append(store, *range(20), limit=10**6)
        old = store.snapshot().read(PATH)
        _append(store, 20)
        assert store.snapshot().read(PATH) == old
        assert _ids(store)[1:] == [["020"]]


def test_many_records_in_one_change_make_no_version_of_the_file_between_them(tmp_path: Path) -> None:
    with open_store(tmp_path / "s") as store:
        _append(store, *range(500), limit=10**6)
        assert _ids(store) == [[f"{number:03}" for number in range(500)]]
    listed = git(tmp_path / "s", "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").split()
    assert listed.count("blob") < 10


def test_what_lies_in_the_way_of_the_next_file_is_left_and_its_number_passed_over(tmp_path: Path) -> None:
    with open_store(tmp_path / "s") as store:
        _append(store, 0, 1, 2)
        store.apply(Change((PutFile("cli/a/history.0002.jsonl/note", b"mine"),), "a: in the way"))
        assert _append(store, 3).commit
        assert store.snapshot().segments(PATH) == [PATH, "cli/a/history.0003.jsonl"]
        assert _ids(store) == [["000", "001", "002"], ["003"]]


@pytest.mark.parametrize("kind", ["record", "file"])
def test_what_no_git_host_takes_is_refused_before_anything_is_saved(kind: str, tmp_path: Path) -> None:
    whole = b"x" * 100_000_000
    with open_store(tmp_path / "s") as store:
        operation = AppendRecord("a.jsonl", whole, "1") if kind == "record" else PutFile("a", whole)
        with pytest.raises(ValueError, match="git hosts"):
            store.apply(Change((operation,), "too much"))
        assert store.snapshot().files() == [".gitattributes", "gitstore.json"]


def test_two_processes_fill_the_same_files(tmp_path: Path) -> None:
    path = tmp_path / "s"
    open_store(path).close()

    def write(first: int) -> None:
        with open_store(path) as store:
            for number in range(first, 40, 2):
                _append(store, number, wait=False)

    children = [start_child(partial(write, first)) for first in (0, 1)]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    with open_store(path) as store:
        store.settle()
        found = _ids(store)
        assert sum(found, []) == [f"{number:03}" for number in range(40)]  # noqa: RUF017
        sizes = [len(store.snapshot().read(name) or b"") for name in store.snapshot().segments(PATH)]
        assert all(size <= 600 for size in sizes)
    judge(path)
