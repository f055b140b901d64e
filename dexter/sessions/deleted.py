"""The sessions that were deleted and can be restored."""

from dexter.sessions.archive import Archive
from dexter.sessions.identifiers import is_session_id
from dexter.sessions.layout import ROOT


def deleted_trees(archive: Archive) -> dict[str, str]:
    """The tree of each deleted session as it was before its last deletion, by the session's id."""
    found: dict[str, str] = {}
    for deletion in archive.deletions(ROOT):
        session_id = deletion.path.rpartition("/")[2]
        if is_session_id(session_id):
            found.setdefault(session_id, deletion.tree)
    return found
