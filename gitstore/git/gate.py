"""One committer at a time: a lock on a file that the system frees when its owner dies."""

import os
import time
from pathlib import Path
from types import TracebackType

from gitstore.disk import locking
from gitstore.disk.files import Files


class Gate:
    """The gate of one repository: `try_enter` or `wait`, then a context manager that leaves it again."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files = files
        self._path = folder / "gate"
        self._descriptor: int | None = None
        self.inside = False
        """Whether we have entered."""

    def try_enter(self) -> bool:
        """Enter if nobody is inside. Raises OSError if the gate's file cannot be made."""
        if self._descriptor is None:
            self._files.make_directories(self._path.parent)
            self._descriptor = self._files.open_append(self._path)
        self.inside = locking.try_lock(self._descriptor)
        return self.inside

    def wait(self, patience: float) -> bool:
        """Enter as soon as nobody is inside; give up after `patience` seconds."""
        until = time.monotonic() + patience
        pause = 0.001
        while not self.try_enter():
            if time.monotonic() > until:
                return False
            time.sleep(pause)
            pause = min(pause * 1.5, 0.02)
        return True

    def __enter__(self) -> None:
        assert self.inside  # noqa: S101

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Let others in."""
        self.inside = False
        if self._descriptor is not None:
            locking.unlock(self._descriptor)

    def close(self) -> None:
        """Leave, and close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
