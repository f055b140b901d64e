"""Git's lock files, taken so that it can be proved whose they are.

Git locks `<file>` by creating `<file>.lock` and renames that over the file. We write a file of our own under
`gitstore/locks/` and link it to `<file>.lock`: as atomic for git, and after a crash the common inode tells
that the lock is ours. Locks are taken under the gate only, so one of ours that is found there belongs to a
process that died. A lock that is not ours is never removed.
"""

import contextlib
import os
import time
from pathlib import Path

from gitstore.files import Files


class Taken(Exception):
    """Somebody else holds the lock."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class GitLock:
    """The lock of one file, from `take` until `replace` or `release`."""

    def __init__(self, files: Files, git_directory: Path, target: Path) -> None:
        self._files = files
        self._folder = git_directory / "gitstore" / "locks"
        self._target = target
        self._lock = target.with_name(target.name + ".lock")
        self._own: Path | None = None

    def take(self, content: bytes = b"", *, patience: float = 1.0) -> None:
        """Take the lock, with what the file shall hold if that is known already (then it is flushed).

        Raises:
            Taken: Another holds it, for longer than `patience` seconds.
            OSError: The lock could not be written; nothing was changed.
        """
        self._files.make_directories(self._folder)
        own = self._folder / f"{os.getpid()}-{os.urandom(6).hex()}"
        try:
            self._files.write_new(own, content, flush=bool(content))
            until = time.monotonic() + patience
            pause = 0.002
            while not self._claim(own):
                if time.monotonic() >= until:
                    raise Taken(self._lock)  # noqa: TRY301  the file of ours goes in any case
                time.sleep(pause)
                pause = min(pause * 2, 0.05)
        except (OSError, Taken):
            with contextlib.suppress(OSError):
                self._files.discard(own)
            raise
        self._own = own

    def fill(self, content: bytes) -> None:
        """Write and flush what the file shall hold, where `take` could not know it yet."""
        assert self._own is not None  # noqa: S101
        descriptor = self._files.open_append(self._own)
        try:
            self._files.write(descriptor, content)
            self._files.flush(descriptor)
        finally:
            os.close(descriptor)

    def replace(self) -> None:
        """Put the lock's content in place of the file; the lock is free then."""
        self._files.rename(self._lock, self._target)
        self._forget()

    def release(self) -> None:
        """Give the lock back without a change."""
        if self._own is not None:
            self._files.discard(self._lock)
            self._forget()

    def _forget(self) -> None:
        own, self._own = self._own, None
        if own is not None:
            self._files.discard(own)

    def abandon(self) -> None:
        """Leave the lock where it is: git stays out until the next who holds the gate takes it over."""
        self._own = None

    def _claim(self, own: Path) -> bool:
        """Take the lock if it is free, or was left by one of ours: in one step, so that git never gets in."""
        try:
            self._files.link(own, self._lock)
        except FileExistsError:
            stale = _same(self._folder, self._lock, own)
            if stale is None:
                return False
            second = own.with_name(own.name + "-2")
            self._files.link(own, second)
            self._files.rename(second, self._lock)
            self._files.discard(stale)
        return True


def clear(files: Files, git_directory: Path, targets: list[Path]) -> None:
    """Remove the locks of some files that processes of ours left when they died; called under the gate."""
    folder = git_directory / "gitstore" / "locks"
    for target in targets:
        lock = target.with_name(target.name + ".lock")
        if (stale := _same(folder, lock, None)) is not None:
            files.discard(lock)
            files.discard(stale)


def is_ours(git_directory: Path, lock: Path) -> bool:
    """Say whether a lock was taken here, by a process of ours that works or died."""
    return _same(git_directory / "gitstore" / "locks", lock, None) is not None


def sweep(files: Files, git_directory: Path, keep: Path) -> None:
    """Remove what is left of locks in our folder, except what proves that the lock of `keep` is ours."""
    lock = keep.with_name(keep.name + ".lock")
    for path in _entries(git_directory / "gitstore" / "locks"):
        with contextlib.suppress(FileNotFoundError):
            if lock.exists() and path.samefile(lock):
                continue
        files.discard(path)


def _same(folder: Path, lock: Path, own: Path | None) -> Path | None:
    """Return the file of ours that a lock was linked from; None if it is not ours, or not there."""
    try:
        found = lock.stat()
    except FileNotFoundError:
        return None
    for path in _entries(folder):
        with contextlib.suppress(FileNotFoundError):
            if path != own and os.path.samestat(path.stat(), found):
                return path
    return None


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []
