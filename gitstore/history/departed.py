"""The directories that a history had and the branch has no longer, remembered from one turn to the next.

To bring one back its last tree is looked for. Of a directory that never was, only all of history says so: it
is walked once, and after that only what is new on the branch is looked at.
"""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence

from gitstore.history.ancestry import merge_bases, since
from gitstore.history.history import History, path_of
from gitstore.objects import commits
from gitstore.objects.objects import ObjectReader

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


class DepartedSince:
    """Finds the trees of directories that a history had, and deleted, since it parted from another one.

    Each commit may have deleted one as others never saw it: all of these trees count.
    """

    def __init__(self, reader: ObjectReader, tip: str, bases: Sequence[str]) -> None:
        self._reader = reader
        self._tip = tip
        self._bases = bases
        self._known: dict[str, dict[str, set[str]]] = {}
        self._deleted: set[str] = set()

    def trees(self, path: str) -> list[str]:
        """Return the trees that a directory had where it was deleted, sorted.

        Raises:
            Damaged: A commit or tree is missing or corrupt.
        """
        parent = path.rpartition("/")[0]
        if parent not in self._known:
            self._known[parent] = self._walked(parent)
        return sorted(self._known[parent].get(path, ()))

    def is_deleted(self, path: str) -> bool:
        """Say whether somebody deleted a directory, and not only joined a history that had deleted it.

        Raises:
            Damaged: A commit or tree is missing or corrupt.
        """
        self.trees(path)
        return path in self._deleted

    def _walked(self, parent: str) -> dict[str, set[str]]:
        history = History(self._reader, self._tip)
        found: dict[str, set[str]] = {}
        for commit in since(self._reader, self._tip, self._bases):
            parents = history.parents(commit)
            for earlier in parents:
                gone, come = history.difference(earlier, commit, parent)
                still = {entry.name for entry in come}
                for entry in gone:
                    path = path_of(parent, entry.name)
                    if entry.is_directory and entry.name not in still:
                        found.setdefault(path, set()).add(entry.id)
                        if all(history.identity(each, path) is not None for each in parents):
                            self._deleted.add(path)
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


class Behind:
    """What the histories behind two commits know (see `merge.Past`)."""

    def __init__(
        self,
        reader: ObjectReader,
        ours: str,
        theirs: str,
        bases: Sequence[str],
        is_sound: Callable[[str, str], bool] = lambda *_: True,
    ) -> None:
        """Take two commits, and those from which both came.

        Args:
            reader: The repository's objects.
            ours: The one.
            theirs: The other.
            bases: Their common ancestors.
            is_sound: Whether a tree of a directory could be taken; others are told nothing of.
        """
        self._reader = reader
        self._is_sound = is_sound
        self._bases = bases
        self._gone = {True: DepartedSince(reader, ours, bases), False: DepartedSince(reader, theirs, bases)}
        self._before = [Departed(reader) for _ in bases]

    def last_trees(self, path: str, by_us: bool) -> Sequence[str]:
        """Return the trees of a directory as a side that deleted it had it last, sorted."""
        return [tree for tree in self._gone[by_us].trees(path) if self._is_sound(path, tree)]

    def is_deleted(self, path: str, by_us: bool) -> bool:
        """Say whether a side deleted a directory itself since the sides parted."""
        return self._gone[by_us].is_deleted(path)

    def base_had(self, number: int, path: str) -> bool:
        """Say whether a directory that one of the bases lacks had been there before that one."""
        return self._before[number].last_tree(self._bases[number], path) is not None

    def older_trees(self) -> Sequence[str]:
        """Return the trees from which several bases came themselves, sorted; none if there is only one."""
        pairs = itertools.combinations(self._bases, 2)
        older = {each for pair in pairs for each in merge_bases(self._reader, *pair)}
        return sorted({commits.parents(self._reader.commit(each))[0] for each in older})
