"""Locks that the operating system frees when their owner dies: nobody ever has to remove one by hand."""

import os
from pathlib import Path

if os.name == "nt":
    import msvcrt

    def _lock(descriptor: int, *, wait: bool) -> None:
        os.lseek(descriptor, 0x7FFF_0000, os.SEEK_SET)  # a byte that no content reaches
        msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0x7FFF_0000, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]
else:
    import fcntl

    def _lock(descriptor: int, *, wait: bool) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def try_lock(descriptor: int) -> bool:
    """Take the lock of an open file if it is free, and say whether it is ours now."""
    try:
        _lock(descriptor, wait=False)
    except OSError:
        return False
    return True


def lock(descriptor: int) -> None:
    """Wait for the lock of an open file and take it. Closing the descriptor, or death, gives it back."""
    _lock(descriptor, wait=True)


def unlock(descriptor: int) -> None:
    """Give the lock of an open file back."""
    _unlock(descriptor)


def locked_by_another(path: Path) -> bool:
    """Say whether some living process holds the lock of a file; False if there is no such file."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)
