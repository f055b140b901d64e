"""The sessions that were deleted and can be restored."""

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.catalog.listing import DELETED, list_snapshot
from dexter.sessions.records.identifiers import is_session_id
from dexter.sessions.records.layout import ROOT
from dexter.sessions.records.outcomes import DeletedSession


def deletions(archive: Archive) -> dict[str, gitstore.Deletion]:
    """The last deletion of each session that is not there, by its id, the latest deletion first."""
    found: dict[str, gitstore.Deletion] = {}
    for deletion in archive.deletions(ROOT):
        session_id = deletion.path.rpartition("/")[2]
        if is_session_id(session_id):
            found.setdefault(session_id, deletion)
    return found


def deleted_trees(archive: Archive) -> dict[str, str]:
    """The tree of each deleted session as it was before its last deletion, by the session's id."""
    return {session_id: deletion.tree for session_id, deletion in deletions(archive).items()}


def deleted_sessions(archive: Archive) -> list[DeletedSession]:
    """The sessions that can be restored, as they were, the last deleted first."""
    gone = deletions(archive)
    snapshot = archive.gather({session_id: each.tree for session_id, each in gone.items()}) if gone else None
    if snapshot is None:
        return []
    known = {each.id: each for each in list_snapshot(archive, snapshot, DELETED).sessions}
    return [
        DeletedSession(known[session_id], int(each.time * 1000), each.commit, each.tree)
        for session_id, each in gone.items()
        if session_id in known
    ]
