"""Files that are written one after the other and flushed together, which costs little more than one alone."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from gitstore.disk.files import Files


class Batch:
    """Files that are written and not yet flushed; a context manager that closes those that are still open."""

    def __init__(self, files: Files, *, flush: bool = True) -> None:
        """Begin without files.

        Args:
            files: The disk.
            flush: False to let `flush` only close them: what they hold can be made again.
        """
        self.files = files
        self._flush = flush
        self._open: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def add(self, descriptor: int) -> None:
        """Take over a file that was written."""
        self._open.append(descriptor)

    def write_new(self, path: str | Path, content: bytes, mode: int = 0o666) -> None:
        """Make a file with this content, in place of what a crash may have left under its name.

        Args:
            path: The file; the directory is made if need be.
            content: All that it shall hold. Until `flush`, a power cut may leave it empty or torn.
            mode: Permissions before the umask.

        Raises:
            OSError: As the system says; a part of the file may be left.
        """
        try:
            descriptor = self.files.create(path, mode=mode)
        except FileExistsError:
            self.files.discard(path)
            descriptor = self.files.create(path, mode=mode)
        except FileNotFoundError:
            self.files.make_directories(Path(path).parent)
            descriptor = self.files.create(path, mode=mode)
        self._open.append(descriptor)
        self.files.write(descriptor, content)

    def flush(self) -> None:
        """Return when all that was written is on the disk, and close it.

        Raises:
            OSError: Some of it may be there, some not.
        """
        try:
            if self._flush:
                self.files.flush_all(self._open)
        finally:
            self._close()

    def _close(self) -> None:
        descriptors, self._open = self._open, []
        for descriptor in descriptors:
            os.close(descriptor)
