"""Sentences for what happens in a chat: errors and notices that are values elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dexter.sessions.notices import Notice


class ChatWords:
    """Makes sentences; `log_file` gets the traceback of a bug."""

    def __init__(self, log_file: Path) -> None:
        self._log_file = log_file

    def of_notice(self, notice: "Notice") -> str | None:
        """A sentence for a notice."""
        return str(notice)

    def of_error(self, error: BaseException) -> str:
        """A sentence for an error."""
        return f"{type(error).__name__}: {error}"
