"""Folders of exchanges with remotes whose owners died: who finds them removes them.

Each lies in `gitstore/fetching/` and has a file beside it that its owner's process holds locked.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from gitstore.disk import locking
from gitstore.disk.files import Files

OWNER = ".owner"


def sweep(files: Files, above: Path, *, keep: Callable[[Path], bool]) -> None:
    """Remove what dead owners left in a folder, and the folder once it is empty.

    One that is just being made has its owner's file first. After a crash the rest is left, for the next time.

    Args:
        files: The disk.
        above: The folder; it need not be there.
        keep: Says of an owner's file, which need not be there, whether to leave all that is its own.
    """
    if not os.path.exists(above):  # noqa: PTH110  at each turn
        return
    with contextlib.suppress(OSError):
        for name in os.listdir(above):  # noqa: PTH208  names alone
            owner = above / (name if name.endswith(OWNER) else name + OWNER)
            if not keep(owner):
                _remove(files, owner)
        files.remove_directory(above)  # fails while another is at work there


def _remove(files: Files, owner: Path) -> None:
    """Remove a folder and its owner's file, unless the owner lives.

    The lock is held meanwhile: an owner that is about to take it finds out then that its file is gone.
    """
    try:
        descriptor = os.open(owner, os.O_RDONLY)
    except FileNotFoundError:
        descriptor = None
    try:
        if descriptor is None or locking.try_lock(descriptor):
            files.remove_tree(owner.with_name(owner.name.removesuffix(OWNER)))
            files.discard(owner)
    finally:
        if descriptor is not None:
            os.close(descriptor)
