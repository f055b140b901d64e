"""What there is to see of sessions: now or as of an earlier moment, and what happened to them."""

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.catalog.listing import Listed, list_sessions, read_all
from dexter.sessions.errors import SessionNotFound
from dexter.sessions.reading.reading import SessionView, read_session
from dexter.sessions.reading.session_files import is_there
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.outcomes import SessionEvent


def listed(archive: Archive, at: str | None) -> Listed:
    """The sessions as they are now, or as of a date, commit or ref.

    Raises:
        MomentNotFound: If `at` is no date, commit or ref of the history.
        StoreUnreadable: If the repository can't be read.
    """
    if at is None:
        return list_sessions(archive)
    snapshot = archive.snapshot(at)
    return Listed() if snapshot is None else read_all(snapshot)


def snapshot_with(archive: Archive, session_id: str, at: str | None = None) -> gitstore.Snapshot:
    """The tree as it is now, or was, if it has a session of that whole id.

    Raises:
        SessionNotFound: If it has none.
        MomentNotFound: If `at` is no date, commit or ref of the history.
    """
    snapshot = archive.snapshot(at)
    if snapshot is None or not is_there(snapshot, session_id):
        raise SessionNotFound(session_id)
    return snapshot


def show(archive: Archive, session_id: str, at: str | None = None) -> SessionView:
    """A session with all of its exchanges.

    Raises:
        SessionNotFound: If there is no such session.
        SessionDamaged: If its history can't be read.
        MomentNotFound: If `at` is no date, commit or ref of the history.
    """
    return read_session(snapshot_with(archive, session_id, at), session_id)


def events(archive: Archive, session_id: str | None, limit: int | None) -> list[SessionEvent]:
    """What happened, newest first: in one session, deleted or not, or in all of them.

    Raises:
        SessionNotFound: If there never was such a session.
    """
    directory = None if session_id is None else SessionPaths(session_id).directory
    found = [_event(entry) for entry in archive.log(directory, limit)]
    if session_id is not None and not found and limit != 0:
        raise SessionNotFound(session_id)
    return found


def _event(entry: gitstore.LogEntry) -> SessionEvent:
    session_id = entry.trailer("Session")
    return SessionEvent(
        commit=entry.commit,
        time=int(entry.time * 1000),
        action=entry.action,
        session_id=session_id,
        exchange_id=entry.trailer("Exchange"),
        status=entry.trailer("Status"),
        text=entry.subject.removeprefix(f"{session_id}: "),
        author=entry.author.name,
    )
