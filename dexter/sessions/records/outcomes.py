"""What the manager of sessions hands back, as frozen values."""

import msgspec

from dexter.sessions.notices import Notice
from dexter.sessions.records.records import SessionExchange, SessionMetadata


class SavedExchange(msgspec.Struct, frozen=True):
    """An exchange that is saved. `commit` is None if git gets it later (a notice says why)."""

    exchange: SessionExchange
    commit: str | None
    notices: tuple[Notice, ...] = ()

    @property
    def id(self) -> str:
        """The id of the exchange."""
        return self.exchange.id


class ResumedSession(msgspec.Struct, frozen=True):
    """A session that goes on: all of its exchanges, oldest first, whatever their status.

    `path` are those that lead to where it goes on: the next exchange follows the last of them.
    """

    metadata: SessionMetadata
    exchanges: tuple[SessionExchange, ...]
    notices: tuple[Notice, ...] = ()
    path: tuple[SessionExchange, ...] = ()


class DeletedSession(msgspec.Struct, frozen=True):
    """A session that can be restored, as it was. `deleted_at` is in epoch milliseconds."""

    metadata: SessionMetadata
    deleted_at: int
    commit: str
    tree: str


class ImportedSession(msgspec.Struct, frozen=True):
    """What an import did to a session, or would do. Ids are those of exchanges.

    `present` is how many were there before; `different` are those of them that are not the same here and in
    what was imported: they stay as they are here. `masked` are the kinds of secrets that were replaced in
    what was added, and how many of each. `commit` is None if nothing was left to do, or git gets it later.
    """

    session_id: str
    created: bool
    added: tuple[str, ...]
    present: int = 0
    different: tuple[str, ...] = ()
    masked: tuple[tuple[str, int], ...] = ()
    commit: str | None = None

    @property
    def changes_nothing(self) -> bool:
        """Whether all of it was there before."""
        return not self.created and not self.added


class SessionEvent(msgspec.Struct, frozen=True):
    """One commit of a session's story. `time` is in epoch milliseconds.

    `action` is the trailer of that name, None for a commit that dexter did not make.
    """

    commit: str
    time: int
    action: str | None
    session_id: str | None
    exchange_id: str | None
    status: str | None
    text: str
    author: str
