"""What is done to sessions from outside of their chats: they get titles, and come back once deleted."""

from contextlib import suppress

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.errors import SessionNotFound, SessionPresent
from dexter.sessions.finding import find, find_deleted
from dexter.sessions.looking import snapshot_with
from dexter.sessions.reading.reading import read_metadata
from dexter.sessions.records.encoding import storable
from dexter.sessions.records.records import SessionMetadata
from dexter.sessions.writing import changes


def rename(archive: Archive, session_id: str, title: str) -> SessionMetadata:
    """Give a session a title, on one line; an empty one takes the title away.

    Raises:
        SessionNotFound: If there is no such session.
        NotSaved: If it can't be written.
    """
    _metadata(archive, session_id)
    line = archive.masks.mask(" ".join(storable(title).split())).text
    receipt = archive.apply(changes.renamed(session_id, line or None, archive.clock()))
    if receipt.outcome is gitstore.Outcome.REFUSED:
        raise SessionNotFound(session_id)
    return _metadata(archive, session_id)


def restore(archive: Archive, session_id: str) -> SessionMetadata:
    """Bring a deleted session back as it was when it was deleted, by its id or a unique prefix.

    Raises:
        SessionPresent: If it is there.
        SessionNotFound: If no such session was deleted.
        AmbiguousSession: If more than one begins with that.
        NotSaved: If it can't be written.
    """
    with suppress(SessionNotFound):
        raise SessionPresent(find(archive, session_id))
    found = find_deleted(archive, session_id)
    receipt = archive.apply(changes.restored(found.metadata.id, found.tree, archive.clock()))
    if receipt.outcome is gitstore.Outcome.REFUSED:
        raise SessionPresent(session_id)
    return _metadata(archive, found.metadata.id)


def _metadata(archive: Archive, session_id: str) -> SessionMetadata:
    return read_metadata(snapshot_with(archive, session_id), session_id)[0]
