"""One pack of what is still needed: entries as they lie, and what was made anew."""

from gitstore.disk import streams
from gitstore.objects import likeness, packs, repacking, versions
from gitstore.objects.objects import ObjectReader
from gitstore.objects.packs import Piece
from gitstore.purging.rewriting import Rewriting


def gather(reader: ObjectReader, rewriting: Rewriting) -> list[Piece]:
    """Return all objects of a rewritten history, bases first.

    Nothing of what is left out is in there as a base.

    Raises:
        Damaged: An object is missing or corrupt.
    """
    needed = rewriting.kept
    found: dict[str, Piece] = {piece.id: piece for piece in reversed(rewriting.produced.pieces())}
    for pack in sorted(reader.packs(), key=lambda each: -each.made):
        for identifier, kind, size, stream, base in pack.pieces():
            if identifier in needed and identifier not in found:
                if base is not None and base not in needed:
                    found[identifier] = _whole(reader, identifier)
                else:
                    found[identifier] = Piece(identifier, kind, size, stream, base)
    for identifier in sorted(needed - found.keys()):
        found[identifier] = _whole(reader, identifier)
    versions.join(found)
    likeness.join(found)
    return repacking.in_order(list(found.values()))


def _whole(reader: ObjectReader, identifier: str) -> Piece:
    kind, content = reader.read(identifier)
    return Piece(identifier, kind, len(content), streams.compress(content, packs.LEVEL))
