"""Whether bytes are a tree as git writes it, at the cost of what differs from a tree looked at before."""

import re
from collections import OrderedDict

from gitstore.objects.trees import common_prefix, common_suffix

_ENTRY = re.compile(rb"([0-7]{5,6}) ([^\0/]+)\0([\s\S]{20})")
_ANY = re.compile(rb"([0-7]+) ([^\0]*)\0([\s\S]{20})")
_MODES = frozenset((b"40000", b"100644", b"100755", b"100664", b"120000", b"160000"))
_GIT = re.compile(rb"(?i)(?:\.git|git~1)[ .]*(?::.*)?")
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
"""What some file systems leave out of names."""
_LONGEST = 4096
_SMALL = 2048
_HELD = 16 << 20

Line = tuple[bytes, bytes, bytes]
"""Mode, name, raw id."""


class TreeLook:
    """Remembers trees that are sound, so that the next version costs what is new in it."""

    def __init__(self) -> None:
        self._bases: OrderedDict[bytes, tuple[bytes, int]] = OrderedDict()
        self._held = 0

    def lines(self, tree: bytes) -> tuple[list[Line], str | None]:
        """Return the entries that were not in a sound tree before, and what is wrong, None if nothing."""
        key = tree[: tree.find(b"\0")]
        base = self._bases.get(key) if len(tree) > _SMALL else None
        found = _beyond(tree, *base) if base and base[1] else None
        width = base[1] if base else 0
        if found is None:
            found = parse(tree)
            if found is None:
                return [], "it is not a list of entries"
            width = _width(found)
        fault = fault_in(found)
        if fault is None and width and len(tree) > _SMALL:
            self._remember(key, tree, width)
        return found, fault

    def _remember(self, key: bytes, tree: bytes, width: int) -> None:
        before = self._bases.pop(key, None)
        self._held += len(tree) - (len(before[0]) if before else 0)
        self._bases[key] = (tree, width)
        while self._held > _HELD and len(self._bases) > 1:
            self._held -= len(self._bases.popitem(last=False)[1][0])


def parse(tree: bytes) -> list[Line] | None:
    """Return all entries in the order in which they stand; None if these bytes are no tree."""
    found = []
    end = 0
    for match in _ENTRY.finditer(tree):
        if match.start() != end:
            return None
        end = match.end()
        found.append((match[1], match[2], match[3]))
    return found if end == len(tree) else None


def is_git(name: bytes) -> bool:
    """Say whether a name is one of those that some system takes for `.git`."""
    if any(_GIT.fullmatch(part) for part in name.split(b"\\")):
        return True
    if name.isascii():
        return False
    return _UNSEEN.sub("", name.decode("utf-8", "replace")).lower() == ".git"


def _beyond(tree: bytes, base: bytes, width: int) -> list[Line] | None:
    """Return the entries that differ from a tree whose entries are of one width, with their neighbours.

    None if this tree is not of that kind.
    """
    if len(tree) % width:
        return None
    head = common_prefix(base, tree) // width * width
    limit = (min(len(base), len(tree)) - head) // width * width
    tail = min(common_suffix(base, tree) // width * width, limit)
    found = parse(tree[max(0, head - width) : min(len(tree), len(tree) - tail + width)])
    return found if found is not None and (not found or _width(found) == width) else None


def _width(lines: list[Line]) -> int:
    """Return the bytes of each entry if all have the same number, else 0."""
    widths = {len(mode) + len(name) + 22 for mode, name, _ in lines}
    return widths.pop() if len(widths) == 1 else 0


def parse_leniently(tree: bytes) -> list[Line] | None:
    """Return all entries of a tree, also with names and modes that none must have; None if it is none."""
    found = []
    end = 0
    for match in _ANY.finditer(tree):
        if match.start() != end:
            return None
        end = match.end()
        found.append((match[1], match[2], match[3]))
    return found if end == len(tree) else None


def fault_in(lines: list[Line]) -> str | None:  # noqa: PLR0911  a table
    """Return what is wrong with entries that follow each other, None if nothing."""
    previous = b""
    names = set()
    for mode, name, raw in lines:
        if mode not in _MODES:
            return f"{_shown(name)} has the mode {mode.decode()}"
        if name in {b"", b".", b".."} or b"/" in name or is_git(name):
            return f"it has an entry {_shown(name)}"
        if len(name) > _LONGEST:
            return "it has a name that is too long"
        if not any(raw):
            return f"{_shown(name)} has no id"
        if name in names:
            return f"{_shown(name)} is in it twice"
        names.add(name)
        key = name + b"/" if mode == b"40000" else name
        if key <= previous:
            return f"{_shown(name)} is out of order"
        previous = key
    return None


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "replace")
