"""How large the objects in a pack are, and how they lean on each other, without unpacking them whole."""

import zlib

import msgspec

from gitstore.objects import deltas
from gitstore.objects.packfile import Pack

_BEGINNING = 4096
"""Bytes of a compressed delta in which the two numbers at its beginning lie."""


class Sizes(msgspec.Struct, frozen=True):
    """The extremes of a pack."""

    largest: int = 0
    """Bytes of the largest object."""
    unpacked: int = 0
    """Of all objects together."""
    deepest: int = 0
    """Deltas of deltas."""


def measure(pack: Pack) -> Sizes:
    """Return the extremes of a pack. Raises Damaged."""
    most = total = 0
    bases: dict[int, int | None] = {}
    for start, size, base, stream in pack.entries():
        bases[start] = base
        length = size
        if base is not None:
            length = deltas.length(zlib.decompressobj().decompress(stream[:_BEGINNING], 24))
        most, total = max(most, length), total + length
    return Sizes(most, total, _deepest(bases))


def _deepest(bases: dict[int, int | None]) -> int:
    """Return how many deltas the longest chain has."""
    depths: dict[int, int] = {}
    for start in bases:
        chain: list[int] = []
        at: int | None = start
        while at and at not in depths and len(chain) <= len(bases):
            chain.append(at)
            at = bases.get(at)
        depth = depths.get(at or 0, -1)
        for each in reversed(chain):
            depth += 1
            depths[each] = depth
    return max(depths.values(), default=0)
