"""What each slash command does: to the model, on the screen; what leads elsewhere is in `session_commands`.

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
from dexter.chat.screen import Screen
from dexter.chat.search_menu import SearchMenu
from dexter.chat.session_commands import SessionCommands
from dexter.chat.status_lines import model_line, status
from dexter.chat.window_table import Price, cost, table
from dexter.errors import DexterError
from dexter.exports.formats import FORMATS, rendered
from dexter.exports.saving import write_new

if TYPE_CHECKING:  # a prompt waits for no repository
    from dexter.sessions import Transcript


class Effects:
    """Does what slash commands say."""

    def __init__(
        self,
        screen: Screen,
        desk: SessionDesk,
        sessions: SessionCommands,
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
            sessions: Does what leads elsewhere.
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
        self._sessions = sessions
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
            "new": self._sessions.new,
            "resume": self._sessions.resume,
            "sessions": self._sessions.resume,
            "rename": self._sessions.rename,
            "fork": self._sessions.fork,
            "rewind": self._sessions.rewind,
            "history": self._history,
            "status": self._status,
            "export": self._export,
            "clear": self._sessions.clear,
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

    async def _history(self, argument: str) -> None:
        place = self._desk.place
        if not place.exchanges:
            self._screen.say("Nothing has been asked in this session yet.")
        elif argument.casefold() == "all":
            await self._sessions.show(place.exchanges)
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
