"""What a run without a chat needs, put together from its options: keys, model, agent, session, memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dexter.agent import Agent, Memory, remembered
from dexter.asking import Answered
from dexter.cli.bugs import report
from dexter.cli.equipping.agents import agent_of
from dexter.cli.equipping.masking import masks_of
from dexter.cli.equipping.preferences import preferences
from dexter.cli.machines import background
from dexter.cli.notices import sentence
from dexter.cli.options import Options
from dexter.cli.screen.lines import remark
from dexter.errors import NothingToContinue
from dexter.identity import user_identity
from dexter.keys import env_files, load_keys
from dexter.models.choice import choose_model
from dexter.models.ollama import looker
from dexter.sessions import SessionManager
from dexter.sessions.notices import Notice


@dataclass(frozen=True)
class Equipment:
    """Everything for asking. `manager` is None if nothing is to be stored; `remarks` are for stderr.

    `open_sessions` makes another manager of the same home, for who is in several sessions at once.
    """

    options: Options
    agent: Agent
    memory: Memory
    manager: SessionManager | None
    sessions: SessionManager
    open_sessions: Callable[[], SessionManager]
    notices: tuple[Notice, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def labels(self) -> Mapping[str, str]:
        """What to say while a tool runs, by its name."""
        return {tool.name: tool.label for tool in self.agent.tools}

    def tell(self) -> None:
        """Say on stderr what the user should know before anything is asked."""
        for each in (*self.remarks, *(sentence(notice) for notice in self.notices)):
            remark(each)

    def tell_after(self, answered: Answered) -> None:
        """Say on stderr what the user should know after an exchange."""
        for notice in answered.saved.notices if answered.saved else ():
            remark(sentence(notice))
        if answered.bug is not None:
            where = ("--home", str(self.options.home))
            remark(report(answered.bug, where, self.options.environment))

    def begin_session(self) -> None:
        """Start a session unless one is resumed; for a run that has its first query."""
        if self.manager is not None and self.manager.session_id is None:
            self.manager.start_new(self.agent.choice.model, self.agent.choice.provider)


def equip(options: Options) -> Equipment:
    """What the options ask for; nothing is written yet but that a session is resumed, or synced behind it.

    Raises:
        ModelNotFound: If `--model` names nothing that can answer.
        SessionNotFound: If there is no such session.
        NothingToContinue: If `--continue` finds none.
        AmbiguousSession: If more than one begins like that.
    """
    keys = load_keys(options.environment, env_files(options.directory, options.home))
    settings, remarks = preferences(options)
    chosen = choose_model(options.model, settings, keys, looker(keys))
    remarks += background.remarks(options, settings)
    background.begin(options, "start")

    def open_sessions() -> SessionManager:
        return SessionManager(
            options.home,
            identity=lambda: user_identity(options.paths.sessions, options.environment),
            masks=masks_of(keys, settings),
        )

    sessions = open_sessions()
    memory, notices = _memory(options, sessions)
    agent = agent_of(options, keys, settings, chosen.choice, sessions)
    remarks += [chosen.notice] if chosen.notice else []
    manager = None if options.no_session else sessions
    return Equipment(options, agent, memory, manager, sessions, open_sessions, notices, tuple(remarks))


def _memory(options: Options, sessions: SessionManager) -> tuple[Memory, tuple[Notice, ...]]:
    wanted = options.session
    if options.continue_:
        known = sessions.list_sessions()
        if not known:
            raise NothingToContinue
        wanted = known[0].id
    if wanted is None:
        return Memory(), ()
    resumed = sessions.resume(wanted, record=not options.no_session)
    return remembered(sessions, resumed), resumed.notices
