"""A tree that is being changed in memory: read anywhere, write files, take directories out, put them in."""

from collections.abc import Callable

import msgspec

from gitstore.disk import streams
from gitstore.errors import Damaged
from gitstore.kinds import BLOB, TREE, identify
from gitstore.objects import trees
from gitstore.objects.objects import ObjectReader
from gitstore.objects.packs import Packed
from gitstore.objects.trees import DIRECTORY, FILE, Entry


class Touched(msgspec.Struct, frozen=True):
    """A file that differs between two states of the tree."""

    path: str
    before: str | None
    """Id of the content it had; None if it was absent."""
    after: str | None
    mode: str = FILE
    """As in a tree: what it is now, or was if it is absent now."""


class Mark(msgspec.Struct, frozen=True):
    """A state of an editor to which it can go back."""

    objects: int
    root: str
    removed: dict[str, str]


class Editor:
    """A tree and its changes. Nothing is written: `new_objects` holds what would have to be."""

    def __init__(self, reader: ObjectReader, root: str) -> None:
        self.reader = reader
        """The repository's objects."""
        self._trees: dict[str, bytes] = {}  # path of a directory -> its tree; absent ones are b""
        self._ids: dict[str, str] = {"": root}
        self._changed: set[str] = set()
        self._entries: dict[str, Entry | None] = {}
        """What paths name that were asked for, as long as that holds."""
        self._blobs: dict[str, bytes] = {}
        self.new_objects: dict[str, Packed] = {}
        """By id; trees only once `write` has been called."""
        self.places: dict[str, str] = {}
        """The path for which each new object was made."""
        self.removed: dict[str, str] = {}
        """The trees of directories that were taken away here."""

    def adopt(self, other: "Editor") -> None:
        """Know what another editor made, so that it can be put here; `drop_unused` forgets what was not."""
        for identifier, item in other.new_objects.items():
            if identifier not in self.new_objects:
                self.new_objects[identifier] = item
                self.places[identifier] = other.places[identifier]
        self._blobs |= other._blobs  # noqa: SLF001  of its own kind

    def mark(self) -> "Mark":
        """Return the present state, for `go_back`; called after `finish`."""
        return Mark(len(self.new_objects), self._ids[""], dict(self.removed))

    def go_back(self, mark: "Mark") -> None:
        """Forget all changes since a mark."""
        while len(self.new_objects) > mark.objects:
            identifier = self.new_objects.popitem()[0]
            del self.places[identifier]
            self._blobs.pop(identifier, None)
        self._trees, self._ids, self.removed = {}, {"": mark.root}, dict(mark.removed)
        self._changed.clear()
        self._entries.clear()

    def load_tree(self, identifier: str, place: str) -> bytes:
        """Return a tree by its id, made here or in the repository. Raises Damaged."""
        made = self.new_objects.get(identifier)
        return self.reader.tree(identifier, place) if made is None else made.content

    def load_blob(self, identifier: str, place: str) -> bytes:
        """Return a file's content by its id, made here or in the repository. Raises Damaged."""
        made = self._blobs.get(identifier)
        return self.reader.blob(identifier, place) if made is None else made

    def entry(self, path: str) -> Entry | None:
        """Return what a path names, or None."""
        if path not in self._entries:
            parent, _, name = path.rpartition("/")
            self._entries[path] = trees.find(self.tree(parent), name)
        return self._entries[path]

    def tree(self, path: str) -> bytes:
        """Return the tree of a directory; empty if there is no such directory.

        Raises:
            Damaged: Its object is missing or corrupt; the error names the directory.
        """
        known = self._trees.get(path)
        if known is None:
            known = self._load(path)
            self._trees[path] = known
        return known

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None if there is no file of that name.

        Raises:
            Damaged: Its object is missing or corrupt; the error names the path.
        """
        entry = self.entry(path)
        if entry is None or entry.is_directory or entry.mode == "160000":
            return None
        return self.load_blob(entry.id, path)

    def write(self, path: str, content: bytes) -> None:
        """Set the content of a file."""
        identifier = identify(BLOB, content)
        self._blobs[identifier] = content
        if identifier not in self.new_objects:
            grown_from = self._grown_from(path, content) if len(content) >= streams.LONG else None
            self.new_objects[identifier] = Packed(BLOB, identifier, content, None, grown_from)
            self.places[identifier] = path
        self._set(path, FILE, identifier)

    def put_back(self, changes: list[Touched]) -> None:
        """Set files to contents that the repository has, or take them away, as each change's `after` says."""
        for item in changes:
            if item.after is None:
                self.remove(item.path)
            else:
                self._set(item.path, item.mode, item.after)

    def put_tree(self, path: str, tree: str) -> None:
        """Put a directory that the repository knows at a path."""
        self._forget(path)
        self._set(path, DIRECTORY, tree)

    def put_entry(self, path: str, mode: str, identifier: str) -> None:
        """Put what the repository knows at a path: a directory, or a file of some kind."""
        if mode == DIRECTORY:
            self.put_tree(path, identifier)
        else:
            self._set(path, mode, identifier)

    def remove(self, path: str) -> None:
        """Take a file or directory away, and the directories that become empty."""
        entry = self.entry(path)
        if entry is not None and entry.is_directory:
            self.removed[path] = entry.id
        self._forget(path)
        while path:
            parent, _, name = path.rpartition("/")
            self._trees[parent] = trees.splice(self.tree(parent), name, None)
            self._mark(parent)
            if self._trees[parent]:
                break
            path = parent
        self._entries.clear()

    def finish(self) -> str:
        """Make the trees that changed and return the id of the root."""
        for path in sorted(self._changed, key=lambda name: name.count("/") + bool(name), reverse=True):
            content = self._trees[path]
            if path and not content:
                continue
            identifier = identify(TREE, content)
            self._ids[path] = identifier
            if identifier not in self.new_objects:
                self.new_objects[identifier] = Packed(TREE, identifier, content)
                self.places[identifier] = path + "/"
            if path:
                parent, _, name = path.rpartition("/")
                self._trees[parent] = trees.splice(self.tree(parent), name, DIRECTORY, identifier)
                self._entries[path] = Entry(DIRECTORY, name, identifier)
        self._changed.clear()
        return self._ids[""]

    def drop_unused(self) -> None:
        """Forget objects that were made on the way and that the root does not need; called after `finish`."""
        used: set[str] = set()
        waiting = [self._ids[""]]
        while waiting:
            made = self.new_objects.get(waiting.pop())
            if made is None or made.id in used:
                continue
            used.add(made.id)
            if made.kind == TREE:
                waiting += [entry.id for entry in trees.parse(made.content)]
        for identifier in [each for each in self.new_objects if each not in used]:
            del self.new_objects[identifier]
            del self.places[identifier]

    def _grown_from(self, path: str, content: bytes) -> str | None:
        """Return what the repository has of a file, if the new content begins with it."""
        entry = self.entry(path)
        if entry is None or entry.is_directory or not content.startswith(self.read(path) or b"\n"):
            return None
        made = self.new_objects.get(entry.id)
        return entry.id if made is None else made.grown_from

    def _load(self, path: str) -> bytes:
        if not path:
            return self.load_tree(self._ids[""], "the root of the tree")
        entry = self.entry(path)
        if entry is None or not entry.is_directory:
            return b""
        return self.load_tree(entry.id, path)

    def _set(self, path: str, mode: str, identifier: str) -> None:
        parent, _, name = path.rpartition("/")
        above = self.entry(parent) if parent else None
        if above is not None and not above.is_directory:
            raise Damaged(parent, "a file where a directory should be")
        if mode != DIRECTORY and (here := self.entry(path)) is not None and here.is_directory:
            raise Damaged(path, "a directory where a file should be")
        self._trees[parent] = trees.splice(self.tree(parent), name, mode, identifier)
        if mode == DIRECTORY:
            self._entries.clear()  # of what is below it
        self._entries[path] = Entry(mode, name, identifier)
        self._mark(parent)

    def _mark(self, path: str) -> None:
        self._changed.add(path)
        while path:
            path = path.rpartition("/")[0]
            self.tree(path)
            self._changed.add(path)

    def _forget(self, path: str) -> None:
        for known in [name for name in self._trees if name == path or name.startswith(path + "/")]:
            del self._trees[known]
            self._changed.discard(known)


