"""Two trees become one by the rule of the store: nothing that either side saved is lost, nobody is asked.

A function of the two trees, and of the trees from which both came where there are such: the same on every
machine, whichever side is "ours". What only one side changed is taken from it. Where both did, records are
united, documents merged by field, and of two other files both are kept.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from gitstore.disk import segments
from gitstore.kinds import BLOB, identify
from gitstore.merging.documents import merge_documents
from gitstore.merging.records import merge_records
from gitstore.merging.rules import NoPast, Past, Read, Rules
from gitstore.objects import trees
from gitstore.objects.editing import Editor
from gitstore.objects.trees import DIRECTORY, FILE, Entry
from gitstore.plain_json import load_object

Load = Callable[[str, str], bytes]
"""Gives an object's content by its id and its path (for an error to name)."""


class Merged(msgspec.Struct, frozen=True):
    """What two trees became."""

    tree: str
    united: tuple[str, ...] = ()
    """Directories in which both sides changed something."""
    stayed: tuple[str, ...] = ()
    """Directories that one side deleted and that stay, because the other side went on with them."""
    aside: tuple[str, ...] = ()
    """Files that hold what had no place."""


def merge_trees(
    editor: Editor,
    theirs: str,
    bases: Sequence[str],
    rules: Rules,
    past: Past | None = None,
) -> Merged:
    """Merge a tree into that of an editor.

    Args:
        editor: Has the one tree, and in the end the merged one; what is new is in its `new_objects`.
        theirs: Id of the other tree.
        bases: Trees from which both came: none if they never had anything in common.
        rules: Of the owner of the records.
        past: Asked for directories that one side deleted.

    Raises:
        Damaged: An object that is needed is missing or corrupt; the editor must not be used any more.
    """
    work = _Merge(editor, rules, past or NoPast())
    work.directory("", editor.finish(), theirs, tuple(enumerate(bases)))
    root = editor.finish()
    editor.drop_unused()
    return Merged(
        root,
        tuple(sorted(work.united)),
        tuple(sorted(work.stayed)),
        tuple(sorted(work.aside)),
    )


_Bases = tuple[tuple[int, str | None], ...]
"""Of each base that counts its number and what it has in place of a directory; None: nothing."""


