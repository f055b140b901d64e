"""From what a user typed to one session: a whole id or a unique prefix of one."""

from collections.abc import Iterable

from dexter.sessions.archive import Archive
from dexter.sessions.catalog.deleted import deleted_sessions, deletions
from dexter.sessions.catalog.listing import list_sessions, read_all
from dexter.sessions.errors import AmbiguousSession, SessionNotFound
from dexter.sessions.reading.session_files import is_there, session_ids
from dexter.sessions.records.outcomes import DeletedSession

SUGGESTIONS = 5


def find(archive: Archive, text: str, at: str | None = None) -> str:
    """The id of the one session that is meant.

    Args:
        archive: Where to look.
        text: A whole id or the beginning of one.
        at: As of a date, commit or ref.

    Raises:
        SessionNotFound: If there is none, with the sessions that there are.
        AmbiguousSession: If there is more than one, with all of them.
    """
    snapshot = archive.snapshot(at)
    if snapshot is None:
        raise SessionNotFound(text)
    if is_there(snapshot, text):
        return text
    ids = session_ids(snapshot)
    found = matching(ids, text)
    if len(found) == 1:
        return found[0]
    sessions = (list_sessions(archive) if at is None else read_all(snapshot)).sessions
    if found:
        raise AmbiguousSession(text, tuple(each for each in sessions if each.id in found))
    lowered = matching(ids, text.strip().lower())
    raise SessionNotFound(
        text,
        suggestions=tuple(sessions[:SUGGESTIONS]),
        instead=lowered[0] if len(lowered) == 1 else None,
        deleted=len(matching(_deleted_ids(archive), text)) == 1,
    )


def find_deleted(archive: Archive, text: str) -> DeletedSession:
    """The one deleted session that is meant, by its id or a unique prefix.

    Raises:
        SessionNotFound: If none was deleted that can be restored.
        AmbiguousSession: If there is more than one.
    """
    found = matching(_deleted_ids(archive), text)
    sessions = [each for each in deleted_sessions(archive) if each.metadata.id in found]
    if not sessions:
        raise SessionNotFound(text)
    if len(sessions) > 1:
        raise AmbiguousSession(text, tuple(each.metadata for each in sessions))
    return sessions[0]


def matching(ids: Iterable[str], text: str) -> list[str]:
    """The ids that a text may mean: the one that it is, else all that begin with it."""
    known = list(ids)
    if text in known:
        return [text]
    return [each for each in known if text and each.startswith(text)]


def _deleted_ids(archive: Archive) -> list[str]:
    return list(deletions(archive))
