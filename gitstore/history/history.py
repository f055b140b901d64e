"""Walking through history: what happened to a directory, what was deleted, which commit a word means."""

import heapq
import re
from collections.abc import Iterator
from pathlib import Path

from gitstore import dates
from gitstore.changes.operations import is_id
from gitstore.errors import CommitNotFound, Damaged
from gitstore.git import refs
from gitstore.kinds import COMMIT, TAG
from gitstore.objects import commits, trees
from gitstore.objects.objects import ObjectReader
from gitstore.objects.trees import Entry
from gitstore.values import Deletion, LogEntry

_STEP = re.compile(r"(.*?)((?:\^|~\d*)+)")


class History:
    """The commits behind one commit."""

    def __init__(self, reader: ObjectReader, tip: str) -> None:
        self._reader = reader
        self._tip = tip
        self._cut = reader.shallow()
        self._entries: dict[tuple[str, str], Entry | None] = {}

    def log(self, directory: str | None, limit: int | None) -> Iterator[LogEntry]:
        """Yield commits, newest first, as `git log [-- directory]` does.

        With a directory those that differ in it from all of their parents; of a merge that took a side as it
        was, only that side is followed.

        Raises:
            Damaged: A commit or tree is missing or corrupt; what came before was yielded.
        """
        left = -1 if limit is None else limit
        found = self.touching(directory)
        while left and (identifier := next(found, None)) is not None:
            left -= 1
            yield commits.entry(identifier, commits.read(self._reader.commit(identifier), identifier))

    def touching(self, directory: str | None) -> Iterator[str]:
        """Yield the ids of the commits that `log` tells. Raises Damaged."""
        for identifier, tree, parents in self._walk(directory):
            if directory is not None:
                here = self._identity(tree, directory)
                before = [self._identity(self._tree_of(parent), directory) for parent in parents]
                if here in before or (not parents and here is None):
                    continue
            yield identifier

    def deletions(self, parent: str) -> Iterator[Deletion]:
        """Yield the directories in `parent` that history has and the tip has not, the latest deletion first.

        Raises:
            Damaged: A commit or tree is missing or corrupt; what came before was yielded.
        """
        seen = self.names(parent)
        for deletion in self.removals(parent):
            if deletion.path not in seen:
                seen.add(deletion.path)
                yield deletion

    def removals(self, parent: str) -> Iterator[Deletion]:
        """Yield each time that a directory in `parent` was deleted, the latest first.

        A merge deletes only what no commit behind it did, and that comes last: who joins one that deleted
        something may never have had it.

        Raises:
            Damaged: A commit or tree is missing or corrupt; what came before was yielded.
        """
        told: set[str] = set()
        merged: list[Deletion] = []
        for identifier, _, parents in self._walk(parent, whole=True):
            for earlier in parents:
                for each in self.removed(identifier, parent, *self.difference(earlier, identifier, parent)):
                    if self._is_lacking(parents, each.path):
                        merged.append(each)
                    else:
                        told.add(each.path)
                        yield each
        yield from (each for each in merged if each.path not in told)

    def removed(self, commit: str, parent: str, gone: list[Entry], come: list[Entry]) -> Iterator[Deletion]:
        """Yield what of a difference in `parent` is the deletion of a directory. Raises Damaged."""
        still = {entry.name for entry in come}
        for entry in gone:
            if entry.is_directory and entry.name not in still:
                time = commits.read(self._reader.commit(commit), commit).authored
                yield Deletion(path_of(parent, entry.name), commit, time, entry.id)

    def changed(self, commit: str, parent: str) -> tuple[list[Entry], list[Entry]]:
        """Return what lay in `parent` before a commit that is no merge, and what since, of what differs.

        Raises:
            Damaged: A commit or tree is missing or corrupt.
        """
        above = self.parents(commit)
        return self.difference(above[0] if above else None, commit, parent)

    def difference(self, earlier: str | None, commit: str, parent: str) -> tuple[list[Entry], list[Entry]]:
        """Return what lies in `parent` in one commit (or none) and what in another, of what differs.

        Raises:
            Damaged: A commit or tree is missing or corrupt.
        """
        before = self._folder(self._tree_of(earlier), parent) if earlier else None
        after = self._folder(self._tree_of(commit), parent)
        if before == after:
            return [], []
        return trees.changed(self._content(before, parent), self._content(after, parent))

    def parents(self, commit: str) -> tuple[str, ...]:
        """Return the parents of a commit that are here. Raises Damaged."""
        return self._commit(commit)[1]

    def identity(self, commit: str, path: str) -> str | None:
        """Return the id of what a path names in a commit, or None. Raises Damaged."""
        return self._identity(self._tree_of(commit), path)

    def directory(self, commit: str, path: str) -> str | None:
        """Return the id of the tree of a directory in a commit, or None. Raises Damaged."""
        return self._folder(self._tree_of(commit), path)

    def names(self, parent: str) -> set[str]:
        """Return the paths of what the tip has in `parent`. Raises Damaged."""
        content = self._content(self._folder(self._tree_of(self._tip), parent), parent)
        return {path_of(parent, entry.name) for entry in trees.parse(content)}

    def last_trees(self, parent: str) -> Iterator[tuple[str, str]]:
        """Yield names and trees: of each name first the last tree that a directory in `parent` had under it.

        What the tip has is left out. Of a name that a file took over, the directory comes when the walk gets
        to a commit that has it. What only a merge took away comes last, as in `removals`.

        Raises:
            Damaged: A commit or tree is missing or corrupt; what came before was yielded.
        """
        later: dict[str, list[Entry]] = {}
        merged: list[Entry] = []
        for identifier, _, parents in self._walk(parent, whole=True):
            yield from ((entry.name, entry.id) for entry in later.pop(identifier, ()))
            for earlier in parents:
                gone, come = self.difference(earlier, identifier, parent)
                now = {entry.name: entry for entry in come}
                for entry in gone:
                    if not entry.is_directory:
                        continue
                    if entry.name not in now:
                        if self._is_lacking(parents, path_of(parent, entry.name)):
                            merged.append(entry)
                        else:
                            yield entry.name, entry.id
                    elif not now[entry.name].is_directory:
                        later.setdefault(earlier, []).append(entry)
        yield from ((entry.name, entry.id) for entry in merged)

    def at(self, time: float) -> str | None:
        """Return the newest commit of the first parents that is not younger than `time`, or None."""
        current: str | None = self._tip
        while current is not None:
            _, parents, committed = self._commit(current)
            if committed <= time:
                return current
            current = parents[0] if parents else None
        return None

    def contains(self, commit: str, earlier: str) -> bool:
        """Say whether a commit is the tip or an ancestor of it; False if its object is not even there.

        Args:
            commit: Which one.
            earlier: A commit that it descends from. Where history has no merges, nothing behind that is read.

        Raises:
            Damaged: A commit is missing or corrupt.
        """
        current = self._tip
        while current not in {commit, earlier}:
            parents = self._commit(current)[1]
            if len(parents) > 1:
                return any(identifier == commit for identifier, _, _ in self._walk(None))
            if not parents:
                return False
            current = parents[0]
        return current == commit

    def _is_lacking(self, parents: tuple[str, ...], path: str) -> bool:
        """Say whether one of a merge's sides has nothing at a path."""
        return any(self.identity(parent, path) is None for parent in parents)

    def _walk(
        self, directory: str | None, *, whole: bool = False
    ) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield commit, tree and parents, newest first.

        Args:
            directory: Of a merge that left it as one side had it, only that side is followed.
            whole: All sides are followed all the same.
        """
        tree, parents, time = self._commit(self._tip)
        heap = [(-time, 0, self._tip, tree, parents)]
        seen = {self._tip}
        order = 0
        while heap:
            _, _, identifier, tree, parents = heapq.heappop(heap)
            yield identifier, tree, parents
            follow = parents
            if directory is not None and len(parents) > 1 and not whole:
                here = self._identity(tree, directory)
                same = [
                    parent for parent in parents if self._identity(self._tree_of(parent), directory) == here
                ]
                follow = tuple(same[:1]) or parents
            for parent in follow:
                if parent not in seen:
                    seen.add(parent)
                    order += 1
                    above = self._commit(parent)
                    heapq.heappush(heap, (-above[2], order, parent, above[0], above[1]))

    def _commit(self, identifier: str) -> tuple[str, tuple[str, ...], int]:
        """Return tree, parents and time of a commit; no parents where a shallow clone was cut."""
        tree, parents, time = commits.parents(self._reader.commit(identifier))
        return tree, () if identifier in self._cut else parents, time

    def _tree_of(self, commit: str) -> str:
        return self._commit(commit)[0]

    def _entry(self, tree: str, path: str) -> Entry | None:
        """Return what a path names below a tree, remembering each step."""
        current = Entry(trees.DIRECTORY, "", tree)
        for name in path.split("/") if path else ():
            if not current.is_directory:
                return None
            key = (current.id, name)
            if key not in self._entries:
                self._entries[key] = trees.find(self._reader.tree(current.id, path), name)
            below = self._entries[key]
            if below is None:
                return None
            current = below
        return current

    def _identity(self, tree: str, path: str) -> str | None:
        found = self._entry(tree, path)
        return found.id if found else None

    def _folder(self, tree: str, path: str) -> str | None:
        found = self._entry(tree, path)
        return found.id if found and found.is_directory else None

    def _content(self, identifier: str | None, place: str) -> bytes:
        return self._reader.tree(identifier, place) if identifier else b""


def path_of(parent: str, name: str) -> str:
    """Return the path of a name in a directory, or in the root ("")."""
    return f"{parent}/{name}" if parent else name


def resolve(reader: ObjectReader, git_directory: Path, tip: str, when: str, now: float) -> str:
    """Return the commit that a person means.

    Args:
        reader: The objects.
        git_directory: `.git`.
        tip: The branch's commit.
        when: A commit (4 digits or more), a ref, either of them with `~2` or `^`, or a moment (see
            `dates.parse`).
        now: The present, for "2 weeks ago".

    Raises:
        CommitNotFound: It is none of these, is ambiguous, or is a moment before the first commit.
        Damaged: History cannot be read that far.
    """
    text = when.strip()
    if match := _STEP.fullmatch(text):
        current = resolve(reader, git_directory, tip, match[1] or "HEAD", now)
        cut = reader.shallow()
        for step in re.findall(r"\^|~\d*", match[2]):
            for _ in range(int(step[1:] or 1)):
                above = commits.parents(reader.commit(current))[1]
                if not above or current in cut:
                    raise CommitNotFound(when)
                current = above[0]
        return current
    if is_id(text) and _peel(reader, text) == text:  # nothing else can begin with it
        return text
    if found := _named(reader, git_directory, text, when):
        return found
    moment = dates.parse(text, now)
    if moment is None:
        raise CommitNotFound(when)
    found = History(reader, tip).at(moment)
    if found is None:
        raise CommitNotFound(when, "too early")
    return found


def _named(reader: ObjectReader, git_directory: Path, text: str, when: str) -> str | None:
    """Return the commit that a ref or the beginning of an id names, or None."""
    if re.fullmatch(r"[0-9a-fA-F]{4,40}", text):
        found = [name for name in reader.matching(text.lower(), most=1000) if _peel(reader, name) == name]
        if len(found) > 1:
            raise CommitNotFound(when, "ambiguous")
        if found:
            return found[0]
    if not text or ".." in text or text.startswith("/"):
        return None
    name = text
    if text in {"HEAD", "@"}:
        name = refs.head(git_directory)
        if is_id(name):
            return name
    for prefix in ("", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"):
        full = prefix + name
        if not full.startswith("refs/"):
            continue
        identifier = refs.read(git_directory, full)
        if identifier is not None:
            return _peel(reader, identifier)
    return None


def _peel(reader: ObjectReader, identifier: str) -> str | None:
    """Return the commit behind a commit or an annotated tag; None if it is something else."""
    while True:
        try:
            kind, content = reader.read(identifier)
        except Damaged:
            return None
        if kind == COMMIT:
            return identifier
        if kind != TAG:
            return None
        identifier = content[7:47].decode("ascii", "replace")
