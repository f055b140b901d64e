"""What a repair takes out of its place is kept, under its old name, with a note of where it was and why."""

import contextlib
import os
import time
from pathlib import Path

from gitstore.disk.files import Files


class Quarantine:
    """The folder of one repair, made when something is first put into it."""

    def __init__(self, files: Files, git_directory: Path, now: float) -> None:
        self._files = files
        self._git = git_directory
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        self.folder = git_directory / "gitstore" / "quarantine" / f"{stamp}-{os.urandom(3).hex()}"

    def move(self, name: str, why: str) -> None:
        """Take a file of the repository out of its place.

        Args:
            name: Relative to `.git`; one that is not there is none to move.
            why: For the note.

        Raises:
            OSError: It is where it was, or in the quarantine.
        """
        source = self._git / name
        if not os.path.lexists(source):
            return
        self._note(name, why)
        target = self._free(name)
        self._files.rename(source, target)
        self._files.flush_directory(target.parent)
        with contextlib.suppress(OSError):
            self._files.flush_directory(source.parent)

    def copy(self, name: str, why: str) -> None:
        """Keep a copy of a file of the repository that is about to be replaced. Raises OSError."""
        try:
            content = (self._git / name).read_bytes()
        except FileNotFoundError:
            return
        self.keep(name, content, why)

    def keep(self, name: str, content: bytes, why: str) -> None:
        """Keep some bytes: of a file of the repository, or of a file of the tree. Raises OSError."""
        self._note(name, why)
        target = self._free(name)
        self._files.write_new(target, content)
        self._files.flush_directory(target.parent)

    def _free(self, name: str) -> Path:
        target = self.folder / name
        self._files.make_directories(target.parent)
        number = 2
        while os.path.lexists(target):
            target = (self.folder / name).with_name(f"{Path(name).name}-{number}")
            number += 1
        return target

    def _note(self, name: str, why: str) -> None:
        self._files.make_directories(self.folder)
        descriptor = self._files.open_append(self.folder / "note.txt")
        try:
            self._files.write(descriptor, f"{name}: {why}\n".encode("utf-8", "replace"))
            self._files.flush(descriptor)
        finally:
            os.close(descriptor)
        self._files.flush_directory(self.folder)
