"""One of git's packs with its index: what is in it, and how it lies there."""

import mmap
import os
import struct
import zlib
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path

from gitstore.errors import Damaged
from gitstore.kinds import KINDS
from gitstore.objects import deltas

_OFFSET_DELTA, _ID_DELTA = 6, 7
_KEPT = 1 << 20
"""Bytes of bases that are kept in memory: most objects that are read one after the other share one."""


class Pack:
    """One pack and its index, mapped into memory: it stays readable when the files are removed.

    To be read by one thread at a time.
    """

    def __init__(self, index: Path) -> None:
        self.path = index.with_suffix(".pack")
        self.made = index.stat().st_mtime_ns
        """When, in nanoseconds since 1970."""
        self._index = _map(index)
        if self._index[:8] != b"\377tOc\0\0\0\2" or len(self._index) < 1072:
            raise Damaged(str(index), "not a pack index of version 2")
        self._pack = _map(self.path)
        if self._pack[:4] != b"PACK":
            raise Damaged(str(self.path), "not a pack")
        self.count = int.from_bytes(self._index[1028:1032], "big")
        self._places: list[int] = []
        self.sound: set[int] = set()
        """Offsets of streams that were read and can be prolonged."""
        self._bases: OrderedDict[int, tuple[int, bytes]] = OrderedDict()
        self._kept = 0
        if len(self._index) < 1072 + 28 * self.count:
            raise Damaged(str(index), "too short")

    @property
    def size(self) -> int:
        """Bytes of the pack."""
        return len(self._pack)

    def ids(self) -> list[str]:
        """Return the ids of all objects in it, sorted."""
        names = self._index[1032 : 1032 + 20 * self.count]
        return [names[at : at + 20].hex() for at in range(0, len(names), 20)]

    def offset(self, raw: bytes) -> int | None:
        """Return where an object lies in the pack, or None if it is not in it."""
        first = raw[0]
        low = int.from_bytes(self._index[4 + 4 * first : 8 + 4 * first], "big") if first else 0
        high = int.from_bytes(self._index[8 + 4 * first : 12 + 4 * first], "big")
        at = start = 1032 + 20 * low
        stop = 1032 + 20 * high
        while (at := self._index.find(raw, at, stop)) >= 0 and (at - start) % 20:
            at += 1
        if at < 0:
            return None
        rank = (at - 1032) // 20
        where = 1032 + 24 * self.count + 4 * rank
        return self._far(int.from_bytes(self._index[where : where + 4], "big"))

    def read(self, offset: int, outside: Callable[[str], tuple[int, bytes]]) -> tuple[int, bytes]:
        """Return kind and content of the object at an offset.

        Args:
            offset: As `offset` found it.
            outside: Reads an object by its id, for a base that is not in this pack.
        """
        chain: list[tuple[int, bytes]] = []
        while True:
            if (known := self._bases.get(offset)) is not None:
                self._bases.move_to_end(offset)
                kind, content = known
                break
            kind, size, at = self._header(offset)
            if kind == _OFFSET_DELTA:
                back, at = self._distance(at)
                chain.append((offset, self._inflate(at, size)))
                if back <= 0 or back > offset:
                    raise Damaged(str(self.path), "delta without base")
                offset -= back
            elif kind == _ID_DELTA:
                raw = self._pack[at : at + 20]
                chain.append((offset, self._inflate(at + 20, size)))
                inner = self.offset(raw)
                if inner is None:
                    kind, content = outside(raw.hex())
                    offset = -1
                    break
                if inner == offset or len(chain) > 10_000:
                    raise Damaged(str(self.path), "delta of itself")
                offset = inner
            elif kind in KINDS:
                content = self._inflate(at, size)
                break
            else:
                raise Damaged(str(self.path), "unknown kind of object")
        for place, delta in reversed(chain):
            self._keep(offset, kind, content)
            offset, content = place, deltas.apply(content, delta)
        return kind, content

    def beginning(self, offset: int, length: int) -> bytes | None:
        """Return the first bytes of an object that lies whole in the pack, unchecked; None of a delta."""
        kind, size, at = self._header(offset)
        if kind not in KINDS:
            return None
        return zlib.decompressobj().decompress(self._pack[at : at + length + 1024], min(length, size))

    def measure(self, offset: int) -> tuple[int, int] | None:
        """Return kind and size of the object at an offset, without unpacking it whole.

        Returns:
            None if it leans on what is not in this pack.

        Raises:
            Damaged: It is no object.
        """
        kind, size, at = self._header(offset)
        steps = 0
        measured = None if kind not in KINDS else size
        while kind not in KINDS:
            if kind == _OFFSET_DELTA:
                back, at = self._distance(at)
                below: int | None = offset - back
            else:
                below, at = self.offset(self._pack[at : at + 20]), at + 20
            if measured is None:
                beginning = zlib.decompressobj().decompress(self._pack[at : at + 4096], 24)
                measured = deltas.length(beginning)
            steps += 1
            if below is None or kind not in {_OFFSET_DELTA, _ID_DELTA}:
                return None
            if not 0 < below != offset or steps > 10_000:
                raise Damaged(str(self.path), "delta of itself")
            offset = below
            kind, _, at = self._header(offset)
        assert measured is not None  # noqa: S101
        return kind, measured

    def _keep(self, offset: int, kind: int, content: bytes) -> None:
        """Keep a base for the next reads; the ones that were not used for longest go."""
        if offset < 0 or offset in self._bases or len(content) > _KEPT // 4:
            return
        self._bases[offset] = (kind, content)
        self._kept += len(content)
        while self._kept > _KEPT:
            self._kept -= len(self._bases.popitem(last=False)[1][1])

    def pieces(self) -> Iterator[tuple[str, int, int, bytes, str | None]]:
        """Yield id, kind, size, stream and base of everything in the pack, as it lies there, in its order.

        Kind is that of the entry: of a delta it is none of an object's. Size is that of what is compressed.

        Raises:
            Damaged: A checksum does not fit, or a delta has no base here.
        """
        names, checksums, places = self._rows()
        order = sorted(range(self.count), key=places.__getitem__)
        by_place = {places[rank]: names[rank] for rank in order}
        ends = [places[rank] for rank in order[1:]] + [len(self._pack) - 20]
        for rank, end in zip(order, ends, strict=True):
            start = places[rank]
            if zlib.crc32(self._pack[start:end]) != checksums[rank]:
                raise Damaged(str(self.path), f"object {names[rank]} is corrupt")
            kind, size, at = self._header(start)
            base = None
            if kind == _OFFSET_DELTA:
                back, at = self._distance(at)
                base = by_place.get(start - back)
            elif kind == _ID_DELTA:
                base, at = self._pack[at : at + 20].hex(), at + 20
            if kind not in KINDS and (base is None or self.offset(bytes.fromhex(base)) is None):
                raise Damaged(str(self.path), "delta without base")
            yield names[rank], kind, size, self._pack[at:end], base

    def entries(self) -> Iterator[tuple[int, int, int | None, bytes]]:
        """Yield offset and size of each entry, and of a delta its base and the beginning of its stream.

        All unchecked. The base is an offset, 0 if it is not in the pack, and None of what is no delta.
        """
        for start in sorted(self._offsets()):
            kind, size, at = self._header(start)
            base: int | None = None
            if kind == _OFFSET_DELTA:
                back, at = self._distance(at)
                base = start - back
            elif kind == _ID_DELTA:
                base, at = self.offset(self._pack[at : at + 20]) or 0, at + 20
            yield start, size, base, b"" if base is None else self._pack[at : at + 4096]

    def _rows(self) -> tuple[list[str], tuple[int, ...], list[int]]:
        """Return ids, checksums and offsets of all objects, sorted by id."""
        start, count = 1032 + 20 * self.count, self.count
        checksums = struct.unpack(f">{count}I", self._index[start : start + 4 * count])
        return self.ids(), checksums, self._offsets()

    def _offsets(self) -> list[int]:
        """Return the offsets of all objects, in the order of their ids."""
        start, count = 1032 + 24 * self.count, self.count
        return [
            self._far(place) for place in struct.unpack(f">{count}I", self._index[start : start + 4 * count])
        ]

    def _far(self, place: int) -> int:
        """Return an offset, from the second table if it is too large for the first."""
        if not place & 0x8000_0000:
            return place
        where = 1032 + 28 * self.count + 8 * (place & 0x7FFF_FFFF)
        return int.from_bytes(self._index[where : where + 8], "big")

    def whole(self, offset: int, least: int = 0) -> tuple[int, bytes] | None:
        """Return size and stream of an object that lies whole in the pack; None if it is a delta, or shorter.

        Args:
            offset: As `offset` found it.
            least: Bytes that it has at least. Where the stream of one ends is found by sorting all of them.
        """
        kind, size, at = self._header(offset)
        if kind not in KINDS or size < least:
            return None
        if not self._places:
            self._places = [*sorted(self._offsets()), len(self._pack) - 20]
        return size, self._pack[at : self._places[bisect_right(self._places, offset)]]

    def _distance(self, at: int) -> tuple[int, int]:
        """Return how far before a delta its base begins, and where the number ends."""
        byte = self._pack[at]
        back = byte & 0x7F
        while byte & 0x80:
            at += 1
            byte = self._pack[at]
            back = (back + 1 << 7) | byte & 0x7F
        return back, at + 1

    def _header(self, offset: int) -> tuple[int, int, int]:
        byte = self._pack[offset]
        kind, size, shift = byte >> 4 & 7, byte & 15, 4
        offset += 1
        while byte & 0x80:
            byte = self._pack[offset]
            offset += 1
            size |= (byte & 0x7F) << shift
            shift += 7
        return kind, size, offset

    def _inflate(self, at: int, size: int) -> bytes:
        bound = (
            at + size + size // 500 + 256
        )  # no compressor makes it longer; more would be copied for nothing
        inflater = zlib.decompressobj()
        content = inflater.decompress(self._pack[at:bound])
        if not inflater.eof:
            content += inflater.decompress(self._pack[bound:])
        if not inflater.eof or len(content) != size:
            raise Damaged(str(self.path), "object of another length")
        return content


def _map(path: Path) -> mmap.mmap:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(descriptor)
