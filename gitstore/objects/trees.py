"""Git's tree objects as bytes: looked up and spliced without parsing and sorting the whole.

An entry is `<mode> <name> NUL <20 bytes>`; entries are sorted by name, directories as if their name ended in
"/".
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from gitstore.errors import Damaged

DIRECTORY = "40000"
FILE = "100644"
_SHORT = 256
_LONG = 16 << 10
EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_PIECE = 16 << 10
"""Bytes that are compared at once."""
_ENTRY = re.compile(rb"([0-7]{5,6}) ([^\0/]+)\0([\s\S]{20})")


class Entry(NamedTuple):
    """One name in a tree."""

    mode: str
    name: str
    id: str

    @property
    def is_directory(self) -> bool:
        """Whether it names a tree."""
        return self.mode == DIRECTORY


def encode_name(name: str) -> bytes:
    """Return a path or a name as git stores it."""
    return name.encode("utf-8", "surrogateescape")


def parse(tree: bytes) -> list[Entry]:
    """Return the entries in git's order.

    Raises:
        Damaged: These bytes are no tree.
    """
    entries = []
    end = 0
    for match in _ENTRY.finditer(tree):
        if match.start() != end:
            break
        end = match.end()
        mode, name, identifier = match.groups()
        entries.append(Entry(mode.decode(), name.decode("utf-8", "surrogateescape"), identifier.hex()))
    if end != len(tree):
        raise Damaged("tree", "not a list of entries")
    return entries


def join(entries: Iterable[Entry]) -> bytes:
    """Return the tree of some entries, in whatever order they come."""
    return b"".join(
        b"%s %s\0%s" % (entry.mode.encode(), encode_name(entry.name), bytes.fromhex(entry.id))
        for entry in sorted(entries, key=order)
    )


def find(tree: bytes, name: str) -> Entry | None:
    """Return the entry of a name, or None."""
    found = _locate(tree, encode_name(name))
    if found is None:
        return None
    start, end = found
    mode = tree[start : tree.index(b" ", start)].decode()
    return Entry(mode, name, tree[end - 20 : end].hex())


def splice(tree: bytes, name: str, mode: str | None, identifier: str = "") -> bytes:
    """Return the tree with one name set, or taken away where `mode` is None."""
    raw = encode_name(name)
    found = _locate(tree, raw)
    if found is not None:
        start, end = found
        if mode is not None and tree.startswith(mode.encode() + b" ", start):  # only its id is another
            whole = memoryview(tree)
            new = b"".join((whole[: end - 20], bytes.fromhex(identifier), whole[end:]))
            _grids.hand_on(tree, new)
            return new
        tree = tree[:start] + tree[end:]
    if mode is None:
        return tree
    at = place(tree, raw + b"/" if mode == DIRECTORY else raw)
    return b"".join((tree[:at], mode.encode(), b" ", raw, b"\0", bytes.fromhex(identifier), tree[at:]))


def changed(old: bytes, new: bytes) -> tuple[list[Entry], list[Entry]]:
    """Return the entries that only `old` has and those that only `new` has; a changed entry is in both lists.

    The cost is that of the entries that differ, and a comparison of bytes for the rest.
    """
    before, after = parse_differing(old, new)
    kept = set(before) & set(after)
    return [entry for entry in before if entry not in kept], [entry for entry in after if entry not in kept]


def parse_differing(old: bytes, new: bytes) -> tuple[list[Entry], list[Entry]]:
    """Parse what lies between the common beginning and the common end of two trees."""
    width = _grid(old)[0]
    if width and width == _grid(new)[0]:
        head = common_prefix(old, new) // width * width
        limit = min(len(old), len(new)) - head
        tail = min(common_suffix(old, new) // width * width, limit // width * width)
        return parse(old[head : len(old) - tail]), parse(new[head : len(new) - tail])
    return parse(old), parse(new)


def common_prefix(one: bytes, other: bytes) -> int:
    """Return the number of bytes that two strings begin with in common."""
    end = min(len(one), len(other))
    low = 0
    while low < end and one[low : low + _PIECE] == other[low : low + _PIECE]:  # copies of long ones cost more
        low += _PIECE
    high = min(low + _PIECE, end)
    if low >= end or one[low:high] == other[low:high]:
        return end
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def common_suffix(one: bytes, other: bytes) -> int:
    """Return the number of bytes that two strings end with in common."""
    end = min(len(one), len(other))
    low = 0
    while low < end and _from_end(one, low, low + _PIECE) == _from_end(other, low, low + _PIECE):
        low += _PIECE
    high = min(low + _PIECE, end)
    if low >= end or _from_end(one, low, high) == _from_end(other, low, high):
        return end
    while high - low > 1:
        middle = (low + high) // 2
        if _from_end(one, low, middle) == _from_end(other, low, middle):
            low = middle
        else:
            high = middle
    return low


def _from_end(text: bytes, low: int, high: int) -> bytes:
    """Return what lies between two distances from the end."""
    return text[max(0, len(text) - high) : len(text) - low]


def row_width(tree: bytes) -> int:
    """Return the width of the first entry if all may have the same, else 0: to compare, not to read."""
    width = tree.find(b"\0") + 21
    return width if width > 20 and len(tree) % width == 0 else 0


def _grid(tree: bytes) -> tuple[int, int]:
    """Return what `_measured` does, remembering it for long trees, which are looked into several times."""
    if len(tree) < _SHORT:  # going through a few entries is quicker
        return 0, 0
    return _grids.of(tree) if len(tree) > _LONG else _measured(tree)


class _Grids:
    """What was measured of the long trees looked into last, told from others by being the same object."""

    def __init__(self) -> None:
        self._known: tuple[tuple[bytes, tuple[int, int]], ...] = ()

    def of(self, tree: bytes) -> tuple[int, int]:
        """Return what `_measured` does."""
        for known, grid in self._known:
            if known is tree:
                return grid
        grid = _measured(tree)
        self._known = ((tree, grid), *self._known[:7])
        return grid

    def hand_on(self, tree: bytes, new: bytes) -> None:
        """Remember of a tree that its rows are as those of another."""
        if len(new) > _LONG:
            self._known = ((new, self.of(tree)), *self._known[:7])


def _measured(tree: bytes) -> tuple[int, int]:
    """Return width and length of the mode if all entries are of one kind and length, else zeros.

    Exact, by induction from the first entry: each column that frames an entry is compared as one string.
    """
    mode = next((mode for mode in (b"40000 ", b"100644 ") if tree.startswith(mode)), None)
    if mode is None:
        return 0, 0
    end = tree.index(b"\0")
    width = end + 21
    count, rest = divmod(len(tree), width)
    if rest or any(tree[at::width] != bytes([byte]) * count for at, byte in enumerate(mode)):
        return 0, 0
    if tree[end::width] != bytes(count) or any(0 in tree[at::width] for at in range(len(mode), end)):
        return 0, 0
    return width, len(mode)


_grids = _Grids()


def _locate(tree: bytes, name: bytes) -> tuple[int, int] | None:
    """Return where the entry of a name begins and ends."""
    width, mode = _grid(tree)
    if width:
        if len(name) != width - mode - 21:
            return None
        start = _bisect(tree, width, mode, name) * width
        found = tree[start + mode : start + width - 21] == name
        return (start, start + width) if found else None
    if b" " + name + b"\0" not in tree:
        return None
    end = 0
    for match in _ENTRY.finditer(tree):
        if match.start() != end:
            raise Damaged("tree", "not a list of entries")
        end = match.end()
        if match[2] == name:
            return match.start(), end
    return None


def order(entry: Entry) -> bytes:
    """Return what entries are sorted by."""
    return encode_name(entry.name) + (b"/" if entry.is_directory else b"")


def place(tree: bytes, key: bytes) -> int:
    """Return where in a tree an entry belongs; `key` is its `order`."""
    width, mode = _grid(tree)
    if width:
        last = b"/" if tree.startswith(b"4") else b""
        at = _bisect(tree, width, mode, key[: width - mode - 21])
        while at * width < len(tree) and tree[at * width + mode : (at + 1) * width - 21] + last < key:
            at += 1
        return at * width
    keys, starts = [], []
    for match in _ENTRY.finditer(tree):
        keys.append(match[2] + b"/" if match[1] == b"40000" else match[2])
        starts.append(match.start())
    at = bisect_left(keys, key)
    return starts[at] if at < len(starts) else len(tree)


def _bisect(tree: bytes, width: int, mode: int, name: bytes) -> int:
    low, high = 0, len(tree) // width
    while low < high:
        middle = (low + high) // 2
        if tree[middle * width + mode : (middle + 1) * width - 21] < name:
            low = middle + 1
        else:
            high = middle
    return low
