"""The session and the model that a chat is at: opened behind the prompt, stored from the first query on.

Owns which session is under way, what the model may know of it, and what of it is saved. Knows no screen;
sentences for notices and errors are handed in.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from dexter.agent.events import Event, Finished, Outcome
from dexter.agent.memory import remembered
from dexter.chat.loop import Cancellable, Stored
from dexter.chat.place import Place
from dexter.errors import DexterError
from dexter.models.choice import ModelChoice
from dexter.sessions import SessionExchange, SessionMetadata
from dexter.sessions.identifiers import generate_session_id
from dexter.sessions.lineage import path_to

if TYPE_CHECKING:  # they cost 100 ms, which a first prompt does not wait for
    from dexter.agent import Agent
    from dexter.agent.window import Window
    from dexter.sessions.manager import SessionManager
    from dexter.sessions.notices import Notice
    from dexter.sessions.outcomes import ResumedSession
    from dexter.sessions.transcript import Transcript
    from dexter.summaries import Summaries


class Words(Protocol):
    """Makes sentences of what the libraries say in values."""

    def of_notice(self, notice: "Notice") -> str | None:
        """A sentence for a notice, None if the user need not know."""

    def of_error(self, error: BaseException) -> str:
        """A sentence for an error; a bug goes into the log as well."""


class SessionDesk:
    """What a chat is at."""

    def __init__(
        self,
        choice: ModelChoice,
        *,
        make_agent: "Callable[[ModelChoice, SessionManager], Agent]",
        open_manager: "Callable[[], SessionManager]",
        keeps: bool,
        words: Words,
        clock: Callable[[], float],
    ) -> None:
        """A desk with a new session, of which nothing is stored yet.

        Args:
            choice: The model to ask.
            make_agent: Makes who answers, given the sessions that may be recalled.
            open_manager: Opens the sessions; may take a while.
            keeps: Whether what is asked here is stored; otherwise the sessions are only read.
            words: Makes sentences.
            clock: Epoch seconds.
        """
        self.choice = choice
        self.keeps = keeps
        self.place = Place(generate_session_id())
        self.was_stored: str | None = None
        self._make_agent = make_agent
        self._open_manager = open_manager
        self._words = words
        self._clock = clock
        self._said: set[str] = set()
        self._opening = asyncio.Lock()
        self._manager: SessionManager | None = None
        self._agent: Agent | None = None
        self._summaries: Summaries | None = None

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

    def sentences(self, notices: "Iterable[Notice]") -> list[str]:
        """The notices that the user should read and has not read in this chat, as sentences.

        That something was masked is told of each exchange, though it be in the same words.
        """
        from dexter.sessions.notices import SecretsMasked  # noqa: PLC0415  a first prompt does not wait for it

        own = {
            each: isinstance(notice, SecretsMasked)
            for notice in notices
            if (each := self._words.of_notice(notice))
        }
        new = [sentence for sentence, again in own.items() if again or sentence not in self._said]
        self._said.update(new)
        return new

    async def ask(
        self,
        query: str,
        *,
        show: Callable[[Event], None],
        started: Callable[[Cancellable], None],
        further: Callable[[], Sequence[str]] = lambda: (),
    ) -> Stored:
        """Ask a query and save what came of it; whatever goes wrong is in the result.

        Args:
            query: What the user typed.
            show: Called with each event.
            started: Called with the run once it has begun.
            further: Gives what was typed since, for the run that is under way, and not again.
        """
        outcome: Outcome | None = None

        def watch(event: Event) -> None:
            nonlocal outcome
            if isinstance(event, Finished):
                outcome = event.outcome
            show(event)

        try:
            return await self._ask(query, watch, started, further)
        except Exception as error:  # noqa: BLE001  the chat goes on whatever happens, and the log knows where
            if outcome is not None:
                self._remember(query, outcome)
            kept = "The answer above is not saved" if outcome is not None else "The query was not asked"
            return Stored(stored=False, trouble=f"{kept}: {self._words.of_error(error)}")

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

    async def window(self) -> "Window | None":
        """What stands in the model's window before the next query; None if that can't be told.

        Raises:
            DexterError: If the sessions can't be opened.
        """
        manager = await self.manager()
        if self._agent is None:
            self._agent = self._make_agent(self.choice, manager)
        try:
            return await self._agent.window(self.place.memory)
        except Exception:  # noqa: BLE001  the next query meets it as well, and says it better
            return None

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

    async def choose(self, choice: ModelChoice) -> None:
        """Ask another model from the next query on."""
        agent, self._agent = self._agent, None
        self.choice = choice
        if agent is not None:
            await agent.close()

    async def close(self) -> None:
        """Hand in the summaries that are ready and give back what is held."""
        await self._leave(wait=1.0)
        if self._agent is not None:
            await self._agent.close()
        if self._manager is not None:
            await asyncio.to_thread(self._manager.close)

    async def _ask(
        self,
        query: str,
        show: Callable[[Event], None],
        started: Callable[[Cancellable], None],
        further: Callable[[], Sequence[str]],
    ) -> Stored:
        manager = await self.manager()
        # Importing them takes a while: not before the first query.
        from dexter.asking import ask  # noqa: PLC0415
        from dexter.summaries import Summaries  # noqa: PLC0415

        if self._agent is None:
            self._agent = self._make_agent(self.choice, manager)
        self._summaries = self._summaries or Summaries()
        if self.keeps:
            await self._store(manager)
        place = self.place
        answered = await ask(
            query,
            manager=manager if self.keeps else None,
            agent=self._agent,
            memory=place.memory,
            show=show,
            started=started,
            further=further,
            summaries=self._summaries,
            clock=self._clock,
        )
        self.place = self.place.answered(answered.exchange, answered.memory)
        notices = []
        if answered.bug is not None:
            notices.append(self._words.of_error(answered.bug))
        if answered.saved is None:
            return Stored(stored=False, notices=tuple(notices))
        notices += self.sentences(answered.saved.notices)
        notices += await self._from_others(manager)
        return Stored(stored=True, commit=answered.saved.commit, notices=tuple(notices))

    async def _store(self, manager: "SessionManager") -> None:
        """Begin the session in the repository, if it is not there yet."""
        if self.place.stored:
            return
        place, choice = self.place, self.choice
        await asyncio.to_thread(manager.start_new, choice.model, choice.provider, place.session_id)
        self.place = replace(place, stored=True)
        self.was_stored = place.session_id

    async def _from_others(self, manager: "SessionManager") -> list[str]:
        """A sentence if another chat went on with this session; what it asked is known here from now on."""
        place = self.place
        try:
            metadata = await asyncio.to_thread(manager.get, place.session_id)
            if metadata.exchange_count <= place.count:
                return []
            view = await asyncio.to_thread(manager.show, place.session_id)
        except DexterError:
            # Said already by saving, or by the next thing that needs to read.
            return []
        added = place.new_in(view.exchanges)
        if not added:
            return []
        self.place = place.joined_by(added, view.metadata)
        what = "1 exchange" if len(added) == 1 else f"{len(added)} exchanges"
        said = f"Another chat has added {what} to this session; both are kept, and the model knows them now."
        heads = len(view.metadata.heads)
        return [f"{said} It has {heads} heads: see /history." if heads > 1 else said]

    async def _leave(self, wait: float = 0.0) -> None:
        summaries, self._summaries = self._summaries, None
        if summaries is not None:
            await summaries.close(self._manager if self.keeps else None, wait)

    def _remember(self, query: str, outcome: Outcome) -> None:
        """Keep for the model what could not be saved."""
        from dexter.asking import unsaved  # noqa: PLC0415  it was imported to ask

        exchange = unsaved(query, outcome, self.place.memory, self._clock)
        self.place = self.place.followed_by(exchange, outcome.steps)


class NothingStored(DexterError):
    """The chat runs with --no-session: there are no sessions to go to, and nothing to write."""

    def __init__(self) -> None:
        super().__init__("nothing of this chat is stored (--no-session)")
