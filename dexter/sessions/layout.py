"""Where a session's files lie; every id is validated here before it becomes part of a path."""

from dataclasses import dataclass

from dexter.sessions.identifiers import is_exchange_id, is_session_id

ROOT = "cli"


@dataclass(frozen=True)
class SessionPaths:
    """The paths of one session, relative to the repository, with forward slashes.

    Raises:
        ValueError: If the id is none, before any path is made of it.
    """

    session_id: str

    def __post_init__(self) -> None:
        if not is_session_id(self.session_id):
            raise ValueError(f"not a session id: {self.session_id!r}")

    @property
    def directory(self) -> str:
        """Everything of the session lies below it."""
        return f"{ROOT}/{self.session_id}"

    @property
    def metadata(self) -> str:
        """One JSON object."""
        return f"{self.directory}/session.json"

    @property
    def history(self) -> str:
        """One exchange per line."""
        return f"{self.directory}/history.jsonl"

    @property
    def summaries(self) -> str:
        """One summary per line, written after its exchange."""
        return f"{self.directory}/summaries.jsonl"

    def steps(self, exchange_id: str) -> str:
        """The tool calls and the reasoning of one exchange.

        Raises:
            ValueError: If the id is not fit to be one.
        """
        if not is_exchange_id(exchange_id):
            raise ValueError(f"not an exchange id: {exchange_id!r}")
        return f"{self.directory}/steps/{exchange_id}.jsonl"
