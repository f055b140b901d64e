"""`undo` takes back one change after the other, and says why not where something was built upon it."""

from pathlib import Path

import pytest

from dexter.sessions import Archive, NothingToUndo, SessionManager, SessionNotFound, UndoRefused
from dexter.sessions.branching import goes_on_from
from dexter.sessions.writing import changes
from tests.support.sessions import TOOL, commit_file, git, is_sound, save
from tests.support.sessions import make_session as made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


@pytest.fixture
def manager(home: Path) -> SessionManager:
    made(home, "one", "two", session_id="aaaaaaaa", steps=[TOOL])
    return SessionManager(home)


def tree(home: Path) -> str:
    return git(home, "rev-parse", "HEAD:cli")


def test_each_change_is_taken_back_once_from_the_last_to_the_first(manager: SessionManager, home: Path):
    before = tree(home)
    manager.rename_session("aaaaaaaa", "First")
    manager.rename_session("aaaaaaaa", "Second")
    manager.tag_session("aaaaaaaa", ["x", "y"])
    manager.tag_session("aaaaaaaa", ["z"], ["x"])
    first = manager.show("aaaaaaaa").exchanges[0].id
    manager.rewind("aaaaaaaa", first)
    fork = manager.fork("aaaaaaaa")
    manager.delete_session("aaaaaaaa")
    manager.restore_session("aaaaaaaa")
    done = manager.log()
    undoable = [event for event in done if event.action not in {None, "created", "exchange"}]
    undone = []
    for event in undoable:
        undone.append(manager.undo())
        assert undone[-1].commit == event.commit
        message = git(home, "log", "-1", "--format=%B")
        assert message.endswith(f"\nAction: undone\nUndoes: {event.commit}\n\n")
    assert [each.action for each in undone] == [
        *("restored", "deleted", "forked", "rewound", "tagged", "tagged", "renamed", "renamed"),
    ]
    assert [each.metadata is None for each in undone] == [True, False, True, *[False] * 5]
    assert [each.metadata.tags for each in undone[4:6] if each.metadata] == [("y", "x"), ()]
    assert [each.metadata.title for each in undone[6:] if each.metadata] == ["First", None]
    with pytest.raises(SessionNotFound):
        manager.get(fork.id)
    with pytest.raises(NothingToUndo):
        manager.undo()
    # What is left of it all is when the title and the pointer were changed.
    view = manager.show("aaaaaaaa")
    assert goes_on_from(view.metadata, view.exchanges) == view.exchanges[-1].id
    assert view.metadata.unknown.keys() == {"rewoundChangedAt"}
    assert git(home, "diff", "--stat", before.strip(), "HEAD:cli").count("|") == 1
    assert is_sound(home)


def test_exchanges_and_resuming_are_never_taken_back(manager: SessionManager):
    manager.rename_session("aaaaaaaa", "T")
    manager.resume("aaaaaaaa")
    save(manager, "three")
    assert manager.undo().action == "renamed"
    assert manager.get("aaaaaaaa").exchange_count == 3
    with pytest.raises(NothingToUndo):
        manager.undo()


def test_where_there_is_nothing_nothing_is_made(home: Path):
    with SessionManager(home) as manager, pytest.raises(NothingToUndo):
        manager.undo()
    assert not home.exists()


def test_a_fork_that_was_gone_on_with_stays(manager: SessionManager, home: Path):
    fork = manager.fork("aaaaaaaa")
    manager.resume(fork.id)
    save(manager, "three")
    refused(manager, home, "forked", "gone on")


def test_a_rewind_stays_once_something_was_asked(manager: SessionManager, home: Path):
    manager.resume("aaaaaaaa")
    manager.rewind_session(None)
    save(manager, "anew")
    refused(manager, home, "rewound", "gone on")


def test_a_session_that_a_chat_brought_back_is_not_brought_back_again(manager: SessionManager, home: Path):
    manager.resume("aaaaaaaa")
    with SessionManager(home) as other:
        other.delete_session("aaaaaaaa")
    save(manager, "three")
    refused(manager, home, "deleted", "present")


def test_what_a_person_changed_since_by_hand_stays(manager: SessionManager, home: Path):
    manager.rename_session("aaaaaaaa", "T")
    path = "cli/aaaaaaaa/session.json"
    content = (home / "sessions" / path).read_bytes()
    commit_file(home, path, content.replace(b'"T"', b'"by hand"'))
    refused(manager, home, "renamed", "changed")
    manager.tag_session("aaaaaaaa", ["x"])
    content = (home / "sessions" / path).read_bytes()
    commit_file(home, path, content.replace(b'"x"', b'"y"'))
    refused(manager, home, "tagged", "changed")
    git(home, "rm", "-rq", "cli/aaaaaaaa")
    git(home, "commit", "-qm", "by hand")
    refused(manager, home, "tagged", "absent")


def test_an_import_is_taken_back_unless_the_session_was_there_before(manager: SessionManager, home: Path):
    with Archive(home) as archive:
        document = changes.document(manager.get("aaaaaaaa")) | {"id": "bbbbbbbb"}
        come = changes.put("bbbbbbbb", document)
        archive.apply(changes.happened("bbbbbbbb", "imported", "imported", [come], 1.0))
        assert manager.undo().metadata is None
        archive.apply(
            changes.happened("aaaaaaaa", "imported", "imported", [changes.put("aaaaaaaa", {"x": 1})], 2.0)
        )
    refused(manager, home, "imported", "present")


def refused(manager: SessionManager, home: Path, action: str, reason: str) -> None:
    commit = git(home, "rev-parse", "main")
    with pytest.raises(UndoRefused) as error:
        manager.undo()
    assert (error.value.action, error.value.reason) == (action, reason)
    assert git(home, "rev-parse", "main") == commit
