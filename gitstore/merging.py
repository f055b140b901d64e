"""Several packs as one: what they hold is copied as it is, compressed.

Only where the same file lies whole in more than one of them do older versions become deltas of newer ones.
Versions of one file are recognised by how they begin: the first record of a history, the id at the top of a
document, the first name in a tree. No commit has to be walked through for that.
"""

import contextlib
import zlib
from collections.abc import Iterable

from gitstore import deltas, packs, streams
from gitstore.errors import Damaged
from gitstore.kinds import BLOB, COMMIT, TREE
from gitstore.packfile import Pack
from gitstore.packs import Piece

_SHORTEST = 160
"""Bytes from which on a delta may pay."""
_TELLING = 96
"""Bytes at the beginning of a file that tell which one it is."""
_DEEPEST = 100
_STORED_NO_MORE = 512
"""Objects from which on a pack holds nothing that is stored without being compressed."""


def merge(
    old: list[Pack], level: int | None = None, loose: Iterable[Piece] = ()
) -> tuple[list[Piece], list[Pack]]:
    """Return the objects of some packs in the order of a new one, and the packs that they are from.

    Args:
        old: Oldest first. One that is damaged is left out.
        level: Of zlib, to compress what lies whole anew; None copies it as it is.
        loose: Objects that lie in no pack, whole.

    Returns:
        Each object once, bases first; and the packs whose objects they are.
    """
    found: dict[str, Piece] = {}
    sources = []
    for pack in old:
        own: dict[str, Piece] = {}
        with contextlib.suppress(Damaged, zlib.error, IndexError):
            for identifier, kind, size, stream, base in pack.pieces():
                own[identifier] = Piece(identifier, kind, size, stream, base)
            sources.append(pack)
            # The newest pack that has an object decides how it lies, so no chain of bases closes in itself.
            for identifier, piece in own.items():
                found.pop(identifier, None)
                found[identifier] = piece
    for piece in loose:
        found.setdefault(piece.id, piece)
    _Joined(found).join()
    if level is not None or len(found) >= _STORED_NO_MORE:
        found = {key: _again(piece, level) for key, piece in found.items()}
    return _in_order(found), sources


class _Joined:
    """The objects of several packs, of which older versions become deltas of newer ones."""

    def __init__(self, found: dict[str, Piece]) -> None:
        self._found = found
        self._height = _heights(found)
        self._depth = dict.fromkeys(found, 0)

    def join(self) -> None:
        """Make deltas of what lies whole and has a newer version beside it."""
        groups: dict[tuple[int, bytes], list[Piece]] = {}
        for piece in self._found.values():
            if piece.base is None and piece.kind in {BLOB, TREE} and piece.size >= _SHORTEST:
                groups.setdefault((piece.kind, _beginning(piece)), []).append(piece)
        for versions in groups.values():
            if len(versions) > 1:
                self._join(versions[::-1])

    def _join(self, versions: list[Piece]) -> None:
        """Let each older version be a delta of the newest if that begins with it, else of the next newer."""
        newest = newer = versions[0]
        newest_content = newer_content = zlib.decompress(newest.stream)
        for piece in versions[1:]:
            content = zlib.decompress(piece.stream)
            if piece.kind == BLOB and newest_content.startswith(content):
                base, delta = newest, deltas.copy_of_beginning(len(newest_content), len(content))
            else:
                base, delta = newer, packs.difference(piece.kind, newer_content, content)
            right = base is newest or deltas.apply(newer_content, delta) == content
            packed = zlib.compress(delta, packs.LEVEL)
            depth = self._depth[base.id] + 1
            if right and len(packed) < len(piece.stream) and depth + self._height[piece.id] <= _DEEPEST:
                self._found[piece.id] = Piece(piece.id, piece.kind, len(delta), packed, base.id)
                self._depth[piece.id] = depth
            newer, newer_content = piece, content


def _heights(found: dict[str, Piece]) -> dict[str, int]:
    """Return how long the longest chain of deltas is that ends at each object."""
    heights = dict.fromkeys(found, 0)
    depths: dict[str, tuple[int, str]] = {}
    for identifier in found:
        chain = []
        current = identifier
        while current not in depths and (base := found[current].base) is not None:
            chain.append(current)
            current = base
        depth, root = depths.setdefault(current, (0, current))
        for above in reversed(chain):
            depth += 1
            depths[above] = (depth, root)
        heights[root] = max(heights[root], depth)
    return heights


def _beginning(piece: Piece) -> bytes:
    """Return what tells a file from others: how its content begins."""
    begins = zlib.decompressobj().decompress(piece.stream, _TELLING)
    return begins[: begins.index(b"\0")] if piece.kind == TREE else begins


def _again(piece: Piece, level: int | None) -> Piece:
    """Return a whole object compressed anew, if that is shorter; without a level only one that was stored."""
    if piece.base is not None or (level is None and len(piece.stream) < piece.size):
        return piece
    stream = streams.compress(zlib.decompress(piece.stream), level or packs.LEVEL)
    return Piece(piece.id, piece.kind, piece.size, stream) if len(stream) < len(piece.stream) else piece


def _in_order(found: dict[str, Piece]) -> list[Piece]:
    """Return commits first, newest first, then each whole object with its deltas behind it."""
    dependents: dict[str, list[Piece]] = {}
    for piece in found.values():
        if piece.base is not None:
            dependents.setdefault(piece.base, []).append(piece)
    newest_first = list(found.values())[::-1]
    roots = [piece for piece in newest_first if piece.base is None]
    waiting = sorted(roots, key=lambda piece: piece.kind != COMMIT)[::-1]
    order = []
    while waiting:
        piece = waiting.pop()
        order.append(piece)
        waiting += dependents.get(piece.id, ())
    return order
