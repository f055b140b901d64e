"""A line on a terminal that says how far something is, once it takes more than a second."""

import time
from types import TracebackType
from typing import Self

from dexter.cli.screen.status_line import StatusLine

PATIENCE = 1.0
INTERVAL = 0.1


class Meter:
    """Shows progress on standard error if that is a terminal, and nothing elsewhere."""

    def __init__(self) -> None:
        self._line = StatusLine()
        self._next = time.monotonic() + PATIENCE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.clear()

    def __call__(self, what: str, done: int, whole: int) -> None:
        """Say how much of something is done; `whole` is 0 if that is not known."""
        if not self._line.live or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + INTERVAL
        of = f" of {whole}" if whole else ""
        self._line.draw(f"Looking at {what}: {done}{of}")
