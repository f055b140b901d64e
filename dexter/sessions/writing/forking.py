"""A fork as one change: the tree of its origin, if it takes all of that, else copies of the lines on its way.

Either way the lines are those of the origin, byte by byte: what is the same is the same for git.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import gitstore
from dexter.sessions.reading.reading import SessionView
from dexter.sessions.reading.session_files import parts_of, read, read_whole
from dexter.sessions.records.continuing import Limits
from dexter.sessions.records.encoding import NotAnObject, decode_object, encode_object
from dexter.sessions.records.identifiers import is_exchange_id
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.records import SessionExchange, SessionMetadata
from dexter.sessions.writing import changes
from gitstore import AppendRecord, Change, Operation, PutFile, Require, RestoreDirectory, UpdateDocument

_OURS = re.compile(r"session\.json|(history|summaries)(\.[0-9]{4,6})?\.jsonl|steps|parts")


def as_a_whole(
    snapshot: gitstore.Snapshot,
    source: SessionView,
    new: SessionMetadata,
    path: Sequence[SessionExchange],
    time: float,
) -> Change | None:
    """A fork that takes all exchanges: nothing but its metadata is stored anew.

    Args:
        snapshot: The tree that the origin was read from.
        source: The origin.
        new: The new session's metadata, `forked_from` included.
        path: The exchanges to start with, oldest first, at least one.
        time: When, in epoch seconds.

    Returns:
        None if the fork takes not all of them, or its origin has something that should not go along.
    """
    directory = SessionPaths(source.metadata.id).directory
    tree = snapshot.directory_id(directory)
    whole = len(path) == len(source.exchanges) and not source.notices and source.stored is not None
    # A tree that git does not have yet may be another one once git gets it.
    if (
        snapshot.pending
        or not whole
        or tree is None
        or not all(map(_OURS.fullmatch, snapshot.names(directory)))
    ):
        return None
    paths, document = SessionPaths(new.id), changes.document(new)
    others = [key for key in source.metadata.to_fields() if key not in document]
    operations: list[Operation] = [
        RestoreDirectory(paths.directory, tree),
        UpdateDocument(paths.metadata, set=document, unset=others),
    ]
    return _forked(new, path, operations, time)


def copied(  # noqa: PLR0917  as the one above, with limits
    snapshot: gitstore.Snapshot,
    source: SessionView,
    new: SessionMetadata,
    path: Sequence[SessionExchange],
    time: float,
    limits: Limits,
) -> Change:
    """A fork with copies of what belongs to its exchanges; `limits` says how long its files may get.

    Raises:
        SessionDamaged: If some of it can't be read.
    """
    session_id = source.metadata.id
    old, paths = SessionPaths(session_id), SessionPaths(new.id)
    wanted = {exchange.id: exchange for exchange in path}
    operations: list[Operation] = [
        Require(paths.directory, present=False),
        UpdateDocument(paths.metadata, set=changes.document(new)),
    ]
    lines = _lines_of(read_whole(snapshot, session_id, old.history), wanted)
    operations += [
        AppendRecord(paths.history, line, each, limits.file) for each, line in sorted(lines.items())
    ]
    owners = list(lines)
    for line, fields in _objects(read_whole(snapshot, session_id, old.summaries)):
        identifier = fields.get("id")
        if isinstance(identifier, str) and is_exchange_id(identifier) and fields.get("exchangeId") in wanted:
            operations.append(AppendRecord(paths.summaries, line, identifier, limits.file))
            owners.append(identifier)
    for owner in owners:
        for place in (old.steps(owner), old.parts(owner)):
            for found in parts_of(snapshot, session_id, place):
                content = read(snapshot, session_id, found) or b""
                operations.append(PutFile(paths.directory + found.removeprefix(old.directory), content))
    return _forked(new, path, operations, time)


def _forked(
    new: SessionMetadata, path: Sequence[SessionExchange], operations: Sequence[Operation], time: float
) -> Change:
    text = f"forked from {new.forked_from['sessionId']}"
    return changes.happened(new.id, "forked", text, operations, time, exchange_id=path[-1].id)


def _lines_of(content: bytes, wanted: Mapping[str, SessionExchange]) -> dict[str, bytes]:
    """The line of each exchange; one that follows the line before without saying so says it if it must."""
    before = dict(zip(sorted(wanted), [None, *sorted(wanted)], strict=False))
    found: dict[str, bytes] = {}
    for line, fields in _objects(content):
        identifier = fields.get("id")
        if not isinstance(identifier, str) or identifier not in wanted or identifier in found:
            continue
        parent = wanted[identifier].parent_id
        if "parentId" in fields or before[identifier] == parent:
            found[identifier] = line
        else:
            found[identifier] = encode_object({**fields, "parentId": parent})
    return found


def _objects(content: bytes) -> Iterator[tuple[bytes, dict[str, Any]]]:
    for line in content.split(b"\n"):
        try:
            fields = decode_object(line)
        except NotAnObject:
            continue
        yield line if b"\r" not in line else encode_object(fields), fields
