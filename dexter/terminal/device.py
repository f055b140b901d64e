"""The terminal itself: where keys come from and where the screen goes."""

import contextlib
import os
import sys
from typing import TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output


class _Terminal(Vt100_Output):
    """A terminal that may go away: what can't be shown is not shown, the keyboard's end ends the chat."""

    def flush(self) -> None:
        """Write what was drawn."""
        with contextlib.suppress(OSError, ValueError):
            super().flush()


def open_keyboard(stream: TextIO) -> Input:
    """The keys typed on a terminal."""
    return create_input(stream)


def open_output(stream: TextIO, term: str | None) -> Output:
    """A terminal to draw on that is never asked where its cursor is: some never answer.

    Args:
        stream: Open on a terminal.
        term: What TERM says.
    """
    if sys.platform == "win32":
        return create_output(stream)

    def size() -> Size:
        try:
            columns, rows = os.get_terminal_size(stream.fileno())
        except (OSError, ValueError):
            # It has gone away; the chat learns of that elsewhere.
            columns, rows = 0, 0
        # Some say 0 when they do not know.
        return Size(rows=rows or 24, columns=columns or 80)

    return _Terminal(stream, size, term=term, enable_cpr=False, enable_bell=False)
