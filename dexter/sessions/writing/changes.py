"""Every event of a session as one change: its operations, its commit's subject and trailers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dexter.sessions.records.compactions import Summary
from dexter.sessions.records.continuing import DEFAULT, Limits
from dexter.sessions.records.encoding import storable
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.records import SessionExchange, SessionMetadata, preview
from dexter.sessions.records.steps import Step
from dexter.sessions.writing.keeping import exchange_kept, summary_kept
from gitstore import (
    Change,
    Only,
    Operation,
    RemoveDirectory,
    Require,
    RestoreDirectory,
    Revive,
    UpdateDocument,
)

SUBJECT_LENGTH = 72
REVIVED = "The session had been deleted meanwhile; it is back, because a chat went on with it."

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]+")


def created(metadata: SessionMetadata, time: float) -> Change:
    """A session begins; refused if there is one with that id."""
    paths = SessionPaths(metadata.id)
    operations = (
        Require(paths.directory, present=False),
        UpdateDocument(paths.metadata, set=document(metadata)),
    )
    return _change(metadata.id, "created", "created", operations, time)


def exchanged(
    session_id: str,
    exchange: SessionExchange,
    steps: Sequence[Step],
    *,
    time: float,
    summaries: Sequence[Summary] = (),
    mended: SessionMetadata | None = None,
    recovered: bool = False,
    limits: Limits = DEFAULT,
) -> Change:
    """An exchange ended; a session that was deleted meanwhile comes back, one that never was begins.

    Args:
        session_id: Where it belongs.
        exchange: The record to append.
        steps: What is kept of the way to the answer.
        time: When, in epoch seconds.
        summaries: Of earlier exchanges.
        mended: The metadata as the history has it without this exchange, if the file is missing or broken.
        recovered: Whether its process had died.
        limits: How long lines and files may get.
    """
    paths = SessionPaths(session_id)
    operations: list[Operation] = [
        Revive(paths.directory, REVIVED),
        *exchange_kept(paths, exchange, steps, limits),
    ]
    for summary in summaries:
        operations += summary_kept(paths, summary, limits)
    if mended is not None:
        operations.append(whole(paths, mended))
    operations += counted(paths, exchange)
    trailers = [("Exchange", exchange.id), ("Status", exchange.status), ("Model", exchange.model)]
    if exchange.token_usage is not None:
        trailers.append(("Tokens", str(exchange.token_usage.total_tokens)))
    if exchange.further:
        trailers.append(("Further", str(len(exchange.further))))
    action = "recovered" if recovered else "exchange"
    return _change(session_id, exchange.query, action, operations, time, trailers=trailers)


def resumed(metadata: SessionMetadata, stored: SessionMetadata | None, time: float) -> Change:
    """Somebody goes on with a session; what its file lacks of its history is brought along.

    Args:
        metadata: As the history has it.
        stored: As the file has it, None if that is missing or broken.
        time: When, in epoch seconds.
    """
    paths = SessionPaths(metadata.id)
    moment = int(time * 1000)
    operations: list[Operation] = [Require(paths.directory)]
    if stored is None:
        operations.append(whole(paths, metadata))
    elif stored != metadata:
        operations += _caught_up(paths, metadata, stored)
    operations.append(
        UpdateDocument(paths.metadata, maximum={"lastResumedAt": moment}, increase={"resumeCount": 1})
    )
    return _change(metadata.id, "resumed", "resumed", operations, time)


def renamed(session_id: str, title: str | None, time: float) -> Change:
    """A session gets a title, or none."""
    text = f"renamed to {title}" if title else "renamed: no title any more"
    operations = (Require(SessionPaths(session_id).directory), titled(session_id, title, time))
    return _change(session_id, text, "renamed", operations, time)


def titled(session_id: str, title: str | None, time: float) -> UpdateDocument:
    """What gives a session a title, or none, and says when: later than the time before in any case."""
    return UpdateDocument(
        SessionPaths(session_id).metadata,
        set={"title": title} if title else {},
        unset=[] if title else ["title"],
        increase={"titleChangedAt": 1},
        maximum={"titleChangedAt": int(time * 1000)},
    )


def tagged(session_id: str, add: Sequence[str], remove: Sequence[str], time: float) -> Change:
    """A session gets tags and loses others; what two do at once is done by both."""
    paths = SessionPaths(session_id)
    update = UpdateDocument(
        paths.metadata, add_to_set={"tags": list(add)}, remove_from_set={"tags": list(remove)}
    )
    told = ", ".join([*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)])
    return _change(session_id, f"tagged {told}", "tagged", (Require(paths.directory), update), time)


def updated(session_id: str, fields: Mapping[str, Any], time: float) -> Change:
    """Fields of a session's metadata are set; None takes a field away."""
    paths = SessionPaths(session_id)
    operations: list[Operation] = [
        Require(paths.directory),
        put(session_id, fields),
    ]
    if "title" in fields:
        operations.append(titled(session_id, fields["title"], time))
    return _change(session_id, "metadata updated", "updated", operations, time)


def deleted(session_id: str, time: float) -> Change:
    """A session is taken out of the tree; history keeps it."""
    return _change(
        session_id, "deleted", "deleted", (RemoveDirectory(SessionPaths(session_id).directory),), time
    )


def restored(session_id: str, tree: str, time: float) -> Change:
    """A session comes back as it was when it was deleted."""
    operation = RestoreDirectory(SessionPaths(session_id).directory, tree)
    return _change(session_id, "restored", "restored", (operation,), time)


