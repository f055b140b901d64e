"""A pack and its index read without trust: each entry by its offset, with or without an index.

Apart from the reader that everything else uses, so that the two can contradict each other.
"""

import hashlib
import mmap
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from gitstore.errors import Damaged
from gitstore.kinds import KINDS
from gitstore.objects import deltas

_OFFSET_DELTA, _ID_DELTA = 6, 7
_HELD = 128 << 20

Outside = Callable[[bytes], tuple[int, bytes]]
"""Gives kind and content of an object of another place, by its raw id. May raise Damaged."""


class Row(msgspec.Struct, frozen=True, order=True):
    """What an index says of one object."""

    offset: int
    raw: bytes
    checksum: int | None


class Entry(msgspec.Struct, frozen=True):
    """One entry of a pack as it lies there."""

    kind: int
    base: int | bytes | None
    """Offset or raw id of what it is a delta of."""
    data: bytes
    end: int


class _Recent(OrderedDict[int, tuple[int, bytes]]):
    """The objects read last, up to a number of bytes: bases are used again soon."""

    held = 0

    def look(self, offset: int) -> tuple[int, bytes] | None:
        found = self.get(offset)
        if found is not None:
            self.move_to_end(offset)
        return found

    def put(self, offset: int, kind: int, content: bytes) -> None:
        before = self.pop(offset, None)
        self.held += len(content) - (len(before[1]) if before else 0)
        self[offset] = (kind, content)
        while self.held > _HELD and len(self) > 1:
            self.held -= len(self.popitem(last=False)[1][1])


