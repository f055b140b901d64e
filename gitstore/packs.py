"""Packs that gitstore writes, one per turn of the committer.

They are put in place so that neither a crash nor git's own garbage collection can take away what a branch is
about to name. Order of writing: pack and index complete and flushed in our stage folder (git removes strange
files from its own); `.keep` in place; pack renamed, then index; their folder flushed. The `.keep` goes once
the branch has moved.
"""

import contextlib
import hashlib
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from gitstore import deltas
from gitstore.files import Files
from gitstore.objects import TREE, identify

KEEP = b"gitstore: until the branch has moved\n"


class Packed(msgspec.Struct, frozen=True):
    """An object to be written: whole, or if that is shorter as a delta of one before it in the pack."""

    kind: int
    id: str
    content: bytes
    base: str | None = None


def encode(objects: Sequence[Packed], level: int = 1) -> tuple[str, bytes, bytes]:
    """Return name, pack and index of some objects.

    Args:
        objects: Each id once, a base before what is a delta of it.
        level: Of zlib; trees are mostly ids, which do not compress, and get 1 at most.

    Returns:
        The checksum that names the pack, the content of `.pack`, and that of `.idx`.
    """
    parts = [b"PACK" + struct.pack(">II", 2, len(objects))]
    size = len(parts[0])
    places: dict[str, int] = {}
    contents: dict[str, bytes] = {}
    rows = []
    for item in objects:
        places[item.id] = size
        contents[item.id] = item.content
        delta = None if item.base is None else deltas.make(contents[item.base], item.content)
        if item.base is not None and delta is not None and len(delta) < len(item.content):
            piece = _header(6, len(delta)) + _back(size - places[item.base]) + zlib.compress(delta, level)
        else:
            piece = _header(item.kind, len(item.content))
            piece += zlib.compress(item.content, min(level, 1) if item.kind == TREE else level)
        rows.append((bytes.fromhex(item.id), zlib.crc32(piece), size))
        parts.append(piece)
        size += len(piece)
    body = b"".join(parts)
    checksum = hashlib.sha1(body, usedforsecurity=False).digest()
    return checksum.hex(), body + checksum, _index(sorted(rows), checksum)


def packed(kind: int, content: bytes, base: str | None = None) -> Packed:
    """Return an object with its id."""
    return Packed(kind, identify(kind, content), content, base)


def install(
    files: Files,
    git_directory: Path,
    pack: tuple[str, bytes, bytes],
    check: Callable[[Path], None] | None = None,
) -> str:
    """Put a pack where git finds it, flushed and guarded by a `.keep`, and return its name ("pack-...").

    Args:
        files: The disk.
        git_directory: `.git`.
        pack: As `encode` made it.
        check: Called with the index of the finished pack before git can see it; may raise OSError.

    Raises:
        OSError: It could not be written; git does not see it, or sees it as any other pack.
    """
    checksum, content, index = pack
    name = f"pack-{checksum}"
    stage, folder = git_directory / "gitstore" / "stage", git_directory / "objects" / "pack"
    files.make_directories(stage)
    files.make_directories(folder)
    try:
        for suffix, text in ((".pack", content), (".idx", index)):
            files.discard(stage / (name + suffix))
            files.write_new(stage / (name + suffix), text)
        if check is not None:
            check(stage / (name + ".idx"))
        guard = git_directory / "gitstore" / "keep"
        if not guard.exists():
            files.replace(guard, KEEP, stage=stage / "keep")
        files.discard(folder / (name + ".keep"))
        files.link(
            guard, folder / (name + ".keep")
        )  # never empty after a power cut: its content was flushed once
        files.rename(stage / (name + ".pack"), folder / (name + ".pack"))
        files.rename(stage / (name + ".idx"), folder / (name + ".idx"))
        files.flush_directory(folder)
    except OSError:
        with contextlib.suppress(OSError):
            withdraw(files, git_directory, name)
        raise
    return name


def withdraw(files: Files, git_directory: Path, name: str) -> None:
    """Give up a pack that no branch came to name.

    One that git saw with its `.keep` is not removed: git's garbage collection takes a kept pack for the home
    of what is in it, and may have deleted the only other copy of an object that both the pack and the
    history have. Without the `.keep` it is a pack like any other, and git drops what nothing names.
    """
    folder, stage = git_directory / "objects" / "pack", git_directory / "gitstore" / "stage"
    if not (folder / (name + ".idx")).exists():
        files.discard(folder / (name + ".pack"))
    files.discard(folder / (name + ".keep"))
    for suffix in (".idx", ".pack"):
        files.discard(stage / (name + suffix))


def release(files: Files, git_directory: Path, name: str) -> None:
    """Let git treat a pack as any other: the branch names its objects now."""
    files.discard(git_directory / "objects" / "pack" / (name + ".keep"))


def remove(files: Files, git_directory: Path, name: str) -> None:
    """Take a pack away whose objects are all in another: the index first, as nothing needs a pack alone."""
    for suffix in (".idx", ".rev", ".bitmap", ".mtimes", ".pack"):
        files.discard(git_directory / "objects" / "pack" / (name + suffix))


def halves(git_directory: Path) -> list[Path]:
    """Return packs without an index and indexes without a pack: what a power cut may leave of a new pack."""
    folder = git_directory / "objects" / "pack"
    found = {path for path in folder.glob("pack-*") if path.suffix in {".pack", ".idx"}}
    other = {".pack": ".idx", ".idx": ".pack"}
    return sorted(path for path in found if path.with_suffix(other[path.suffix]) not in found)


def guarded(git_directory: Path) -> list[str]:
    """Return the names of the packs that carry a `.keep` of ours."""
    folder = git_directory / "objects" / "pack"
    return [path.stem for path in folder.glob("pack-*.keep") if path.read_bytes() == KEEP]


def _header(kind: int, size: int) -> bytes:
    first, size = kind << 4 | size & 15, size >> 4
    out = bytearray()
    while size:
        out.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    out.append(first)
    return bytes(out)


def _back(distance: int) -> bytes:
    out = [distance & 0x7F]
    while distance := distance >> 7:
        distance -= 1
        out.append(distance & 0x7F | 0x80)
    return bytes(reversed(out))


def _index(rows: list[tuple[bytes, int, int]], checksum: bytes) -> bytes:
    counts = [0] * 256
    for raw, _, _ in rows:
        counts[raw[0]] += 1
    total, fan = 0, []
    for count in counts:
        total += count
        fan.append(total)
    large = [offset for _, _, offset in rows if offset > 0x7FFF_FFFF]
    ranks = {offset: 0x8000_0000 | at for at, offset in enumerate(large)}
    body = b"".join(
        (
            b"\377tOc\0\0\0\2",
            struct.pack(">256I", *fan),
            b"".join(raw for raw, _, _ in rows),
            struct.pack(f">{len(rows)}I", *(crc for _, crc, _ in rows)),
            struct.pack(f">{len(rows)}I", *(ranks.get(offset, offset) for _, _, offset in rows)),
            struct.pack(f">{len(large)}Q", *large),
            checksum,
        )
    )
    return body + hashlib.sha1(body, usedforsecurity=False).digest()
