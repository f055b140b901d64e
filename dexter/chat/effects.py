"""What each slash command does: to the session, to the model, on the screen.

Owns their answers. Knows no terminal and no git: those are behind the screen and the desk.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dexter.chat import earlier
from dexter.chat.commands import Call, Skills, help_text, no_skills
from dexter.chat.desk import SessionDesk
from dexter.chat.exporting import named
from dexter.chat.model_menu import ModelMenu
from dexter.chat.screen import Choice, Screen
from dexter.chat.search_menu import SearchMenu
from dexter.chat.window_table import Price, cost, table, tokens
from dexter.errors import DexterError
from dexter.exports.formats import FORMATS, rendered
from dexter.exports.saving import write_new
from dexter.sessions import SessionExchange, SessionMetadata

if TYPE_CHECKING:  # a prompt waits for no repository
    from dexter.sessions import ResumedSession, Transcript

LATEST_SHOWN = 10
"""Earlier exchanges shown on resume; `/history all` shows the rest."""


class Effects:
    """Does what slash commands say."""

    def __init__(
        self,
        screen: Screen,
        desk: SessionDesk,
        *,
        models: ModelMenu,
        searches: SearchMenu,
        explain: Callable[[BaseException], str],
        directory: Path,
        where: str,
        pages: Mapping[str, Callable[[], str]] | None = None,
        price: Price | None = None,
        skills: Skills = no_skills,
    ) -> None:
        """The commands of one chat.

        Args:
            screen: Where they answer.
            desk: What they work on.
            models: What `/model` does.
            searches: What `/search` does.
            explain: Makes a sentence of an error.
            directory: Where `/export` writes names without a path.
            where: Where sessions are stored, for `/status`.
            pages: What commands say that only show something, by their names; asked in a thread.
            price: What an exchange cost, for `/status`.
            skills: Looks which skills there are, for `/help`.
        """
        self._screen = screen
        self._desk = desk
        self._models = models
        self._searches = searches
        self._explain = explain
        self._directory = directory
        self._where = where
        self._pages = pages or {}
        self._price = price
        self._skills = skills
        self._deeds: dict[str, Callable[[str], Awaitable[None]]] = {
            "help": self._help,
            "model": self._model,
            "search": self._search,
            "new": self._new,
            "resume": self._resume,
            "sessions": self._resume,
            "rename": self._rename,
            "fork": self._fork,
            "rewind": self._rewind,
            "history": self._history,
            "status": self._status,
            "export": self._export,
            "clear": self._clear,
        }

    async def obey(self, call: Call) -> None:
        """Do what a command says; what goes wrong is said, and the chat stays as it was."""
        try:
            if page := self._pages.get(call.command.name):
                self._screen.say(await asyncio.to_thread(page))
            else:
                await self._deeds[call.command.name](call.argument)
        except (DexterError, OSError) as error:
            self._screen.say(self._explain(error), "error")

    async def resume(self, session_id: str) -> None:
        """Go on with a session and show it."""
        resumed = await self._desk.resume(session_id)
        self.show_banner(resumed.metadata.exchange_count)
        self.show_resumed(resumed)

    def show_resumed(self, resumed: "ResumedSession") -> None:
        """Say what resuming brought to light, and show the latest exchanges."""
        for sentence in self._desk.sentences(resumed.notices):
            self._screen.say(sentence, "notice")
        self._show_earlier()

    def show_banner(self, exchanges: int | None = None) -> None:
        """Say which session and which model this is; `exchanges` for one that goes on."""
        self._screen.say("\n".join(banner(self._desk, exchanges)))

    def _show_earlier(self) -> None:
        exchanges = self._desk.place.memory.exchanges
        hidden = len(exchanges) - LATEST_SHOWN
        if hidden > 0:
            what = "1 earlier exchange" if hidden == 1 else f"{hidden} earlier exchanges"
            self._screen.say(f"\n{what} not shown; /history all shows them.", "faint")
        for exchange in exchanges[-LATEST_SHOWN:]:
            self._screen.show_exchange(exchange)

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

    async def _help(self, argument: str) -> None:  # noqa: ARG002
        self._screen.say(help_text(self._screen.width, await asyncio.to_thread(self._skills)))

    async def _model(self, argument: str) -> None:
        chosen = await self._models.choose(argument, self._desk.choice)
        if chosen is None:
            return
        await self._desk.choose(chosen)
        self._screen.say(model_line(self._desk))

    async def _search(self, argument: str) -> None:
        if await self._searches.choose(argument):
            # Who answers the next query is made anew, with the tools that there are then.
            await self._desk.choose(self._desk.choice)

    async def _new(self, argument: str) -> None:  # noqa: ARG002
        left = self._desk.place
        await self._desk.fresh()
        if left.stored:
            self._screen.say(f"\nResume the session before with /resume {left.session_id}.", "faint")
        self.show_banner()

    async def _clear(self, argument: str) -> None:
        self._screen.clear()
        await self._new(argument)

    async def _resume(self, argument: str) -> None:
        session_id = argument or await self.pick_session()
        if session_id is not None:
            await self.resume(session_id)

    async def _rename(self, argument: str) -> None:
        if not argument:
            self._screen.say("Say the title as well: /rename TITLE.", "error")
            return
        title = await self._desk.rename(argument)
        self._screen.say(f"Session {self._desk.place.session_id} is now called {title}.")

    async def _fork(self, argument: str) -> None:
        exchange = self._meant(argument or self._desk.place.follows or "")
        if exchange is None:
            return
        left = self._desk.place.session_id
        forked = await self._desk.fork(exchange)
        self._screen.say(
            f"\nThis is a copy now; the session before can be resumed with /resume {left}.", "faint"
        )
        self.show_banner(forked.metadata.exchange_count)

    async def _rewind(self, argument: str) -> None:
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

    async def _history(self, argument: str) -> None:
        place = self._desk.place
        if not place.exchanges:
            self._screen.say("Nothing has been asked in this session yet.")
        elif argument.casefold() == "all":
            for exchange in place.exchanges:
                self._screen.show_exchange(exchange)
        else:
            self._screen.say("\n".join(earlier.lines(place.exchanges, place.follows)))

    async def _status(self, argument: str) -> None:  # noqa: ARG002
        exchanges = self._desk.place.exchanges
        # In a thread: the list of prices takes half a second to import.
        told = await asyncio.to_thread(cost, exchanges, self._price) if self._price and exchanges else ""
        lines = status(self._desk, self._where, told)
        window = await self._desk.window()
        if window is not None:
            lines += table(window, self._desk.choice.model)
        self._screen.say("\n".join(lines))

    async def _export(self, argument: str) -> None:
        place = self._desk.place
        if not place.memory.exchanges:
            self._screen.say("There is nothing to export yet.", "error")
            return
        target = named(argument, place.session_id)
        if target is None:
            self._screen.say(f"A session is written as {', '.join(FORMATS)}: name the file so.", "error")
            return
        form, name = target
        transcript, sentences = await self._desk.transcript()
        for sentence in sentences:
            self._screen.say(sentence, "notice")
        path = await asyncio.to_thread(_write, self._directory, name, transcript, form)
        self._screen.say(f"Written to {path}.")


def _write(directory: Path, name: str, transcript: "Transcript", form: str) -> Path:
    """Write a session to a file that is not there yet; returns its path."""
    path = directory / Path(name).expanduser()
    write_new(path, rendered(transcript, form))
    return path


def banner(desk: SessionDesk, exchanges: int | None = None) -> list[str]:
    """The lines that say which session and which model this is."""
    if not desk.keeps:
        return ["Session: not stored (--no-session)", model_line(desk)]
    name = f"Session: {desk.place.session_id}"
    if exchanges is not None:
        name += f" (resumed, {exchanges} exchange{'' if exchanges == 1 else 's'})"
    return [name, model_line(desk)]


def model_line(desk: SessionDesk) -> str:
    """The line that says which model answers."""
    return f"Model: {desk.choice.model} ({desk.choice.provider_name})"


def status(desk: SessionDesk, where: str, cost: str = "") -> list[str]:
    """The first lines of `/status`; `cost` is what the exchanges cost, in words."""
    place = desk.place
    exchanges = place.exchanges
    rows = [
        (
            "Session",
            f"{place.session_id}{'' if place.stored else ' (not stored yet)'}"
            if desk.keeps
            else "not stored",
        ),
        ("Title", place.title or ""),
        ("Model", f"{desk.choice.model} ({desk.choice.provider_name})"),
        ("Exchanges", f"{place.complete}" + _others(exchanges, place.complete)),
        ("Tokens", tokens(exchanges)),
        ("Cost", cost),
        ("Stored in", where if desk.keeps else ""),
    ]
    return [f"{name}:".ljust(11) + value for name, value in rows if value]


def _others(exchanges: tuple[SessionExchange, ...], complete: int) -> str:
    others = len(exchanges) - complete
    return f" and {others} interrupted or failed" if others else ""


def _choice(metadata: SessionMetadata) -> Choice[str]:
    count = metadata.exchange_count
    return Choice(
        metadata.id,
        f"{metadata.id}  {earlier.moment(metadata.updated_at)}  {earlier.first_line(metadata.preview)}",
        f"{count} exchange{'' if count == 1 else 's'}",
        " ".join(filter(None, (metadata.first_query, metadata.last_query, *metadata.tags))),
    )
