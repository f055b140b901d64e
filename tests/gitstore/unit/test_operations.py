"""What each operation does to a store, and what it refuses."""

import json
from pathlib import Path

import msgspec
import pytest

from gitstore import (
    AppendRecord,
    Change,
    Only,
    Operation,
    Outcome,
    PutFile,
    Receipt,
    RemoveDirectory,
    Require,
    RestoreDirectory,
    Revive,
    Store,
    UpdateDocument,
)
from tests.support.stores import exchange, git, judge, open_store, save


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "sessions")


def _do(store: Store, *operations: Operation) -> Receipt:
    return store.apply(Change(operations, "a change"))


def test_the_same_exchange_twice_is_there_once(store: Store) -> None:
    first = save(store, "aaaaaaaa", 1)
    second = save(store, "aaaaaaaa", 1)
    assert (first.outcome, second.outcome) == (Outcome.APPLIED, Outcome.ALREADY)
    assert second.commit is None
    assert len(list(store.log("cli/aaaaaaaa"))) == 1
    store.close()
    judge(store.path, [("aaaaaaaa", 1)])


def test_a_file_that_is_written_once_is_never_replaced(store: Store) -> None:
    _do(store, PutFile("cli/a/steps/1", b"one"))
    assert _do(store, PutFile("cli/a/steps/1", b"one")).outcome is Outcome.ALREADY
    assert _do(store, PutFile("cli/a/steps/1", b"two")).outcome is Outcome.APPLIED
    files = {name: store.snapshot().read(name) for name in store.snapshot().files("cli")}
    assert sorted(files.values(), key=str) == [b"one", b"two"]
    assert files["cli/a/steps/1"] == b"one"


def test_a_broken_document_is_kept_beside_and_begun_anew(store: Store) -> None:
    _do(store, PutFile("cli/a/session.json", b"{broken"))
    _do(store, UpdateDocument("cli/a/session.json", set={"title": "x"}))
    assert json.loads(store.snapshot().read("cli/a/session.json") or b"") == {"title": "x"}
    (kept,) = [name for name in store.snapshot().files("cli/a") if "damaged" in name]
    assert store.snapshot().read(kept) == b"{broken"


def test_members_are_added_and_taken_away_once(store: Store) -> None:
    path = "cli/a/session.json"
    _do(store, UpdateDocument(path, add_to_set={"tags": ["x", "y"]}, set={"gone": 1}))
    _do(
        store,
        UpdateDocument(
            path, add_to_set={"tags": ["x", "z"]}, remove_from_set={"tags": ["y"]}, unset=["gone"]
        ),
    )
    assert json.loads(store.snapshot().read(path) or b"") == {"tags": ["x", "z"]}


def test_an_update_on_condition_is_done_where_it_holds(store: Store) -> None:
    path, records = "cli/a/session.json", "cli/a/history.jsonl"

    def first(identifier: str) -> UpdateDocument:
        condition = Only(at_least={"last": identifier}, first=(records, identifier))
        return UpdateDocument(path, set={"first": identifier}, only=condition)

    def last(identifier: str) -> UpdateDocument:
        return UpdateDocument(
            path, set={"last": identifier, "by": identifier}, only=Only(at_most={"last": identifier})
        )

    for identifier in ("5", "7", "6", "3", "4"):
        record = json.dumps({"id": identifier}).encode()
        _do(store, last(identifier), first(identifier), AppendRecord(records, record, identifier))
    assert json.loads(store.snapshot().read(path) or b"") == {"first": "3", "last": "7", "by": "7"}
    _do(store, UpdateDocument(path, set={"last": 8}))
    assert _do(store, last("9")).outcome is Outcome.APPLIED  # what can't be compared binds nobody


def test_an_update_from_before_there_were_conditions_has_none() -> None:
    fields = msgspec.to_builtins(UpdateDocument("cli/a/session.json", set={"title": "x"}))
    del fields["only"]
    assert msgspec.convert(fields, UpdateDocument).only is None


def test_a_condition_names_a_path_of_the_store(store: Store) -> None:
    with pytest.raises(ValueError, match="not a path"):
        _do(store, UpdateDocument("cli/a.json", set={"a": 1}, only=Only(first=("../x", "1"))))


def test_deleting_and_restoring_twice_is_refused_and_changes_nothing(store: Store) -> None:
    save(store, "aaaaaaaa", 1)
    tree = store.snapshot().directory_id("cli/aaaaaaaa") or ""
    assert _do(store, RemoveDirectory("cli/aaaaaaaa")).outcome is Outcome.APPLIED
    again = _do(store, RemoveDirectory("cli/aaaaaaaa"))
    assert (again.outcome, again.reason, again.commit) == (Outcome.REFUSED, "absent", None)
    assert store.snapshot().names("cli") == []
    (deletion,) = store.deletions("cli")
    assert (deletion.path, deletion.tree) == ("cli/aaaaaaaa", tree)
    assert _do(store, RestoreDirectory("cli/aaaaaaaa", tree)).outcome is Outcome.APPLIED
    assert _do(store, RestoreDirectory("cli/aaaaaaaa", tree)).reason == "present"
    assert _do(store, RestoreDirectory("cli/b", "0" * 40)).reason == "no such tree"
    assert store.snapshot().directory_id("cli/aaaaaaaa") == tree
    store.close()
    judge(store.path, [("aaaaaaaa", 1)])


