"""Several packs as one: what they hold is copied as it is, compressed.

Only where something lies whole that has a newer version beside it, or others that are like it, it becomes a
delta of that.
"""

import contextlib
import zlib
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from gitstore.disk import streams
from gitstore.errors import Damaged
from gitstore.kinds import COMMIT
from gitstore.objects import likeness, packs, versions
from gitstore.objects.packfile import Pack
from gitstore.objects.packs import Piece

_LARGE = 512
"""Objects from which on it pays to compress what was only stored."""
_MANY = 16384
"""Objects from which on it pays to look for what is alike: that takes as long as all the rest of merging, and
among many writers everybody waits for it."""


def repack(
    old: list[Pack],
    level: int | None = None,
    loose: Iterable[Piece] = (),
    *,
    at_rest: bool = False,
    trusted: AbstractSet[str] = frozenset(),
) -> tuple[list[Piece], list[Pack]]:
    """Return the objects of some packs in the order of a new one, and the packs that they are from.

    Args:
        old: Oldest first. One that is damaged is left out.
        level: Of zlib, to compress what lies whole anew; None copies it as it is.
        loose: Objects that lie in no pack, whole.
        at_rest: Whether nobody works here for a while: then there is time to look for what is alike, and to
            compress anew what was prolonged often. Who goes on prolonging it would have to read it whole.
        trusted: Objects whose streams this process made (see `versions.join`).

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
    at_rest = at_rest or level is not None
    with contextlib.suppress(zlib.error):  # the rest is copied as it lies, and `verify` tells of the damage
        versions.join(found, trusted)
        if at_rest or len(found) >= _MANY:
            likeness.join(found)
    large = at_rest or len(found) >= _LARGE
    pieces = [_again(piece, level, stored=large, patchy=at_rest) for piece in found.values()]
    return in_order(pieces), sources


def _again(piece: Piece, level: int | None, *, stored: bool, patchy: bool) -> Piece:
    """Return a whole object compressed anew, if that is shorter.

    Args:
        piece: The object.
        level: Of zlib; without one only some are looked at.
        stored: Whether those are that were stored without being compressed.
        patchy: Whether those are that were prolonged often.
    """
    if piece.base is not None:
        return piece
    only_stored = len(piece.stream) >= piece.size
    if level is None and not (stored if only_stored else patchy and streams.is_patchy(piece.stream)):
        return piece
    try:
        content = zlib.decompress(piece.stream)
    except zlib.error:  # copied as it lies, too
        return piece
    stream = streams.compress(content, level or packs.LEVEL)
    return Piece(piece.id, piece.kind, piece.size, stream) if len(stream) < len(piece.stream) else piece


def in_order(newest_first: list[Piece]) -> list[Piece]:
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
