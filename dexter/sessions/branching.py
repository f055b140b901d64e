"""Going on from an earlier exchange: in a copy (fork) or in the same session (rewind). Nothing is lost."""

from collections.abc import Mapping, Sequence

import msgspec

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.errors import ExchangeNotFound, SessionNotFound
from dexter.sessions.looking import show, snapshot_with
from dexter.sessions.reading.lineage import AFTER, CHANGED_AT, TO, meant, path_to
from dexter.sessions.reading.reading import read_session
from dexter.sessions.records.deriving import derived, heads
from dexter.sessions.records.identifiers import generate_session_id
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.outcomes import ResumedSession
from dexter.sessions.records.records import SessionExchange, SessionMetadata
from dexter.sessions.writing import changes, forking


def goes_on_from(metadata: SessionMetadata, exchanges: Sequence[SessionExchange]) -> str | None:
    """The exchange that the next one follows: where the session was rewound to, else the latest."""
    if not exchanges:
        return None
    # Normally the last one. Behind an id that no other can follow (a forged one) it is what was saved since.
    latest = next(iter(heads(exchanges)), exchanges[-1].id)
    if metadata.unknown.get(AFTER) != exchanges[-1].id:
        return latest
    to = metadata.unknown.get(TO)
    if to is None:
        return None
    return str(to) if any(exchange.id == to for exchange in exchanges) else latest


def rewind(archive: Archive, session_id: str, to: str | None) -> tuple[SessionExchange, ...]:
    """Let the next exchange of a session follow an earlier one; returns the way up to that.

    Args:
        archive: Where the session is.
        session_id: Its whole id.
        to: The exchange's id or a unique beginning of it; None stands for before the first one.

    Raises:
        SessionNotFound: If there is no such session.
        ExchangeNotFound: If it has no such exchange, or none at all. Nothing was changed.
        AmbiguousExchange: If more than one begins with that.
        NotSaved: If it can't be written. Nothing was changed.
    """
    exchanges = show(archive, session_id).exchanges
    if not exchanges:
        raise ExchangeNotFound(to or "")
    path = path_to(exchanges, None if to is None else meant(exchanges, to).id)
    change = rewound(session_id, path[-1].id if path else None, exchanges[-1].id, archive.clock())
    if archive.apply(change).outcome is gitstore.Outcome.REFUSED:
        raise SessionNotFound(session_id)
    return path


def rewound(session_id: str, to: str | None, after: str, time: float) -> gitstore.Change:
    """The next exchange follows an earlier one; the later ones stay where they are.

    Args:
        session_id: The session.
        to: The exchange to go on from, None to go on from before the first one.
        after: The latest exchange of the session.
        time: When, in epoch seconds.
    """
    text = f"rewound to {to}" if to else "rewound to before the first exchange"
    pointer = pointed(session_id, {TO: to, AFTER: after}, time)
    operations = (gitstore.Require(SessionPaths(session_id).directory), *pointer)
    return changes.happened(session_id, "rewound", text, operations, time, exchange_id=to)


def pointed(session_id: str, fields: Mapping[str, object], time: float) -> tuple[gitstore.Operation, ...]:
    """What sets the pointer of a session, and says when: later than the time before in any case."""
    when = gitstore.UpdateDocument(
        SessionPaths(session_id).metadata,
        increase={CHANGED_AT: 1},
        maximum={CHANGED_AT: int(time * 1000)},
    )
    return changes.put(session_id, fields), when


def fork(archive: Archive, session_id: str, at: str | None, follows: str | None) -> ResumedSession:
    """Begin a session with the exchanges of another one, up to and with one of them.

    Args:
        archive: Where the session is.
        session_id: Its whole id.
        at: The last exchange to take, or a unique beginning of its id; None stands for `follows`.
        follows: The exchange to take if none is named, None for the one that the session goes on from.

    Raises:
        SessionNotFound: If there is no such session.
        SessionDamaged: If what is to be taken can't be read. Nothing was changed.
        ExchangeNotFound: If it has no such exchange, or none at all. Nothing was changed.
        AmbiguousExchange: If more than one begins with that.
        NotSaved: If it can't be written. Nothing was changed.
    """
    snapshot = snapshot_with(archive, session_id)
    source = read_session(snapshot, session_id)
    last = at or follows or goes_on_from(source.metadata, source.exchanges) or ""
    path = path_to(source.exchanges, meant(source.exchanges, last).id)
    now = archive.clock()
    origin = {"sessionId": session_id, "exchangeId": path[-1].id}
    bare = SessionMetadata(generate_session_id(), int(now * 1000), int(now * 1000), forked_from=origin)
    kept = {name: getattr(source.metadata, name) for name in ("title", "tags", "model", "provider")}
    new = derived(msgspec.structs.replace(bare, **kept), path)
    change = forking.as_a_whole(snapshot, source, new, path, now)
    if change is None or archive.apply(change).outcome is gitstore.Outcome.REFUSED:
        archive.apply(forking.copied(snapshot, source, new, path, now, archive.limits))
    return ResumedSession(new, path, path=path)
