"""Which objects of a new pack are deltas of which, while more of them become so.

A reader goes through the whole chain of an object, so none may grow too long; and damage to one object is
damage to all that hang on it, so they shall not be too many.
"""

from gitstore.disk import streams
from gitstore.objects import packs
from gitstore.objects.packs import Piece

_DISTANCE = 3
"""Bytes that it takes to say where a base lies."""


class Chains:
    """The objects of a pack to be, newest first, and how far each is from an object that lies whole."""

    def __init__(self, found: dict[str, Piece]) -> None:
        self.found = found
        self._heights, self._weights = _measured(found)
        self._depths = dict.fromkeys((key for key, piece in found.items() if piece.base is None), 0)

    def weight(self, identifier: str) -> int:
        """Return how many objects hang on one that lay whole when this was made."""
        return self._weights[identifier]

    def attach(self, piece: Piece, base: str, delta: bytes, deepest: int) -> bool:
        """Let a whole object become a delta of another; return whether that is worth it.

        Args:
            piece: The object. Whatever is a delta of it follows it.
            base: The other one, which lay whole before `attach` was first called.
            delta: What makes the one of the other.
            deepest: Deltas that there may be between the last object of a chain and its content.
        """
        depth = self._depths[base] + 1
        if depth + self._heights[piece.id] > deepest:
            return False
        stream = streams.compress(delta, packs.LEVEL)
        if len(stream) + _DISTANCE >= len(piece.stream):
            return False
        self.found[piece.id] = Piece(piece.id, piece.kind, len(delta), stream, base)
        self._depths[piece.id] = depth
        self._weights[base] += 1 + self._weights[piece.id]
        return True


def _measured(found: dict[str, Piece]) -> tuple[dict[str, int], dict[str, int]]:
    """Return of each whole object how long the longest chain is that ends at it, and how many hang on it."""
    heights = dict.fromkeys(found, 0)
    weights = dict.fromkeys(found, 0)
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
        weights[root] += len(chain)
    return heights, weights
