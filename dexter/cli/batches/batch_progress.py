"""One line on standard error that says how far a batch is, if a person is there to read it."""

import asyncio
import time
from types import TracebackType
from typing import Self

from dexter.cli.screen.status_line import StatusLine

_INTERVAL = 0.5


class BatchProgress:
    """While entered, in a running event loop, keeps the line up to date; gone when it is left."""

    def __init__(self, questions: int) -> None:
        self._line = StatusLine()
        self._questions = questions
        self._complete = self._before = self._failed = self._running = 0
        self._began = time.monotonic()
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        if self._line.live:
            self._task = asyncio.get_running_loop().create_task(self._tick())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
        self.clear()

    def before(self, count: int) -> None:
        """So many were answered by somebody else, or earlier."""
        self._before = count

    def began(self) -> None:
        """One more is under way."""
        self._running += 1

    def ended(self) -> None:
        """One less is under way."""
        self._running -= 1

    def counted(self, status: str) -> None:
        """One has this status."""
        if status == "complete":
            self._complete += 1
        else:
            self._failed += 1

    def clear(self) -> None:
        """Take the line away, so that another one can be written."""
        self._line.clear()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL)
            parts = [f"{self._before + self._complete} of {self._questions} answered"]
            parts += [f"{self._failed} failed"] if self._failed else []
            parts += [f"{self._running} under way", f"{time.monotonic() - self._began:.0f} s"]
            self._line.draw(", ".join(parts))