class _Merge:
    """One merge under way."""

    def __init__(self, editor: Editor, rules: Rules, past: Past) -> None:
        self._editor = editor
        self._rules = rules
        self._past = past
        self.united: set[str] = set()
        self.stayed: set[str] = set()
        self.aside: set[str] = set()

    def directory(self, path: str, ours: str, theirs: str, bases: _Bases) -> None:
        """Merge a directory that both sides have and that differs."""
        if ours == theirs:
            return
        gone, come = trees.changed(self._tree(ours, path), self._tree(theirs, path))
        mine, others = ({entry.name: entry for entry in entries} for entries in (gone, come))
        names = sorted(mine.keys() | others.keys())
        records: dict[str, list[str]] = {}
        both = False
        for name in names:
            one, other = mine.get(name), others.get(name)
            known = self._that_count(bases, name, path)
            base = self._base(known, name, path)
            if base is not None and _same(other, base.entry):
                continue
            if base is not None and _same(one, base.entry):
                self._take(_below(path, name), other)
                continue
            if name.endswith(".jsonl") and not any(each and each.is_directory for each in (one, other)):
                records.setdefault(_first(name), []).append(name)
                both = both or (one is not None and other is not None)
                continue
            both = self._both(path, name, one, other, known) or both
        for first in sorted(records):
            self._records(path, first, ours, theirs)
        if both:
            self.united.add(path)
            for file, content in self._rules.complete(path, self._editor.read).items():
                self._editor.write(file, content)

    def _both(self, folder: str, name: str, one: Entry | None, other: Entry | None, bases: _Bases) -> bool:
        """Merge what both sides changed under one name; say whether both have something there."""
        path = _below(folder, name)
        below = tuple((number, self._directory_in(each, name, folder)) for number, each in bases)
        if one is None or other is None:
            present = one or other
            if present is None:
                return False
            known = [each for _, each in below if each]
            if present.is_directory and known and self._holds_directories_only(known[0], path):
                sides = [trees.EMPTY if each is None else each.id for each in (one, other)]
                self.directory(path, sides[0], sides[1], below)  # the last of them was deleted there
            elif (
                present.is_directory
                and known
                and (len(known) == len(below) or self._past.is_deleted(path, one is None))
            ):
                self._deleted(path, present, known, mine=one is not None)
            elif one is None:  # where a base had deleted it, who has it has it in spite of that
                self._take(path, other)
            return False
        if one.is_directory and other.is_directory:
            self.directory(path, one.id, other.id, below)
            return False
        if one.is_directory or other.is_directory:
            folder_, file = (one, other) if one.is_directory else (other, one)
            self._take(path, folder_)
            self._set_aside(path, file)
            return True
        before = [found.id for _, each in bases if (found := self._entry_in(each, name, folder)) is not None]
        self._files(path, one, other, before if len(before) == len(bases) else [])
        return True

    def _files(self, path: str, one: Entry, other: Entry, before: Sequence[str]) -> None:
        """Merge two files that are no records."""
        sound: dict[str, bool] = {}
        if path.endswith(".json") and one.mode == other.mode == FILE:
            contents = [self._editor.load_blob(each, path) for each in (one.id, other.id)]
            olds = [self._editor.load_blob(each, path) for each in before]
            before_that = self._older(path) if len(set(before)) > 1 else []
            merged = merge_documents(
                olds, contents[0], contents[1], self._rules.fields(path), older=before_that
            )
            if merged is not None:
                self._editor.write(path, merged)
                return
            sound = {
                each.id: load_object(content) is not None
                for each, content in zip((one, other), contents, strict=True)
            }
        less, more = sorted(
            (one, other), key=lambda each: (each.mode == FILE, sound.get(each.id, True), each.mode, each.id)
        )
        self._take(path, more)
        if less.id != more.id:
            self._set_aside(path, less)

    def _older(self, path: str) -> list[bytes]:
        """Return what a file was before several bases that are different."""
        found = []
        for tree in self._past.older_trees():
            content = reading(tree, "", self._editor.load_tree, self._editor.load_blob)(path)
            if content is not None:
                found.append(content)
        return found

    def _records(self, folder: str, first: str, ours: str, theirs: str) -> None:
        """Unite all files in which some records go on."""
        listings: dict[str, dict[str, Entry]] = {}
        sides: list[bytes] = []
        for tree in (ours, theirs):
            present = {entry.name: entry for entry in trees.parse(self._tree(tree, folder))}
            names = segments.segments_among(first, present)
            listings[tree] = {name: present[name] for name in names if not present[name].is_directory}
            contents = [
                self._editor.load_blob(each.id, _below(folder, name)) for name, each in listings[tree].items()
            ]
            sides.append(b"".join(segments.ended(each) for each in contents))
        merged = merge_records(sides)
        content = b"".join(merged.lines)
        whole = [tree for tree, side in zip((ours, theirs), sides, strict=True) if side == content]
        if whole:  # as one side cut the files, which has all lines that the other has
            listing = listings[min(whole)]
            for name in listings[ours].keys() | listings[theirs].keys():
                self._take(_below(folder, name), listing.get(name))
        else:
            there = listings[ours].keys() | listings[theirs].keys()
            for name, part in cut(first, merged.lines, there).items():
                if part is None:
                    self._take(_below(folder, name), None)
                else:
                    self._editor.write(_below(folder, name), part)
        for line in merged.aside:
            self._keep(beside(_below(folder, first), line), line)

    def _deleted(self, path: str, present: Entry, bases: Sequence[str], *, mine: bool) -> None:
        """Decide on a directory that one side deleted and the other changed: stays what no base had."""
        after = self._reading(present.id, path)
        if not all(self._rules.stays(path, self._reading(base, path), after) for base in bases):
            if mine:
                self._editor.remove(path)
            return
        self.stayed.add(path)
        if not mine:
            self._take(path, present)
        here = present.id
        for last in self._past.last_trees(path, not mine):
            if last != here and last not in bases:
                self.directory(path, here, last, tuple(enumerate(bases)))
                self._editor.finish()
                now = self._editor.entry(path)
                here = now.id if now is not None else here

    def _reading(self, tree: str, folder: str) -> Read:
        return reading(tree, folder, self._editor.load_tree, self._editor.load_blob)

    def _take(self, path: str, entry: Entry | None) -> None:
        """Let a path be as the other side has it."""
        here = self._editor.entry(path)
        if entry is None:
            if here is not None:
                self._editor.remove(path)
            return
        if here is not None and here.is_directory != entry.is_directory:
            self._editor.remove(path)
        self._editor.put_entry(path, entry.mode, entry.id)

    def _set_aside(self, path: str, entry: Entry) -> None:
        """Keep a file whose place another one has."""
        aside = f"{path}.{entry.id[:8]}"
        if self._editor.entry(aside) is None:
            self._editor.put_entry(aside, entry.mode, entry.id)
        self.aside.add(aside)

    def _keep(self, path: str, content: bytes) -> None:
        if self._editor.entry(path) is None:
            self._editor.write(path, content)
        self.aside.add(path)

    def _that_count(self, bases: _Bases, name: str, folder: str) -> _Bases:
        """Return the bases without those that never knew of a directory that others of them have."""
        if len(bases) < 2:
            return bases
        found = [self._entry_in(each, name, folder) for _, each in bases]
        if None not in found or not any(each is not None and each.is_directory for each in found):
            return bases
        path = _below(folder, name)
        return tuple(
            base
            for base, each in zip(bases, found, strict=True)
            if each is not None or self._past.base_had(base[0], path)
        )

    def _base(self, bases: _Bases, name: str, folder: str) -> "_Known | None":
        """Return what a name meant before, if there is a base and all of them agree."""
        found = {self._entry_in(each, name, folder) for _, each in bases}
        return _Known(found.pop()) if len(found) == 1 else None

    def _entry_in(self, tree: str | None, name: str, folder: str) -> Entry | None:
        return None if tree is None else trees.find(self._tree(tree, folder), name)

    def _directory_in(self, tree: str | None, name: str, folder: str) -> str | None:
        found = self._entry_in(tree, name, folder)
        return found.id if found is not None and found.is_directory else None

    def _holds_directories_only(self, tree: str, path: str) -> bool:
        return all(entry.is_directory for entry in trees.parse(self._tree(tree, path)))

    def _tree(self, identifier: str, path: str) -> bytes:
        return self._editor.load_tree(identifier, path or "the root")


