"""Few packs instead of many: the number stays bounded, and older versions become deltas of the newest one.

Each turn of the committer leaves a small pack. When there are more than `MOST`, the smallest are written
anew as one: files grouped by path, the newest version whole and every older one a delta of it; trees as
chains, each a delta of the next newer. What the old packs held is read back from the new one before they are
removed. Called under the gate.
"""

import contextlib
import errno
from pathlib import Path

from gitstore import commits, packs, trees
from gitstore.errors import Damaged
from gitstore.files import Files
from gitstore.objects import COMMIT, TREE, ObjectReader, Pack, identify
from gitstore.packs import Packed

MOST = 16
_DEEPEST = 40
_LEVEL = 6


def run(files: Files, git_directory: Path, reader: ObjectReader) -> None:
    """Write small packs anew as one if there are too many.

    Raises:
        OSError: The disk is full or failed; all objects are where they were.
    """
    finish(files, git_directory)
    folder = git_directory / "objects" / "pack"
    if sum(1 for _ in folder.glob("pack-*.idx")) <= MOST:
        return
    chosen = _choose([pack for pack in reader.packs() if not pack.path.with_suffix(".keep").exists()])
    contents, sources = _read(chosen, reader)
    if len(sources) < 2:
        return
    encoded = packs.encode(_arranged(contents, reader), _LEVEL)
    name = packs.install(files, git_directory, encoded, lambda index: _compare(index, contents, reader))
    old = [pack.path.stem for pack in sources if pack.path.stem != name]
    note = "".join(f"{line}\n" for line in (name, *old)).encode()
    files.replace(
        git_directory / "gitstore" / "replaced", note, stage=git_directory / "gitstore" / "stage" / "note"
    )
    finish(files, git_directory)


def finish(files: Files, git_directory: Path) -> None:
    """Remove the packs whose objects are in a new one, as a note says that is written before."""
    note = git_directory / "gitstore" / "replaced"
    try:
        new, *old = note.read_text("ascii", "replace").splitlines()
    except (FileNotFoundError, ValueError):
        return
    if (git_directory / "objects" / "pack" / f"{new}.idx").exists():
        for name in old:
            packs.remove(files, git_directory, name)
        packs.release(files, git_directory, new)
    files.discard(note)


def _choose(found: list[Pack]) -> list[Pack]:
    """Return the smallest packs: half of them at least, and on until the next outweighs all before it."""
    ordered = sorted(found, key=lambda pack: pack.size)
    total, count = 0, 0
    for pack in ordered:
        if count > MOST // 2 and pack.size > 2 * total:
            break
        total += pack.size
        count += 1
    return ordered[:count]


def _read(chosen: list[Pack], reader: ObjectReader) -> tuple[dict[str, tuple[int, bytes]], list[Pack]]:
    """Return the objects of the packs that are sound, and these packs."""
    contents: dict[str, tuple[int, bytes]] = {}
    sources = []
    for pack in chosen:
        own: dict[str, tuple[int, bytes]] = {}
        with contextlib.suppress(Damaged):
            for identifier, found in pack.objects(reader):
                if identify(*found) != identifier:
                    raise Damaged(str(pack.path), f"object {identifier} is corrupt")
                own[identifier] = found
            contents |= own
            sources.append(pack)
    return contents, sources


def _arranged(contents: dict[str, tuple[int, bytes]], reader: ObjectReader) -> list[Packed]:
    """Return all objects in the order of the new pack."""
    made = sorted(
        (commits.parents(content)[2], identifier)
        for identifier, (kind, content) in contents.items()
        if kind == COMMIT
    )
    places = _Places(contents, reader)
    for _, identifier in made:
        tree, parents, _ = commits.parents(contents[identifier][1])
        before = None
        with contextlib.suppress(Damaged):
            before = commits.parents(reader.commit(parents[0]))[0] if parents else None
        places.add(tree, before)
    found = [Packed(COMMIT, identifier, contents[identifier][1]) for _, identifier in reversed(made)]
    done = {identifier for _, identifier in made}
    alone = sorted(contents.keys() - places.placed - done)
    for group in [*places.versions.values(), *([identifier] for identifier in alone)]:
        base: str | None = None
        for rank, identifier in enumerate(reversed(group)):
            kind, content = contents[identifier]
            if kind == TREE and rank % _DEEPEST == 0:
                base = None
            found.append(Packed(kind, identifier, content, base))
            if kind == TREE or base is None:
                base = identifier
    return found


class _Places:
    """Of which path each object is a version: oldest first, if commits are added in their order."""

    def __init__(self, contents: dict[str, tuple[int, bytes]], reader: ObjectReader) -> None:
        self._contents = contents
        self._reader = reader
        self.versions: dict[str, list[str]] = {}
        self.placed: set[str] = set()

    def add(self, tree: str, before: str | None, path: str = "") -> None:
        """Note what is new in a tree since the one before it at the same path."""
        if tree == before or tree in self.placed or tree not in self._contents:
            return
        self._note(path + "/", tree)
        old = b""
        if before is not None:
            with contextlib.suppress(Damaged):
                old = self._reader.tree(before)
        gone, come = trees.changed(old, self._contents[tree][1])
        earlier = {entry.name: entry.id for entry in gone if entry.is_directory}
        for entry in come:
            below = f"{path}/{entry.name}"
            if entry.is_directory:
                self.add(entry.id, earlier.get(entry.name), below)
            elif entry.id in self._contents and entry.id not in self.placed:
                self._note(below, entry.id)

    def _note(self, path: str, identifier: str) -> None:
        self.placed.add(identifier)
        self.versions.setdefault(path, []).append(identifier)


def _compare(index: Path, contents: dict[str, tuple[int, bytes]], reader: ObjectReader) -> None:
    """Raise OSError unless a pack gives back exactly these objects."""
    try:
        found = dict(Pack(index).objects(reader))
    except (ValueError, Damaged) as error:
        raise OSError(errno.EIO, str(error)) from error
    if found != contents:
        raise OSError(errno.EIO, "the new pack does not give back what was written")
