"""Where a session's files lie; every id is validated here before it becomes part of a path."""

import msgspec

from dexter.sessions.records.identifiers import is_exchange_id, is_session_id

ROOT = "cli"


class SessionPaths(msgspec.Struct, frozen=True):
    """The paths of one session, relative to the repository, with forward slashes.

    A path that ends in `.jsonl` names the first file of possibly several (see `gitstore.segment_path`).

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
        return self._of("steps", exchange_id)

    def parts(self, record_id: str) -> str:
        """What the line of an exchange or of a summary does not hold because it would be too long.

        Raises:
            ValueError: If the id is not fit to be one.
        """
        return self._of("parts", record_id)

    def _of(self, folder: str, record_id: str) -> str:
        if not is_exchange_id(record_id):
            raise ValueError(f"not an exchange id: {record_id!r}")
        return f"{self.directory}/{folder}/{record_id}.jsonl"
