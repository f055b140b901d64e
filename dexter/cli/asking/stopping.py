"""Ctrl+C and SIGTERM while a query runs: the run is cancelled, and what there is of it is saved."""

import asyncio
import signal
from types import TracebackType
from typing import Protocol, Self

_EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


class Cancellable(Protocol):
    """A run that can be told to end."""

    def cancel(self) -> None:
        """End now, with the answer so far."""


class Stopping:
    """While entered, in a running event loop, the first signal cancels the run that is watched, or the next.

    Attributes:
        exit_code: The shell's code for the signal that came, None if none came.
    """

    def __init__(self) -> None:
        self.exit_code: int | None = None
        self.came = asyncio.Event()
        self._run: Cancellable | None = None

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number, code in _EXIT_CODES.items():
            loop.add_signal_handler(number, self._stop, code)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        loop = asyncio.get_running_loop()
        for number in _EXIT_CODES:
            loop.remove_signal_handler(number)

    def watch(self, run: Cancellable) -> None:
        """Cancel this run when a signal comes, or at once if one came already."""
        self._run = run
        if self.exit_code is not None:
            run.cancel()

    def _stop(self, code: int) -> None:
        if self.exit_code is None:
            self.exit_code = code
        self.came.set()
        if self._run is not None:
            self._run.cancel()
