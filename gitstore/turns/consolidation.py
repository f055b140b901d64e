"""Few packs instead of many, so that their number and their size stay bounded.

Each turn of the committer leaves a small pack. Packs of about the same number of objects are merged when
there are several, the result again with its like, so each object is copied a few times at most. That is done
earlier when they hold more than a few megabytes, because then most of that is one file in several versions.
When a store is closed, what is small is merged with what is large, if it is not too little for the trouble.
What is copied stays compressed. Called under the gate.
"""

from bisect import bisect_right
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from pathlib import Path

from gitstore.disk import streams
from gitstore.disk.files import Files
from gitstore.errors import Damaged
from gitstore.objects import packfolder, packs, repacking
from gitstore.objects.objects import ObjectReader
from gitstore.objects.packfile import Pack

_OF_A_LEVEL = (12, 8, 6, 6, 6)
"""So many packs of each level become one of the next."""
_LEVELS = (64, 512, 4096, 32768)
"""Objects from which on a pack is of the next level."""
_REDUNDANT = 9 << 20
"""Bytes of packs with few objects from which on they are merged."""
_ALIKE = 4
"""A pack with more than so many times the objects of all smaller ones together is left out of that."""
_AT_REST = 128 << 10
"""Bytes that may lie beside the largest pack when a store is closed, or a tenth of that."""
_LARGE = 8 << 20
"""Bytes from which on a pack is merged no more by itself."""
_BEST = 9
_MOST = 28
"""Packs that there may be; large ones are merged, too, when there are more."""


def run(files: Files, git_directory: Path, reader: ObjectReader, trusted: AbstractSet[str]) -> None:
    """Merge packs if there are too many of a kind.

    Args:
        files: The disk.
        git_directory: `.git`.
        reader: The repository's objects.
        trusted: Objects whose streams this process made.

    Raises:
        OSError: The disk is full or failed; all objects are where they were.
    """
    finish(files, git_directory)
    chosen = choose(reader.packs())
    if len(chosen) > 1:
        replace(files, git_directory, [pack for pack in chosen if not _is_kept(pack)], trusted=trusted)
        reader.refresh()  # or the next turn would prolong a stream as it was before it was compressed anew


def rest(files: Files, git_directory: Path, reader: ObjectReader) -> None:
    """Merge what is small with what is large, before nobody works here for a while.

    Raises:
        OSError: The disk is full or failed; all objects are where they were.
    """
    small = [pack for pack in reader.packs() if pack.size < _LARGE and not _is_kept(pack)]
    largest = max((pack.size for pack in small), default=0)
    if sum(pack.size for pack in small) - largest > max(_AT_REST, largest // 10):
        replace(files, git_directory, sorted(small, key=lambda pack: pack.made), at_rest=True)


def pack_all(files: Files, git_directory: Path, reader: ObjectReader) -> None:
    """Bring all objects into one pack, compressed as well as can be; packs that somebody keeps stay apart.

    Raises:
        OSError: The disk is full or failed; all objects are where they were.
    """
    finish(files, git_directory)
    old = [pack for pack in reader.packs() if not _is_kept(pack)]
    loose = [piece for name in reader.loose() if (piece := _loose_piece(reader, name)) is not None]
    if len(old) < 2 and not loose:
        return
    replace(files, git_directory, sorted(old, key=lambda pack: pack.made), level=_BEST, loose=loose)
    for piece in loose:
        files.discard(git_directory / "objects" / piece.id[:2] / piece.id[2:])


def _loose_piece(reader: ObjectReader, identifier: str) -> packs.Piece | None:
    """Return a loose object as it goes into a pack; None if it is damaged, which is for `verify` to tell."""
    try:
        kind, content = reader.read(identifier)
    except Damaged:
        return None
    return packs.Piece(identifier, kind, len(content), streams.compress(content, _BEST))


def replace(
    files: Files,
    git_directory: Path,
    old: list[Pack],
    *,
    level: int | None = None,
    loose: Iterable[packs.Piece] = (),
    at_rest: bool = False,
    trusted: AbstractSet[str] = frozenset(),
) -> None:
    """Put one pack in place of several.

    One that is damaged stays.

    Args:
        files: The disk.
        git_directory: `.git`.
        old: Which ones, oldest first.
        level: Of zlib, to compress all whole objects anew; None copies them as they are.
        loose: Objects that shall be in it, too.
        at_rest: Whether nobody works here for a while (see `repacking.repack`).
        trusted: Objects whose streams this process made.

    Raises:
        OSError: The disk is full or failed; all objects are where they were.
    """
    pieces, sources = repacking.repack(old, level, loose, at_rest=at_rest, trusted=trusted)
    if not pieces or (len(sources) == 1 and level is None):
        return
    name = packfolder.install(files, git_directory, packs.encode(pieces), read_back=True)
    note(files, git_directory, name, [pack.path.stem for pack in sources if pack.path.stem != name])
    finish(files, git_directory)


def note(files: Files, git_directory: Path, new: str, old: Iterable[str]) -> None:
    """Note that packs, by their names, go because of a new one: if that is cut off, `finish` goes on.

    Raises:
        OSError: The disk is full or failed; nothing is noted.
    """
    content = "".join(f"{line}\n" for line in (new, *old)).encode()
    stage = git_directory / "gitstore" / "stage" / "note"
    files.replace(git_directory / "gitstore" / "replaced", content, stage=stage)


def finish(files: Files, git_directory: Path) -> None:
    """Remove the packs whose objects are in a new one, as a note says that is written before."""
    note = git_directory / "gitstore" / "replaced"
    try:
        new, *old = note.read_text("ascii", "replace").splitlines()
    except (FileNotFoundError, ValueError):
        return
    if (git_directory / "objects" / "pack" / f"{new}.idx").exists():
        packfolder.forget_joint_index(files, git_directory)
        for name in old:
            packfolder.remove(files, git_directory, name)
        packfolder.release(files, git_directory, new)
    files.discard(note)


def choose(found: list[Pack]) -> list[Pack]:
    """Return the packs that are to be merged now, oldest first; none or one if there is no need."""
    small = sorted((pack for pack in found if pack.size < _LARGE), key=lambda pack: pack.size)
    levels = [bisect_right(_LEVELS, pack.count) for pack in small]
    chosen: list[Pack] = []
    for level, most in enumerate(_OF_A_LEVEL):
        if levels.count(level) >= most:
            chosen = [pack for pack, its_level in zip(small, levels, strict=True) if its_level <= level]
    few: list[Pack] = []
    for pack in sorted(small, key=lambda pack: pack.count):
        if few and pack.count > _ALIKE * sum(each.count for each in few):
            break
        few.append(pack)
    if sum(pack.size for pack in few) > _REDUNDANT and len(few) > len(chosen):
        chosen = few
    if len(found) > _MOST and len(chosen) < 2:
        chosen = sorted(found, key=lambda pack: pack.size)[: _MOST // 2]
    return sorted(chosen, key=lambda pack: pack.made)


def _is_kept(pack: Pack) -> bool:
    return pack.path.with_suffix(".keep").exists()
