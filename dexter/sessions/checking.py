"""Whether what is derived says the same as the tree: looked at as it lies there, nothing is changed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec

import gitstore
from dexter.paths import Home
from dexter.sessions import exchange_rows, listing
from dexter.sessions.archive import Archive
from dexter.sessions.errors import SessionDamaged
from dexter.sessions.layout import ROOT
from dexter.sessions.reading import read_exchanges, read_metadata
from dexter.sessions.records import SessionExchange, SessionMetadata
from gitstore.problems import Kind, Problem, Progress, silent

if TYPE_CHECKING:
    import sqlite3

SCHEMAS = (
    listing.LIVE,
    listing.DELETED,
    exchange_rows.LIVE,
    exchange_rows.LIVE_WITH_RESULTS,
    exchange_rows.DELETED,
    exchange_rows.DELETED_WITH_RESULTS,
    gitstore.HISTORY,
)


class Contradiction(msgspec.Struct, frozen=True):
    """A catalog says something else of a session (None: of all) than the repository."""

    catalog: str
    session_id: str | None
    reason: str


def contradictions(archive: Archive) -> list[Contradiction]:
    """What the catalogs of sessions, exchanges and their history say that the repository does not.

    Only rows that name the tree that a session has now, or a commit of the branch, are judged: others are
    behind, and are brought on when they are next needed.

    Raises:
        StoreUnreadable: If the repository can't be read.
    """
    snapshot = archive.snapshot()
    return [] if snapshot is None else _against(archive, snapshot)


def check_catalogs(home: Home, snapshot: gitstore.Snapshot, progress: Progress = silent) -> list[Problem]:
    """What the catalogs of a home say that a tree does not, as problems; no store is opened."""
    with Archive(home.root) as archive:
        return [
            Problem(
                Kind.CACHE,
                f"catalog/{each.catalog}" + (f" (session {each.session_id})" if each.session_id else ""),
                f"the catalog says something else than the repository: {each.reason}",
                heal="made anew from the repository",
            )
            for each in _against(archive, snapshot, progress)
        ]


def _against(
    archive: Archive, snapshot: gitstore.Snapshot, progress: Progress = silent
) -> list[Contradiction]:
    from gitstore.checking.chronicle import compare_history  # noqa: PLC0415  nobody else needs it

    def _history(tree: gitstore.Snapshot, connection: sqlite3.Connection) -> dict[str | None, str]:
        return compare_history(archive.home.sessions / ".git", tree.commit, ROOT, connection, progress)

    found: list[Contradiction] = []
    looks = ((listing.LIVE, _sessions), (exchange_rows.LIVE, _exchanges), (gitstore.HISTORY, _history))
    for schema, look in looks:
        try:
            wrong = archive.catalog(schema).peek(functools.partial(look, snapshot))
        except gitstore.Doubt as doubt:
            wrong = {None: str(doubt) or "it contradicts itself"}
        found += [Contradiction(schema.name, name, reason) for name, reason in (wrong or {}).items()]
    return found


def discard_catalogs(archive: Archive) -> None:
    """Throw all catalogs away: they are made anew when they are next needed."""
    for schema in SCHEMAS:
        archive.catalog(schema).discard()


def _sessions(snapshot: gitstore.Snapshot, connection: sqlite3.Connection) -> dict[str | None, str]:
    wrong: dict[str | None, str] = {}
    for name, tree, record, _ in connection.execute("SELECT * FROM session ORDER BY id"):
        if snapshot.directory_id(f"{ROOT}/{name}") != tree.hex():
            continue
        try:
            same = msgspec.msgpack.decode(record, type=SessionMetadata) == read_metadata(snapshot, name)[0]
        except SessionDamaged:
            continue
        if not same:
            wrong[name] = "other metadata"
    return wrong


def _exchanges(snapshot: gitstore.Snapshot, connection: sqlite3.Connection) -> dict[str | None, str]:
    wrong: dict[str | None, str] = {}
    connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    sessions = connection.execute("SELECT number, id, tree FROM session ORDER BY id").fetchall()
    for number, name, tree in sessions:
        if snapshot.directory_id(f"{ROOT}/{name}") != tree.hex():
            continue
        try:
            exchanges = read_exchanges(snapshot, name)[0]
        except SessionDamaged:
            continue
        rows = connection.execute(
            "SELECT e.id, e.timestamp, e.model, e.status, body.content FROM exchange AS e"
            " JOIN body ON body.number = e.number WHERE e.session = ? ORDER BY e.id",
            (number,),
        ).fetchall()
        if [_kept(row) for row in rows] != [_told(each) for each in exchanges]:
            wrong[name] = "other exchanges"
    return wrong


def _kept(row: tuple[str, int, str, str, bytes]) -> tuple[object, ...]:
    body = exchange_rows.unpack(row[4])
    return (*row[:4], body.query, body.answer)


def _told(each: SessionExchange) -> tuple[object, ...]:
    return each.id, each.timestamp, each.model, each.status, each.query, each.answer
