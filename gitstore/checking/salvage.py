"""What can be had from a pack whatever its index says: each object that can be unpacked, with its true id.

An index keeps a CRC-32 of every entry. One bit that fell over in an entry can be told from it, and put back;
the id of the object proves that it was that bit.
"""

import contextlib
import zlib
from collections.abc import Iterator
from pathlib import Path

from gitstore.checking.packfile import Outside, PackFile, Row, read_only, rows
from gitstore.errors import Damaged
from gitstore.kinds import identify

_LONGEST = 1 << 18


def open_pack(path: Path) -> tuple[PackFile, tuple[int, ...]]:
    """Open a pack that may be damaged, single bits put right, and return also where its index sees objects.

    Raises:
        Damaged: It is no pack at all.
        OSError: It cannot be read.
    """
    listed: list[Row] = []
    with contextlib.suppress(OSError, Damaged):
        listed = rows(read_only(path.with_suffix(".idx")))
    pack = PackFile(path)
    return _with_bits_put_right(pack, listed), tuple(row.offset for row in listed)


def contents(
    pack: PackFile, outside: Outside, starts: tuple[int, ...] = ()
) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield raw id, kind and content of all objects that can be had, each once.

    Args:
        pack: Damaged or not.
        outside: Asked for a base that is not in the pack; raises Damaged if it has none.
        starts: Where an index says that objects begin, to go on from after a damaged one.
    """
    offsets: dict[bytes, int] = {}
    waiting = [at for at, _ in pack.walk(starts)]
    while waiting:
        later = []
        for at in waiting:
            try:
                kind, content = pack.read(at, offsets.get, outside)
            except Damaged:  # of a base that comes later, or never
                later.append(at)
                continue
            raw = bytes.fromhex(identify(kind, content))
            if raw not in offsets:
                offsets[raw] = at
                yield raw, kind, content
        if len(later) == len(waiting):
            return
        waiting = later


def fallen_bit(length: int, difference: int) -> tuple[int, int] | None:
    """Return the byte and the bit whose change alone changes a CRC-32 by so much; None if there is none.

    Args:
        length: Of what the checksum is of, in bytes.
        difference: The checksum that it has, XOR the one that it should have.
    """
    if length > _LONGEST:
        return None
    bits = {_table(1 << bit): 1 << bit for bit in range(8)}
    for back in range(length):
        if difference in bits:
            return length - 1 - back, bits[difference]
        bits = {_table(value & 0xFF) ^ value >> 8: bit for value, bit in bits.items()}
    return None


def _with_bits_put_right(pack: PackFile, listed: list[Row]) -> PackFile:
    fixed: bytearray | None = None
    for row, end in zip(listed, [*(row.offset for row in listed[1:]), pack.end], strict=bool(listed)):
        if row.checksum is None or not 12 <= row.offset < end <= len(pack.content):
            continue
        wrong = pack.checksum(row.offset, end) ^ row.checksum
        place = fallen_bit(end - row.offset, wrong) if wrong else None
        if place is not None:
            fixed = bytearray(pack.content) if fixed is None else fixed
            fixed[row.offset + place[0]] ^= place[1]
    return pack if fixed is None else PackFile(pack.path, bytes(fixed))


def _table(byte: int) -> int:
    """Return what a change of one byte, the last one, changes in a CRC-32."""
    return zlib.crc32(bytes((byte,))) ^ zlib.crc32(b"\0")
