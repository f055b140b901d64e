"""What can be had from a pack whatever its index says: each object that can be unpacked, with its true id."""

from collections.abc import Iterator

from gitstore.checking.packfile import Outside, PackFile
from gitstore.errors import Damaged
from gitstore.objects import identify


def contents(
    pack: PackFile, outside: Outside, starts: tuple[int, ...] = ()
) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield raw id, kind and content of all objects that can be had, each once.

    Args:
        pack: Damaged or not.
        outside: Asked for a base that is not in the pack; raises Damaged if it has none.
        starts: Where an index says that objects begin, to go on from after a damaged one.
    """
    offsets: dict[bytes, int] = {}
    waiting = [at for at, _ in pack.walk(starts)]
    while waiting:
        later = []
        for at in waiting:
            try:
                kind, content = pack.read(at, offsets.get, outside)
            except Damaged:  # of a base that comes later, or never
                later.append(at)
                continue
            raw = bytes.fromhex(identify(kind, content))
            if raw not in offsets:
                offsets[raw] = at
                yield raw, kind, content
        if len(later) == len(waiting):
            return
        waiting = later
