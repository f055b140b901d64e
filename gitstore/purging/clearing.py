"""What is not needed any more is removed: packs and loose objects of before, and what told of them.

Only what was there when the history was looked at: what somebody adds meanwhile stays.
"""

import contextlib
import os
from pathlib import Path

import msgspec

from gitstore.changes import journal
from gitstore.disk.files import Files
from gitstore.objects import packfolder
from gitstore.purging.eraser import Eraser
from gitstore.turns import consolidation

_ERASED = 20
"""The type of the frame that takes the place of what was in a journal."""
_HEAD = 13
_TELLING = (
    "ORIG_HEAD",
    "FETCH_HEAD",
    "COMMIT_EDITMSG",
    "MERGE_MSG",
    "SQUASH_MSG",
    "TAG_EDITMSG",
    "NOTES_EDITMSG",
    "gc.log",
)
"""Files of git's that name old commits or hold their messages, and that nothing needs."""


class Objects(msgspec.Struct, frozen=True):
    """The files that hold objects at some moment."""

    packs: tuple[str, ...]
    """Names without suffix."""
    loose: tuple[str, ...]
    """Ids."""
    ids: frozenset[str]
    """Of all objects in them."""


def clear_objects(files: Files, git: Path, before: Objects, name: str) -> None:
    """Remove packs and loose objects; after a crash some may be left, and doing it again is right.

    Args:
        files: The disk.
        git: `.git`.
        before: What there was.
        name: The pack that has all that is needed.
    """
    folder = git / "objects"
    packfolder.forget_joint_index(files, git)
    files.discard(folder / "info" / "commit-graph")
    for names in ("info/commit-graphs", "pack/multi-pack-index.d"):
        if (folder / names).is_dir():
            files.remove_tree(folder / names)
    old = [each for each in before.packs if each != name]
    consolidation.note(files, git, name, old)  # or half a pack might be left that nobody knows of
    for each in old:
        packfolder.remove(files, git, each)
        for suffix in (".keep", ".promisor"):
            files.discard(folder / "pack" / f"{each}{suffix}")
    for path in (folder / "pack").glob("tmp_*"):  # of a git that died; what one writes is locked by a .keep
        with contextlib.suppress(OSError):
            files.discard(path)
    for each in before.loose:
        files.discard(folder / each[:2] / each[2:])
    for each in sorted({"pack", "info", *(each[:2] for each in before.loose)}):
        if (folder / each).is_dir():
            files.flush_directory(folder / each)
    consolidation.finish(files, git)


def clear_traces(files: Files, git: Path, eraser: Eraser) -> None:
    """Remove what names commits of before, or holds something that must be nowhere: reflogs above all."""
    if (git / "logs").is_dir():
        files.remove_tree(git / "logs")
    for name in _TELLING:
        files.discard(git / name)
    quarantine = git / "gitstore" / "quarantine"
    for folder, _, names in os.walk(quarantine):
        for name in names:
            path = Path(folder, name)
            if eraser.holds(path.read_bytes()):
                files.discard(path)
                files.flush_directory(folder)
    files.flush_directory(git)


def erase_journals(files: Files, folder: Path, offsets: dict[str, int]) -> None:
    """Overwrite what is in git of the journals of living processes; they go on at their ends.

    Nobody reads there again: the log of turns says how far each is in git.
    """
    for path in journal.list_journals(folder):
        taken = offsets.get(path.name, 0)
        if taken >= _HEAD:
            with contextlib.suppress(FileNotFoundError):
                files.overwrite(path, journal.frame(_ERASED, bytes(taken - _HEAD)))