def cut(first: str, lines: Sequence[bytes], present: Iterable[str]) -> dict[str, bytes | None]:
    """Return the files that take the lines of some records, by path; None for one that goes.

    Args:
        first: The path of the first file.
        lines: In order, each with its line feed.
        present: The files that there are.
    """
    parts = segments.split_lines(lines)
    new: dict[str, bytes | None] = dict.fromkeys(present)
    return new | {segments.segment_path(first, number): part for number, part in enumerate(parts, start=1)}


def beside(path: str, content: bytes) -> str:
    """Return where something is kept whose place, a path, another has."""
    return f"{path}.{identify(BLOB, content)[:8]}"


class _Known(msgspec.Struct, frozen=True):
    """What all bases have under a name."""

    entry: Entry | None


def reading(tree: str, folder: str, load_tree: Load, load_blob: Load) -> Read:
    """Return what reads files below a folder, by their whole path, as a tree has it."""

    def read(path: str) -> bytes | None:
        current: Entry | None = Entry(DIRECTORY, "", tree)
        for name in path.removeprefix(f"{folder}/").split("/"):
            if current is None or not current.is_directory:
                return None
            current = trees.find(load_tree(current.id, path), name)
        if current is None or current.is_directory:
            return None
        return load_blob(current.id, path)

    return read


def _same(one: Entry | None, other: Entry | None) -> bool:
    return (one and (one.mode, one.id)) == (other and (other.mode, other.id))


def _first(name: str) -> str:
    """Return the name of the first file of the records in a file."""
    if not segments.may_be_further(name):
        return name
    stem, _, suffix = name.rpartition(".")
    return f"{stem.rpartition('.')[0]}.{suffix}"


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
