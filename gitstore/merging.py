"""Several packs as one: what they hold is copied as it is, compressed.

Only where something lies whole that has a newer version beside it, or others that are like it, it becomes a
delta of that.
"""

import contextlib
import zlib
from collections.abc import Iterable

from gitstore import likeness, packs, streams, versions
from gitstore.errors import Damaged
from gitstore.kinds import COMMIT
from gitstore.packfile import Pack
from gitstore.packs import Piece

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
    for pack in reversed(old):
        own: dict[str, Piece] = {}
        with contextlib.suppress(Damaged, zlib.error, IndexError):
            for identifier, kind, size, stream, base in pack.pieces():
                own[identifier] = Piece(identifier, kind, size, stream, base)
            sources.append(pack)
            # The newest pack that has an object decides how it lies, so no chain of bases closes in itself.
            for identifier, piece in own.items():
                found.setdefault(identifier, piece)
    for piece in loose:
        found.setdefault(piece.id, piece)
    with contextlib.suppress(
        zlib.error
    ):  # then the rest is copied as it lies, and `verify` tells of the damage
        versions.join(found)
        likeness.join(found)
    compressed = level is not None or len(found) >= _STORED_NO_MORE
    return _in_order([_again(piece, level, compressed) for piece in found.values()]), sources


def _again(piece: Piece, level: int | None, compressed: bool) -> Piece:
    """Return a whole object compressed anew, if that is shorter.

    Args:
        piece: The object.
        level: Of zlib; without one only what was prolonged often or only stored is looked at.
        compressed: Whether what was only stored is looked at.
    """
    if piece.base is not None:
        return piece
    stored = len(piece.stream) >= piece.size
    if level is None and not (compressed if stored else streams.is_patchy(piece.stream)):
        return piece
    stream = streams.compress(zlib.decompress(piece.stream), level or packs.LEVEL)
    return Piece(piece.id, piece.kind, piece.size, stream) if len(stream) < len(piece.stream) else piece


def _in_order(newest_first: list[Piece]) -> list[Piece]:
    """Return commits first, newest first, then each whole object with its deltas behind it."""
    dependents: dict[str, list[Piece]] = {}
    for piece in reversed(newest_first):
        if piece.base is not None:
            dependents.setdefault(piece.base, []).append(piece)
    roots = [piece for piece in newest_first if piece.base is None]
    waiting = sorted(roots, key=lambda piece: piece.kind != COMMIT)[::-1]
    order = []
    while waiting:
        piece = waiting.pop()
        order.append(piece)
        waiting += dependents.get(piece.id, ())
    return order