def differences(
    load: Callable[[str, str], bytes], before: str | None, after: str | None, path: str = ""
) -> list[Touched]:
    """Return the files that differ between two trees, sorted by path.

    Args:
        load: Gives a tree's content by its id and its path (for an error to name).
        before: Id of the one tree; None: no tree.
        after: Id of the other.
        path: Where the trees are.

    Raises:
        Damaged: A tree that is needed is missing or corrupt.
    """
    if before == after:
        return []
    gone, come = trees.changed(load(before, path) if before else b"", load(after, path) if after else b"")
    found: list[Touched] = []
    old_by_name = {entry.name: entry for entry in gone}
    new_by_name = {entry.name: entry for entry in come}
    for name in old_by_name.keys() | new_by_name.keys():
        was, now = old_by_name.get(name), new_by_name.get(name)
        below = f"{path}/{name}" if path else name
        was_tree = was.id if was and was.is_directory else None
        now_tree = now.id if now and now.is_directory else None
        if was_tree or now_tree:
            found += differences(load, was_tree, now_tree, below)
        was_file = was.id if was and not was.is_directory else None
        now_file = now.id if now and not now.is_directory else None
        if was_file != now_file:
            latest = now if now_file else was
            assert latest is not None  # noqa: S101
            found.append(Touched(below, was_file, now_file, latest.mode))
    return sorted(found, key=lambda touched: touched.path)
