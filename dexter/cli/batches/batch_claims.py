"""Which rows of batches this process is asking, so that no other one of the home asks them meanwhile.

A row is one byte of one file in the home, locked as long as its question runs. Such a lock dies with its
process, and leaves nothing behind that somebody would have to remove.
"""

import fcntl
import os
from types import TracebackType
from typing import Self

from dexter.errors import HomeUnusable
from dexter.paths import Home

_PLACES = 2**62


class Claims:
    """The rows that this process holds. One object a process: a second one that closes would let them go."""

    def __init__(self, home: Home) -> None:
        """Raises HomeUnusable if the home can't be made."""
        home.create()
        try:
            self._file = os.open(home.batch_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise HomeUnusable(home.root, error.strerror or str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def take(self, key: str) -> bool:
        """Whether the row is ours now; False while another process has it."""
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(key))
        except OSError:
            return False
        return True

    def give_back(self, key: str) -> None:
        """Let others have the row."""
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _place(key))


def _place(key: str) -> int:
    return int(key, 16) % _PLACES
