"""The rows of the catalog that follows a history: what they are, and which of them may be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from zlib import crc32

from gitstore.catalogs.catalog import Doubt, Schema
from gitstore.objects import trees
from gitstore.objects.trees import Entry
from gitstore.values import Deletion

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

HISTORY = Schema(
    "history",
    1,
    (
        """CREATE TABLE state (
            only INTEGER PRIMARY KEY CHECK (only = 1), parent BLOB NOT NULL, cut BLOB NOT NULL,
            tip BLOB NOT NULL, base BLOB NOT NULL, top INTEGER NOT NULL, deletions INTEGER NOT NULL,
            sum INTEGER NOT NULL)""",
        "CREATE TABLE step (position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, sum INTEGER NOT NULL)",
        """CREATE TABLE touched (
            name BLOB NOT NULL, position INTEGER NOT NULL, id BLOB NOT NULL, before BLOB NOT NULL,
            after BLOB NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (name, position)) WITHOUT ROWID""",
        "CREATE INDEX touched_position ON touched (position)",
        """CREATE TABLE deletion (
            position INTEGER NOT NULL, rank INTEGER NOT NULL, name BLOB NOT NULL, id BLOB NOT NULL,
            time REAL NOT NULL, tree BLOB NOT NULL, sum INTEGER NOT NULL,
            PRIMARY KEY (position, rank)) WITHOUT ROWID""",
        """CREATE TABLE below (
            name BLOB NOT NULL, rank INTEGER NOT NULL, id BLOB NOT NULL, sum INTEGER NOT NULL,
            PRIMARY KEY (name, rank)) WITHOUT ROWID""",
        """CREATE TABLE walked (
            name BLOB PRIMARY KEY, entries INTEGER NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID""",
    ),
)
"""`base` is the newest merge (empty if there is none), `top` the position of the tip; the first commit above
`base` has 1; what was deleted behind `base` has the position 0. An empty id stands for nothing. Each `sum` is
over its row."""

Row: TypeAlias = "tuple[bytes | float, ...]"
INSERT_DELETION = "INSERT INTO deletion VALUES (?, ?, ?, ?, ?, ?, ?)"
NOTHING = b""
"""Stands for an id where there is nothing."""


class State(NamedTuple):
    """Where the rows stand."""

    parent: bytes
    cut: bytes
    tip: bytes
    base: bytes
    top: int
    deletions: int


def state_of(connection: sqlite3.Connection) -> State:
    """Return where the rows stand. Raises Doubt if nothing says so."""
    row = connection.execute("SELECT parent, cut, tip, base, top, deletions, sum FROM state").fetchone()
    if row is None or sum_of(*row[:-1]) != row[-1]:
        raise Doubt
    return State(*row[:-1])


def write(connection: sqlite3.Connection, state: State) -> None:
    """Note where the rows stand."""
    row = (*state, sum_of(*state))
    connection.execute("INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?, ?, ?)", row)


def place_of(connection: sqlite3.Connection, state: State, commit: str) -> int | None:
    """Return the position of a commit among the rows, 0 for the base; None if it is not among them."""
    identifier = bytes.fromhex(commit)
    if identifier == state.base:
        return 0
    row = connection.execute("SELECT position, sum FROM step WHERE id = ?", (identifier,)).fetchone()
    if row is None:
        return None
    if not 0 < row[0] <= state.top or sum_of(row[0], identifier) != row[1]:
        raise Doubt
    return int(row[0])


def cut_back(connection: sqlite3.Connection, state: State, place: int, tip: bytes) -> State:
    """Forget the commits above a place: the branch was moved to before them."""
    if place == state.top:
        return state
    for table in ("step", "touched", "deletion"):
        connection.execute(f"DELETE FROM {table} WHERE position > ?", (place,))  # noqa: S608  a name of ours
    (count,) = connection.execute("SELECT COUNT(*) FROM deletion").fetchone()
    return state._replace(tip=tip, top=place, deletions=count)


def step_row(position: int, commit: str) -> Row:
    """Return the row of a commit."""
    return position, raw(commit), sum_of(position, raw(commit))


def touched_rows(position: int, commit: str, gone: list[Entry], come: list[Entry]) -> list[Row]:
    """Return the rows of what a commit changed, given what was there before and what since."""
    before = {entry.name: bytes.fromhex(entry.id) for entry in gone}
    after = {entry.name: bytes.fromhex(entry.id) for entry in come}
    rows: list[Row] = []
    for name in before | after:
        old, new = before.get(name, NOTHING), after.get(name, NOTHING)
        if old != new:
            row = trees.encode_name(name), position, bytes.fromhex(commit), old, new
            rows.append((*row, sum_of(*row)))
    return rows


def deletion_row(position: int, rank: int, deletion: Deletion) -> Row:
    """Return the row of what was deleted, the first, second ... of its commit."""
    name = trees.encode_name(deletion.path.rpartition("/")[2])
    row = (position, rank, name, bytes.fromhex(deletion.commit), deletion.time, bytes.fromhex(deletion.tree))
    return (*row, sum_of(*row))


def below_rows(name: bytes, found: Sequence[str]) -> list[Row]:
    """Return the rows of the commits, newest first, that a walk from the base found for a name."""
    return [(name, rank, raw(each), sum_of(name, rank, raw(each))) for rank, each in enumerate(found)]


def walked_row(name: bytes, found: Sequence[str]) -> Row:
    """Return the row that says how many these are."""
    return name, len(found), sum_of(name, len(found))


def is_walked(connection: sqlite3.Connection, name: bytes) -> bool:
    """Say whether the history below the base was walked for a name."""
    return connection.execute("SELECT 1 FROM walked WHERE name = ?", (name,)).fetchone() is not None


def below(connection: sqlite3.Connection, name: bytes, limit: int) -> list[str]:
    """Return what the walk from the base found; a negative limit is none."""
    row = connection.execute("SELECT entries, sum FROM walked WHERE name = ?", (name,)).fetchone()
    found = connection.execute(
        "SELECT rank, id, sum FROM below WHERE name = ? ORDER BY rank", (name,)
    ).fetchall()
    if row is None or row != (len(found), sum_of(name, len(found))):
        raise Doubt
    for rank, identifier, total in found:
        if sum_of(name, rank, identifier) != total:
            raise Doubt
    return [each[1].hex() for each in (found if limit < 0 else found[:limit])]


def raw(identifier: str | None) -> bytes:
    """Return an id as rows have it."""
    return bytes.fromhex(identifier) if identifier else NOTHING


def sum_of(*values: bytes | float) -> int:
    """Return the checksum of a row."""
    return crc32(repr(values).encode())
