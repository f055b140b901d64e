"""What happened to what lies in a directory, by commit: a catalog that follows the history of one directory.

It holds the commits from the tip down to the newest merge, or to the first: there, what happened to a name is
what the commits say that changed it. From a merge on down, history is walked (which side of it is followed
depends on the name), and what was found is kept for as long as that merge is the newest. `History` decides
what the answers are; here they are only remembered.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from gitstore import commits, trees
from gitstore.catalog import Catalog, Doubt, Schema
from gitstore.errors import Damaged
from gitstore.history import History, path_of
from gitstore.objects import ObjectReader
from gitstore.values import Deletion, LogEntry

if TYPE_CHECKING:
    import sqlite3

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

_SLICE = 0.3
_NOTHING = b""


class Chronicle:
    """The history behind a tip, as far as it touched what lies in a directory.

    Args:
        reader: The objects.
        tip: The branch's commit.
        parent: The directory.
        catalog: One of the schema `HISTORY`, made anew at any doubt.
    """

    def __init__(self, reader: ObjectReader, tip: str, parent: str, catalog: Catalog) -> None:
        self._reader = reader
        self._tip = tip
        self._parent = parent
        self._catalog = catalog
        self._history = History(reader, tip)

    def log(self, name: str, limit: int | None) -> Iterator[LogEntry]:
        """Yield the commits that touched a name, as `History.log` does.

        Raises:
            Damaged: A commit is missing or corrupt; what came before was yielded. An object that was lost
                after its commit was seen here, and that no answer needs, is not missed.
        """
        raw = trees.encode_name(name)
        following = _Following(self._reader, self._history, self._tip, self._parent, raw)
        most = -1 if limit is None else limit
        path = path_of(self._parent, name)
        try:
            found = self._catalog.ask(
                following, lambda connection: self._touched(connection, raw, path, most)
            )
        except (Damaged, Doubt):
            yield from self._history.log(path, limit)
            return
        for identifier in found:
            yield commits.entry(identifier, commits.read(self._reader.commit(identifier), identifier))

    def deletions(self) -> Iterator[Deletion]:
        """Yield what `History.deletions` does.

        Raises:
            Damaged: As it does, and as `log` does here.
        """
        following = _Following(self._reader, self._history, self._tip, self._parent, None)
        try:
            found = self._catalog.ask(following, self._deleted)
            seen = self._history.names(self._parent)
        except (Damaged, Doubt):
            yield from self._history.deletions(self._parent)
            return
        for deletion in found:
            if deletion.path not in seen:
                seen.add(deletion.path)
                yield deletion

    def _touched(self, connection: sqlite3.Connection, name: bytes, path: str, limit: int) -> list[str]:
        """Return commits, newest first. Raises Doubt if they don't lead from what the tip has to the base."""
        base = _state(connection).base
        rows = connection.execute(
            "SELECT position, id, before, after, sum FROM touched WHERE name = ?"
            " ORDER BY position DESC LIMIT ?",
            (name, limit),
        ).fetchall()
        expected = _raw(self._history.identity(self._tip, path))
        for position, identifier, before, after, total in rows:
            if after != expected or _sum(name, position, identifier, before, after) != total:
                raise Doubt
            expected = before
        if len(rows) == limit:
            return [row[1].hex() for row in rows]
        if expected != (_raw(self._history.identity(base.hex(), path)) if base else _NOTHING):
            raise Doubt
        return [row[1].hex() for row in rows] + (_below(connection, name, limit - len(rows)) if base else [])

    def _deleted(self, connection: sqlite3.Connection) -> list[Deletion]:
        rows = connection.execute("SELECT * FROM deletion ORDER BY position DESC, rank").fetchall()
        if len(rows) != _state(connection).deletions:
            raise Doubt
        found = []
        for position, rank, name, identifier, authored, tree, total in rows:
            if _sum(position, rank, name, identifier, authored, tree) != total:
                raise Doubt
            path = path_of(self._parent, name.decode("utf-8", "surrogateescape"))
            found.append(Deletion(path, identifier.hex(), authored, tree.hex()))
        return found


