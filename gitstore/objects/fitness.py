"""Whether what another machine wrote can lie in a work tree: plain files, not too many, not too large.

A tree is a handful of bytes that may stand for any number of files: ten folders within each other, each ten
times the same one, are a million. So they are counted before anything is made of them, each tree once.
"""

from collections.abc import Callable

import msgspec

from gitstore.disk import segments
from gitstore.objects import trees

DEEPEST = 64
"""Folders within each other."""
MOST_FILES = 200_000
"""Files of one directory of records."""
MOST_BYTES = 1 << 30
"""Of all these files."""
_LONGEST = 255
"""Bytes of a name."""
_KINDS = {"120000": "a symbolic link", "160000": "another repository"}
_NO_FILE = "it holds something that is no file"
_FILES = frozenset({"100644", "100755", "100664"})

LoadTree = Callable[[str], bytes]
"""Gives a tree's content by its id. May raise Damaged."""
SizeOf = Callable[[str], int | None]
"""Gives the bytes of a file by its id, None if it is something else. May raise Damaged."""


class Fitness(msgspec.Struct, frozen=True):
    """What a tree stands for."""

    files: int = 0
    bytes: int = 0
    height: int = 0
    """Folders within each other, itself included."""
    fault: str | None = None
    """Why it can't be a directory of records; the first reason that was met, in words for people."""
    broken: str | None = None
    """Why it can't be a directory of anything."""


class FitnessLook:
    """Looks at trees, at each once."""

    def __init__(self, load: LoadTree, size: SizeOf) -> None:
        self._load = load
        self._size = size
        self._known: dict[str, Fitness] = {}
        self._sizes: dict[str, int | None] = {}

    def of(self, tree: str) -> Fitness:
        """Return what a tree stands for. What is deeper than `DEEPEST` is not looked into, and is a fault.

        Raises:
            Damaged: An object is missing or corrupt.
        """
        return self._of(tree, 1)

    def _of(self, tree: str, depth: int) -> Fitness:
        if depth > DEEPEST:
            return Fitness(height=1, fault=f"more than {DEEPEST} folders lie within each other")
        known = self._known.get(tree)
        if known is not None and known.height + depth - 1 <= DEEPEST:
            return known
        files = size = height = 0
        fault: str | None = None
        broken: str | None = None
        for entry in trees.parse(self._load(tree)):
            fault = fault or _named(entry.name)
            broken = broken or impossible(entry)
            if entry.is_directory:
                below = self._of(entry.id, depth + 1)
                files, size = files + below.files, size + below.bytes
                height = max(height, below.height)
                fault, broken = fault or below.fault, broken or below.broken
                continue
            files += 1
            each = self._size_of(entry.id) if entry.mode in _FILES else None
            if each is not None:
                size += each
                if each > segments.LARGEST:
                    fault = fault or f"a file of it is larger than {segments.LARGEST:,} bytes"
            else:
                if entry.mode in _FILES:
                    broken = broken or _NO_FILE
                fault = fault or (f"it holds {_KINDS[entry.mode]}" if entry.mode in _KINDS else _NO_FILE)
        if files > MOST_FILES:
            fault = fault or f"it has more than {MOST_FILES:,} files"
        if size > MOST_BYTES:
            fault = fault or f"its files are larger than {MOST_BYTES:,} bytes together"
        self._known[tree] = Fitness(files, size, height + 1, fault or broken, broken)
        return self._known[tree]

    def _size_of(self, identifier: str) -> int | None:
        if identifier not in self._sizes:
            self._sizes[identifier] = self._size(identifier)
        return self._sizes[identifier]


def impossible(entry: trees.Entry) -> str | None:
    """Return why an entry can't be in any work tree; None if it can, whatever it is."""
    if not entry.is_directory and entry.mode not in _FILES and entry.mode not in _KINDS:
        return _NO_FILE
    try:
        entry.name.encode()
    except UnicodeEncodeError:
        return "a name in it is not UTF-8"
    return None


def _named(name: str) -> str | None:
    """Return what is wrong with a name; None if every system can hold it and every screen can show it."""
    if not name.isprintable() or "\\" in name:
        return "a name in it has control characters or a backslash"
    if len(name.encode()) > _LONGEST:
        return "a name in it is too long"
    return None
