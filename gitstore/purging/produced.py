"""The objects of a history that was written anew, as they go into a pack."""

import itertools

from gitstore.disk import streams
from gitstore.kinds import BLOB, COMMIT, TREE, identify
from gitstore.objects import deltas, packs, trees
from gitstore.objects.packs import Piece

_FANOUT = 8
"""So many versions of a long tree are deltas of one; of those so many again are deltas of one, and so on."""


class Produced:
    """What was made, compressed as it comes: of long files in many versions only the last is held whole."""

    def __init__(self) -> None:
        self._pieces: dict[str, Piece] = {}
        self._long: dict[str, _Ladder] = {}
        self._growing: dict[str, _Growing] = {}

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._pieces or any(identifier in each.sizes for each in self._growing.values())

    def ids(self) -> set[str]:
        """Return the ids of all of them."""
        return {*self._pieces, *itertools.chain.from_iterable(each.sizes for each in self._growing.values())}

    def commit(self, content: bytes) -> str:
        """Take a commit, and return its id."""
        return self._whole(COMMIT, content)

    def other(self, kind: int, content: bytes) -> str:
        """Take an object of a kind of which there are few, and return its id."""
        return self._whole(kind, content)

    def tree(self, path: str, content: bytes) -> str:
        """Take a version of a directory, and return its id."""
        if len(content) <= deltas.SHORT:
            return self._whole(TREE, content)
        identifier = identify(TREE, content)
        if identifier not in self._pieces:
            self._pieces[identifier] = self._long.setdefault(path, _Ladder()).add(identifier, content)
        return identifier

    def blob(self, path: str, content: bytes) -> str:
        """Take a version of a file, and return its id."""
        if len(content) < streams.LONG:
            return self._whole(BLOB, content)
        identifier = identify(BLOB, content)
        if identifier in self:
            return identifier
        growing = self._growing.get(path)
        if growing is None or not content.startswith(growing.content):
            if growing is not None:
                self._settle(growing)
            growing = self._growing[path] = _Growing(b"", "", {})
        growing.content, growing.last = content, identifier
        growing.sizes[identifier] = len(content)
        return identifier

    def pieces(self) -> list[Piece]:
        """Return everything, bases before what is a delta of them."""
        for path in list(self._growing):
            self._settle(self._growing.pop(path))
        return list(self._pieces.values())

    def _whole(self, kind: int, content: bytes) -> str:
        identifier = identify(kind, content)
        if identifier not in self._pieces:
            stream = streams.compress(content, packs.LEVEL)
            self._pieces[identifier] = Piece(identifier, kind, len(content), stream)
        return identifier

    def _settle(self, growing: "_Growing") -> None:
        """Keep the last version whole, and those before as what it begins with."""
        size = len(growing.content)
        stream = streams.compress(growing.content, packs.LEVEL)
        self._pieces[growing.last] = Piece(growing.last, BLOB, size, stream)
        for identifier, length in growing.sizes.items():
            if identifier != growing.last:
                delta = deltas.copy_of_beginning(size, length)
                packed = streams.compress(delta, packs.LEVEL)
                self._pieces[identifier] = Piece(identifier, BLOB, len(delta), packed, growing.last)


class _Growing:
    """Versions of a file, each the beginning of the next."""

    def __init__(self, content: bytes, last: str, sizes: dict[str, int]) -> None:
        self.content = content
        self.last = last
        self.sizes = sizes


class _Ladder:
    """Versions of one long tree: number 8 * n + k is a delta of number 8 * n, that of a rounder one again.

    So a reader takes as many steps as the number has digits, and each delta tells of few changes.
    """

    def __init__(self) -> None:
        self._count = 0
        self._rungs: list[tuple[str, bytes]] = []
        """The last version whose number ends in so many zeros; the very first one for all more."""

    def add(self, identifier: str, content: bytes) -> Piece:
        """Return the next version as a piece."""
        number, zeros = self._count, 0
        while number and number % _FANOUT == 0:
            number, zeros = number // _FANOUT, zeros + 1
        rung = (identifier, content)
        if not self._count:
            self._rungs = [rung]
            base = None
        else:
            self._rungs += self._rungs[-1:] * (zeros + 2 - len(self._rungs))
            base = self._rungs[zeros + 1]
            self._rungs[: zeros + 1] = [rung] * (zeros + 1)
        self._count += 1
        return _piece(identifier, content, base)


def _piece(identifier: str, content: bytes, base: tuple[str, bytes] | None) -> Piece:
    if base is not None:
        delta = packs.difference(TREE, base[1], content)
        if len(delta) < len(content) // 2:
            return Piece(identifier, TREE, len(delta), streams.compress(delta, packs.LEVEL), base[0])
    level = 0 if trees.row_width(content) else packs.LEVEL
    return Piece(identifier, TREE, len(content), streams.compress(content, level))