class _State(NamedTuple):
    """Where the rows stand."""

    parent: bytes
    cut: bytes
    tip: bytes
    base: bytes
    top: int
    deletions: int


class _Way(NamedTuple):
    """From where the rows stand to the tip: what has to be added, the oldest last."""

    since: bytes
    commits: list[str]


class _Following:
    """Brings the rows to where the branch is; see `catalog.Following`.

    Args:
        reader: The objects.
        history: Of the tip.
        tip: The branch's commit.
        parent: The directory.
        name: What the log is asked for, if it is.
    """

    def __init__(
        self, reader: ObjectReader, history: History, tip: str, parent: str, name: bytes | None
    ) -> None:
        self._reader = reader
        self._history = history
        self._tip = tip
        self._parent = parent
        self._name = name
        self._cut = "".join(sorted(reader.shallow())).encode()
        self._way: _Way | None = None

    def is_current(self, connection: sqlite3.Connection) -> bool:
        """See `catalog.Following`."""
        state = self._known(connection)
        if state is None or state.tip.hex() != self._tip:
            return False
        return self._name is None or not state.base or _is_walked(connection, self._name)

    def update(self, connection: sqlite3.Connection) -> bool:
        """See `catalog.Following`."""
        state = self._known(connection)
        way, self._way = self._way, None
        if way is None or state is None or state.tip != way.since:  # or somebody else was at it meanwhile
            state, way = self._go(connection, state)
        until = time.monotonic() + _SLICE
        waiting = way.commits
        while waiting:
            state = self._add(connection, state, waiting.pop())
            if waiting and time.monotonic() > until:
                _write(connection, state)
                self._way = _Way(state.tip, waiting)
                return False
        _write(connection, state)
        if self._name is not None and state.base and not _is_walked(connection, self._name):
            self._walk_below(connection, state.base.hex(), self._name)
        return True

    def _known(self, connection: sqlite3.Connection) -> _State | None:
        """Return where the rows stand, or None if they are of another directory or another clone's cut."""
        if connection.execute("SELECT 1 FROM state").fetchone() is None:
            return None
        state = _state(connection)
        return state if (state.parent, state.cut) == (self._parent.encode(), self._cut) else None

    def _go(self, connection: sqlite3.Connection, state: _State | None) -> tuple[_State, _Way]:
        """Take away what is not behind the tip; return where the rows stand then, and what is missing."""
        missing: list[str] = []
        current = self._tip
        while True:
            if state is not None and (place := _place(connection, state, current)) is not None:
                state = _cut_back(connection, state, place, bytes.fromhex(current))
                return state, _Way(state.tip, missing)
            parents = self._history.parents(current)
            if len(parents) > 1:
                state = self._begin(connection, current)
                return state, _Way(state.tip, missing)
            missing.append(current)
            if not parents:
                state = self._begin(connection, None)
                return state, _Way(state.tip, missing)
            current = parents[0]

    def _begin(self, connection: sqlite3.Connection, base: str | None) -> _State:
        """Make all anew, from a merge or from nothing."""
        for table in ("state", "step", "touched", "deletion", "below", "walked"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608  a name of ours
        raw = _raw(base)
        count = 0
        if base is not None:
            seen: set[str] = set()
            for each in History(self._reader, base).removals(self._parent):
                if each.path not in seen:  # of one name the latest is all that can ever be asked for
                    seen.add(each.path)
                    _add_deletion(connection, 0, count, each)
                    count += 1
        return _State(self._parent.encode(), self._cut, raw, raw, 0, count)

    def _add(self, connection: sqlite3.Connection, state: _State, commit: str) -> _State:
        position, identifier = state.top + 1, bytes.fromhex(commit)
        connection.execute(
            "INSERT INTO step VALUES (?, ?, ?)", (position, identifier, _sum(position, identifier))
        )
        gone, come = self._history.changed(commit, self._parent)
        before = {entry.name: bytes.fromhex(entry.id) for entry in gone}
        after = {entry.name: bytes.fromhex(entry.id) for entry in come}
        for name in before | after:
            old, new = before.get(name, _NOTHING), after.get(name, _NOTHING)
            if old != new:
                row = trees.encode_name(name), position, identifier, old, new
                connection.execute("INSERT INTO touched VALUES (?, ?, ?, ?, ?, ?)", (*row, _sum(*row)))
        count = 0
        for each in self._history.removed(commit, self._parent, gone, come):
            _add_deletion(connection, position, count, each)
            count += 1
        return state._replace(tip=identifier, top=position, deletions=state.deletions + count)

    def _walk_below(self, connection: sqlite3.Connection, base: str, name: bytes) -> None:
        path = path_of(self._parent, name.decode("utf-8", "surrogateescape"))
        found = [bytes.fromhex(each) for each in History(self._reader, base).touching(path)]
        connection.execute("DELETE FROM below WHERE name = ?", (name,))
        connection.executemany(
            "INSERT INTO below VALUES (?, ?, ?, ?)",
            [(name, rank, each, _sum(name, rank, each)) for rank, each in enumerate(found)],
        )
        connection.execute(
            "INSERT OR REPLACE INTO walked VALUES (?, ?, ?)", (name, len(found), _sum(name, len(found)))
        )


def _state(connection: sqlite3.Connection) -> _State:
    row = connection.execute("SELECT parent, cut, tip, base, top, deletions, sum FROM state").fetchone()
    if row is None or _sum(*row[:-1]) != row[-1]:
        raise Doubt
    return _State(*row[:-1])


def _write(connection: sqlite3.Connection, state: _State) -> None:
    connection.execute("INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?, ?, ?)", (*state, _sum(*state)))


def _place(connection: sqlite3.Connection, state: _State, commit: str) -> int | None:
    """Return the position of a commit among the rows, 0 for the base; None if it is not among them."""
    identifier = bytes.fromhex(commit)
    if identifier == state.base:
        return 0
    row = connection.execute("SELECT position, sum FROM step WHERE id = ?", (identifier,)).fetchone()
    if row is None:
        return None
    if not 0 < row[0] <= state.top or _sum(row[0], identifier) != row[1]:
        raise Doubt
    return int(row[0])


def _cut_back(connection: sqlite3.Connection, state: _State, place: int, tip: bytes) -> _State:
    """Forget the commits above a place: the branch was moved to before them."""
    if place == state.top:
        return state
    for table in ("step", "touched", "deletion"):
        connection.execute(f"DELETE FROM {table} WHERE position > ?", (place,))  # noqa: S608  as above
    (count,) = connection.execute("SELECT COUNT(*) FROM deletion").fetchone()
    return state._replace(tip=tip, top=place, deletions=count)


def _add_deletion(connection: sqlite3.Connection, position: int, rank: int, deletion: Deletion) -> None:
    name = trees.encode_name(deletion.path.rpartition("/")[2])
    row = (position, rank, name, bytes.fromhex(deletion.commit), deletion.time, bytes.fromhex(deletion.tree))
    connection.execute("INSERT INTO deletion VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, _sum(*row)))


def _is_walked(connection: sqlite3.Connection, name: bytes) -> bool:
    return connection.execute("SELECT 1 FROM walked WHERE name = ?", (name,)).fetchone() is not None


def _below(connection: sqlite3.Connection, name: bytes, limit: int) -> list[str]:
    """Return what the walk from the base found; a negative limit is none."""
    row = connection.execute("SELECT entries, sum FROM walked WHERE name = ?", (name,)).fetchone()
    found = connection.execute(
        "SELECT rank, id, sum FROM below WHERE name = ? ORDER BY rank", (name,)
    ).fetchall()
    if row is None or row != (len(found), _sum(name, len(found))):
        raise Doubt
    for rank, identifier, total in found:
        if _sum(name, rank, identifier) != total:
            raise Doubt
    return [each[1].hex() for each in (found if limit < 0 else found[:limit])]


def _raw(identifier: str | None) -> bytes:
    return bytes.fromhex(identifier) if identifier else _NOTHING


def _sum(*values: bytes | float) -> int:
    return crc32(repr(values).encode())
