"""The session under way in a chat: how it goes to another one, back, or into a copy.

Owns which session that is and whether it is stored yet. Asks nobody, knows no screen.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dexter.agent.window.memory import remembered
from dexter.chat.errors import NothingStored
from dexter.chat.place import Place
from dexter.chat.words import Said, Words
from dexter.errors import DexterError
from dexter.models.choice import ModelChoice
from dexter.sessions import SessionExchange, SessionMetadata
from dexter.sessions.reading.lineage import path_to
from dexter.sessions.records.identifiers import generate_session_id

if TYPE_CHECKING:  # they cost 100 ms, which a first prompt does not wait for
    from dexter.sessions.manager import SessionManager
    from dexter.sessions.notices import Notice
    from dexter.sessions.records.outcomes import ResumedSession
    from dexter.sessions.records.transcript import Transcript


class CurrentSession(ABC):
    """A chat at a new session, of which nothing is stored yet.

    Attributes:
        keeps: Whether what is asked here is stored; otherwise the sessions are only read.
        place: Where the session is.
        was_stored: The last session that was under way and is stored, for the farewell.
    """

    def __init__(
        self,
        *,
        open_manager: "Callable[[], SessionManager]",
        keeps: bool,
        words: Words,
        clock: Callable[[], float],
    ) -> None:
        """At a new session; see `SessionDesk`."""
        self.keeps = keeps
        self.place = Place(generate_session_id())
        self.was_stored: str | None = None
        self._open_manager = open_manager
        self._words = words
        self._said = Said(words)
        self._clock = clock
        self._opening = asyncio.Lock()
        self._manager: SessionManager | None = None

    @property
    @abstractmethod
    def choice(self) -> ModelChoice:
        """The model that is asked."""

    @abstractmethod
    async def _leave(self, wait: float = 0.0) -> None:
        """Finish, in at most so many seconds, what belongs to the session that is left."""

    def sentences(self, notices: "Iterable[Notice]") -> list[str]:
        """The notices that the user should read and has not read in this chat, as sentences."""
        return self._said.new_of(notices)

    async def manager(self) -> "SessionManager":
        """The sessions, opened at the first call.

        Raises:
            DexterError: If they can't be opened.
        """
        async with self._opening:
            if self._manager is None:
                self._manager = await asyncio.to_thread(self._open_manager)
        return self._manager

    async def news(self) -> list[str]:
        """Sentences on what opening the sessions brought to light, such as a recovered query."""
        try:
            manager = await self.manager()
        except DexterError as error:
            return [self._words.of_error(error)]
        return self.sentences(manager.notices)

    async def fresh(self) -> None:
        """Begin a new session; the one before stays as it is."""
        await self._leave()
        self.place = Place(generate_session_id())

    async def resume(self, session_id: str) -> "ResumedSession":
        """Go on with another session.

        Raises:
            DexterError: If that can't be; the chat stays where it is.
        """
        manager = await self.manager()
        # Summaries still under way belong to the session that is left.
        await self._leave()
        resumed = await asyncio.to_thread(manager.resume, session_id, record=self.keeps)
        self.sit_down(manager, resumed)
        return resumed

    def sit_down(self, manager: "SessionManager", resumed: "ResumedSession") -> None:
        """Be at a session that was resumed."""
        self._manager = manager
        metadata = resumed.metadata
        self.place = Place(
            metadata.id,
            stored=True,
            memory=remembered(manager, resumed),
            title=metadata.title,
            count=metadata.exchange_count,
            exchanges=resumed.exchanges,
        )
        self.was_stored = resumed.metadata.id if self.keeps else self.was_stored

    async def transcript(self) -> "tuple[Transcript, list[str]]":
        """The session as one value, and sentences on what of it can't be read.

        What is not stored is what this chat remembers; what is stored has all of its heads.

        Raises:
            DexterError: If it can't be read.
        """
        place = self.place
        if not (self.keeps and place.stored):
            return place.transcript(self.choice, round(self._clock() * 1000)), []
        manager = await self.manager()
        transcript, notices = await asyncio.to_thread(manager.transcript, place.session_id)
        return transcript, self.sentences(notices)

    async def sessions(self) -> list[SessionMetadata]:
        """The sessions that can be resumed, latest activity first.

        Raises:
            DexterError: If they can't be read.
        """
        manager = await self.manager()
        return await asyncio.to_thread(manager.list_sessions)

    async def rename(self, title: str) -> str | None:
        """Give the session a title, an empty one takes it away; returns it as it is stored.

        Raises:
            DexterError: If it can't be stored.
        """
        if not self.keeps:
            raise NothingStored
        manager = await self.manager()
        await self._store(manager)
        metadata = await asyncio.to_thread(manager.rename_session, self.place.session_id, title)
        self.place = replace(self.place, title=metadata.title)
        return metadata.title

    async def fork(self, exchange: SessionExchange) -> "ResumedSession":
        """Go on in a new session that starts with the exchanges up to this one.

        Raises:
            DexterError: If it can't be stored; the chat stays where it is.
        """
        if not self.keeps:
            raise NothingStored
        manager = await self.manager()
        await self._leave()
        forked = await asyncio.to_thread(manager.fork_session, exchange.id)
        self.sit_down(manager, forked)
        return forked

    async def rewind(self, to: str | None, *, lasting: bool = True) -> None:
        """Let the next query follow an earlier exchange.

        Args:
            to: The exchange's id; None stands for before the first one.
            lasting: Whether that is stored at once; otherwise it is with the next exchange, or never.

        Raises:
            DexterError: If it can't be stored; the chat stays where it is.
        """
        if self.keeps:
            manager = await self.manager()
            go = manager.rewind_session if lasting else manager.go_on_after
            path = await asyncio.to_thread(go, to)
        else:
            path = path_to(self.place.exchanges, to)
        place = self.place
        self.place = replace(place, memory=replace(place.memory, exchanges=path))

    async def _store(self, manager: "SessionManager") -> None:
        """Begin the session in the repository, if it is not there yet."""
        if self.place.stored:
            return
        place, choice = self.place, self.choice
        await asyncio.to_thread(manager.start_new, choice.model, choice.provider, place.session_id)
        self.place = replace(place, stored=True)
        self.was_stored = place.session_id
