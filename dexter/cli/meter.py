"""A line on a terminal that says how far something is, once it takes more than a second."""

import sys
import time
from types import TracebackType
from typing import Self

PATIENCE = 1.0
INTERVAL = 0.1
_START_OF_LINE = "\r\x1b[K"


class Meter:
    """Shows progress on standard error if that is a terminal, and nothing elsewhere."""

    def __init__(self) -> None:
        self._stream = sys.stderr if sys.stderr is not None and sys.stderr.isatty() else None
        self._next = time.monotonic() + PATIENCE
        self._drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            self._write(_START_OF_LINE)

    def __call__(self, what: str, done: int, whole: int) -> None:
        """Say how much of something is done; `whole` is 0 if that is not known."""
        if self._stream is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + INTERVAL
        self._drawn = True
        of = f" of {whole}" if whole else ""
        self._write(f"{_START_OF_LINE}Looking at {what}: {done}{of}")

    def _write(self, text: str) -> None:
        if self._stream is not None:
            try:
                self._stream.write(text)
                self._stream.flush()
            except (OSError, ValueError):
                self._stream = None
