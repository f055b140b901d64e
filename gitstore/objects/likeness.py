"""Short objects as deltas of one that is like them: commits, small trees, documents.

They share their form with hundreds of others of their kind, and little more with their own next version. So
most become deltas of one and the same object, and a reader needs one step to get at them.
"""

import zlib
from typing import NamedTuple

from gitstore.kinds import BLOB, COMMIT, TREE
from gitstore.objects import deltas, packs
from gitstore.objects.chains import Chains
from gitstore.objects.deltas import Base
from gitstore.objects.packs import Piece
from gitstore.objects.versions import beginning

_TELLING = 8
"""Bytes at the beginning of a file that tell its form."""


class _Bounds(NamedTuple):
    """How far objects may hang on one."""

    deepest: int
    most: int


_SHORT_ONES = _Bounds(deepest=8, most=64)
"""More around one would hardly be smaller, and each of them would be lost with it."""
_LONG_ONES = _Bounds(deepest=100, most=1 << 30)
"""Trees of many directories whose first name is new: the few that are left of long chains."""


def join(found: dict[str, Piece]) -> None:
    """Make deltas of what lies whole and is like others.

    Args:
        found: By id, newest first; changed in place.
    """
    groups: dict[tuple[int, bytes], list[Piece]] = {}
    for piece in found.values():
        if piece.base is None and (key := _form(piece)) is not None:
            groups.setdefault((piece.kind, key), []).append(piece)
    chains = Chains(found)
    for alike in groups.values():
        bounds = _SHORT_ONES if alike[0].size <= deltas.SHORT else _LONG_ONES
        unlike = _gather(chains, alike, bounds)
        _gather(chains, unlike, bounds)


def _form(piece: Piece) -> bytes | None:
    """Return what objects have in common that are worth comparing; None if nothing is like this one.

    Nothing is like a file of records: once that has grown, it is the beginning of its next version, and to
    say so takes fewer bytes than any likeness.
    """
    if piece.kind == TREE:
        first = beginning(piece, _TELLING)
        return first if piece.size <= deltas.SHORT else first.partition(b" ")[0]
    if piece.size > deltas.SHORT or piece.kind not in {COMMIT, BLOB}:
        return None
    if piece.kind == COMMIT:
        return b""
    content = zlib.decompress(piece.stream)
    return None if content.partition(b"\n")[0].endswith(b"}") else content[:_TELLING]


def _gather(chains: Chains, alike: list[Piece], bounds: _Bounds) -> list[Piece]:
    """Make objects deltas of one, or of a few if they are many; return those for which that does not pay."""
    left: list[Piece] = []
    center, base = "", Base(b"")
    # What others hang on already stays where it is, or their chains would grow with each merge.
    for piece in sorted(alike, key=lambda piece: -chains.weight(piece.id)):
        weight = chains.weight(piece.id)
        if weight >= bounds.most:
            continue
        content = zlib.decompress(piece.stream)
        if not center or chains.weight(center) + weight >= bounds.most:
            center, base = piece.id, Base(content)
            continue
        short = bounds is _SHORT_ONES
        delta = base.make(content) if short else packs.difference(piece.kind, base.content, content)
        right = deltas.apply(base.content, delta) == content
        if not right or not chains.attach(piece, center, delta, bounds.deepest):
            left.append(piece)
    return left
