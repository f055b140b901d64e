"""What is being sent and received, on one line of standard error, if a person is there to read it."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from dexter.cli.screen.status_line import StatusLine
from dexter.terminal.cleaning import one_line


class RemoteProgress:
    """While entered, keeps a line on a terminal up to date; it is gone when it is left."""

    def __init__(self) -> None:
        self._line = StatusLine()
        self.told: Callable[[str], None] | None = self._show if self._line.live else None
        """To be told what is being done; None if nobody reads it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.clear()

    def _show(self, text: str) -> None:
        self._line.draw(one_line(text))
