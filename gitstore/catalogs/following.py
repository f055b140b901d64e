"""A catalog that follows one directory of the tree: only the names that differ are looked at.

The catalog keeps the directory's tree as it was last seen, bytes and all: no object of the past is needed to
find what has changed since. These bytes are always exactly what the rows were made from, also in the middle
of a long update, which is done in parts so that others get their turn.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gitstore.catalogs.catalog import Doubt
from gitstore.changes.snapshot import Snapshot
from gitstore.errors import Damaged
from gitstore.kinds import TREE, identify
from gitstore.objects import trees

if TYPE_CHECKING:
    import sqlite3

TABLES = (
    "CREATE TABLE seen (only INTEGER PRIMARY KEY CHECK (only = 1), tree TEXT NOT NULL)",
    "CREATE TABLE seen_part (number INTEGER PRIMARY KEY, content BLOB NOT NULL)",
)
"""What a schema needs besides its own tables."""

_PART = 16 << 10
_SLICE = 1.0
"""Seconds until another process may have its turn: what is kept in many small pieces is merged for long."""


class _Rest(NamedTuple):
    """What still differs from a tree that was seen, in the order in which it is taken."""

    old: bytes
    before: dict[str, trees.Entry]
    after: dict[str, trees.Entry]
    names: list[str]


class Indexer(Protocol):
    """Makes rows of what a directory holds under a name."""

    def put(
        self,
        connection: sqlite3.Connection,
        snapshot: Snapshot,
        entry: trees.Entry,
        before: trees.Entry | None,
    ) -> bool:
        """Make the rows of an entry anew, or bring them on from what they were made from before.

        Returns:
            False if it can't be read, or must not be kept; then it has no rows, and is tried again each time.

        Raises:
            Damaged: The same as False.
            Doubt: The rows are not those of `before`.
        """

    def remove(self, connection: sqlite3.Connection, before: trees.Entry) -> None:
        """Take the rows of an entry away."""


class TreeFollowing:
    """Brings a catalog to where a directory of a snapshot is.

    Args:
        snapshot: What the store holds.
        directory: The directory to follow.
        indexer: Makes the rows.
    """

    def __init__(self, snapshot: Snapshot, directory: str, indexer: Indexer) -> None:
        self._snapshot = snapshot
        self._tree = snapshot.tree(directory)
        self._id = snapshot.directory_id(directory) or trees.EMPTY
        self._indexer = indexer
        self._unread: dict[str, trees.Entry] = {}
        self._rest: _Rest | None = None

    @property
    def covered(self) -> bytes:
        """The tree that the rows are made from in the end: the directory's, without what can't be read."""
        tree = self._tree
        for name in self._unread:
            tree = trees.splice(tree, name, None)
        return tree

    def is_current(self, connection: sqlite3.Connection) -> bool:
        """See `catalog.Following`."""
        self._unread.clear()
        row = connection.execute("SELECT tree FROM seen").fetchone()
        return row is not None and row[0] == self._id

    def update(self, connection: sqlite3.Connection) -> bool:
        """See `catalog.Following`."""
        old = seen_tree(connection)
        rest = self._rest
        if rest is None or rest.old != old:  # the first time, or somebody else was at it meanwhile
            rest = self._differing(old)
        until = time.monotonic() + _SLICE
        for done, name in enumerate(rest.names):
            if done and time.monotonic() > until:
                left = rest.names[done:]
                partly = self._partly(old, rest, left)
                _store(connection, old, partly)
                self._rest = _Rest(partly, rest.before, rest.after, left)
                return False
            self._take(connection, name, rest.before.get(name), rest.after.get(name))
        _store(connection, old, self.covered)
        return True

    def _differing(self, old: bytes) -> _Rest:
        gone, come = trees.changed(old, self._tree)
        before = {entry.name: entry for entry in gone}
        after = {entry.name: entry for entry in come}
        names = {*before, *after} - (self._unread.keys() - before.keys())
        return _Rest(
            old, before, after, sorted(names, key=lambda name: trees.order(after.get(name) or before[name]))
        )

    def _take(
        self,
        connection: sqlite3.Connection,
        name: str,
        before: trees.Entry | None,
        after: trees.Entry | None,
    ) -> None:
        self._unread.pop(name, None)
        if after is None:
            if before is not None:
                self._indexer.remove(connection, before)
            return
        try:
            kept = self._indexer.put(connection, self._snapshot, after, before)
        except Damaged:
            kept = False
        if not kept:
            if before is not None:
                self._indexer.remove(connection, before)
            self._unread[name] = after

    def _partly(self, old: bytes, rest: _Rest, left: list[str]) -> bytes:
        """Return the tree that the rows are made from while some names, the last ones, still wait."""
        before, after = rest.before, rest.after
        both = before.keys() & after.keys()
        if all(before[name].is_directory == after[name].is_directory for name in both):
            # Up to a place all is as in the new tree, and from there as in the old one.
            key = trees.order(after.get(left[0]) or before[left[0]])
            tree = self._tree[: trees.place(self._tree, key)] + old[trees.place(old, key) :]
            for name in self._unread.keys() - set(left):
                tree = trees.splice(tree, name, None)
            return tree
        waiting = set(left)
        kept = [entry for entry in trees.parse(old) if entry.name in waiting]
        done = [entry for entry in trees.parse(self._tree) if entry.name not in waiting]
        return trees.join([*kept, *(entry for entry in done if entry.name not in self._unread)])


def seen_tree(connection: sqlite3.Connection) -> bytes:
    """Return the tree that the rows are made from. Raises Doubt if it is not whole."""
    row = connection.execute("SELECT tree FROM seen").fetchone()
    if row is None:
        return b""
    parts = connection.execute("SELECT content FROM seen_part ORDER BY number")
    tree = b"".join(content for (content,) in parts)
    if identify(TREE, tree) != row[0]:
        raise Doubt
    return tree


def _store(connection: sqlite3.Connection, old: bytes, new: bytes) -> None:
    """Write what differs of the tree: of a change in one entry that is one part."""
    for at in range(0, len(new), _PART):
        part = new[at : at + _PART]
        if old[at : at + _PART] != part:
            connection.execute("INSERT OR REPLACE INTO seen_part VALUES (?, ?)", (at // _PART, part))
    connection.execute("DELETE FROM seen_part WHERE number >= ?", (-(-len(new) // _PART),))
    connection.execute("INSERT OR REPLACE INTO seen VALUES (1, ?)", (identify(TREE, new),))
