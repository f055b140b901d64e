"""What another history brings is sifted: a directory of records that can't be one is set aside.

It counts as not changed: the tree has it as the last commit had it in which it was sound, or not at all. That
follows from the history alone, so each machine that meets it does the same.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gitstore.errors import TooMuch
from gitstore.kinds import BLOB
from gitstore.merging.merge import reading
from gitstore.merging.rules import Read, Rules
from gitstore.objects import commits, trees
from gitstore.objects.editing import Editor
from gitstore.objects.fitness import DEEPEST, FitnessLook, impossible
from gitstore.objects.objects import ObjectReader
from gitstore.objects.trees import DIRECTORY, Entry
from gitstore.transport import ancestry
from gitstore.values import SetAside

MOST_FILES = 5_000_000
MOST_BYTES = 16 << 30
"""Of all that one history brings into the work tree."""
_NO_FILES = frozenset({"120000", "160000"})
_BEGINNING = 4096
"""Bytes of a file from which it mostly shows what it is."""
_OTHER = "something else is in the place of the directory"


class Side(msgspec.Struct, frozen=True):
    """One of the two histories."""

    tip: str
    tree: str
    known: Sequence[str] = ()
    """Commits that the other one has, too: further back nothing is looked for but there."""


class Sieve:
    """Looks at directories of records, at each state of them once."""

    def __init__(self, reader: ObjectReader, rules: Rules) -> None:
        self._reader = reader
        self._rules = rules
        self._look = FitnessLook(reader.tree, self._size)
        self._faults: dict[tuple[str, str], str | None] = {}

    def differing(self, one: str, other: str) -> list[str]:
        """Return what is not the same in two trees, sorted: in the roots of records, and beside these."""
        found: set[str] = set()
        for root in self._rules.roots():
            sides = [self._find(tree, root) for tree in (one, other)]
            if any(each is not None and not each.is_directory for each in sides):
                found.add(root)
            listed = [
                self._reader.tree(each.id, root) if each is not None and each.is_directory else b""
                for each in sides
            ]
            gone, come = trees.changed(listed[0], listed[1])
            names = {f"{root}/{entry.name}" for entry in (*gone, *come)}
            found |= names
        if found or self._rules.roots():
            gone, come = trees.changed(self._reader.tree(one), self._reader.tree(other))
            found |= {each.name for each in (*gone, *come)} - set(self._rules.roots())
        return sorted(found)

    def sift(self, editor: Editor, side: Side, paths: Iterable[str]) -> tuple[SetAside, ...]:
        """Set aside in a tree what can't be in it, and return what that is.

        Args:
            editor: Has the tree of the side; afterwards what was sound before in the place of what is not.
            side: Where to look for it.
            paths: What to look at.

        Raises:
            Damaged: An object is missing or corrupt.
        """
        faults: dict[str, str] = {}
        roots = self._rules.roots()
        named = [path for path in paths if path not in roots]
        for root in (each for each in roots if each in paths):
            if self._put_right(editor, side, [root], faults):
                listed = trees.parse(editor.tree(root))
                named += [f"{root}/{each.name}" for each in listed]
        self._put_right(editor, side, named, faults)
        return tuple(SetAside(path, faults[path]) for path in sorted(faults))

    def fault(self, path: str, entry: Entry | None) -> str | None:  # noqa: PLR0911  a table
        """Return why what a path names can't be a directory of records; None if it can, or is nothing.

        Raises:
            Damaged: An object is missing or corrupt.
        """
        root = path in self._rules.roots()
        if entry is None or (entry.is_directory and root):
            return None
        if root:
            return _OTHER
        if (found := impossible(entry)) is not None:
            return found
        if not entry.is_directory:
            if entry.mode in _NO_FILES:
                return _OTHER if self._rules.is_record(path) else None
            return None if self._size(entry.id) is not None else _OTHER
        if not self._rules.is_record(path):
            return self._look.of(entry.id).broken
        key = path, entry.id
        if key not in self._faults:
            found = self._look.of(entry.id).fault
            if found is None:
                found = self._rules.unfit(
                    path, self._beginning(entry.id, path), self._reading(entry.id, path)
                )
            self._faults[key] = found
        return self._faults[key]

    def fault_in(self, tree: str, path: str) -> str | None:
        """Return the same of what a tree has under a path. Raises Damaged."""
        return self.fault(path, self._find(tree, path))

    def is_sound(self, path: str, tree: str) -> bool:
        """Say whether a tree can be that of a directory of records. Raises Damaged."""
        return self.fault(path, Entry(DIRECTORY, "", tree)) is None

    def weigh(self, before: str, after: str, editor: Editor) -> None:
        """See that what the work tree would get is not too much.

        Args:
            before: The tree that it has.
            after: The tree that it would get.
            editor: Knows trees that were made meanwhile.

        Raises:
            TooMuch: It is.
            Damaged: An object is missing or corrupt.
        """
        load = editor.load_tree
        gone, come = trees.changed(load(before, "the root"), load(after, "the root"))
        known = {entry.name: entry for entry in gone if entry.is_directory}
        files = size = 0
        for entry in come:
            parts = [entry]
            if entry.is_directory:
                old = load(known[entry.name].id, entry.name) if entry.name in known else b""
                parts = trees.changed(old, load(entry.id, entry.name))[1]
            for part in (each for each in parts if each.is_directory):
                found = self._look.of(part.id)
                files, size = files + found.files, size + found.bytes
                if found.height > DEEPEST:
                    raise TooMuch("folders within each other", DEEPEST)
        if files > MOST_FILES:
            raise TooMuch("files", MOST_FILES)
        if size > MOST_BYTES:
            raise TooMuch("bytes in files", MOST_BYTES)

    def _put_right(self, editor: Editor, side: Side, paths: Iterable[str], faults: dict[str, str]) -> bool:
        """Put what was sound before in the place of what is not, and note why; say whether there was any."""
        found = {path: fault for path in paths if (fault := self.fault(path, editor.entry(path))) is not None}
        before = self._last_sound(side, set(found)) if found and side.tip else {}
        for path in sorted(found):
            editor.remove(path)
            if path in before:
                editor.put_entry(path, before[path].mode, before[path].id)
        editor.finish()
        faults |= found
        return bool(found)

    def _last_sound(self, side: Side, paths: set[str]) -> dict[str, Entry]:
        """Return what each of some paths named in the last commit in which that was sound."""
        found: dict[str, Entry] = {}
        seen: set[tuple[str, str]] = set()
        for tree in self._earlier(side):
            for path in sorted(paths - found.keys()):
                entry = self._find(tree, path)
                if entry is None or (path, entry.id) in seen:
                    continue
                seen.add((path, entry.id))
                if self.fault(path, entry) is None:
                    found[path] = entry
            if len(found) == len(paths):
                break
        return found

    def _earlier(self, side: Side) -> Iterator[str]:
        """Yield the trees of a side's commits, newest first, then those of what both sides have."""
        cut = self._reader.shallow()
        fresh = ancestry.new_commits(self._reader.commit, [side.tip], side.known, cut)
        for identifier in (*reversed(fresh), *sorted(side.known)):
            yield commits.parents(self._reader.commit(identifier))[0]

    def _find(self, tree: str, path: str) -> Entry | None:
        found: Entry | None = Entry(DIRECTORY, "", tree)
        for name in path.split("/"):
            if found is None or not found.is_directory:
                return None
            found = trees.find(self._reader.tree(found.id, path), name)
        return found

    def _beginning(self, tree: str, path: str) -> Read:
        return reading(
            tree, path, self._reader.tree, lambda each, _: self._reader.beginning(each, _BEGINNING)
        )

    def _reading(self, tree: str, path: str) -> Read:
        return reading(tree, path, self._reader.tree, self._reader.blob)

    def _size(self, identifier: str) -> int | None:
        kind, size = self._reader.measure(identifier)
        return size if kind == BLOB else None


def without(editor: Editor, sieve: Sieve, tree: str, paths: Iterable[str]) -> str:
    """Return a tree from which both sides came without what is unsound in it: of that it says nothing."""
    sifted = Editor(editor.reader, tree)
    sieve.sift(sifted, Side("", tree), paths)
    editor.adopt(sifted)
    return sifted.finish()
