"""What is being sent and received, on one line of standard error, if a person is there to read it."""

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from dexter.terminal.cleaning import one_line

_START_OF_LINE = "\r\x1b[K"


class RemoteProgress:
    """While entered, keeps a line on a terminal up to date; it is gone when it is left."""

    def __init__(self) -> None:
        stream = sys.stderr
        live = stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
        self._drawn = False
        self.told: Callable[[str], None] | None = self._show if live else None
        """To be told what is being done; None if nobody reads it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            self._write(_START_OF_LINE)

    def _show(self, text: str) -> None:
        self._drawn = True
        self._write(_START_OF_LINE + one_line(text)[: shutil.get_terminal_size().columns - 1])

    @staticmethod
    def _write(text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()
