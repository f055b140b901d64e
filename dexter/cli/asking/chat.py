"""The interactive chat, put together from its options.

The prompt is drawn first; the model library, and for a new session the store, are loaded behind it.
"""

import asyncio
import contextlib
import functools
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dexter.chat.desk import SessionDesk
from dexter.chat.effects import Effects
from dexter.chat.loop import Chat
from dexter.chat.model_menu import ModelMenu
from dexter.chat.search_menu import SearchMenu
from dexter.chat.session_commands import SessionCommands
from dexter.chat.status_lines import banner
from dexter.cli import collecting
from dexter.cli.asking.chat_screen import closed_by_signals, screen_for
from dexter.cli.asking.chat_words import ChatWords
from dexter.cli.equipping.masking import masks_of
from dexter.cli.equipping.preferences import preferences
from dexter.cli.machines import background
from dexter.cli.options import Options
from dexter.errors import NothingToContinue, UsageError
from dexter.keys import Keys, env_file_to_write, env_files, load_keys
from dexter.models.choice import ModelChoice, choose_model
from dexter.models.ollama import looker
from dexter.secrets import Masks
from dexter.sessions import SessionExchange
from dexter.settings import Settings
from dexter.terminal.typed import TypedQueries
from dexter.terminal.typing_record import TypingRecord

if TYPE_CHECKING:  # 100 ms of imports that a first prompt does not wait for
    from dexter.agent import Agent
    from dexter.chat.commands import Command
    from dexter.sessions import ResumedSession, SessionManager
    from dexter.tools.acting.consent import Consent


def run_chat(options: Options) -> int:
    """Chat until the user leaves; returns 0, or 128 and the number of the signal that ended it.

    Raises:
        UsageError: If `--resume` has no terminal to pick on.
        NothingToContinue: If `--continue` finds no session.
        ModelNotFound: If `--model` names nothing that can answer.
        SessionNotFound: If there is no such session.
        AmbiguousSession: If more than one begins like that.
    """
    typing = sys.stdin is not None and sys.stdin.isatty()
    if options.resume and not (typing and sys.stdout.isatty()):
        raise UsageError("--resume picks a session on a terminal; without one, name it: dexter --session ID.")
    if not typing:
        from dexter.cli.asking.piped import run_piped

        return run_piped(options)
    keys = load_keys(options.environment, env_files(options.directory, options.home))
    settings, remarks = preferences(options)
    chosen = choose_model(options.model, settings, keys, looker(keys))
    remarks += [chosen.notice] if chosen.notice else []
    remarks += background.remarks(options, settings)
    manager, resumed = _resumed(options, masks_of(keys, settings))
    sitting = _Sitting(options, keys, settings, chosen.choice)
    if manager is not None and resumed is not None:
        sitting.desk.sit_down(manager, resumed)
    return asyncio.run(sitting.chat(remarks, resumed))


