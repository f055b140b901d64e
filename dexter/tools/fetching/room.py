"""Keeps the cache within its bounds: what was not used for longest goes."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

STAGED = ".staged-"
"""How the name of a file begins that is being written."""
_FORGOTTEN = 3600.0
"""Seconds after which a file that is being written belongs to nobody any more."""
_AFTERWARDS = 0.8
"""Of the bound: what is left after making room, so that not every answer has to make some."""


def make_room(folder: Path, most: int) -> int:
    """Delete the files that were used least recently until the rest has at most 80% of `most` bytes.

    Nothing is deleted as long as all have at most `most`. Other processes may read, write and delete
    meanwhile.

    Args:
        folder: The cache; it need not exist.
        most: Bytes.

    Returns:
        How many bytes are left.
    """
    now = time.time()
    files: list[tuple[float, int, str]] = []
    for entry in _files(str(folder)):
        with suppress(OSError):
            found = entry.stat(follow_symlinks=False)
            if entry.name.startswith(STAGED):
                if now - found.st_mtime > _FORGOTTEN:
                    os.unlink(entry.path)  # noqa: PTH108  as scandir gives it
            elif entry.name.endswith(".json"):
                files.append((found.st_mtime, found.st_size, entry.path))
    total = sum(size for _, size, _ in files)
    if total <= most:
        return total
    for _, size, path in sorted(files):
        if total <= most * _AFTERWARDS:
            break
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108
        total -= size
    return total


def _files(folder: str) -> Iterator[os.DirEntry[str]]:
    """Every file below a folder; links are not followed."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif entry.is_file(follow_symlinks=False):
                yield entry
