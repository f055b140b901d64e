"""Disks of which a call fails: one that changes something, or one that only reads."""

import builtins
import contextlib
import errno
import io
import mmap
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self
from unittest import mock

from tests.support.stores import FailingFiles

NUMBERS = (
    errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EINTR, errno.EROFS,
)  # fmt: skip
READING = (errno.EIO, errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EINTR)


class TearingFiles(FailingFiles):
    """A disk that fails once a part of what it was given is written, as many bytes as there are."""

    def meet(self, do: Callable[[], Any], write: tuple[int, bytes] | None) -> Any:
        failing = self.count == self.at or (self.for_good and self.count > self.at)
        if failing and write is not None:
            with contextlib.suppress(OSError):
                os.write(write[0], write[1][:-1])
            raise OSError(self.number, os.strerror(self.number))
        return super().meet(do, write)


@contextlib.contextmanager
def short_writes(most: int) -> Iterator[None]:
    """Let the system take a few bytes of each write, as it may."""
    plain = os.write
    with mock.patch.object(os, "write", lambda descriptor, content: plain(descriptor, content[:most])):
        yield


class FailingReads:
    """While it is entered, the Nth reading call below a folder fails, once or from then on."""

    def __init__(self, folder: Path, at: int, number: int, *, for_good: bool, late: bool = False) -> None:
        """Prepare the failure.

        Args:
            folder: Only what is in it fails.
            at: Which call.
            number: How.
            for_good: Whether all later ones fail, too.
            late: Whether a file can be opened and fails when it is read.
        """
        self.count = 0
        self._folder = os.fspath(folder)
        self._at = at
        self._number = number
        self._for_good = for_good
        self._late = late
        self._stack = contextlib.ExitStack()

    @property
    def met(self) -> bool:
        """Whether there were so many calls."""
        return self.count >= self._at

    def __enter__(self) -> Self:
        for owner, name in (
            (io, "open"), (os, "open"), (os, "listdir"), (os, "scandir"), (os, "stat"), (os, "lstat"),
            (mmap, "mmap"),
        ):  # fmt: skip
            if name != "stat" or self._number not in {errno.EMFILE, errno.ENFILE}:
                patch = mock.patch.object(
                    owner, name, self._failing(getattr(owner, name), f"{owner.__name__}.{name}")
                )
                self._stack.enter_context(patch)
        self._stack.enter_context(mock.patch.object(builtins, "open", io.open))
        return self

    def __exit__(self, *ended: object) -> None:
        self._stack.close()

    def _fails(self, path: Any) -> bool:
        if isinstance(path, int):
            with contextlib.suppress(OSError):
                path = os.readlink(f"/proc/self/fd/{path}")
        try:
            text = os.fspath(path)
        except TypeError:
            return False
        if not str(text).startswith(self._folder):
            return False
        self.count += 1
        return self.count == self._at or (self._for_good and self.count > self._at)

    def _failing(self, plain: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if name == "os.open" and len(arguments) > 1 and arguments[1] & os.O_CREAT:
                return plain(*arguments, **options)  # the business of FailingFiles
            first = arguments[0] if arguments else "."
            if name == "io.open" and isinstance(first, int) and not self._late:
                return plain(*arguments, **options)  # it is open already
            if options.get("dir_fd") is not None:
                first = f"{self._folder}/{first}"
            if not self._fails(first):
                return plain(*arguments, **options)
            if self._late and name == "io.open":
                return _Unreadable(plain(*arguments, **options), self._number)
            raise OSError(self._number, os.strerror(self._number), str(first))

        return call


class _Unreadable:
    """An open file that cannot be read."""

    def __init__(self, file: Any, number: int) -> None:
        self._file = file
        self._number = number

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self._file.close()

    def read(self, *size: int) -> bytes:
        del size
        raise OSError(self._number, os.strerror(self._number))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