def test_saving_into_a_deleted_directory_brings_it_back_and_says_so(store: Store) -> None:
    for number in (1, 2):
        save(store, "aaaaaaaa", number)
    _do(store, RemoveDirectory("cli/aaaaaaaa"))
    change = exchange("aaaaaaaa", 3)
    operations = (Revive("cli/aaaaaaaa", "It had been deleted meanwhile."), *change.operations)
    store.apply(Change(operations, change.subject, trailers=change.trailers))
    assert next(store.log()).body == "It had been deleted meanwhile."
    store.close()
    judge(store.path, [("aaaaaaaa", number) for number in (1, 2, 3)])


def test_a_revival_of_what_never_was_is_nothing(store: Store) -> None:
    change = exchange("aaaaaaaa", 3)
    store.apply(Change((Revive("cli/aaaaaaaa", "note"), *change.operations), "s"))
    assert next(store.log()).body == ""
    assert _do(store, Revive("cli/bbbbbbbb", "note")).outcome is Outcome.ALREADY


def test_what_is_required_is_looked_at_before_anything_is_done(store: Store) -> None:
    refused = _do(store, PutFile("cli/b/x", b"x"), Require("cli/a"))
    assert (refused.outcome, refused.reason) == (Outcome.REFUSED, "absent")
    save(store, "aaaaaaaa", 1)
    assert _do(store, Require("cli/aaaaaaaa", present=False), PutFile("cli/b/x", b"x")).reason == "present"
    assert not store.snapshot().exists("cli/b")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/x",
        "a//b",
        "../x",
        "a/../b",
        ".git/config",
        "a/.GIT/x",
        "a/git~1/x",
        "a\\b",
        "a\nb",
        "c:x",
        "a/.",
    ],
)
def test_a_path_that_leaves_the_store_is_refused_before_anything_is_written(store: Store, path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        _do(store, PutFile(path, b""))
    assert not (store.path / ".git/gitstore/journal").exists()


@pytest.mark.parametrize(
    "operation",
    [
        AppendRecord("a", b'{"id": "1"}\n', "1"),
        AppendRecord("a", b'{"id": "2"}', "1"),
        AppendRecord("a", b"[]", "1"),
        RestoreDirectory("a", "nothing"),
    ],
)
def test_a_malformed_operation_is_refused(store: Store, operation: Operation) -> None:
    with pytest.raises(ValueError, match=r"record|tree"):
        _do(store, operation)
    with pytest.raises(ValueError, match="without"):
        _do(store)
    with pytest.raises(ValueError, match="trailer"):
        store.apply(Change((PutFile("a", b""),), "s", trailers=(("Not a key", "x"),)))


def test_what_is_saved_without_waiting_is_seen_at_once_and_committed_at_the_end(store: Store) -> None:
    receipts = [store.apply(exchange("aaaaaaaa", number), wait=False) for number in range(1, 31)]
    assert {receipt.commit for receipt in receipts} == {None}
    now = store.snapshot()
    assert (now.pending, len(now.files("cli/aaaaaaaa/steps"))) == (30, 30)
    assert git(store.path, "rev-list", "--count", "HEAD").strip() == "1"
    assert store.settle() is None
    assert store.snapshot().pending == 0
    assert store.snapshot().directory_id("cli") == now.directory_id("cli")
    store.close()
    assert git(store.path, "rev-list", "--count", "HEAD").strip() == "31"
    judge(store.path, [("aaaaaaaa", number) for number in range(1, 31)])


def test_a_very_large_record_comes_back_whole(store: Store) -> None:
    record = json.dumps({"id": "1", "text": "x" * 10_000_000}).encode()
    assert _do(store, AppendRecord("cli/a/history.jsonl", record, "1")).commit
    assert store.snapshot().read("cli/a/history.jsonl") == record + b"\n"


def test_a_deletion_and_a_save_that_wait_together_lose_nothing(store: Store) -> None:
    for number in (1, 2):
        save(store, "aaaaaaaa", number)
    store.apply(Change((RemoveDirectory("cli/aaaaaaaa"),), "aaaaaaaa: deleted"), wait=False)
    change = exchange("aaaaaaaa", 3)
    operations = (Revive("cli/aaaaaaaa", "It had been deleted."), *change.operations)
    store.apply(Change(operations, change.subject, trailers=change.trailers), wait=False)
    assert len(store.snapshot().files("cli/aaaaaaaa/steps")) == 3
    store.close()
    judge(store.path, [("aaaaaaaa", number) for number in (1, 2, 3)])


def test_a_turn_that_ends_where_it_began_is_finished_like_any_other(store: Store) -> None:
    save(store, "aaaaaaaa", 1)
    tree = store.snapshot().directory_id("cli/aaaaaaaa") or ""
    store.apply(Change((RemoveDirectory("cli/aaaaaaaa"),), "aaaaaaaa: deleted"), wait=False)
    assert _do(store, RestoreDirectory("cli/aaaaaaaa", tree)).commit
    store.close()
    judge(store.path, [("aaaaaaaa", 1)])


def test_several_updates_of_a_document_in_one_change_leave_one_version_of_it(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    updates = (
        UpdateDocument("cli/aaaaaaaa/session.json", set={"id": "aaaaaaaa"}),
        UpdateDocument("cli/aaaaaaaa/session.json", increase={"count": 2}),
        UpdateDocument("cli/aaaaaaaa/session.json", set={"title": "no"}, only=Only(at_least={"count": 3})),
        UpdateDocument("cli/aaaaaaaa/session.json", increase={"count": 1}),
    )
    with open_store(path) as store:
        assert store.apply(Change(updates, "all of it")).commit
        content = store.snapshot().read("cli/aaaaaaaa/session.json") or b""
    assert json.loads(content) == {"id": "aaaaaaaa", "count": 3}
    assert git(path, "fsck", "--unreachable", "--no-reflogs") == ""
