"""The objects that another repository lacks, as a pack: found by comparing trees, made as deltas."""

import contextlib
from collections.abc import Iterable

import msgspec

from gitstore.checking.trees import parse_leniently
from gitstore.disk import streams
from gitstore.errors import Damaged
from gitstore.kinds import BLOB, COMMIT, TREE
from gitstore.objects import commits, packs, trees
from gitstore.objects.objects import ObjectReader
from gitstore.objects.packs import Piece
from gitstore.transport import ancestry

EMPTY = packs.encode([])[1:]
"""A pack of nothing and its index: git wants one with each push of a branch that is made or moved."""
_DEEPEST = 40
_MANY = 400
"""Objects from which on they are copied as they lie, as far as that can be."""
_LINK = "160000"


class Needed(msgspec.Struct):
    """One object that goes along."""

    kind: int
    base: str | None
    """The one that was in its place before, which goes along earlier or is there already."""


def between(
    reader: ObjectReader, tip: str, known: Iterable[str], *, thin: bool
) -> tuple[str, bytes, bytes] | None:
    """Return name, pack and index of all that a commit needs and some others don't; None if that is nothing.

    Args:
        reader: Has all of it.
        tip: The commit.
        known: Commits that the receiver has with all that they need; those that are not here are no help.
        thin: Whether deltas may be made of objects that the receiver has; then the index is of no use but to
            say where objects are.

    Raises:
        Damaged: An object is missing or corrupt.
    """
    cut = reader.shallow()
    there = [identifier for identifier in known if _has(reader, identifier)]
    fresh = ancestry.new_commits(reader.commit, [tip], there, cut)
    if not fresh:
        return None
    found: dict[str, Needed] = {}
    _Search(reader, found, cut).go(fresh)
    pieces = _copied(reader, found) if len(found) > _MANY else {}
    for identifier, needed in found.items():
        if identifier not in pieces:
            pieces[identifier] = _made(reader, identifier, needed, found, pieces, thin=thin)
    return packs.encode(_bases_first(found, pieces))


def bundle(reader: ObjectReader, found: dict[str, Needed]) -> tuple[str, bytes, bytes]:
    """Return name, pack and index of some objects, as they lie in packs as far as that can be, else whole.

    Raises:
        Damaged: An object is missing or corrupt.
    """
    pieces = _copied(reader, found)
    for identifier, needed in found.items():
        if identifier not in pieces:
            pieces[identifier] = _compressed(identifier, needed.kind, reader.read(identifier)[1], None)
    return packs.encode(_bases_first(found, pieces))


def _has(reader: ObjectReader, identifier: str) -> bool:
    try:
        reader.commit(identifier)
    except Damaged:
        return False
    return True


class _Search:
    """Goes through commits, parents first, and notes what their trees have that those of parents have not."""

    def __init__(self, reader: ObjectReader, found: dict[str, Needed], cut: frozenset[str]) -> None:
        self._reader = reader
        self._found = found
        self._cut = cut

    def go(self, fresh: list[str]) -> None:
        """Note all that some commits need."""
        last = None
        for identifier in fresh:
            tree, parents, _ = commits.parents(self._reader.commit(identifier))
            above = () if identifier in self._cut else parents
            self._found.setdefault(identifier, Needed(COMMIT, last))
            last = identifier
            before = [commits.parents(self._reader.commit(each))[0] for each in above]
            self._tree(tree, before)

    def _tree(self, tree: str, before: list[str]) -> None:
        """Note a tree and what is below it. It may have been made deep on purpose: nothing calls itself."""
        waiting = [(tree, before)]
        while waiting:
            tree, before = waiting.pop()
            if tree in before or tree in self._found or tree == trees.EMPTY:
                continue
            content = self._reader.tree(tree)
            earlier = [self._reader.tree(each) for each in before]
            self._found[tree] = Needed(TREE, before[0] if before and before[0] != trees.EMPTY else None)
            below = []
            for entry in _come(earlier, content):
                if entry.mode == _LINK:
                    continue
                was = [found for each in earlier if (found := _find(each, entry.name)) is not None]
                if entry.is_directory:
                    below.append((entry.id, [each.id for each in was if each.is_directory]))
                elif entry.id not in self._found and all(each.id != entry.id for each in was):
                    base = was[0].id if was and not was[0].is_directory else None
                    self._found[entry.id] = Needed(BLOB, base)
            waiting += reversed(below)


