"""The metadata of all sessions at once: read in the tree where something changed, else in the catalog."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING
from zlib import crc32

import msgspec

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.errors import SessionDamaged
from dexter.sessions.notices import Damage, FromTheFuture, SessionNotice
from dexter.sessions.reading.reading import read_metadata
from dexter.sessions.reading.session_files import sessions_in
from dexter.sessions.records.identifiers import is_session_id
from dexter.sessions.records.layout import ROOT
from dexter.sessions.records.records import SessionMetadata
from gitstore.catalogs import following

if TYPE_CHECKING:
    import sqlite3

LIVE = gitstore.Schema(
    "sessions",
    3,
    (
        *following.TABLES,
        """CREATE TABLE session (
            id TEXT PRIMARY KEY, tree BLOB NOT NULL, record BLOB NOT NULL,
            sum INTEGER NOT NULL) WITHOUT ROWID""",
    ),
)
"""`record` is the metadata in msgpack; `sum` is over the row."""

DELETED = msgspec.structs.replace(LIVE, name="deleted")

_DAY = 86_400_000
_AT_ONCE = 250
_RECORDS = msgspec.msgpack.Decoder(list[SessionMetadata])


class Listed(msgspec.Struct, frozen=True):
    """All sessions that can be read, latest activity first, and what is to be told of any of them."""

    sessions: tuple[SessionMetadata, ...] = ()
    notices: tuple[SessionNotice, ...] = ()


def by_activity(sessions: list[SessionMetadata]) -> list[SessionMetadata]:
    """Sessions with the latest activity first; the order of equals is always the same."""
    return sorted(sessions, key=attrgetter("updated_at", "created_at", "id"), reverse=True)


def seen_from(listed: Listed, now: int) -> Listed:
    """The same with sessions whose latest activity is yet to come at the end, and told.

    A clock that was wrong, or somebody who means harm, could else hold a place at the top for good. A day is
    given: clocks of two machines are seldom the same.

    Args:
        listed: Latest activity first.
        now: Epoch milliseconds.
    """
    limit = now + _DAY
    if not listed.sessions or listed.sessions[0].updated_at <= limit:
        return listed
    ahead = [each for each in listed.sessions if each.updated_at > limit]
    told = FromTheFuture(tuple(each.id for each in ahead), ahead[0].updated_at)
    rest = listed.sessions[len(ahead) :]
    return Listed((*rest, *ahead), (*listed.notices, told))


def list_sessions(archive: Archive) -> Listed:
    """The sessions as they are now, with what is saved and not yet in git.

    Raises:
        StoreUnreadable: If the repository can't be read.
    """
    snapshot = archive.snapshot()
    if snapshot is None:
        return Listed()
    return seen_from(list_snapshot(archive, snapshot, LIVE), int(archive.clock() * 1000))


def list_snapshot(archive: Archive, snapshot: gitstore.Snapshot, schema: gitstore.Schema) -> Listed:
    """The sessions of a snapshot, by way of the catalog that follows such snapshots."""
    indexer = _Indexer()
    following_ = gitstore.TreeFollowing(snapshot, ROOT, indexer)
    kept = archive.catalog(schema).ask(following_, lambda connection: _rows(connection, following_.covered))
    return _listed(kept, indexer)


def read_all(snapshot: gitstore.Snapshot) -> Listed:
    """The same without a catalog, for a snapshot of the past."""
    indexer = _Indexer()
    names = [name for name in snapshot.directories(ROOT) if is_session_id(name)]
    found = [indexer.read(snapshot, name) for name in names]
    kept = [metadata for metadata in found if metadata is not None]
    return _listed(kept, indexer)


class _Indexer:
    """Makes a row of each session's metadata.

    What is not read as it stands (damaged, or rebuilt because a file is missing or broken) has no row: it is
    looked at each time, so that it is told each time, and no longer once it is mended.
    """

    def __init__(self) -> None:
        self.odd: dict[str, tuple[SessionMetadata | None, tuple[SessionNotice, ...]]] = {}

    def read(self, snapshot: gitstore.Snapshot, name: str) -> SessionMetadata | None:
        """The metadata if it is sound, else None and a note."""
        self.odd.pop(name, None)
        try:
            metadata, told = read_metadata(snapshot, name)
        except SessionDamaged as damage:
            self.odd[name] = None, (Damage(name, damage.place, damage.reason),)
            return None
        if told:
            self.odd[name] = metadata, told
            return None
        return metadata

    def put(
        self,
        connection: sqlite3.Connection,
        snapshot: gitstore.Snapshot,
        entry: gitstore.Entry,
        before: gitstore.Entry | None,
    ) -> bool:
        """See `gitstore.catalogs.following.Indexer`."""
        if not entry.is_directory or not is_session_id(entry.name):
            if before is not None:
                self.remove(connection, before)
            return True
        metadata = self.read(snapshot, entry.name)
        if metadata is None:
            return False
        try:
            record = msgspec.msgpack.encode(metadata)
        except OverflowError:  # a number in a field that is not ours
            self.odd[entry.name] = metadata, ()
            return False
        tree = bytes.fromhex(entry.id)
        row = (entry.name, tree, record, sum_of(entry.name, tree, record))
        connection.execute("INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?)", row)
        return True

    def remove(self, connection: sqlite3.Connection, before: gitstore.Entry) -> None:
        """See `gitstore.catalogs.following.Indexer`."""
        connection.execute("DELETE FROM session WHERE id = ?", (before.name,))


def _rows(connection: sqlite3.Connection, covered: bytes) -> list[SessionMetadata]:
    """The metadata in the catalog.

    Raises:
        Doubt: If there is a row too many, too few or another one than the tree has, or one is damaged.
    """
    found: list[SessionMetadata] = []
    made_from = []
    rows = connection.execute("SELECT id, tree, record, sum FROM session ORDER BY id")
    # Of 10,000 rows a part at a time takes the place of the one before in memory: new memory is what costs.
    while part := rows.fetchmany(_AT_ONCE):
        made_from += [b"40000 %s\0%s" % (name.encode(), tree) for name, tree, _, _ in part]
        # As `sum_of` has it, which is not called 10,000 times.
        sums = [crc32(record, crc32(tree, crc32(name.encode()))) for name, tree, record, _ in part]
        if sums != [total for _, _, _, total in part]:
            raise gitstore.Doubt
        together = b"\xdd" + len(part).to_bytes(4, "big") + b"".join([row[2] for row in part])
        found += _RECORDS.decode(together)
    whole = b"".join(made_from)
    if whole != covered and whole != sessions_in(covered):
        raise gitstore.Doubt
    return found


def sum_of(name: str, tree: bytes, record: bytes) -> int:
    """The checksum of a row."""
    return crc32(record, crc32(tree, crc32(name.encode())))


def _listed(kept: list[SessionMetadata], indexer: _Indexer) -> Listed:
    told: list[SessionNotice] = [notice for _, notices in indexer.odd.values() for notice in notices]
    sessions = by_activity([*kept, *(found for found, _ in indexer.odd.values() if found is not None)])
    return Listed(tuple(sessions), tuple(sorted(told, key=_session_of)))


def _session_of(notice: SessionNotice) -> str:
    return str(getattr(notice, "session_id", ""))
