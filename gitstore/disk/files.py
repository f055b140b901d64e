"""Every change that gitstore makes on a disk: the seam where tests stop, fail or record it.

Nothing in the package writes, renames, links or unlinks past this class. Reading is not its business.
"""

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

_BINARY: int = getattr(os, "O_BINARY", 0)
_NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)


class Files:
    """The disk as gitstore changes it. A subclass may count, record, fail or stop any call."""

    def create(self, path: str | Path, *, directory: int | None = None, mode: int = 0o666) -> int:
        """Make a new file and return its descriptor, open for writing at its end.

        Args:
            path: The file; relative to `directory` if that is given.
            directory: An open descriptor of a directory.
            mode: Permissions before the umask.

        Raises:
            FileExistsError: It is there already; nothing was changed.
            OSError: As the system says; nothing was changed.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | _NO_FOLLOW | _BINARY
        return os.open(path, flags, mode, dir_fd=directory)

    def open_append(self, path: str | Path, *, directory: int | None = None) -> int:
        """Open a file for writing at its end, making it if need be, and return its descriptor.

        Args:
            path: The file; relative to `directory` if that is given.
            directory: An open descriptor of a directory.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _NO_FOLLOW | _BINARY
        return os.open(path, flags, 0o666, dir_fd=directory)

    def open_beginning(self, path: str | Path) -> int:
        """Open a file that is there for writing over its beginning, and return its descriptor.

        Raises:
            FileNotFoundError: It is not there; none was made.
        """
        return os.open(path, os.O_WRONLY | _NO_FOLLOW | _BINARY)

    def write(self, descriptor: int, content: bytes | bytearray) -> None:
        """Write all of `content`.

        Raises:
            OSError: A part may be written.
        """
        with memoryview(content) as view:
            done = 0
            while done < len(view):
                done += os.write(descriptor, view[done:])

    def flush(self, descriptor: int) -> None:
        """Return when the file's content and length are on the disk."""
        if sys.platform == "darwin":  # fsync hands to the drive's cache only
            import fcntl  # noqa: PLC0415  absent on Windows

            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        elif hasattr(os, "fdatasync"):
            os.fdatasync(descriptor)
        else:
            os.fsync(descriptor)

    def flush_system(self) -> None:
        """Ask the system to write all that is not on the disk; the flushes that follow tell of failures."""
        if hasattr(os, "sync"):
            os.sync()

    def flush_directory(self, path: str | Path) -> None:
        """Return when the names in a directory are on the disk (where the system knows how to)."""
        if os.name == "nt":
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut an open file to `size` bytes."""
        os.ftruncate(descriptor, size)

    def rename(self, old: str | Path, new: str | Path, *, directory: int | None = None) -> None:
        """Put a file in place of `new`, a path in the open `directory` if that is given."""
        os.replace(old, new, dst_dir_fd=directory)

    def link(self, old: str | Path, new: str | Path) -> None:
        """Give a file a second name.

        Raises:
            FileExistsError: The name is taken; nothing was changed.
        """
        os.link(old, new)

    def unlink(self, path: str | Path, *, directory: int | None = None) -> None:
        """Remove a name of a file."""
        os.unlink(path, dir_fd=directory)

    def make_directory(self, path: str | Path, *, directory: int | None = None) -> None:
        """Make one directory.

        Raises:
            FileExistsError: The name is taken; nothing was changed.
        """
        os.mkdir(path, dir_fd=directory)

    def remove_directory(self, path: str | Path, *, directory: int | None = None) -> None:
        """Remove an empty directory."""
        os.rmdir(path, dir_fd=directory)

    # What follows is made of the calls above.

    def flush_all(self, descriptors: Sequence[int]) -> None:
        """Return when the contents and lengths of several files are on the disk.

        The system is asked to begin with all of them before the first is waited for: 48 small files take a
        third of the time.
        """
        if len(descriptors) > 1 and hasattr(os, "posix_fadvise"):
            for descriptor in descriptors:
                with contextlib.suppress(OSError):  # a hint
                    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        for descriptor in descriptors:
            self.flush(descriptor)

    def write_new(self, path: Path, content: bytes, *, flush: bool = True, mode: int = 0o666) -> None:
        """Make a file with this content; without `flush` a power cut may leave it empty or torn.

        Raises:
            FileExistsError: It is there already; nothing was changed.
            OSError: As the system says; a part of the file may be left.
        """
        descriptor = self.create(path, mode=mode)
        try:
            self.write(descriptor, content)
            if flush:
                self.flush(descriptor)
        finally:
            os.close(descriptor)

    def replace(self, path: Path, content: bytes, *, stage: Path) -> None:
        """Put a file in place of another: after a crash there is the old one or the new one, whole.

        Args:
            path: The file.
            content: All of what it shall hold.
            stage: A free path on the same file system, for the time of writing.
        """
        self.discard(stage)
        self.write_new(stage, content)
        self.rename(stage, path)
        self.flush_directory(path.parent)

    def discard(self, path: str | Path) -> None:
        """Remove a file if it is there."""
        with contextlib.suppress(FileNotFoundError):
            self.unlink(path)

    def make_directories(self, path: Path) -> None:
        """Make a directory and those above it, flushing each parent that got a new name."""
        if path.is_dir():
            return
        self.make_directories(path.parent)
        with contextlib.suppress(FileExistsError):
            self.make_directory(path)
        self.flush_directory(path.parent)

    def remove_tree(self, path: Path) -> None:
        """Remove a file, or a directory with all that is in it; links are removed, not followed."""
        if path.is_dir() and not path.is_symlink():
            for below in path.iterdir():
                self.remove_tree(below)
            self.remove_directory(path)
        else:
            self.discard(path)

    def overwrite(self, path: Path, content: bytes) -> None:
        """Write over the beginning of a file that is there, flushed; after a crash a part may be written.

        Raises:
            FileNotFoundError: It is not there; none was made.
        """
        descriptor = self.open_beginning(path)
        try:
            self.write(descriptor, content)
            self.flush(descriptor)
        finally:
            os.close(descriptor)