def _come(earlier: list[bytes], content: bytes) -> list[trees.Entry]:
    """Return the entries of a tree that an earlier one has not; names that none must have are no hindrance.

    Raises:
        Damaged: It is no list of entries at all.
    """
    try:
        return trees.changed(earlier[0], content)[1] if earlier else trees.parse(content)
    except Damaged:
        lines = parse_leniently(content)
        if lines is None:
            raise
        return [
            trees.Entry(mode.decode().lstrip("0"), name.decode("utf-8", "surrogateescape"), raw.hex())
            for mode, name, raw in lines
        ]


def _find(tree: bytes, name: str) -> trees.Entry | None:
    with contextlib.suppress(Damaged):
        return trees.find(tree, name)
    return None


def _made(
    reader: ObjectReader,
    identifier: str,
    needed: Needed,
    found: dict[str, Needed],
    pieces: dict[str, Piece],
    *,
    thin: bool,
) -> Piece:
    """Return an object as it goes into the pack."""
    content = reader.read(identifier)[1]
    base = needed.base
    inside = base in found
    if base not in {None, identifier} and (base in pieces if inside else thin):
        delta = packs.difference(needed.kind, reader.read(base)[1], content)
        if len(delta) < len(content) and _may_hang(identifier, base, pieces):
            return _compressed(identifier, needed.kind, delta, base)
    return _compressed(identifier, needed.kind, content, None)


def _compressed(identifier: str, kind: int, data: bytes, base: str | None) -> Piece:
    return Piece(identifier, kind, len(data), streams.compress(data, packs.LEVEL), base)


def _may_hang(identifier: str, base: str, pieces: dict[str, Piece]) -> bool:
    """Say whether an object may be a delta of another: the chain is short, and does not lead back to it."""
    current: str | None = base
    for _ in range(_DEEPEST):
        if current is None or current not in pieces:
            return True
        current = pieces[current].base
        if current == identifier:
            return False
    return False


def _copied(reader: ObjectReader, found: dict[str, Needed]) -> dict[str, Piece]:
    """Return pieces of the repository's packs that can go as they lie.

    The newest pack that has an object decides, and each lies there with its base, so no chain closes.
    """
    pieces: dict[str, Piece] = {}
    for pack in sorted(reader.packs(), key=lambda each: each.made, reverse=True):
        own: dict[str, Piece] = {}
        for identifier, kind, size, stream, base in pack.pieces():
            if identifier in found and identifier not in pieces:
                own[identifier] = Piece(identifier, kind, size, stream, base)
        pieces.update(own)
    whole = {identifier: piece for identifier, piece in pieces.items() if piece.base is None}
    linked = {
        identifier: piece for identifier, piece in pieces.items() if piece.base and piece.base in pieces
    }
    return whole | linked


def _bases_first(found: dict[str, Needed], pieces: dict[str, Piece]) -> list[Piece]:
    """Return commits first, the newest first, then the rest; each after what it is a delta of."""
    order: list[Piece] = []
    placed: set[str] = set()
    names = [name for name in reversed(found) if found[name].kind == COMMIT]
    names += [name for name in reversed(found) if found[name].kind != COMMIT]
    for name in names:
        chain = []
        current: str | None = name
        while current is not None and current in pieces and current not in placed:
            chain.append(pieces[current])
            placed.add(current)
            current = pieces[current].base
        order += reversed(chain)
    return order
