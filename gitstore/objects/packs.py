"""Packs as bytes: objects compressed, whole or as deltas, in one string with its index."""

import hashlib
import itertools
import struct
import zlib
from collections.abc import Callable, Sequence

import msgspec

from gitstore.disk import streams
from gitstore.kinds import TREE, identify
from gitstore.objects import deltas, trees

LEVEL = 6
_LONG_TREE = 1024


class Packed(msgspec.Struct, frozen=True):
    """An object to be written: whole, or if that is shorter as a delta of one before it in the pack."""

    kind: int
    id: str
    content: bytes
    base: str | None = None
    grown_from: str | None = None
    """An object that the repository has already, which this one begins with."""


class Piece(msgspec.Struct, frozen=True):
    """An object as it lies in a pack: compressed, whole or as a delta of another one."""

    id: str
    kind: int
    """Of the object; of no meaning for a delta, which is of its base's kind."""
    size: int
    """Bytes of what is compressed."""
    stream: bytes
    base: str | None = None


StreamOf = Callable[[str], tuple[int, bytes] | None]
"""Returns size and stream of a whole object that the repository has and that can be prolonged."""


def packed(kind: int, content: bytes, base: str | None = None) -> Packed:
    """Return an object with its id."""
    return Packed(kind, identify(kind, content), content, base)


def pieces(
    objects: Sequence[Packed], stream_of: StreamOf, trusted: set[str], level: int = LEVEL
) -> list[Piece]:
    """Return some objects as they go into a pack.

    Args:
        objects: Each id once, a base before what is a delta of it.
        stream_of: Asked for what an object has grown from.
        trusted: Objects whose streams were made here; others are read back when they are prolonged. Those
            that are made now are added.
        level: Of zlib. Long trees are mostly ids, which do not compress, and are stored as they are.
    """
    contents = {item.id: item.content for item in objects}
    found = []
    for item in objects:
        if item.base is not None:
            delta = difference(item.kind, contents[item.base], item.content)
            if len(delta) < len(item.content):
                found.append(Piece(item.id, item.kind, len(delta), streams.compress(delta, level), item.base))
                continue
        stream = None
        if item.grown_from is not None and (before := stream_of(item.grown_from)) is not None:
            stream = streams.prolong(before[1], item.content, before[0], level)
            if stream is not None and item.grown_from not in trusted and not _holds(stream, item.content):
                stream = None
        if stream is None:
            stored = item.kind == TREE and len(item.content) > _LONG_TREE
            stream = streams.compress(item.content, 0 if stored else level)
        if len(item.content) >= streams.LONG:
            trusted.add(item.id)
        found.append(Piece(item.id, item.kind, len(item.content), stream))
    return found


def pack_of(objects: Sequence[Packed], level: int = LEVEL) -> tuple[str, bytes, bytes]:
    """Return name, pack and index of objects that the repository has nothing of (see `pieces`, `encode`)."""
    return encode(pieces(objects, lambda _: None, set(), level))


def difference(kind: int, base: bytes, target: bytes) -> bytes:
    """Return the delta that makes one object of another of the same kind."""
    if kind == TREE and (width := trees.row_width(base)) and width == trees.row_width(target):
        return deltas.make_of_rows(base, target, width)
    return deltas.make(base, target)


def encode(items: Sequence[Piece]) -> tuple[str, bytes, bytes]:
    """Return name, pack and index of some objects.

    Args:
        items: Each id once, a base before what is a delta of it. A base that is not among them is named by
            its id: such a pack is for a repository that has it, and must be completed there.

    Returns:
        The checksum that names the pack, the content of `.pack`, and that of `.idx`.
    """
    parts = [b"PACK" + struct.pack(">II", 2, len(items))]
    size = len(parts[0])
    places: dict[str, int] = {}
    rows = []
    for item in items:
        places[item.id] = size
        if item.base is None:
            head = _header(item.kind, item.size)
        elif item.base in places:
            head = _header(6, item.size) + _back(size - places[item.base])
        else:
            head = _header(7, item.size) + bytes.fromhex(item.base)
        rows.append((bytes.fromhex(item.id), zlib.crc32(item.stream, zlib.crc32(head)), size))
        parts += (head, item.stream)
        size += len(head) + len(item.stream)
    hashed = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        hashed.update(part)
    checksum = hashed.digest()
    return checksum.hex(), b"".join((*parts, checksum)), index_of(sorted(rows), checksum)


def _holds(stream: bytes, content: bytes) -> bool:
    try:
        return zlib.decompress(stream) == content
    except zlib.error:
        return False


def _header(kind: int, size: int) -> bytes:
    first, size = kind << 4 | size & 15, size >> 4
    out = bytearray()
    while size:
        out.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    out.append(first)
    return bytes(out)


def _back(distance: int) -> bytes:
    out = [distance & 0x7F]
    while distance := distance >> 7:
        distance -= 1
        out.append(distance & 0x7F | 0x80)
    return bytes(reversed(out))


def index_of(rows: list[tuple[bytes, int, int]], checksum: bytes) -> bytes:
    """Return a pack's index, of raw id, CRC-32 and offset of each entry, sorted, and the pack's checksum."""
    counts = [0] * 256
    for raw, _, _ in rows:
        counts[raw[0]] += 1
    fan = itertools.accumulate(counts)
    large = [offset for _, _, offset in rows if offset > 0x7FFF_FFFF]
    ranks = {offset: 0x8000_0000 | at for at, offset in enumerate(large)}
    body = b"".join(
        (
            b"\377tOc\0\0\0\2",
            struct.pack(">256I", *fan),
            b"".join(raw for raw, _, _ in rows),
            struct.pack(f">{len(rows)}I", *(crc for _, crc, _ in rows)),
            struct.pack(f">{len(rows)}I", *(ranks.get(offset, offset) for _, _, offset in rows)),
            struct.pack(f">{len(large)}Q", *large),
            checksum,
        )
    )
    return body + hashlib.sha1(body, usedforsecurity=False).digest()
