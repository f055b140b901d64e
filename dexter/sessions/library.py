"""All sessions of a home: list, find, look into, rename, delete, restore. One event is one commit.

What only some of that needs is imported when it is called: a list is to be there at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from dexter.secrets import WELL_KNOWN
from dexter.sessions import looking
from dexter.sessions.archive import Archive, Masking
from dexter.sessions.drafts.recovery import recover
from dexter.sessions.news import News
from dexter.sessions.notices import Notice
from dexter.sessions.reading.reading import SessionView, read_all_steps, read_metadata
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.records import SessionMetadata
from dexter.sessions.records.steps import Step

if TYPE_CHECKING:
    import gitstore
    from dexter.sessions.records.outcomes import DeletedSession, ImportedSession, SessionEvent
    from dexter.sessions.records.transcript import Transcript


class SessionLibrary:
    """All sessions of a home.

    Before anything else is done, queries whose processes died are recovered; `notices` tells of them.

    Args:
        home: The `.dexter` directory, which need not exist yet; reading makes nothing.
        identity: Gives name and e-mail address for commits, asked once, before the first of them; None stands
            for the user's git identity.
        clock: Epoch seconds.
        masks: What is masked in all that is written, or a function that says it each time; well-known forms
            of keys if nobody says anything else, and nothing with `dexter.secrets.NONE`.
    """

    def __init__(
        self,
        home: Path | str,
        *,
        identity: Callable[[], tuple[str, str]] | tuple[str, str] | None = None,
        clock: Callable[[], float] | None = None,
        masks: Masking = WELL_KNOWN,
    ) -> None:
        who = (lambda: identity) if isinstance(identity, tuple) else identity
        self._archive = Archive(Path(home), identity=who, clock=clock or time.time, masks=masks)
        self._news = News(self._archive)
        self._recovered = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back what is held; the next use opens again."""
        self._news.hear()
        self._archive.close()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Everything that the user should be told since this manager was made."""
        return self._news.hear()

    def list_sessions(self, *, deleted: bool = False, at: str | None = None) -> list[SessionMetadata]:
        """The sessions, latest activity first; those that can be restored with `deleted`, last deleted first.

        Sessions that can't be read are left out and told in `notices`.

        Raises:
            MomentNotFound: If `at` is no date, commit or ref of the history.
            StoreUnreadable: If the repository can't be read.
        """
        if deleted:
            return [each.metadata for each in self.deleted_sessions()]
        listed = looking.listed(self._ready(), at)
        self._news.add(listed.notices)
        return list(listed.sessions)

    def deleted_sessions(self) -> list[DeletedSession]:
        """The sessions that can be restored, as they were, the last deleted first."""
        from dexter.sessions.catalog.deleted import deleted_sessions

        return deleted_sessions(self._ready())

    def find(self, text: str, *, at: str | None = None) -> str:
        """The id of the session that is meant by an id or a unique prefix.

        Raises:
            SessionNotFound: If there is none, with the sessions that there are.
            AmbiguousSession: If there is more than one, with all of them.
        """
        from dexter.sessions.finding import find

        return find(self._ready(), text, at)

    def find_deleted(self, text: str) -> DeletedSession:
        """The deleted session that is meant by an id or a unique prefix.

        Raises:
            SessionNotFound: If no such session was deleted.
            AmbiguousSession: If there is more than one.
        """
        from dexter.sessions.finding import find_deleted

        return find_deleted(self._ready(), text)

    def directory(self, session_id: str) -> Path:
        """Where the files of a session lie in the work tree, by its whole id."""
        return self._archive.home.sessions / SessionPaths(session_id).directory

    def get(self, session_id: str, *, at: str | None = None) -> SessionMetadata:
        """The metadata of a session, by its whole id.

        Raises:
            SessionNotFound: If there is no such session.
        """
        return read_metadata(looking.snapshot_with(self._ready(), session_id, at), session_id)[0]

    def show(self, session_id: str, *, at: str | None = None) -> SessionView:
        """A session with all of its exchanges, by its whole id, now or as of a date, commit or ref.

        Raises:
            SessionNotFound: If there is no such session.
            SessionDamaged: If its history can't be read.
            MomentNotFound: If `at` is no date, commit or ref of the history.
        """
        return looking.show(self._ready(), session_id, at)

    def all_steps(
        self, view: SessionView, *, at: str | None = None
    ) -> tuple[dict[str, tuple[Step, ...]], tuple[Notice, ...]]:
        """The steps of a session's exchanges by exchange id, and what of them can't be read.

        Raises:
            SessionNotFound: If there is no such session.
        """
        session_id = view.metadata.id
        snapshot = looking.snapshot_with(self._ready(), session_id, at)
        return read_all_steps(snapshot, session_id, view.exchanges)

    def transcript(self, session_id: str) -> tuple[Transcript, tuple[Notice, ...]]:
        """A whole session with its steps, by its whole id, and what of it can't be read.

        Raises:
            SessionNotFound: If there is no such session.
            SessionDamaged: If its history can't be read.
        """
        from dexter.sessions.records.transcript import Transcript

        view = self.show(session_id)
        steps, damages = self.all_steps(view)
        return Transcript(view.metadata, view.exchanges, steps), (*view.notices, *damages)

    def import_session(self, transcript: Transcript, origin: str, *, dry: bool = False) -> ImportedSession:
        """Begin a session that comes from elsewhere, or add the exchanges that it does not have here.

        What is here already stays as it is, whatever the transcript says; doing it twice changes nothing.
        What is secret in the rest is masked.

        Args:
            transcript: All of it.
            origin: Where it comes from, in words for the commit.
            dry: Only say what would be done.

        Raises:
            SessionPresent: If that id is taken by a session that does not come from there.
            SessionDamaged: If the session is there and can't be read.
            NotSaved: If it can't be written. Nothing was changed.
        """
        from dexter.sessions.writing.importing import import_session

        return import_session(self._ready(), transcript, origin, dry=dry)

    def rename_session(self, session_id: str, title: str) -> SessionMetadata:
        """Give a session a title, on one line; an empty one takes the title away.

        Raises:
            SessionNotFound: If there is no such session.
            NotSaved: If it can't be written.
        """
        from dexter.sessions import housekeeping

        return housekeeping.rename(self._ready(), session_id, title)

    def delete_session(self, session_id: str) -> bool:
        """Take a session out of the tree, by its whole id; False if there is no such session.

        Raises:
            NotSaved: If it can't be written.
        """
        from dexter.sessions.store import SessionStore

        return SessionStore(self._ready()).delete(session_id)

    def restore_session(self, session_id: str) -> SessionMetadata:
        """Bring a deleted session back as it was when it was deleted, by its id or a unique prefix.

        Raises:
            SessionPresent: If it is there.
            SessionNotFound: If no such session was deleted.
            AmbiguousSession: If more than one begins with that.
            NotSaved: If it can't be written.
        """
        from dexter.sessions import housekeeping

        return housekeeping.restore(self._ready(), session_id)

    def log(self, session_id: str | None = None, *, limit: int | None = None) -> list[SessionEvent]:
        """What happened, newest first: in one session, deleted or not, or in all of them.

        Raises:
            SessionNotFound: If there never was such a session.
        """
        return looking.events(self._ready(), session_id, limit)

    def pack(self) -> tuple[gitstore.Packing, gitstore.Packing] | None:
        """Bring all of git's objects into one pack; how they lay before and lie now, None if there are none.

        Raises:
            NotSaved: If it can't be written. All objects are where they were.
        """
        return self._ready().pack()

    def _ready(self) -> Archive:
        """The archive, once everything is recovered that dead processes left."""
        if not self._recovered:
            self._recovered = True
            self._news.add(recover(self._archive))
        return self._archive
