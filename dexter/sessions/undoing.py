"""Taking back the last change that was made to sessions from outside of their exchanges, as a commit.

What there is to take back is read from the history: the newest commit with one of the actions below that no
later commit took back. What it changed is the difference between its tree and the tree before it.
"""

from collections.abc import Callable, Sequence

import msgspec

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.branching import pointed
from dexter.sessions.errors import NothingToUndo, SessionDamaged, UndoRefused
from dexter.sessions.reading.lineage import AFTER, TO
from dexter.sessions.reading.reading import read_metadata
from dexter.sessions.reading.session_files import history_files, is_there
from dexter.sessions.records.identifiers import is_session_id
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.records import SessionMetadata
from dexter.sessions.writing import changes
from gitstore import Operation, Replace, Require, RestoreDirectory, UpdateDocument

UNDONE, UNDOES = "undone", "Undoes"


class Undone(msgspec.Struct, frozen=True):
    """What was taken back: the action, its commit, the session, and its metadata now, None if it is gone."""

    action: str
    commit: str
    session_id: str
    metadata: SessionMetadata | None


class Trees(msgspec.Struct, frozen=True):
    """The sessions before a change, right after it, and as they are now."""

    before: gitstore.Snapshot
    after: gitstore.Snapshot
    now: gitstore.Snapshot


def undo(archive: Archive) -> Undone:
    """Take back the last deletion, restoration, title, tags, rewind, fork or import that is not yet.

    Called again it takes back the one before. What was asked and answered, and that a session was resumed, is
    never taken back.

    Raises:
        NothingToUndo: If there is none.
        UndoRefused: If something was built upon it since. Nothing was changed.
        NotSaved: If it can't be written. Nothing was changed.
    """
    entry = last_change(archive)
    session_id, action = entry.trailer("Session") or "", entry.action or ""
    trees = Trees(*(_tree(archive, at) for at in (entry.parents[0], entry.commit, None)))
    time = archive.clock()
    try:
        operations = _DEEDS[action](trees, session_id, time)
    except SessionDamaged as damage:
        raise UndoRefused(session_id, action, "damaged") from damage
    what = changes.happened(session_id, UNDONE, f"undone: {action}", operations, time, undoes=entry.commit)
    if archive.apply(what).outcome is not gitstore.Outcome.APPLIED:
        raise UndoRefused(session_id, action, "changed")
    now = _tree(archive, None)
    metadata = read_metadata(now, session_id)[0] if is_there(now, session_id) else None
    return Undone(action, entry.commit, session_id, metadata)


def last_change(archive: Archive) -> gitstore.LogEntry:
    """The newest commit that can be taken back and was not.

    Raises:
        NothingToUndo: If there is none.
    """
    done: set[str] = set()
    for entry in archive.log(None, None):
        if entry.action == UNDONE:
            done.add(entry.trailer(UNDOES) or "")
        elif entry.action in _DEEDS and entry.commit not in done and _is_ours(entry):
            return entry
    raise NothingToUndo


def _is_ours(entry: gitstore.LogEntry) -> bool:
    return len(entry.parents) == 1 and is_session_id(entry.trailer("Session") or "")


def _tree(archive: Archive, at: str | None) -> gitstore.Snapshot:
    snapshot = archive.snapshot(at)
    if snapshot is None:
        raise NothingToUndo
    return snapshot


def _brought_back(trees: Trees, session_id: str, time: float) -> Sequence[Operation]:  # noqa: ARG001
    """Of a deletion: the session as it was before."""
    directory = SessionPaths(session_id).directory
    tree = trees.before.directory_id(directory)
    if is_there(trees.now, session_id) or tree is None:
        raise UndoRefused(session_id, "deleted", "present")
    return [RestoreDirectory(directory, tree)]


def _taken_away(action: str) -> Callable[[Trees, str, float], Sequence[Operation]]:
    def taken_away(trees: Trees, session_id: str, time: float) -> Sequence[Operation]:  # noqa: ARG001
        """Of a session that came: it goes, if it is still what it was when it came."""
        directory = SessionPaths(session_id).directory
        if is_there(trees.before, session_id):
            raise UndoRefused(session_id, action, "present")
        came, present = (_history(tree, session_id) for tree in (trees.after, trees.now))
        expected = trees.now.directory_id(directory)
        if expected is None or came != present:
            raise UndoRefused(session_id, action, "absent" if expected is None else "gone on")
        return [Replace(directory, expected)]

    return taken_away


def _named_before(trees: Trees, session_id: str, time: float) -> Sequence[Operation]:
    before, after, now = _metadata(trees, session_id, "renamed")
    if now.title != after.title:
        raise UndoRefused(session_id, "renamed", "changed")
    return [Require(SessionPaths(session_id).directory), changes.titled(session_id, before.title, time)]


def _tagged_before(trees: Trees, session_id: str, time: float) -> Sequence[Operation]:  # noqa: ARG001
    before, after, now = _metadata(trees, session_id, "tagged")
    added = [tag for tag in after.tags if tag not in before.tags]
    removed = [tag for tag in before.tags if tag not in after.tags]
    if not set(added) <= set(now.tags) or set(removed) & set(now.tags):
        raise UndoRefused(session_id, "tagged", "changed")
    paths = SessionPaths(session_id)
    update = UpdateDocument(
        paths.metadata, add_to_set={"tags": removed}, remove_from_set={"tags": added} if added else {}
    )
    return [Require(paths.directory), update]


def _pointing_before(trees: Trees, session_id: str, time: float) -> Sequence[Operation]:
    before, after, now = _metadata(trees, session_id, "rewound")
    if now.last_exchange_id != after.last_exchange_id:
        raise UndoRefused(session_id, "rewound", "gone on")
    if any(now.unknown.get(key) != after.unknown.get(key) for key in (TO, AFTER)):
        raise UndoRefused(session_id, "rewound", "changed")
    pointer = pointed(session_id, {key: before.unknown.get(key) for key in (TO, AFTER)}, time)
    return [Require(SessionPaths(session_id).directory), *pointer]


def _metadata(
    trees: Trees, session_id: str, action: str
) -> tuple[SessionMetadata, SessionMetadata, SessionMetadata]:
    if not is_there(trees.now, session_id):
        raise UndoRefused(session_id, action, "absent")
    before, after, now = (
        read_metadata(tree, session_id)[0] for tree in (trees.before, trees.after, trees.now)
    )
    return before, after, now


def _history(tree: gitstore.Snapshot, session_id: str) -> list[tuple[str, str | None]]:
    return [(path, tree.file_id(path)) for path in history_files(tree, session_id)]


_DEEDS: dict[str, Callable[[Trees, str, float], Sequence[Operation]]] = {
    "deleted": _brought_back,
    "restored": _taken_away("restored"),
    "forked": _taken_away("forked"),
    "imported": _taken_away("imported"),
    "renamed": _named_before,
    "tagged": _tagged_before,
    "rewound": _pointing_before,
}
"""What takes back each action: operations, given the trees, the session and the time in epoch seconds."""
