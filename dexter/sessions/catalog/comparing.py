"""What rows of catalogs say of sessions that a tree does not: each row is made anew, and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

import gitstore
from dexter.sessions.catalog.exchange_indexer import exchanges_by_id, name_of, results_in
from dexter.sessions.catalog.exchange_rows import Body, facts_row, file_row, session_row, sum_of, unpack
from dexter.sessions.catalog.listing import sum_of as sum_of_listed
from dexter.sessions.errors import SessionDamaged
from dexter.sessions.reading.reading import read_metadata, read_steps
from dexter.sessions.reading.session_files import history_files, read, sessions_in, step_files
from dexter.sessions.records.layout import ROOT
from dexter.sessions.records.records import SessionExchange, SessionMetadata
from gitstore.catalogs import following

if TYPE_CHECKING:
    import sqlite3


class Difference(NamedTuple):
    """Rows of a session, or of one of its exchanges, are not what they should be; None: of any."""

    session_id: str | None
    exchange_id: str | None
    reason: str


def compare_sessions(snapshot: gitstore.Snapshot, connection: sqlite3.Connection) -> list[Difference]:
    """What a catalog of the schema of `listing` says that a tree does not.

    Rows of another tree of a session than it has now are behind, and not judged.
    """
    found = _against_seen(connection)
    for name, tree, record, total in connection.execute("SELECT * FROM session ORDER BY id"):
        if _is_behind(snapshot, name, tree):
            continue
        try:
            metadata = read_metadata(snapshot, name)[0]
        except SessionDamaged:
            continue
        if _metadata(record) != metadata or sum_of_listed(name, tree, record) != total:
            found.append(Difference(name, None, "other metadata"))
    return found


def compare_exchanges(
    snapshot: gitstore.Snapshot, connection: sqlite3.Connection, *, results: bool
) -> list[Difference]:
    """What a catalog of the schema of `exchange_rows` says that a tree does not; see `compare_sessions`.

    Args:
        snapshot: The tree.
        connection: To the catalog; its full-text indexes are asked whether they agree with themselves.
        results: Whether it has what tools returned.
    """
    for table in ("words", "names"):
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")  # noqa: S608  ours
    found = _against_seen(connection)
    for row in connection.execute("SELECT * FROM session ORDER BY id").fetchall():
        if _is_behind(snapshot, row[1], row[2]):
            continue
        try:
            found += _Session(snapshot, connection, row, results=results).differences()
        except SessionDamaged:
            continue
    for identifier, *_ in connection.execute(
        "SELECT id FROM exchange WHERE session NOT IN (SELECT number FROM session)"
    ):
        found.append(Difference(None, identifier, "it belongs to no session"))
    return found


class _Session:
    """One session, as the tree has it and as the rows have it. Raises SessionDamaged."""

    def __init__(
        self,
        snapshot: gitstore.Snapshot,
        connection: sqlite3.Connection,
        row: tuple[Any, ...],
        *,
        results: bool,
    ) -> None:
        self._snapshot = snapshot
        self._connection = connection
        self._row = row
        self._results = results
        self._number, self._id = row[:2]
        paths = history_files(snapshot, self._id)
        self._contents = {path: read(snapshot, self._id, path) or b"" for path in paths}
        self._steps = step_files(snapshot, self._id) if results else {}

    def differences(self) -> list[Difference]:
        wanted = exchanges_by_id(self._contents.values())
        kept = {row[2]: row for row in self._rows("SELECT * FROM exchange WHERE session = ?")}
        entry = gitstore.Entry(gitstore.trees.DIRECTORY, self._id, self._row[2].hex())
        found = []
        if self._row != session_row(self._number, entry, len(wanted), *name_of(self._snapshot, self._id)):
            found.append(Difference(self._id, None, "another title, other tags or another count"))
        files = [
            file_row(self._snapshot, self._number, path, content) for path, content in self._contents.items()
        ]
        if self._rows("SELECT * FROM file WHERE session = ? ORDER BY path") != sorted(files):
            found.append(Difference(self._id, None, "other files"))
        return found + [
            Difference(self._id, identifier, reason)
            for identifier in sorted(wanted.keys() | kept.keys())
            if (reason := self._differing(wanted.get(identifier), kept.get(identifier)))
        ]

    def _differing(self, exchange: SessionExchange | None, row: tuple[Any, ...] | None) -> str | None:
        if exchange is None:
            return "there is no such exchange"
        if row is None:
            return "it is left out"
        if row != facts_row((row[0], self._number), exchange, self._steps.get(exchange.id)):
            return "other facts"
        bodies = self._connection.execute("SELECT * FROM body WHERE number = ?", (row[0],)).fetchall()
        if len(bodies) != 1 or sum_of(bodies[0][:-1]) != bodies[0][-1]:
            return "damaged texts"
        return None if self._has_texts(exchange, unpack(bodies[0][1])) else "other texts"

    def _has_texts(self, exchange: SessionExchange, body: Body) -> bool:
        results = ""
        if exchange.id in self._steps:
            try:
                results = results_in(read_steps(self._snapshot, self._id, exchange.id))
            except SessionDamaged:  # since or before then: either may be there
                results = body.results
        return body == Body(exchange.asked, exchange.answer, results)

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, (self._number,)).fetchall()


def _metadata(record: bytes) -> SessionMetadata | None:
    try:
        return msgspec.msgpack.decode(record, type=SessionMetadata)
    except (msgspec.MsgspecError, TypeError):
        return None


def _is_behind(snapshot: gitstore.Snapshot, name: str, tree: bytes) -> bool:
    return snapshot.directory_id(f"{ROOT}/{name}") != tree.hex()


def _against_seen(connection: sqlite3.Connection) -> list[Difference]:
    """Sessions of which there are other rows than of the tree that all rows say to be made from."""
    seen = gitstore.trees.parse(sessions_in(following.seen_tree(connection)))
    wanted = {(entry.name, bytes.fromhex(entry.id)) for entry in seen}
    kept = set(connection.execute("SELECT id, tree FROM session"))
    names = sorted({name for name, _ in wanted ^ kept})
    return [Difference(name, None, "another tree than the catalog is made from") for name in names]
