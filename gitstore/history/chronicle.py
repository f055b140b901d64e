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

from gitstore.catalogs.catalog import Catalog, Doubt
from gitstore.errors import Damaged
from gitstore.history.chronicle_rows import (
    INSERT_DELETION,
    NOTHING,
    State,
    below,
    below_rows,
    cut_back,
    deletion_row,
    is_walked,
    place_of,
    raw,
    state_of,
    step_row,
    sum_of,
    touched_rows,
    walked_row,
    write,
)
from gitstore.history.history import History, path_of
from gitstore.objects import commits, trees
from gitstore.objects.objects import ObjectReader
from gitstore.values import Deletion, LogEntry

if TYPE_CHECKING:
    import sqlite3

_SLICE = 0.3


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
        encoded = trees.encode_name(name)
        following = _Following(self._reader, self._history, self._tip, self._parent, encoded)
        most = -1 if limit is None else limit
        path = path_of(self._parent, name)
        try:
            found = self._catalog.ask(
                following, lambda connection: self._touched(connection, encoded, path, most)
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
        base = state_of(connection).base
        rows = connection.execute(
            "SELECT position, id, before, after, sum FROM touched WHERE name = ?"
            " ORDER BY position DESC LIMIT ?",
            (name, limit),
        ).fetchall()
        expected = raw(self._history.identity(self._tip, path))
        for position, identifier, before, after, total in rows:
            if after != expected or sum_of(name, position, identifier, before, after) != total:
                raise Doubt
            expected = before
        if len(rows) == limit:
            return [row[1].hex() for row in rows]
        if expected != (raw(self._history.identity(base.hex(), path)) if base else NOTHING):
            raise Doubt
        return [row[1].hex() for row in rows] + (below(connection, name, limit - len(rows)) if base else [])

    def _deleted(self, connection: sqlite3.Connection) -> list[Deletion]:
        rows = connection.execute("SELECT * FROM deletion ORDER BY position DESC, rank").fetchall()
        if len(rows) != state_of(connection).deletions:
            raise Doubt
        found = []
        for position, rank, name, identifier, authored, tree, total in rows:
            if sum_of(position, rank, name, identifier, authored, tree) != total:
                raise Doubt
            path = path_of(self._parent, name.decode("utf-8", "surrogateescape"))
            found.append(Deletion(path, identifier.hex(), authored, tree.hex()))
        return found


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
        return self._name is None or not state.base or is_walked(connection, self._name)

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
                write(connection, state)
                self._way = _Way(state.tip, waiting)
                return False
        write(connection, state)
        if self._name is not None and state.base and not is_walked(connection, self._name):
            self._walk_below(connection, state.base.hex(), self._name)
        return True

    def _known(self, connection: sqlite3.Connection) -> State | None:
        """Return where the rows stand, or None if they are of another directory or another clone's cut."""
        if connection.execute("SELECT 1 FROM state").fetchone() is None:
            return None
        state = state_of(connection)
        return state if (state.parent, state.cut) == (self._parent.encode(), self._cut) else None

    def _go(self, connection: sqlite3.Connection, state: State | None) -> tuple[State, _Way]:
        """Take away what is not behind the tip; return where the rows stand then, and what is missing."""
        missing: list[str] = []
        current = self._tip
        while True:
            if state is not None and (place := place_of(connection, state, current)) is not None:
                state = cut_back(connection, state, place, bytes.fromhex(current))
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

    def _begin(self, connection: sqlite3.Connection, base: str | None) -> State:
        """Make all anew, from a merge or from nothing."""
        for table in ("state", "step", "touched", "deletion", "below", "walked"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608  a name of ours
        gone = latest_removals(History(self._reader, base), self._parent) if base is not None else []
        connection.executemany(
            INSERT_DELETION, [deletion_row(0, rank, each) for rank, each in enumerate(gone)]
        )
        return State(self._parent.encode(), self._cut, raw(base), raw(base), 0, len(gone))

    def _add(self, connection: sqlite3.Connection, state: State, commit: str) -> State:
        position = state.top + 1
        connection.execute("INSERT INTO step VALUES (?, ?, ?)", step_row(position, commit))
        differing = self._history.changed(commit, self._parent)
        connection.executemany(
            "INSERT INTO touched VALUES (?, ?, ?, ?, ?, ?)", touched_rows(position, commit, *differing)
        )
        gone = list(self._history.removed(commit, self._parent, *differing))
        connection.executemany(
            INSERT_DELETION, [deletion_row(position, rank, each) for rank, each in enumerate(gone)]
        )
        return state._replace(tip=raw(commit), top=position, deletions=state.deletions + len(gone))

    def _walk_below(self, connection: sqlite3.Connection, base: str, name: bytes) -> None:
        path = path_of(self._parent, name.decode("utf-8", "surrogateescape"))
        found = list(History(self._reader, base).touching(path))
        connection.execute("DELETE FROM below WHERE name = ?", (name,))
        connection.executemany("INSERT INTO below VALUES (?, ?, ?, ?)", below_rows(name, found))
        connection.execute("INSERT OR REPLACE INTO walked VALUES (?, ?, ?)", walked_row(name, found))


def latest_removals(history: History, parent: str) -> list[Deletion]:
    """Return the latest deletion of each name: of one name that is all that can ever be asked for."""
    found: dict[str, Deletion] = {}
    for each in history.removals(parent):
        found.setdefault(each.path, each)
    return list(found.values())
