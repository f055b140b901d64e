"""Git's lock files, taken so that it can be proved whose they are.

Git locks `<file>` by creating `<file>.lock` and renames that over the file. We write a file of our own under
`gitstore/locks/` and link it to `<file>.lock`: as atomic for git, and after a crash the common inode tells
that the lock is ours. Locks are taken under the gate only, so one of ours that is found there belongs to a
process that died. A lock that is not ours is never removed.
"""

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

from gitstore.disk.files import Files
from gitstore.objects.batch import Batch


class Taken(Exception):
    """Somebody else holds the lock."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class GitLock:
    """The lock of one file, from `take` until `replace` or `release`."""

    def __init__(self, files: Files, git_directory: Path, target: Path) -> None:
        self._files = files
        self._folder = _folder_of(git_directory)
        self._target = target
        self._lock = _lock_of(target)
        self._own: str | None = None
        """The file of ours, which the lock is another name of once it is taken."""
        self._held = False

    def prepare(self, content: bytes, batch: Batch) -> None:
        """Write what the file shall hold before the lock is taken, so that it is flushed with other files.

        Raises:
            OSError: It could not be written; nothing was changed.
        """
        own = f"{self._folder}/{os.getpid()}-{os.urandom(6).hex()}"
        try:
            batch.write_new(own, content)
        except OSError:
            with contextlib.suppress(OSError):
                self._files.discard(own)
            raise
        self._own = own

    def take(self, content: bytes = b"", *, patience: float = 1.0) -> None:
        """Take the lock, with what the file shall hold if that is known already (then it is flushed).

        Args:
            content: Left out where `prepare` was called.
            patience: Seconds to wait for somebody else's.

        Raises:
            Taken: Another holds it, for longer than `patience` seconds.
            OSError: The lock could not be written; nothing was changed.
        """
        if self._own is None:
            with Batch(self._files) as batch:
                self.prepare(content, batch)
                if content:
                    self._flush(batch)
        assert self._own is not None  # noqa: S101
        try:
            until = time.monotonic() + patience
            pause = 0.002
            while not self._claim(self._own):
                if time.monotonic() >= until:
                    raise Taken(Path(self._lock))  # noqa: TRY301  the file of ours goes in any case
                time.sleep(pause)
                pause = min(pause * 2, 0.05)
        except (OSError, Taken):
            self._give_up()
            raise
        self._held = True

    def _flush(self, batch: Batch) -> None:
        try:
            batch.flush()
        except OSError:
            self._give_up()
            raise

    def _give_up(self) -> None:
        with contextlib.suppress(OSError):
            self._forget()

    def fill(self, content: Iterable[bytes | bytearray], batch: Batch) -> None:
        """Write what the file shall hold, where `take` could not know it yet; flushed with the batch.

        Args:
            content: In parts.
            batch: Flushed by the caller before `replace`.
        """
        assert self._own is not None  # noqa: S101
        descriptor = self._files.open_append(self._own)
        batch.add(descriptor)
        for part in content:
            self._files.write(descriptor, part)

    def replace_with(self, content: bytes) -> None:
        """Put a content, flushed, in place of the file's; the lock is free then."""
        with Batch(self._files) as batch:
            self.fill([content], batch)
            batch.flush()
        self.replace()

    def replace(self) -> None:
        """Put the lock's content in place of the file; the lock is free then."""
        self._files.rename(self._lock, self._target)
        self._held = False
        self._forget()

    def release(self) -> None:
        """Give the lock back without a change; what was only prepared is removed."""
        if self._held:
            self._files.discard(self._lock)
            self._held = False
        self._forget()

    def _forget(self) -> None:
        own, self._own = self._own, None
        if own is not None:
            self._files.discard(own)

    def abandon(self) -> None:
        """Leave the lock where it is: git stays out until the next who holds the gate takes it over."""
        self._own, self._held = None, False

    def _claim(self, own: str) -> bool:
        """Take the lock if it is free, or was left by one of ours: in one step, so that git never gets in."""
        try:
            self._files.link(own, self._lock)
        except FileExistsError:
            stale = _same(self._folder, self._lock, own)
            if stale is None:
                return False
            second = own + "-2"
            self._files.link(own, second)
            self._files.rename(second, self._lock)
            self._files.discard(stale)
        return True


def clear(files: Files, git_directory: Path, targets: list[Path]) -> None:
    """Remove the locks of some files that processes of ours left when they died; called under the gate.

    A power cut must not bring them back: nobody would look for them again once all else is done.
    """
    folder = _folder_of(git_directory)
    for target in targets:
        lock = _lock_of(target)
        if (stale := _same(folder, lock, None)) is not None:
            files.discard(lock)
            files.flush_directory(target.parent)
            files.discard(stale)


def is_ours(git_directory: Path, lock: Path) -> bool:
    """Say whether a lock was taken here, by a process of ours that works or died."""
    return _same(_folder_of(git_directory), str(lock), None) is not None


def left(git_directory: Path) -> bool:
    """Say whether there are files of ours that locks may be linked to."""
    return bool(_entries(_folder_of(git_directory)))


def sweep(files: Files, git_directory: Path, keep: Path) -> None:
    """Remove what is left of locks in our folder, except what proves that the lock of `keep` is ours."""
    lock = _lock_of(keep)
    kept = False
    for path in _entries(_folder_of(git_directory)):
        with contextlib.suppress(FileNotFoundError):
            if not kept and os.path.samefile(path, lock):  # noqa: PTH121  a path is made for none of them
                kept = True  # a power cut amid taking it over can leave two
                continue
        files.discard(path)


def _folder_of(git_directory: Path) -> str:
    return f"{git_directory}/gitstore/locks"


def _lock_of(target: Path) -> str:
    return f"{target}.lock"


def _same(folder: str, lock: str, own: str | None) -> str | None:
    """Return the file of ours that a lock was linked from; None if it is not ours, or not there."""
    try:
        found = os.stat(lock)  # noqa: PTH116  several at each turn
    except FileNotFoundError:
        return None
    for path in _entries(folder):
        with contextlib.suppress(FileNotFoundError):
            if path != own and os.path.samestat(os.stat(path), found):  # noqa: PTH116
                return path
    return None


def _entries(folder: str) -> list[str]:
    try:
        return [f"{folder}/{name}" for name in os.listdir(folder)]  # noqa: PTH208
    except FileNotFoundError:
        return []
