"""Sentences for what happens in a chat: errors and notices that are values elsewhere."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dexter.sessions.notices import Notice


class ChatWords:
    """Makes sentences with the same tables as the rest of the command line."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def of_notice(self, notice: "Notice") -> str | None:
        """A sentence for a notice."""
        from dexter.cli.notices import sentence

        return sentence(notice)

    def of_error(self, error: BaseException) -> str:
        """A sentence for an error; a bug's traceback goes to the log that it names."""
        from dexter.cli.bugs import report
        from dexter.cli.exits import explain
        from dexter.errors import DexterError

        if isinstance(error, DexterError):
            return explain(error).text.removeprefix("Error: ")
        if isinstance(error, OSError):
            where = f"{error.filename}: " if error.filename else ""
            return f"{where}{error.strerror or error}."
        return report(error, (), self._environment).removeprefix("Error: ")
