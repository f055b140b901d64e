"""Whether something is nowhere any more: every object is unpacked, every file is read."""

import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from gitstore.errors import Damaged
from gitstore.git.index import DamagedIndex, Index, UnknownIndex
from gitstore.kinds import BLOB, TREE, identify
from gitstore.objects.objects import ObjectReader
from gitstore.problems import Progress
from gitstore.purging.eraser import Eraser


def left(git: Path, eraser: Eraser, removed: AbstractSet[str], progress: Progress) -> tuple[str, ...]:
    """Return where there still is something: "object <id>", or a path relative to the store; best none.

    Args:
        git: `.git`.
        eraser: What must be nowhere.
        removed: Ids of objects that must not be there.
        progress: Told how far it is.

    Raises:
        Damaged: An object cannot be read: then nothing is proved.
    """
    found: list[str] = []
    reader = ObjectReader(git)
    every = [*_as_they_lie(reader), *reader.loose()]
    for number, identifier in enumerate(every, 1):
        kind, content = reader.read(identifier)
        if identifier in removed or (kind != TREE and eraser.holds(content)):
            found.append(f"object {identifier}")
        progress("objects looked through", number, len(every))
    clean = {place: each for place, each in _tracked(git).items() if f"object {each}" not in found}
    found += _files(git.parent, git, eraser, clean)
    return tuple(found)


def _as_they_lie(reader: ObjectReader) -> Iterator[str]:
    """Yield the ids of what is in packs, in an order in which bases are read once."""
    for pack in reader.packs():
        places = {pack.offset(bytes.fromhex(name)) or 0: name for name in pack.ids()}
        yield from (places[at] for at in sorted(places))


def _tracked(git: Path) -> dict[str, str]:
    try:
        index = Index((git / "index").read_bytes())
    except (OSError, DamagedIndex, UnknownIndex):
        return {}
    return {path: entries[0].id for path in index.paths() if (entries := index.get(path))}


def _files(root: Path, git: Path, eraser: Eraser, tracked: dict[str, str]) -> list[str]:
    """Look through all files but those that hold objects, and those that are as git has them, clean."""
    found = []
    for folder, below, names in os.walk(root):
        if Path(folder) == git:
            below[:] = [name for name in below if name != "objects"]
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_symlink() or not path.is_file():
                continue
            place = path.relative_to(root).as_posix()
            try:
                content = path.read_bytes()
            except OSError as error:
                raise Damaged(place, error.strerror or "cannot be read") from error
            known = tracked.get(place)
            if known is not None and identify(BLOB, content) == known:
                continue
            if eraser.holds(content):
                found.append(place)
    return found
