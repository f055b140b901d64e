"""What slash commands do that go elsewhere: to another session, to a copy, back to an earlier exchange.

Owns how that is asked and told, and how earlier exchanges are shown.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dexter.chat import earlier
from dexter.chat.desk import SessionDesk
from dexter.chat.screen import Choice, Screen
from dexter.chat.status_lines import banner
from dexter.sessions import SessionExchange, SessionMetadata

if TYPE_CHECKING:  # a prompt waits for no repository
    from dexter.sessions import ResumedSession

LATEST_SHOWN = 10
"""Earlier exchanges shown on resume; `/history all` shows the rest."""


class SessionCommands:
    """Goes from session to session with a desk, and shows on a screen where it is."""

    def __init__(self, screen: Screen, desk: SessionDesk) -> None:
        self._screen = screen
        self._desk = desk

    async def go_to(self, session_id: str) -> None:
        """Go on with a session and show it."""
        resumed = await self._desk.resume(session_id)
        self.show_banner(resumed.metadata.exchange_count)
        await self.show_resumed(resumed)

    async def show_resumed(self, resumed: "ResumedSession") -> None:
        """Say what resuming brought to light, and show the latest exchanges."""
        for sentence in self._desk.sentences(resumed.notices):
            self._screen.say(sentence, "notice")
        await self._show_earlier()

    def show_banner(self, exchanges: int | None = None) -> None:
        """Say which session and which model this is; `exchanges` for one that goes on."""
        self._screen.say("\n".join(banner(self._desk, exchanges)))

    async def _show_earlier(self) -> None:
        exchanges = self._desk.place.memory.exchanges
        hidden = len(exchanges) - LATEST_SHOWN
        if hidden > 0:
            what = "1 earlier exchange" if hidden == 1 else f"{hidden} earlier exchanges"
            self._screen.say(f"\n{what} not shown; /history all shows them.", "faint")
        await self.show(exchanges[-LATEST_SHOWN:])

    async def show(self, exchanges: Sequence[SessionExchange]) -> None:
        """Show earlier exchanges, with what was drawn for them."""
        steps_of = self._desk.place.memory.steps_of
        for exchange in exchanges:
            self._screen.show_exchange(exchange, await asyncio.to_thread(steps_of, exchange.id))

    async def pick_session(self) -> str | None:
        """Let the user pick a session; None if they leave or there is none."""
        sessions = await self._desk.sessions()
        here = self._desk.place.session_id
        choices = [_choice(metadata) for metadata in sessions if metadata.id != here]
        if not choices:
            self._screen.say(
                "There is no other session." if self._desk.place.stored else "No saved sessions found."
            )
            return None
        return await self._screen.pick("Resume a session", choices)

    async def new(self, argument: str) -> None:  # noqa: ARG002
        """Begin a new session."""
        left = self._desk.place
        await self._desk.fresh()
        if left.stored:
            self._screen.say(f"\nResume the session before with /resume {left.session_id}.", "faint")
        self.show_banner()

    async def clear(self, argument: str) -> None:
        """Empty the screen and begin a new session."""
        self._screen.clear()
        await self.new(argument)

    async def resume(self, argument: str) -> None:
        """Go on with the session that is named, or that is picked."""
        session_id = argument or await self.pick_session()
        if session_id is not None:
            await self.go_to(session_id)

    async def rename(self, argument: str) -> None:
        """Give the session a title."""
        if not argument:
            self._screen.say("Say the title as well: /rename TITLE.", "error")
            return
        title = await self._desk.rename(argument)
        self._screen.say(f"Session {self._desk.place.session_id} is now called {title}.")

    async def fork(self, argument: str) -> None:
        """Go on in a copy that ends with an exchange."""
        exchange = self._meant(argument or self._desk.place.follows or "")
        if exchange is None:
            return
        left = self._desk.place.session_id
        forked = await self._desk.fork(exchange)
        self._screen.say(
            f"\nThis is a copy now; the session before can be resumed with /resume {left}.", "faint"
        )
        self.show_banner(forked.metadata.exchange_count)

    async def rewind(self, argument: str) -> None:
        """Let the next query follow an earlier exchange, or one that is picked."""
        place = self._desk.place
        if not argument and place.exchanges:
            await self._go_back()
            return
        exchange = None if argument == "0" and place.exchanges else self._meant(argument)
        if exchange is None and argument != "0":
            return
        await self._desk.rewind(None if exchange is None else exchange.id)
        self._say_where(exchange)

    async def _go_back(self) -> None:
        """Let the user pick an earlier query to change; where that leads is stored once it is asked."""
        exchanges = self._desk.place.exchanges
        picked = await self._screen.pick("Go back to which query?", earlier.choices(exchanges))
        if picked is None:
            return
        before = next((each for each in exchanges if each.id == picked.parent_id), None)
        await self._desk.rewind(None if before is None else before.id, lasting=False)
        self._say_where(before)
        self._screen.offer(picked.query)

    def _say_where(self, exchange: SessionExchange | None) -> None:
        exchanges = self._desk.place.exchanges
        if exchange is None:
            self._screen.say("The next query begins anew, before the first one.")
        else:
            number = exchanges.index(exchange) + 1
            self._screen.say(
                f"The next query follows exchange {number}: {earlier.first_line(exchange.query)}"
            )
        self._screen.say("The later exchanges stay in the session; the model is not told of them.", "faint")

    def _meant(self, argument: str) -> SessionExchange | None:
        """The exchange that a number of `/history` or an id means, or None after saying what is wrong."""
        exchanges = self._desk.place.exchanges
        if not exchanges:
            self._screen.say("Nothing has been asked in this session yet.", "error")
            return None
        found = earlier.meant(exchanges, argument)
        if found is None:
            self._screen.say(f"Say which exchange, 1 to {len(exchanges)}; /history lists them.", "error")
        return found


def _choice(metadata: SessionMetadata) -> Choice[str]:
    count = metadata.exchange_count
    return Choice(
        metadata.id,
        f"{metadata.id}  {earlier.moment(metadata.updated_at)}  {earlier.first_line(metadata.preview)}",
        f"{count} exchange{'' if count == 1 else 's'}",
        " ".join(filter(None, (metadata.first_query, metadata.last_query, *metadata.tags))),
    )
