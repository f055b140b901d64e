"""The directories that a history had and the branch has no longer, remembered from one turn to the next.

To bring one back its last tree is looked for. Of a directory that never was, only all of history says so: it
is walked once, and after that only what is new on the branch is looked at.
"""

import threading
from collections.abc import Iterator

from gitstore.history import History
from gitstore.objects import ObjectReader

_LONGEST = 10_000
"""Commits after which a history that goes on without a merge is rather walked anew."""


class Departed:
    """Finds the last trees of directories, for several threads. It keeps one name and one tree of each."""

    def __init__(self, reader: ObjectReader) -> None:
        self._reader = reader
        self._mutex = threading.Lock()
        self._known: dict[str, _Known] = {}

    def last_tree(self, tip: str, path: str) -> str | None:
        """Return the tree that a directory has at a tip or had last, or None if it never was.

        Raises:
            Damaged: A commit or tree is missing or corrupt.
        """
        parent, _, name = path.rpartition("/")
        with self._mutex:
            known = self._known.pop(parent, None)  # whatever damage stops halfway is begun anew
            if known is None or not known.reach(tip):
                known = _Known(self._reader, tip, parent)
            found = known.find(path, name)
            self._known[parent] = known
            return found


class _Known:
    """What was in one directory, as seen from a tip: walked no further back than was asked for."""

    def __init__(self, reader: ObjectReader, tip: str, parent: str) -> None:
        self._reader = reader
        self._tip = tip
        self._parent = parent
        self._cut = reader.shallow()
        self._trees: dict[str, str] = {}
        self._rest: Iterator[tuple[str, str]] = History(reader, tip).last_trees(parent)

    def reach(self, tip: str) -> bool:
        """Go on to a tip; False if it is not the same history, or not only some commits longer."""
        if self._reader.shallow() != self._cut:
            return False
        history = History(self._reader, tip)
        new: list[str] = []
        current = tip
        while current != self._tip:
            parents = history.parents(current)
            if len(parents) != 1 or len(new) == _LONGEST:
                return False
            new.append(current)
            current = parents[0]
        for commit in reversed(new):
            gone, come = history.changed(commit, self._parent)
            still = {entry.name for entry in come if entry.is_directory}
            for entry in gone:
                if entry.is_directory and entry.name not in still:
                    self._trees[entry.name] = entry.id
        self._tip = tip
        return True

    def find(self, path: str, name: str) -> str | None:
        """Return the last tree of a directory, walking on until it is found."""
        there = History(self._reader, self._tip).directory(self._tip, path)
        if there is not None:
            return there
        while name not in self._trees:
            try:
                each, tree = next(self._rest)
            except StopIteration:
                return None
            self._trees.setdefault(each, tree)
        return self._trees[name]
