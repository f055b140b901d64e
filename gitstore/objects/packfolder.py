"""The folder of packs: how one that gitstore made gets there, and how one goes.

They are put in place so that neither a crash nor git's own garbage collection can take away what a branch is
about to name. Order of writing: pack and index complete and flushed in our stage folder (git removes strange
files from its own); `.keep` in place; pack renamed, then index; their folder flushed. The `.keep` goes once
the branch has moved.
"""

import contextlib
import errno
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gitstore.disk.files import Files
from gitstore.objects.batch import Batch
from gitstore.objects.packs import Piece, encode

KEEP = b"gitstore: until the branch has moved\n"
_EMPTY = b"\0\0\0\xff\xff"
"""A block of a compressed stream that holds nothing."""


def encode_anew(git_directory: Path, items: Sequence[Piece]) -> tuple[str, bytes, bytes]:
    """Return what `encode` does, with a name that no pack has which is there.

    A turn that is taken again, because who took it died before the branch had moved, may come to the same
    pack. Git's garbage collection, at work since before, may have listed that as one that nothing needs, and
    removes it by its name in the end, whoever has put it there meanwhile.
    """
    pack = encode(items)
    blanks = 0
    while _is_taken(f"{git_directory}/objects/pack/pack-{pack[0]}"):
        blanks += 1
        first = items[0]
        stream = first.stream[:2] + _EMPTY * blanks + first.stream[2:]
        pack = encode([msgspec.structs.replace(first, stream=stream), *items[1:]])
    return pack


def _is_taken(path: str) -> bool:
    return any(os.path.exists(path + suffix) for suffix in (".pack", ".idx"))  # noqa: PTH110  at each turn


def stage(batch: Batch, git_directory: Path, pack: tuple[str, bytes, bytes]) -> str:
    """Write a pack aside, where git does not see it, and return its name ("pack-...").

    Args:
        batch: Flushed by the caller before `put`.
        git_directory: `.git`.
        pack: As `encode` made it.

    Raises:
        OSError: It could not be written; `withdraw` clears up.
    """
    checksum, content, index = pack
    name = f"pack-{checksum}"
    batch.write_new(f"{git_directory}/gitstore/stage/{name}.pack", content)
    batch.write_new(f"{git_directory}/gitstore/stage/{name}.idx", index)
    return name


def put(files: Files, git_directory: Path, name: str) -> None:
    """Put a pack that was staged and flushed where git finds it, guarded by a `.keep`.

    Raises:
        OSError: Git does not see it, or sees it as any other pack; `withdraw` clears up.
    """
    staged, path = f"{git_directory}/gitstore/stage/{name}", f"{git_directory}/objects/pack/{name}"
    try:
        _guard(files, git_directory, path)
    except FileExistsError:
        files.discard(path + ".keep")
        _guard(files, git_directory, path)
    except FileNotFoundError:
        _prepare(files, git_directory)
        _guard(files, git_directory, path)
    files.rename(staged + ".pack", path + ".pack")
    files.rename(staged + ".idx", path + ".idx")
    files.flush_directory(f"{git_directory}/objects/pack")


def _guard(files: Files, git_directory: Path, path: str) -> None:
    """Give the `.keep` of all packs a further name: never empty after a power cut, as it was flushed once."""
    files.link(f"{git_directory}/gitstore/keep", path + ".keep")


def _prepare(files: Files, git_directory: Path) -> None:
    """Make what `put` needs and a repository has lost, or never had."""
    ours = git_directory / "gitstore"
    files.make_directories(git_directory / "objects" / "pack")
    if not (ours / "keep").exists():
        files.replace(ours / "keep", KEEP, stage=ours / "stage" / "keep")


def install(
    files: Files, git_directory: Path, pack: tuple[str, bytes, bytes], *, read_back: bool = False
) -> str:
    """Put a pack where git finds it, flushed and guarded by a `.keep`, and return its name ("pack-...").

    Args:
        files: The disk.
        git_directory: `.git`.
        pack: As `encode` made it.
        read_back: Whether to compare what was written before git can see it: because others go for it.

    Raises:
        OSError: It could not be written; git does not see it, or sees it as any other pack.
    """
    name = f"pack-{pack[0]}"
    try:
        with Batch(files) as batch:
            stage(batch, git_directory, pack)
            batch.flush()
        staged = git_directory / "gitstore" / "stage" / (name + ".pack")
        if read_back and staged.read_bytes() != pack[1]:
            raise OSError(errno.EIO, "a pack is not what was written")  # noqa: TRY301  it is withdrawn
        put(files, git_directory, name)
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
    files.discard(f"{git_directory}/objects/pack/{name}.keep")


def remove(files: Files, git_directory: Path, name: str) -> None:
    """Take a pack away whose objects are all in another: the index first, as nothing needs a pack alone."""
    for suffix in (".idx", ".rev", ".bitmap", ".mtimes", ".pack"):
        files.discard(f"{git_directory}/objects/pack/{name}{suffix}")


def unfinished(git_directory: Path) -> tuple[list[str], list[Path]]:
    """Return the names of packs with a `.keep` of ours, and packs or indexes without the other.

    The latter are what a power cut may leave of a new pack.
    """
    folder = git_directory / "objects" / "pack"
    names = set(os.listdir(folder))  # noqa: PTH208  at each turn
    guarded, halves = [], []
    for name in sorted(names):
        stem, suffix = name[:-5], name[-5:]
        if not name.startswith("pack-"):
            continue
        if suffix == ".keep":
            if (folder / name).read_bytes() == KEEP:
                guarded.append(stem)
        elif suffix == ".pack":
            if stem + ".idx" not in names:
                halves.append(folder / name)
        elif suffix.endswith(".idx") and name[:-4] + ".pack" not in names:
            halves.append(folder / name)
    return guarded, halves


def forget_joint_index(files: Files, git_directory: Path) -> None:
    """Remove git's index of several packs, which names each of them; git does without, and makes it again."""
    folder = git_directory / "objects" / "pack"
    if (folder / "multi-pack-index").exists():
        files.discard(folder / "multi-pack-index")
        for path in folder.glob("multi-pack-index-*"):
            files.discard(path)
