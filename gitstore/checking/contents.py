"""Everything that a repository holds, content by content: each is handed out once, with where it came in.

For who looks for something in all of history and beside it; needs no git and no lock, and changes nothing.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gitstore.changes import journal
from gitstore.checking import branches
from gitstore.errors import Damaged
from gitstore.kinds import BLOB, COMMIT, TREE, identify
from gitstore.objects import commits, trees
from gitstore.objects.objects import ObjectReader
from gitstore.problems import Progress, silent


class Content(msgspec.Struct, frozen=True):
    """Bytes of one place."""

    place: str
    """A path of the tree; "" for the message of a commit or an object that no history reaches; a file beside
    the objects begins with ".git"."""
    content: bytes
    before: bytes = b""
    """What the path held in the commit before, if anything: it was handed out already."""
    commit: str | None = None
    """The commit that brought it; None for what is in none."""
    object: str | None = None
    """The id, if no history reaches it."""


class Contents:
    """All contents of one repository; `unread` names the objects that could not be read."""

    def __init__(self, path: Path, progress: Progress = silent) -> None:
        """Take the folder of a store; nothing is read yet."""
        self.unread: list[str] = []
        self.commits = 0
        self._path = path
        self._git = path / ".git"
        self._progress = progress
        self._reader = ObjectReader(self._git)
        self._seen: set[str] = set()

    def __iter__(self) -> Iterator[Content]:
        """Yield what is in history, oldest first, then what no history reaches, then what lies beside."""
        order = self._history()
        for number, identifier in enumerate(order, 1):
            yield from self._brought(identifier)
            self._progress("commits", number, len(order))
        self.commits = len(order)
        yield from self._unreached()
        yield from self._beside()
        yield from self._work_tree()

    def _history(self) -> list[str]:
        """Return all commits that a ref or a reflog leads to, parents first."""
        waiting = [raw.hex() for raw in branches.look(self._git).named.values()]
        waiting += [raw.hex() for _, _, ids in branches.reflog_ids(self._git) for raw in ids or ()]
        above: dict[str, tuple[str, ...]] = {}
        while waiting:
            identifier = waiting.pop()
            if identifier in above or (found := self._read(identifier)) is None or found[0] != COMMIT:
                continue
            try:
                above[identifier] = commits.parents(found[1])[1]
            except ValueError:
                self.unread.append(identifier)
                continue
            waiting += above[identifier]
        return _parents_first(above)

    def _brought(self, identifier: str) -> Iterator[Content]:
        """Yield the message of a commit, and each file in it that no commit before had."""
        self._seen.add(identifier)
        content = self._reader.commit(identifier)
        yield Content("", content.partition(b"\n\n")[2], commit=identifier)
        tree, parents, _ = commits.parents(content)
        try:
            earlier = commits.parents(self._reader.commit(parents[0]))[0] if parents else None
        except (Damaged, ValueError):
            earlier = None
        yield from self._differing(earlier, tree, "", identifier)

    def _differing(self, earlier: str | None, tree: str, place: str, commit: str) -> Iterator[Content]:
        if tree in self._seen:
            return
        self._seen.add(tree)
        now = self._read(tree)
        before = self._read(earlier) if earlier else None
        if now is None or now[0] != TREE:
            return
        try:
            gone, come = trees.changed(before[1] if before and before[0] == TREE else b"", now[1])
        except (Damaged, ValueError):
            self.unread.append(tree)
            return
        old = {entry.name: entry for entry in gone}
        for entry in come:
            path = f"{place}/{entry.name}" if place else entry.name
            was = old.get(entry.name)
            if entry.is_directory:
                kept = was.id if was and was.is_directory else None
                yield from self._differing(kept, entry.id, path, commit)
            elif entry.id not in self._seen and (found := self._read(entry.id)) is not None:
                self._seen.add(entry.id)
                earlier_file = self._read(was.id) if was and not was.is_directory else None
                yield Content(path, found[1], earlier_file[1] if earlier_file else b"", commit)

    def _unreached(self) -> Iterator[Content]:
        every = {name for pack in self._reader.packs() for name in pack.ids()}
        with contextlib.suppress(OSError):  # no folder, no objects
            every.update(self._reader.loose())
        left = sorted(every - self._seen)
        for number, identifier in enumerate(left, 1):
            self._progress("objects that no history reaches", number, len(left))
            found = self._read(identifier)
            if found is not None and found[0] != TREE:
                yield Content("", found[1], object=identifier)

    def _beside(self) -> Iterator[Content]:
        """Yield the files of `.git` that hold no objects; of journals what is in their frames."""
        for folder, below, names in os.walk(self._git):
            if Path(folder) == self._git and "objects" in below:
                below.remove("objects")
            for name in sorted(names):
                path = Path(folder, name)
                content = _bytes(path)
                if content is not None:
                    yield Content(
                        f".git/{path.relative_to(self._git).as_posix()}",
                        _unframed(content) if content.startswith(journal.MAGIC) else content,
                    )

    def _work_tree(self) -> Iterator[Content]:
        """Yield what a person edited or put there; what history has was yielded before."""
        for folder, below, names in os.walk(self._path):
            if Path(folder) == self._path and ".git" in below:
                below.remove(".git")
            for name in sorted(names):
                path = Path(folder, name)
                content = _bytes(path)
                if content is not None and identify(BLOB, content) not in self._seen:
                    yield Content(path.relative_to(self._path).as_posix(), content)

    def _read(self, identifier: str) -> tuple[int, bytes] | None:
        try:
            return self._reader.read(identifier)
        except Damaged:
            self.unread.append(identifier)
            return None


def _parents_first(above: dict[str, tuple[str, ...]]) -> list[str]:
    order: dict[str, None] = {}
    for start in above:
        waiting = [(start, False)]
        while waiting:
            identifier, ready = waiting.pop()
            if identifier in order or identifier not in above:
                continue
            if ready:
                order[identifier] = None
            else:
                waiting.append((identifier, True))
                waiting += [(parent, False) for parent in above[identifier]]
    return list(order)


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.is_file() and not path.is_symlink() else None
    except OSError:
        return None


def _unframed(content: bytes) -> bytes:
    """Return the texts in the frames of a journal, each on a line; what is no whole frame as it is."""
    scan = journal.scan(content)
    lines = [leaf for frame in scan.frames for leaf in _leaves(_decoded(frame.payload))]
    lines += [content[start:end] for start, end in scan.damaged]
    lines.append(content[len(content) - scan.torn :] if scan.torn else b"")
    return b"\n".join(lines)


def _decoded(payload: bytes) -> Any:
    try:
        return msgspec.msgpack.decode(payload)
    except (msgspec.DecodeError, ValueError):
        return payload


def _leaves(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, str):
        yield value.encode("utf-8", "surrogatepass")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(key)
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
