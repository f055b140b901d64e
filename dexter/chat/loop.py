"""The chat: reads what the user types, asks, shows what happens, and says where it is saved.

Owns the order of things: one query at a time. What is typed meanwhile waits: the run takes queries in between
two rounds of tools, and what comes too late for that, or behind a command, gets its turn (`exit` too). Ctrl+C
cancels the one that runs; closing the chat cancels and saves it. Knows no terminal, no model library and no
git: those are behind `Screen` and `Desk`.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from dexter.agent.events import Event, Finished, Outcome
from dexter.chat.commands import (
    REWIND,
    Call,
    Leave,
    Query,
    Skills,
    Unknown,
    no_skills,
    parse,
    unknown,
)
from dexter.chat.screen import Back, Close, Input, Interrupt, Line, Screen


class Cancellable(Protocol):
    """A run that can be told to end."""

    def cancel(self) -> None:
        """End now, with the answer so far."""


class Stored(msgspec.Struct, frozen=True):
    """What became of an exchange on disk: `notices` are sentences, `trouble` is one if it was not saved."""

    stored: bool
    commit: str | None = None
    notices: tuple[str, ...] = ()
    trouble: str | None = None


class Desk(Protocol):
    """The session and the model that the user sits at."""

    async def ask(
        self,
        query: str,
        *,
        show: Callable[[Event], None],
        started: Callable[[Cancellable], None],
        further: Callable[[], Sequence[str]],
    ) -> Stored:
        """Ask a query and save what came of it; `further` gives what was typed since, and not again."""


class Chat:
    """One chat, from the first prompt to the last."""

    def __init__(
        self,
        screen: Screen,
        desk: Desk,
        obey: Callable[[Call], Awaitable[None]],
        typed: Callable[[str], None] = lambda _: None,
        skills: Skills = no_skills,
    ) -> None:
        """A chat.

        Args:
            screen: Where it is shown.
            desk: Who is asked.
            obey: Does what a slash command says; `/quit` never gets there.
            typed: Told of each query as it is typed, before its turn comes.
            skills: Looks which skills there are: a query may begin with the name of one.
        """
        self._screen = screen
        self._desk = desk
        self._obey = obey
        self._typed = typed
        self._skills = skills
        self._waiting: deque[Query | Call | Leave] = deque()
        self._asking: asyncio.Task[None] | None = None
        self._run: Cancellable | None = None
        self._cancelled = False
        self._hinted = False

    async def run(self) -> None:
        """Chat until the user leaves; a query that runs then is cancelled and saved."""
        reading = asyncio.create_task(self._screen.read())
        try:
            while True:
                if await self._next():
                    return
                waited = {reading, self._asking} if self._asking else {reading}
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
                if self._asking and self._asking.done():
                    await self._asked()
                if reading.done():
                    given = reading.result()
                    reading = asyncio.create_task(self._screen.read())
                    if await self._leaves(given):
                        return
        finally:
            reading.cancel()
            await self._stop()

    async def _leaves(self, given: Input) -> bool:
        """Do what the input says; whether it says to leave."""
        match given:
            case Close():
                return True
            case Interrupt(again=again):
                return self._interrupted(again)
            case Back():
                await self._go_back()
            case Line(text=text):
                self._hinted = False
                return await self._heard(text)
        return False

    async def _go_back(self) -> None:
        if self._asking is not None:
            self._screen.hint("Esc Esc goes back to an earlier query once this one has ended.")
        else:
            await self._obey(Call(REWIND, ""))

    def _interrupted(self, again: bool) -> bool:
        if self._asking is not None:
            self._cancel()
            if self._waiting:
                self._screen.hint("Only that query is cancelled; the next one begins. Ctrl+C cancels it too.")
            return False
        if again and self._hinted:
            return True
        self._hinted = True
        self._screen.hint("Press Ctrl+C again to leave.")
        return False

    async def _heard(self, text: str) -> bool:
        meaning = parse(text, self._skills)
        match meaning:
            case Unknown():
                self._screen.say(unknown(meaning), "error")
            case Call(command=command) if command.name == "quit":
                self._leave_in_turn()
            case Leave():
                self._leave_in_turn()
            case Call(command=command) if command.at_once or self._asking is None:
                await self._obey(meaning)
            case _:
                if isinstance(meaning, Query):
                    self._typed(meaning.text)
                self._waiting.append(meaning)
                self._show_waiting()
        return False

    def _leave_in_turn(self) -> None:
        self._waiting.append(Leave())
        if self._asking is not None:
            self._show_waiting()
            self._screen.hint("Leaving once the query has ended; Ctrl+C cancels it.")

    async def _next(self) -> bool:
        """Begin with what waits, if nothing runs; whether it is time to leave."""
        while self._asking is None and self._waiting:
            first = self._waiting.popleft()
            self._show_waiting()
            match first:
                case Leave():
                    return True
                case Call():
                    await self._obey(first)
                case Query(text=text):
                    self._hinted = False
                    self._cancelled = False
                    self._screen.begin(text)
                    self._asking = asyncio.create_task(self._ask(text))
        return False

    async def _ask(self, query: str) -> None:
        outcome: Outcome | None = None

        def show(event: Event) -> None:
            nonlocal outcome
            if isinstance(event, Finished):
                outcome = event.outcome
            self._screen.show(event)

        stored = await self._desk.ask(query, show=show, started=self._started, further=self._further)
        self._screen.end(outcome, commit=stored.commit, stored=stored.stored)
        for notice in stored.notices:
            self._screen.say(notice, "notice")
        if stored.trouble:
            self._screen.say(stored.trouble, "error")

    def _further(self) -> list[str]:
        """The queries that wait before any command, for the run under way; they are no longer here then."""
        said = []
        # One with a skill of its own is a question of its own.
        while self._waiting and isinstance(first := self._waiting[0], Query) and not first.skill:
            said.append(first.text)
            self._waiting.popleft()
        if said:
            self._show_waiting()
        return said

    def _started(self, run: Cancellable) -> None:
        self._run = run
        if self._cancelled:
            run.cancel()

    def _cancel(self) -> None:
        # Before the run has begun there is nothing to cancel yet: it ends as soon as it begins.
        self._cancelled = True
        if self._run is not None:
            self._run.cancel()
        else:
            self._screen.waits_for("Cancelling")

    async def _asked(self) -> None:
        asking, self._asking, self._run = self._asking, None, None
        if asking is not None:
            await asking

    async def _stop(self) -> None:
        if self._asking is not None:
            self._cancel()
            await self._asked()
        queries = [item for item in self._waiting if isinstance(item, Query)]
        if queries:
            what = "1 query was" if len(queries) == 1 else f"{len(queries)} queries were"
            self._screen.say(f"{what} still waiting and not asked; the up arrow brings it back.", "notice")

    def _show_waiting(self) -> None:
        texts = [_as_typed(item) for item in self._waiting]
        self._screen.show_waiting(texts)


def _as_typed(item: Query | Call | Leave) -> str:
    match item:
        case Query(text=text):
            return text
        case Call(command=command, argument=argument):
            return f"/{command.name} {argument}".rstrip()
        case Leave():
            return "leave"
