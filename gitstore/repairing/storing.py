"""Objects that were found again are written into new packs, in portions that fit into memory."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from gitstore.checking.salvage import contents, open_pack
from gitstore.checking.sources import Found
from gitstore.disk.files import Files
from gitstore.errors import Damaged, ObjectMissing
from gitstore.kinds import TREE
from gitstore.objects import packfolder, packs
from gitstore.objects.packs import Packed

_PORTION = 32 << 20
_LONG = 4096


def store(files: Files, git: Path, objects: Iterable[Found], done: Callable[[Found], None]) -> list[str]:
    """Write objects where git finds them, flushed; return the names of the packs, each guarded by a `.keep`.

    Raises:
        OSError: The disk is full or failed; what was written before is there.
    """
    names = []
    for portion in _portions(objects):
        names.append(packfolder.install(files, git, _encoded(git, _arranged(portion))))
        for item in portion:
            done(item)
    return names


def sound_objects(
    pack: Path, wanted: Callable[[bytes], bool], outside: Callable[[bytes], tuple[int, bytes]]
) -> Iterator[Found]:
    """Yield what can be had from a damaged pack: what its index names, or without an index everything.

    Args:
        pack: The file.
        wanted: Whether an object is of interest, by its raw id.
        outside: Reads a base that lies elsewhere.
    """
    try:
        opened, starts = open_pack(pack)
    except (OSError, Damaged):
        return

    def beyond(raw: bytes) -> tuple[int, bytes]:
        try:
            return outside(raw)
        except (Damaged, RecursionError):
            raise ObjectMissing(raw.hex(), raw.hex()) from None

    for raw, kind, content in contents(opened, beyond, starts):
        if wanted(raw):
            yield Found(raw, kind, content, f"the pack {pack.name}")


def _encoded(git: Path, objects: list[Packed]) -> tuple[str, bytes, bytes]:
    """Return a pack under a name that no file has: it must not take the place of a damaged one."""
    for level in (1, 6, 9, 0):
        pack = packs.pack_of(objects, level)
        if not list((git / "objects" / "pack").glob(f"pack-{pack[0]}.*")):
            break
    return pack


def _portions(objects: Iterable[Found]) -> Iterator[list[Found]]:
    portion: list[Found] = []
    size = 0
    for item in objects:
        portion.append(item)
        size += len(item.content)
        if size > _PORTION:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _arranged(portion: list[Found]) -> list[Packed]:
    """Return objects for a pack: long ones as deltas of the one before that begins alike."""
    bases: dict[tuple[int, bytes], str] = {}
    depth: dict[str, int] = {}
    found = []
    for item in portion:
        identifier = item.raw.hex()
        base = None
        if len(item.content) > _LONG:
            key = (item.kind, item.content[:64])
            base = bases.get(key)
            depth[identifier] = depth[base] + 1 if base else 0
            if item.kind == TREE and depth[identifier] < 40:
                bases[key] = identifier
            else:
                bases.setdefault(key, identifier)
        found.append(Packed(item.kind, identifier, item.content, base))
    return found
