"""What is done to sessions from outside of their chats, beyond names: tags, forks, rewinds, and undoing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dexter.sessions.records.records import SessionExchange, SessionMetadata
from dexter.sessions.searchable import SearchableSessions

if TYPE_CHECKING:
    from dexter.sessions.divergence import Divergence
    from dexter.sessions.undoing import Undone


class AlterableSessions(SearchableSessions):
    """All sessions of a home, and what changes them without asking anything in them."""

    def tag_session(
        self, session_id: str, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Give a session tags and take others away, by its whole id; returns those that it has then.

        Raises:
            UsageError: If one is no tag, or is to be given and taken. Nothing was changed.
            SessionNotFound: If there is no such session.
            NotSaved: If it can't be written. Nothing was changed.
        """
        from dexter.sessions import tags

        return tags.tag(self._ready(), session_id, add, remove)

    def fork(self, session_id: str, at: str | None = None) -> SessionMetadata:
        """Begin a session with the exchanges of another one, up to and with one of them; see `fork_session`.

        Args:
            session_id: The other one's whole id.
            at: The last exchange to take, or a unique beginning of its id; None stands for the one that the
                session goes on from.

        Raises:
            SessionNotFound: If there is no such session.
            SessionDamaged: If what is to be taken can't be read. Nothing was changed.
            ExchangeNotFound: If it has no such exchange, or none at all. Nothing was changed.
            AmbiguousExchange: If more than one begins with that.
            NotSaved: If it can't be written. Nothing was changed.
        """
        from dexter.sessions import branching

        return branching.fork(self._ready(), session_id, at, None).metadata

    def rewind(self, session_id: str, to: str | None) -> tuple[SessionExchange, ...]:
        """Let the next exchange of a session follow an earlier one; returns the way up to that.

        Args:
            session_id: Its whole id.
            to: An exchange's id or a unique beginning of it; None stands for before the first one.

        Raises:
            SessionNotFound: If there is no such session.
            ExchangeNotFound: If it has no such exchange, or none at all. Nothing was changed.
            AmbiguousExchange: If more than one begins with that.
            NotSaved: If it can't be written. Nothing was changed.
        """
        from dexter.sessions import branching

        return branching.rewind(self._ready(), session_id, to)

    def compare(self, one: str, other: str) -> Divergence:
        """From where on two sessions differ, by their whole ids.

        Raises:
            SessionNotFound: If one of them is not there.
            SessionDamaged: If the history of one can't be read.
        """
        from dexter.sessions.divergence import compare

        return compare(self.show(one).exchanges, self.show(other).exchanges)

    def undo(self) -> Undone:
        """Take back the last change that is no exchange; called again, the one before that.

        Raises:
            NothingToUndo: If there is none.
            UndoRefused: If something was built upon it since. Nothing was changed.
            NotSaved: If it can't be written. Nothing was changed.
        """
        from dexter.sessions.undoing import undo

        return undo(self._ready())
