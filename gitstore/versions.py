"""Older versions of what is long as deltas of newer ones: histories, and trees of many directories.

Versions of one file are recognised by how they begin: the first record of a history, the first name in a
tree. No commit has to be walked through for that.
"""

import zlib

from gitstore import deltas, packs, streams
from gitstore.chains import Chains
from gitstore.kinds import BLOB, TREE
from gitstore.packs import Piece

_SHORTEST = 160
"""Bytes from which on a text can have grown by something that a reader would miss."""
_TELLING = 96
"""Bytes at the beginning of a file that tell which one it is."""
_DEEPEST = 100


def join(found: dict[str, Piece]) -> None:
    """Make deltas of what lies whole and has a newer version beside it.

    What is short and did not grow is left to `likeness`, which makes shorter chains.

    Args:
        found: By id, newest first; changed in place.
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
            _join(chains, versions)


def beginning(piece: Piece, size: int) -> bytes:
    """Return what tells an object from others of its kind: so many bytes, or the first name in a tree."""
    begins = zlib.decompressobj().decompress(piece.stream, max(size, _TELLING))
    return begins.partition(b"\0")[0] if piece.kind == TREE else begins[:size]


def _join(chains: Chains, versions: list[Piece]) -> None:
    """Let each older version be a delta of the newest if that begins with it, else of the next newer."""
    newest = newer = versions[0]
    newest_content = newer_content = zlib.decompress(newest.stream)
    for piece in versions[1:]:
        if _is_prolonged(piece, newest, newest_content):
            delta = deltas.copy_of_beginning(len(newest_content), piece.size)
            chains.attach(piece, newest.id, delta, _DEEPEST)
            continue
        content = zlib.decompress(piece.stream)
        if piece.kind == BLOB and newest_content.startswith(content):
            delta = deltas.copy_of_beginning(len(newest_content), piece.size)
            chains.attach(piece, newest.id, delta, _DEEPEST)
        elif piece.size >= deltas.SHORT:
            delta = packs.difference(piece.kind, newer_content, content)
            if deltas.apply(newer_content, delta) == content:
                chains.attach(piece, newer.id, delta, _DEEPEST)
            newer, newer_content = piece, content


def _is_prolonged(piece: Piece, newest: Piece, content: bytes) -> bool:
    """Whether the newest version's stream is that of an older one, prolonged.

    Then it begins with the older version. To decompress a thousand versions of a long history would take
    most of the time that merging takes.
    """
    if not streams.is_prolonged(piece.stream, newest.stream):
        return False
    return zlib.adler32(memoryview(content)[: piece.size]) == int.from_bytes(piece.stream[-4:], "big")
