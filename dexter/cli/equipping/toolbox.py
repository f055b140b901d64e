"""All that a model may call, put together once for chat, `--print` and pipes."""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dexter.agent.briefing import Brief
from dexter.agent.events import Notice
from dexter.agent.planning import plan_tool
from dexter.agent.remote import Servers
from dexter.agent.research import research_tool
from dexter.agent.scope import RunTool, Scope
from dexter.cli.equipping.acting import consent_of, workplace_of
from dexter.cli.equipping.guidance import brief_of, shelf_of
from dexter.cli.equipping.masking import masks_of
from dexter.cli.equipping.network import network
from dexter.cli.options import Options
from dexter.errors import DexterError
from dexter.keys import Keys
from dexter.settings import Settings
from dexter.skills.telling import skill_tool
from dexter.tools.acting.consent import Consent
from dexter.tools.acting.tools import Making, acting_tools
from dexter.tools.plot import PLOT
from dexter.tools.reading import READ_RESULT, reading_tool
from dexter.tools.registry import Tool, all_tools

if TYPE_CHECKING:
    from dexter.sessions import SearchHit, SessionManager


@dataclass(frozen=True)
class Toolbox:
    """The tools of one agent, those that are made for each run, and how what they keep open is let go of.

    `brief` makes what the model is told in each run beside its question.
    """

    tools: tuple[Tool, ...]
    run_tools: tuple[RunTool, ...]
    servers: Servers | None
    close: Callable[[], Awaitable[None]]
    brief: Brief
    earlier: "_Recall | None"
    """Finds what earlier sessions have on a question; None if that is switched off."""


def toolbox(
    options: Options,
    keys: Keys,
    settings: Settings,
    sessions: "SessionManager",
    *,
    consent: Consent | None = None,
) -> Toolbox:
    """What the model may call. Nothing is opened or written before it is called.

    Args:
        options: Of this run.
        keys: Keys and addresses.
        settings: Of the home.
        sessions: What may be recalled.
        consent: Who allows what tools do; None where there is nobody to ask.
    """
    net = network(options, keys, settings)
    # All of these only read and compute: helpers get them, too.
    reading = all_tools(recall=_Recall(sessions), clock=time.time, fetching=net.tools)
    consent = consent or consent_of(options, settings)
    acting = map(_of_run, acting_tools(workplace_of(options, keys, consent)))
    own = (lambda _: skill_tool(lambda: shelf_of(options)), research_tool(reading), read_result)
    run_tools = (*own, plan_tool, *acting)
    servers = None
    if settings.mcp_servers:
        servers = Servers(settings.mcp_servers, consent, keys, options.directory, keys.mask)
    brief = brief_of(options, masks_of(keys, settings))
    recalls = not options.no_recall and settings.recall is not False
    earlier = _Recall(sessions) if recalls else None
    return Toolbox((*reading, PLOT), run_tools, servers, net.close, brief, earlier)


def _of_run(make: Making) -> RunTool:
    """A tool that tells the user what it could not do."""

    def made(scope: Scope) -> Tool:
        return make(lambda text: scope.emit(Notice(text)))

    return made


def read_result(scope: Scope) -> Tool:
    """The tool that reads on in the results of a run and of the exchanges before it."""
    return Tool(READ_RESULT, "Reading on in a result", reading_tool(scope.results))


@dataclass(frozen=True)
class _Recall:
    """The search over saved sessions; what can't be read is not found, and no reason to fail."""

    sessions: "SessionManager"

    def search(self, query: str, limit: int, *, since: int | None = None) -> "Sequence[SearchHit]":
        with suppress(DexterError):
            return self.sessions.search(query, limit, since=since)
        return ()

    def offer(self, query: str, limit: int) -> "Sequence[SearchHit]":
        with suppress(DexterError):
            return self.sessions.search(query, limit, besides=self.sessions.session_id or "")
        return ()