class PackFile:
    """The entries of one pack."""

    def __init__(self, path: Path, content: bytes | None = None) -> None:
        """Map a pack. Raises Damaged if it is no pack at all, OSError if it cannot be read.

        Args:
            path: The file.
            content: What it should hold, if that is known better.
        """
        self.path = path
        self.content = read_only(path) if content is None else content
        if self.content[:8] != b"PACK\0\0\0\2":
            raise Damaged(path.name, "not a pack of version 2")
        self.count = int.from_bytes(self.content[8:12], "big")
        self._recent = _Recent()

    @property
    def end(self) -> int:
        """Where the entries end and the checksum begins."""
        return max(12, len(self.content) - 20)

    def sound(self) -> bool:
        """Say whether the checksum at the end is that of all before it."""
        digest = hashlib.sha1(usedforsecurity=False)
        for at in range(0, self.end, 1 << 20):
            digest.update(self.content[at : min(at + (1 << 20), self.end)])
        return len(self.content) >= 32 and digest.digest() == self.content[-20:]

    def checksum(self, start: int, end: int) -> int:
        """Return the CRC-32 of some bytes of the file."""
        return zlib.crc32(self.content[start:end])

    def entry(self, at: int) -> Entry:
        """Return what lies at an offset. Raises Damaged."""
        start = at
        try:
            byte = self.content[at]
            kind, size, shift = byte >> 4 & 7, byte & 15, 4
            at += 1
            while byte & 0x80:
                byte = self.content[at]
                at += 1
                size |= (byte & 0x7F) << shift
                shift += 7
            base: int | bytes | None = None
            if kind == _OFFSET_DELTA:
                back, at = self._distance(at)
                base = start - back
                if not 12 <= base < start:
                    raise Damaged(self.path.name, "delta without base")
            elif kind == _ID_DELTA:
                base = self.content[at : at + 20]
                at += 20
            elif kind not in KINDS:
                raise Damaged(self.path.name, "unknown kind of object")
            data, end = self._inflate(at, size)
        except (IndexError, zlib.error, OverflowError) as error:
            raise Damaged(self.path.name, f"cannot be unpacked: {error}") from None
        return Entry(kind, base, data, end)

    def keep(self, offset: int, kind: int, content: bytes) -> None:
        """Keep an object that was made of the entry at an offset, for the next ones that are made of it."""
        self._recent.put(offset, kind, content)

    def stream(self, start: int, end: int) -> bytes:
        """Return the compressed bytes of a sound entry."""
        at, kind = start, self.content[start] >> 4 & 7
        while self.content[at] & 0x80:
            at += 1
        at += 1
        if kind == _OFFSET_DELTA:
            at = self._distance(at)[1]
        elif kind == _ID_DELTA:
            at += 20
        return self.content[at:end]

    def read(self, offset: int, find: Callable[[bytes], int | None], outside: Outside) -> tuple[int, bytes]:
        """Return kind and content of the object at an offset.

        Args:
            offset: As an index names it.
            find: Gives the offset of an object in this pack by its raw id.
            outside: Asked for a base that is not in this pack.

        Raises:
            Damaged: It, or what it is made of, cannot be read.
        """
        chain: list[tuple[int, bytes]] = []
        at = offset
        while True:
            held = self._recent.look(at)
            if held is not None:
                kind, content = held
                break
            entry = self.entry(at)
            if entry.base is None:
                kind, content = entry.kind, entry.data
                self._recent.put(at, kind, content)
                break
            chain.append((at, entry.data))
            if len(chain) > 10_000:
                raise Damaged(self.path.name, "delta of itself")
            below = entry.base if isinstance(entry.base, int) else find(entry.base)
            if below is None:
                assert isinstance(entry.base, bytes)  # noqa: S101
                kind, content = outside(entry.base)
                break
            at = below
        for at, delta in reversed(chain):
            content = deltas.apply(content, delta)
            self._recent.put(at, kind, content)
        return kind, content

    def walk(self, starts: tuple[int, ...] = ()) -> Iterator[tuple[int, Entry]]:
        """Yield offset and entry of all that can be unpacked, whatever an index says.

        After a place that cannot be unpacked the next one is looked for: at the offsets in `starts`, and
        where an entry could begin.
        """
        at, known = 12, sorted(starts, reverse=True)
        while at < self.end:
            while known and known[-1] <= at:
                known.pop()
            try:
                entry = self.entry(at)
            except Damaged:
                if known:
                    at = known.pop()
                    continue
                at = self._next(at + 1)
                continue
            yield at, entry
            at = entry.end

    def _next(self, at: int) -> int:
        """Return the next offset at which something can be unpacked, or the end."""
        while True:
            # every stream of git's begins with a byte of 0x78 for a window of 32 KB
            at = self.content.find(b"\x78", at, self.end)
            if at < 0:
                return self.end
            for start in range(max(12, at - 24), at):
                try:
                    entry = self.entry(start)
                except Damaged:
                    continue
                if entry.end > at:
                    return start
            at += 1

    def _distance(self, at: int) -> tuple[int, int]:
        byte = self.content[at]
        back = byte & 0x7F
        while byte & 0x80:
            at += 1
            byte = self.content[at]
            back = (back + 1 << 7) | byte & 0x7F
        return back, at + 1

    def _inflate(self, at: int, size: int) -> tuple[bytes, int]:
        if size > len(self.content) * 1100:
            raise Damaged(self.path.name, "an object longer than can be")
        bound = min(at + size + size // 500 + 256, len(self.content))
        inflater = zlib.decompressobj()
        data = inflater.decompress(self.content[at:bound], size + 1)
        if not inflater.eof:
            data += inflater.decompress(inflater.unconsumed_tail, 1)
        if not inflater.eof or len(data) != size:
            raise Damaged(self.path.name, "an object of another length")
        return data, bound - len(inflater.unused_data)


def rows(index: bytes | mmap.mmap) -> list[Row]:
    """Return what an index of version 1 or 2 says, sorted by offset. Raises Damaged if it is none."""
    try:
        if index[:4] == b"\377tOc":
            return _rows_2(index)
        count = int.from_bytes(index[1020:1024], "big")
        if count > len(index) // 24:
            raise Damaged("index", "not a pack index")
        lines = (index[at : at + 24] for at in range(1024, 1024 + 24 * count, 24))
        return sorted(Row(int.from_bytes(line[:4], "big"), line[4:], None) for line in lines)
    except IndexError:
        raise Damaged("index", "too short") from None


def _rows_2(index: bytes | mmap.mmap) -> list[Row]:
    count = int.from_bytes(index[1028:1032], "big")
    if index[4:8] != b"\0\0\0\2" or len(index) < 1072 + 28 * count:
        raise Damaged("index", "not a whole pack index of version 2")
    names, sums = 1032, 1032 + 20 * count
    offsets, large = sums + 4 * count, sums + 8 * count
    found = []
    for at in range(count):
        offset = int.from_bytes(index[offsets + 4 * at : offsets + 4 * at + 4], "big")
        if offset & 0x8000_0000:
            where = large + 8 * (offset & 0x7FFF_FFFF)
            offset = int.from_bytes(index[where : where + 8], "big")
        checksum = int.from_bytes(index[sums + 4 * at : sums + 4 * at + 4], "big")
        found.append(Row(offset, index[names + 20 * at : names + 20 * at + 20], checksum))
    return sorted(found)


def index_fault(index: bytes | mmap.mmap) -> str | None:
    """Return what is wrong with an index as a file, apart from what it says of the pack; None if nothing."""
    if len(index) < 1064:
        return "too short"
    if hashlib.sha1(index[:-20], usedforsecurity=False).digest() != index[-20:]:
        return "its checksum is not that of its content"
    start = 8 if index[:4] == b"\377tOc" else 0
    fan = [int.from_bytes(index[at : at + 4], "big") for at in range(start, start + 1024, 4)]
    if fan != sorted(fan):
        return "its table of counts is not sorted"
    return None


def read_only(path: Path) -> bytes | mmap.mmap:
    """Return a file's content, mapped where it has any."""
    with path.open("rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # empty
            return b""