class _Sitting:
    """One chat and its parts."""

    def __init__(self, options: Options, keys: Keys, settings: Settings, choice: ModelChoice) -> None:
        self._menu: ModelMenu
        self._options = options
        self._settings = settings
        self._choice = choice
        self._consenting: Consent | None = None

        # Asked each time: a key that is typed in the chat counts from then on.
        def masks() -> Masks:
            return masks_of(self._menu.keys, settings)

        self._typed = TypedQueries(options.paths, masks)
        self._screen = screen_for(options, self._typed, self._skills)
        self._words = words = ChatWords(options.environment)
        self.desk = SessionDesk(
            choice,
            make_agent=self._made,
            open_manager=lambda: _open(options, masks),
            keeps=not options.no_session,
            words=words,
            clock=time.time,
        )
        self._menu = ModelMenu(
            self._screen,
            keys,
            settings_file=None if options.no_session else options.paths.settings_file,
            key_file=env_file_to_write(options.directory, options.home),
            warm_up=_warm_up,
        )
        self._searches = SearchMenu(
            self._screen,
            self._menu,
            preferred=settings.search_provider,
            settings_file=None if options.no_session else options.paths.settings_file,
            key_file=env_file_to_write(options.directory, options.home),
        )
        self._sessions = SessionCommands(self._screen, self.desk)
        self._effects = Effects(
            self._screen,
            self.desk,
            self._sessions,
            models=self._menu,
            searches=self._searches,
            explain=words.of_error,
            directory=options.directory,
            where=str(options.paths.sessions),
            pages={name: functools.partial(_page, options, masks, name) for name in ("rules", "skills")},
            skills=self._skills,
            price=_price,
        )

    def _skills(self) -> "Sequence[Command]":
        """The skills there are now."""
        from dexter.cli.equipping.guidance import skill_commands

        return skill_commands(self._options)

    def _made(self, choice: ModelChoice, manager: "SessionManager") -> "Agent":
        """Who answers from now on."""
        from dexter.cli.equipping.agents import agent_of

        settings = replace(self._settings, search_provider=self._searches.preferred)
        return agent_of(self._options, self._menu.keys, settings, choice, manager, consent=self._consent())

    def _consent(self) -> "Consent":
        """Who allows what tools do; one for the whole chat, whatever model is asked."""
        if self._consenting is None:
            from dexter.chat.person import PersonAtScreen
            from dexter.cli.equipping.acting import consent_of

            self._consenting = consent_of(
                self._options,
                self._settings,
                person=PersonAtScreen(self._screen),
                session=lambda: self.desk.place.session_id,
            )
        return self._consenting

    async def chat(self, remarks: Sequence[str], resumed: "ResumedSession | None") -> int:
        """Chat from the banner to the farewell; returns the exit code."""
        screen, desk = self._screen, self.desk
        caught: list[int] = []
        asyncio.get_running_loop().set_exception_handler(self._note_bug)
        if not self._options.resume:
            screen.say("\n".join(banner(desk, resumed.metadata.exchange_count if resumed else None)))
        for remark in remarks:
            screen.say(remark, "notice")
        async with screen.running():
            with closed_by_signals(screen, caught), TypingRecord(self._typed, keeps=desk.keeps) as record:
                threading.Thread(target=_warm_up, args=(self._choice,), daemon=True).start()
                background.begin(self._options, "start")
                await self._settle_trust()
                if await self._found(resumed):
                    news = asyncio.create_task(self._say_news())
                    asked = record.beside(desk)
                    await Chat(screen, asked, self._effects.obey, record.typed, self._skills).run()
                    await news
        await desk.close()
        if self._typed.trouble:
            screen.say(self._typed.trouble, "notice")
        if desk.was_stored is not None:
            screen.say(f"Resume with: dexter --session {desk.was_stored}")
        return 128 + caught[0] if caught else 0

    def _note_bug(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:  # noqa: ARG002
        """Put what failed in a task into the log: on the screen it would stand across the prompt."""
        if (error := context.get("exception")) is not None:
            self._words.of_error(error)

    async def _settle_trust(self) -> None:
        """Ask whether what the settings let happen by itself may, before anything can."""
        settings = self._settings
        if settings.mcp_servers or settings.source_urls or settings.permissions.rules.allow:
            from dexter.cli.asking.trusting import usable

            self._settings = await usable(self._screen, self._options, settings)

    async def _found(self, resumed: "ResumedSession | None") -> bool:
        """Show the session that goes on, after picking it if need be; False if the user picked none."""
        if resumed is not None:
            await self._sessions.show_resumed(resumed)
        elif self._options.resume:
            picked = await self._sessions.pick_session()
            if picked is None:
                return False
            await self._sessions.go_to(picked)
        return True

    async def _say_news(self) -> None:
        for sentence in await self.desk.news():
            self._screen.say(sentence, "notice")


def _open(options: Options, masks: Masks | Callable[[], Masks]) -> "SessionManager":
    from dexter.identity import user_identity
    from dexter.sessions import SessionManager

    return SessionManager(
        options.home,
        identity=lambda: user_identity(options.paths.sessions, options.environment),
        masks=masks,
    )


def _resumed(options: Options, masks: Masks) -> "tuple[SessionManager | None, ResumedSession | None]":
    if not (options.session or options.continue_):
        return None, None
    manager = _open(options, masks)
    wanted = options.session
    if wanted is None:
        known = manager.list_sessions()
        if not known:
            raise NothingToContinue
        wanted = known[0].id
    return manager, manager.resume(wanted, record=not options.no_session)


def _page(options: Options, masks: Callable[[], Masks], name: str) -> str:
    from dexter.cli.equipping.guidance import pages

    return pages(options, masks())[name]()


def _price(exchange: SessionExchange) -> Decimal | None:
    from dexter.cli.equipping.prices import list_price
    from dexter.sessions.catalog.exchange_rows import Facts

    usage = exchange.token_usage
    tokens = (
        (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens)
        if usage
        else (None, None)
    )
    who = (exchange.provider, exchange.model, exchange.status, exchange.duration)
    return list_price(Facts("", exchange.id, exchange.timestamp, *who, *tokens))


def _warm_up(choice: ModelChoice) -> None:
    """Import what the first query will need; whatever is missing then says so then."""
    from dexter.agent import warm_up

    with contextlib.suppress(ImportError):
        import dexter.asking
        import dexter.terminal.markdown  # noqa: F401
    warm_up(choice)
    collecting.as_usual()  # a chat may go on for days
