"""One line on standard error that is drawn again and again for whoever waits at a terminal, and then goes."""

import os
import shutil
import sys
from typing import TextIO

_START_OF_LINE = "\r\x1b[K"


class StatusLine:
    """The line. Where nobody reads it, or it can't be taken away again, there is none."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """A line that is not drawn yet.

        Args:
            stream: Where it is drawn; None: standard error.
        """
        stream = sys.stderr if stream is None else stream
        live = stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
        self._stream = stream if live else None
        self._drawn = False

    @property
    def live(self) -> bool:
        """Whether there is one."""
        return self._stream is not None

    def draw(self, text: str) -> None:
        """Put a text in the place of what stood there, as much of it as fits the terminal.

        Args:
            text: Plain, on one line.
        """
        if self._stream is not None:
            self._drawn = True
            self._write(_START_OF_LINE + text[: shutil.get_terminal_size().columns - 1])

    def clear(self) -> None:
        """Take it away, so that another line can be written."""
        if self._drawn:
            self._drawn = False
            self._write(_START_OF_LINE)

    def _write(self, text: str) -> None:
        if self._stream is not None:
            try:
                self._stream.write(text)
                self._stream.flush()
            except (OSError, ValueError):
                self._stream = None
