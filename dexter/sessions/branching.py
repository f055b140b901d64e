"""Going on from an earlier exchange: in a copy (fork) or in the same session (rewind). Nothing is lost."""

from collections.abc import Callable, Sequence

from dexter.sessions import changes
from dexter.sessions.continuing import DEFAULT, Limits
from dexter.sessions.errors import ExchangeNotFound
from dexter.sessions.keeping import exchange_kept
from dexter.sessions.layout import SessionPaths
from dexter.sessions.records import SessionExchange, SessionMetadata, Step
from gitstore import Change, Operation, Require, UpdateDocument

TO, AFTER = "rewoundTo", "rewoundAfter"
"""Fields of the metadata: the exchange to go on from, and the latest one there was when that was said."""


def path_to(exchanges: Sequence[SessionExchange], exchange_id: str) -> tuple[SessionExchange, ...]:
    """The exchanges from the first one to this one, each followed by the next.

    Raises:
        ExchangeNotFound: If it is none of them.
    """
    by_id = {exchange.id: exchange for exchange in exchanges}
    if exchange_id not in by_id:
        raise ExchangeNotFound(exchange_id)
    path: list[SessionExchange] = []
    at: str | None = exchange_id
    while at is not None and at in by_id:
        # Taken out, so that lines written by hand can't lead round in a circle.
        path.append(by_id.pop(at))
        at = path[-1].parent_id
    return tuple(reversed(path))


def goes_on_from(metadata: SessionMetadata, exchanges: Sequence[SessionExchange]) -> str | None:
    """The exchange that the next one follows: where the session was rewound to, else the latest."""
    if not exchanges:
        return None
    latest = exchanges[-1].id
    to = metadata.unknown.get(TO)
    if metadata.unknown.get(AFTER) == latest and any(exchange.id == to for exchange in exchanges):
        return str(to)
    return latest


def rewound(session_id: str, to: str, after: str, time: float) -> Change:
    """The next exchange follows an earlier one; the later ones stay where they are.

    Args:
        session_id: The session.
        to: The exchange to go on from.
        after: The latest exchange of the session.
        time: When, in epoch seconds.
    """
    paths = SessionPaths(session_id)
    operations = (Require(paths.directory), UpdateDocument(paths.metadata, set={TO: to, AFTER: after}))
    return _change(session_id, "rewound", f"rewound to {to}", to, operations, time)


def forked(
    new: SessionMetadata,
    path: Sequence[SessionExchange],
    steps_of: Callable[[str], Sequence[Step]],
    time: float,
    limits: Limits = DEFAULT,
) -> Change:
    """A new session that starts with exchanges of another one, with their steps.

    Args:
        new: The new session's metadata, `forked_from` included.
        path: The exchanges to start with, oldest first, at least one.
        steps_of: Loads the steps of an exchange.
        time: When, in epoch seconds.
        limits: How long lines and files may get.
    """
    paths = SessionPaths(new.id)
    operations: list[Operation] = [
        Require(paths.directory, present=False),
        UpdateDocument(paths.metadata, set=changes.document(new)),
    ]
    for exchange in path:
        operations += exchange_kept(paths, exchange, steps_of(exchange.id), limits)
    text = f"forked from {new.forked_from['sessionId']}"
    return _change(new.id, "forked", text, path[-1].id, operations, time)


def _change(  # noqa: PLR0917  one of each, named where it is called
    session_id: str, action: str, text: str, exchange_id: str, operations: Sequence[Operation], time: float
) -> Change:
    trailers = (("Session", session_id), ("Action", action), ("Exchange", exchange_id))
    return Change(tuple(operations), changes.subject(session_id, text), trailers=trailers, time=time)
