"""Whether the catalog of a history says what git's history says: looked at as it lies there, row by row.

A commit is judged as the next question would take it: what lies above the first commit that the branch and
the rows have in common is thrown away then, and what would be made anew as a whole says nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitstore.errors import Damaged
from gitstore.history.chronicle import latest_removals
from gitstore.history.chronicle_rows import (
    State,
    below_rows,
    deletion_row,
    place_of,
    raw,
    state_of,
    step_row,
    touched_rows,
    walked_row,
)
from gitstore.history.history import History, path_of
from gitstore.objects.objects import ObjectReader
from gitstore.problems import Progress, silent
from gitstore.values import Deletion

if TYPE_CHECKING:
    import sqlite3

_COMMIT = "other commits than the branch has"
_TOUCHED = "other commits than those that changed it"
_DELETED = "another deletion"


def compare_history(
    git_directory: Path, tip: str, parent: str, connection: sqlite3.Connection, progress: Progress = silent
) -> dict[str | None, str]:
    """Return what the rows say that history does not: a reason by the name in `parent`, or by None.

    What can't be read of history says nothing here: it is told by the look at the objects.

    Args:
        git_directory: `.git`.
        tip: The branch's commit.
        parent: The directory that the rows follow.
        connection: A catalog of the schema `HISTORY`, which is only read.
        progress: Told how many commits are compared.

    Raises:
        Doubt: The rows contradict themselves.
    """
    if connection.execute("SELECT 1 FROM state").fetchone() is None:
        return {}
    state = state_of(connection)
    reader = ObjectReader(git_directory)
    if (state.parent, state.cut) != (parent.encode(), "".join(sorted(reader.shallow())).encode()):
        return {}
    comparison = _Comparison(reader, tip, parent, connection, state)
    with contextlib.suppress(Damaged):
        comparison.compare(progress)
    return comparison.wrong


class _Comparison:
    """Goes down from a tip and compares what is there with the rows."""

    def __init__(
        self, reader: ObjectReader, tip: str, parent: str, connection: sqlite3.Connection, state: State
    ) -> None:
        self.wrong: dict[str | None, str] = {}
        self._reader = reader
        self._history = History(reader, tip)
        self._tip = tip
        self._parent = parent
        self._connection = connection
        self._state = state

    def compare(self, progress: Progress) -> None:
        """Compare everything, the newest first. Raises Damaged."""
        current = self._tip
        if self._state.tip == raw(current) and (
            place_of(self._connection, self._state, current) != self._state.top
        ):  # it is taken for what it says, without a look at its commits
            self.wrong[None] = _COMMIT
            return
        while (place := place_of(self._connection, self._state, current)) is None:
            above = self._history.parents(current)
            if len(above) != 1:
                return
            current = above[0]
        self._ends(current, place)
        while place:
            progress("the catalog of the history", self._state.top - place, self._state.top)
            above = self._history.parents(current)
            self._commit(place, current)
            place -= 1
            if len(above) != 1:
                if place or above or self._state.base:
                    self.wrong[None] = _COMMIT
                return
            current = above[0]
        if raw(current) != self._state.base or len(self._history.parents(current)) < 2:
            self.wrong[None] = _COMMIT
            return
        self._below(current)

    def _ends(self, commit: str, place: int) -> None:
        """Compare where the rows are said to end, and that none lies where there can be none."""
        if (raw(commit) == self._state.tip) != (place == self._state.top):
            self.wrong[None] = _COMMIT
        if self._rows("SELECT position FROM step WHERE position < 1"):
            self.wrong[None] = _COMMIT
        for (name,) in self._rows("SELECT name FROM touched WHERE position < 1"):
            self._tell(name, _TOUCHED)
        least = 0 if self._state.base else 1
        for (name,) in self._rows("SELECT name FROM deletion WHERE position < ?", least):
            self._tell(name, _DELETED)
        if place == self._state.top and self._rows("SELECT COUNT(*) FROM deletion") != [
            (self._state.deletions,)
        ]:
            self.wrong.setdefault(None, "another count of deletions")

    def _commit(self, position: int, commit: str) -> None:
        if self._rows("SELECT * FROM step WHERE position = ?", position) != [step_row(position, commit)]:
            self.wrong[None] = _COMMIT
        differing = self._history.changed(commit, self._parent)
        self._same(
            self._rows("SELECT * FROM touched WHERE position = ?", position),
            touched_rows(position, commit, *differing),
            _TOUCHED,
        )
        gone = self._history.removed(commit, self._parent, *differing)
        self._deletions(position, list(gone))

    def _deletions(self, position: int, deletions: list[Deletion]) -> None:
        kept = self._rows("SELECT * FROM deletion WHERE position = ?", position)
        wanted = [deletion_row(position, rank, each) for rank, each in enumerate(deletions)]
        self._same([(row[2], row) for row in kept], [(row[2], row) for row in wanted], _DELETED)

    def _below(self, base: str) -> None:
        """Compare what walks from the newest merge found."""
        history = History(self._reader, base)
        self._deletions(0, latest_removals(history, self._parent))
        walked = self._rows("SELECT * FROM walked")
        for name, *_ in walked:
            found = list(history.touching(path_of(self._parent, name.decode("utf-8", "surrogateescape"))))
            self._same(
                [row for row in walked if row[0] == name]
                + self._rows("SELECT * FROM below WHERE name = ?", name),
                [walked_row(name, found), *below_rows(name, found)],
                _TOUCHED,
            )
        for (name,) in self._rows("SELECT name FROM below WHERE name NOT IN (SELECT name FROM walked)"):
            self._tell(name, _TOUCHED)

    def _same(self, kept: Sequence[tuple[Any, ...]], wanted: Sequence[tuple[Any, ...]], reason: str) -> None:
        """Tell of each name, which rows begin with, of which there are others than there should be."""
        for name, *_ in set(kept) ^ set(wanted):
            self._tell(name, reason)

    def _tell(self, name: bytes, reason: str) -> None:
        self.wrong[name.decode("utf-8", "surrogateescape")] = reason

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values).fetchall()
