"""The exchanges of one session: one JSON line each, appended and never rewritten."""

from pathlib import Path
from types import TracebackType
from typing import Self

from dexter.sessions.archive import Archive
from dexter.sessions.notices import SessionNotice
from dexter.sessions.reading.reading import read_exchanges
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.records import SessionExchange
from dexter.sessions.writing.saving import save_exchange


class SessionHistory:
    """The history of one session.

    Args:
        home: The `.dexter` directory, which need not exist yet, or an archive to share.
        session_id: A whole session id.

    Raises:
        ValueError: If the id is none.
    """

    def __init__(self, home: Path | Archive, session_id: str) -> None:
        self._archive = home if isinstance(home, Archive) else Archive(Path(home))
        self._paths = SessionPaths(session_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back what is held; the next use opens again."""
        self._archive.close()

    def append(self, exchange: SessionExchange) -> None:
        """Save an exchange as one line and one commit; the session begins with it if it was not there.

        An id that the session has already means that it was appended before: nothing changes.

        Raises:
            InvalidRecord: If a value is of the wrong kind. Nothing was changed.
            NotSaved: If it can't be written. Nothing was changed.
        """
        valid = SessionExchange.from_line(exchange.to_line())
        save_exchange(self._archive, self._paths.session_id, valid)

    def load(self) -> list[SessionExchange]:
        """The exchanges, sorted by id; lines that are none are left out, and stay in the file.

        Raises:
            SessionDamaged: If the history can't be read at all.
        """
        return list(self._read()[0])

    def problems(self) -> tuple[SessionNotice, ...]:
        """What `load` leaves out: the lines that are no exchanges, each with its number and the reason."""
        return self._read()[1]

    def _read(self) -> tuple[tuple[SessionExchange, ...], tuple[SessionNotice, ...]]:
        snapshot = self._archive.snapshot()
        return ((), ()) if snapshot is None else read_exchanges(snapshot, self._paths.session_id)
