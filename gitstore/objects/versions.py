"""Older versions of what is long as deltas of newer ones: histories, and trees of many directories.

Versions of one file are recognised by how they begin: the first record of a history, the first name in a
tree. No commit has to be walked through for that.
"""

import functools
import zlib
from collections.abc import Set as AbstractSet

from gitstore.disk import streams
from gitstore.kinds import BLOB, TREE
from gitstore.objects import deltas, packs
from gitstore.objects.chains import Chains
from gitstore.objects.packs import Piece

_SHORTEST = 160
"""Bytes from which on a text can have grown by something that a reader would miss."""
_TELLING = 96
"""Bytes at the beginning of a file that tell which one it is."""
_DEEPEST = 100


def join(found: dict[str, Piece], trusted: AbstractSet[str] = frozenset()) -> None:
    """Make deltas of what lies whole and has a newer version beside it.

    What is short and did not grow is left to `likeness`, which makes shorter chains.

    Args:
        found: By id, newest first; changed in place.
        trusted: Objects whose streams this process made, each by prolonging the one before: they need not be
            decompressed.
    """
    groups: dict[tuple[int, bytes], list[Piece]] = {}
    for piece in found.values():
        shortest = {BLOB: _SHORTEST, TREE: deltas.SHORT}.get(piece.kind)
        if piece.base is None and shortest is not None and piece.size >= shortest:
            groups.setdefault((piece.kind, beginning(piece, _TELLING)), []).append(piece)
    chains = Chains(found)
    for (kind, _), versions in groups.items():
        if len(versions) > 1:
            if kind == BLOB:  # one that grew is the longer one, in whatever order packs were merged before
                versions.sort(key=lambda piece: -piece.size)
            _join(chains, versions, trusted)


def beginning(piece: Piece, size: int) -> bytes:
    """Return what tells an object from others of its kind: so many bytes, or the first name in a tree."""
    begins = zlib.decompressobj().decompress(piece.stream, max(size, _TELLING))
    return begins.partition(b"\0")[0] if piece.kind == TREE else begins[:size]


class _Version:
    """A whole object, decompressed when its content is first asked for."""

    def __init__(self, piece: Piece) -> None:
        self.piece = piece

    @functools.cached_property
    def content(self) -> bytes:
        return zlib.decompress(self.piece.stream)


def _join(chains: Chains, versions: list[Piece], trusted: AbstractSet[str]) -> None:
    """Let each older version be a delta of the newest if that begins with it, else of the next newer."""
    newest = newer = _Version(versions[0])
    for piece in versions[1:]:
        version = _Version(piece)
        if _is_beginning(version, newest, trusted):
            delta = deltas.copy_of_beginning(newest.piece.size, piece.size)
            chains.attach(piece, newest.piece.id, delta, _DEEPEST)
        elif piece.size >= deltas.SHORT:
            delta = packs.difference(piece.kind, newer.content, version.content)
            if deltas.apply(newer.content, delta) == version.content:
                chains.attach(piece, newer.piece.id, delta, _DEEPEST)
            newer = version


def _is_beginning(version: _Version, newest: _Version, trusted: AbstractSet[str]) -> bool:
    """Say whether the newest version of a file begins with an older one.

    Mostly its stream is that of the older one, prolonged. To decompress a thousand versions of a long history
    would take most of the time that merging takes.
    """
    piece = version.piece
    if streams.is_prolonged(piece.stream, newest.piece.stream):
        if piece.id in trusted and newest.piece.id in trusted:
            return True
        checksum = int.from_bytes(piece.stream[-4:], "big")
        if zlib.adler32(memoryview(newest.content)[: piece.size]) == checksum:
            return True
    return piece.kind == BLOB and newest.content.startswith(version.content)