def summarised(
    session_id: str, summaries: Sequence[Summary], time: float, limits: Limits = DEFAULT
) -> Change:
    """Summaries of earlier exchanges arrived."""
    paths = SessionPaths(session_id)
    operations: list[Operation] = [Require(paths.directory)]
    for summary in summaries:
        operations += summary_kept(paths, summary, limits)
    return _change(session_id, "summarised", "summarised", operations, time)


def repaired(session_id: str, operations: Sequence[Operation], told: Sequence[str], time: float) -> Change:
    """Files of a session are put in order; what is taken out of them is kept elsewhere."""
    return _change(session_id, f"repaired: {'; '.join(told)}", "repaired", operations, time)


def happened(
    session_id: str,
    action: str,
    text: str,
    operations: Sequence[Operation],
    time: float,
    *,
    exchange_id: str | None = None,
    undoes: str | None = None,
) -> Change:
    """What else happens to a session; `undoes` names the commit that it takes back."""
    trailers = [("Exchange", exchange_id or ""), ("Undoes", undoes or "")]
    return _change(session_id, text, action, operations, time, trailers=trailers)


def put(session_id: str, fields: Mapping[str, Any]) -> UpdateDocument:
    """What sets fields of a session's metadata; None takes a field away."""
    return UpdateDocument(
        SessionPaths(session_id).metadata,
        set={key: value for key, value in fields.items() if value is not None},
        unset=[key for key, value in fields.items() if value is None],
    )


def document(metadata: SessionMetadata) -> dict[str, Any]:
    """The metadata as it lies in the file: what has no value is not there, so that it can be set once.

    A field that nobody knows stays, whatever its value.
    """
    fields = metadata.to_fields().items()
    return {key: value for key, value in fields if value is not None or key in metadata.unknown}


def subject(session_id: str, text: str) -> str:
    """The first line of a commit's message: the id and what happened, in at most 72 characters."""
    lines = (" ".join(_UNSEEN.sub(" ", line).split()) for line in storable(text[:4096]).splitlines())
    return f"{session_id}: {next(filter(None, lines), '')}"[:SUBJECT_LENGTH].rstrip()


def counted(paths: SessionPaths, exchange: SessionExchange) -> list[Operation]:
    """What an exchange changes in its session's metadata, so that any order of two writers ends the same.

    The first and the last query are those of the smallest and of the largest id, whoever is committed first.
    """
    query, path = preview(exchange.query), paths.metadata
    last = {"model": exchange.model, "provider": exchange.provider or "", "lastQuery": query}
    bound = {"lastExchangeId": exchange.id}
    return [
        UpdateDocument(path, default={"id": paths.session_id}),
        UpdateDocument(path, set=last, only=Only(at_most=bound)),
        # To look into the history for an earlier one is only needed where there is a later one.
        UpdateDocument(
            path, set={"firstQuery": query}, only=Only(at_least=bound, first=(paths.history, exchange.id))
        ),
        UpdateDocument(
            path,
            default={
                "createdAt": exchange.timestamp - min(exchange.duration, exchange.timestamp),
                "firstQuery": query,
                "tags": [],
            },
            increase={"exchangeCount": 1 if exchange.status == "complete" else 0},
            maximum={"updatedAt": exchange.timestamp, "lastExchangeId": exchange.id},
            add_to_set={"heads": [exchange.id]},
            remove_from_set={"heads": [exchange.parent_id]} if exchange.parent_id else {},
        ),
    ]


def whole(paths: SessionPaths, metadata: SessionMetadata) -> UpdateDocument:
    """All known fields, in place of a document that is not sound; those without a value go."""
    empty = [key for key, value in metadata.to_fields().items() if value is None]
    return UpdateDocument(paths.metadata, set=document(metadata), unset=empty)


def _caught_up(paths: SessionPaths, metadata: SessionMetadata, stored: SessionMetadata) -> list[Operation]:
    """What lines that others wrote change, said so that an exchange saved meanwhile still counts.

    Of two who go on with the session at once one brings it along: each resuming raises the count of them.
    """
    path = paths.metadata
    alone = {"resumeCount": stored.resume_count}
    maximum = {"updatedAt": metadata.updated_at, "lastExchangeId": metadata.last_exchange_id}
    operations: list[Operation] = []
    if metadata.last_query is not None and metadata.last_exchange_id is not None:
        last = Only(at_most={**alone, "lastExchangeId": metadata.last_exchange_id})
        operations.append(UpdateDocument(path, set={"lastQuery": metadata.last_query}, only=last))
    operations.append(
        UpdateDocument(
            path,
            set={"firstQuery": metadata.first_query} if metadata.first_query is not None else {},
            increase={"exchangeCount": metadata.exchange_count - stored.exchange_count},
            maximum={key: value for key, value in maximum.items() if value is not None},
            add_to_set={"heads": [each for each in metadata.heads if each not in stored.heads]},
            remove_from_set={"heads": [each for each in stored.heads if each not in metadata.heads]},
            only=Only(at_most=alone),
        )
    )
    return operations


def _change(
    session_id: str,
    text: str,
    action: str,
    operations: Sequence[Operation],
    time: float,
    *,
    trailers: Sequence[tuple[str, str]] = (),
) -> Change:
    named = [("Session", session_id), ("Action", action), *trailers]
    return Change(
        operations=tuple(operations),
        subject=subject(session_id, text),
        trailers=tuple(
            (key, " ".join(_UNSEEN.sub(" ", storable(value)).split())) for key, value in named if value
        ),
        time=time,
    )
