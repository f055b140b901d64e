"""How large the objects in a pack are, without unpacking them whole."""

import zlib

from gitstore import deltas
from gitstore.packfile import Pack

_BEGINNING = 4096
"""Bytes of a compressed delta in which the two numbers at its beginning lie."""


def largest(pack: Pack) -> int:
    """Return the bytes of the largest object. Raises Damaged."""
    most = 0
    for size, stream in pack.entries():
        if stream is None:
            most = max(most, size)
        else:
            beginning = zlib.decompressobj().decompress(stream[:_BEGINNING], 24)
            most = max(most, deltas.length(beginning))
    return most
