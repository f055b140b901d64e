"""A word on standard error for who waits longer than a moment, if a person is there to read it."""

import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

PATIENCE = 0.7


class Waiting:
    """Shows on a terminal what is being done while it is entered for longer than a moment; then that goes."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = False
        self._timer = threading.Timer(PATIENCE, self._show)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        if sys.stderr is not None and sys.stderr.isatty():
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._timer.is_alive():
            self._timer.join()
        if self._shown:
            self._write(f"\r{' ' * len(self._what)}\r")

    def _show(self) -> None:
        self._shown = True
        self._write(self._what)

    @staticmethod
    def _write(text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()
