"""The session and the model that a chat is at: who is asked, and what of it is saved.

Owns what the model may know of the session under way; which one that is, and how it goes to another, is the
business of the current session. Knows no screen; sentences for notices and errors are handed in.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dexter.agent.events import Event, Finished, Outcome
from dexter.chat.answering import Answering, MakeAgent
from dexter.chat.current_session import CurrentSession
from dexter.chat.loop import Cancellable, Stored
from dexter.chat.other_chats import joined
from dexter.chat.words import Words
from dexter.models.choice import ModelChoice

if TYPE_CHECKING:  # they cost 100 ms, which a first prompt does not wait for
    from dexter.agent.window.window import Window
    from dexter.sessions.manager import SessionManager
    from dexter.summaries import Summaries


class SessionDesk(CurrentSession):
    """What a chat is at."""

    def __init__(
        self,
        choice: ModelChoice,
        *,
        make_agent: "MakeAgent",
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
        super().__init__(open_manager=open_manager, keeps=keeps, words=words, clock=clock)
        self._answering = Answering(choice, make_agent)
        self._summaries: Summaries | None = None

    @property
    def choice(self) -> ModelChoice:
        """The model that is asked."""
        return self._answering.choice

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

    async def window(self) -> "Window | None":
        """What stands in the model's window before the next query; None if that can't be told.

        Raises:
            DexterError: If the sessions can't be opened.
        """
        return await self._answering.window(await self.manager(), self.place.memory)

    async def choose(self, choice: ModelChoice) -> None:
        """Ask another model from the next query on."""
        await self._answering.choose(choice)

    async def close(self) -> None:
        """Hand in the summaries that are ready and give back what is held."""
        await self._leave(wait=1.0)
        await self._answering.close()
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

        self._summaries = self._summaries or Summaries()
        if self.keeps:
            await self._store(manager)
        place = self.place
        answered = await ask(
            query,
            manager=manager if self.keeps else None,
            agent=self._answering.agent(manager),
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
        self.place, news = await joined(manager, self.place)
        notices += news
        return Stored(stored=True, commit=answered.saved.commit, notices=tuple(notices))

    async def _leave(self, wait: float = 0.0) -> None:
        summaries, self._summaries = self._summaries, None
        if summaries is not None:
            await summaries.close(self._manager if self.keeps else None, wait)

    def _remember(self, query: str, outcome: Outcome) -> None:
        """Keep for the model what could not be saved."""
        from dexter.asking import unsaved  # noqa: PLC0415  it was imported to ask

        exchange = unsaved(query, outcome, self.place.memory, self._clock)
        self.place = self.place.followed_by(exchange, outcome.steps)
