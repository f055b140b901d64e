"""An agent whose tools act in a folder, and a person who answers by a script."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from dexter.agent import Memory
from dexter.agent.events import Notice
from dexter.agent.scope import RunTool, Scope
from dexter.keys import Keys
from dexter.permissions.rules import Permissions, Rule
from dexter.tools.acting.consent import Consent
from dexter.tools.acting.folder import Folder
from dexter.tools.acting.running import without_keys
from dexter.tools.acting.tools import Making, acting_tools
from dexter.tools.acting.workplace import Workplace
from dexter.tools.person import Answer, Question
from dexter.tools.registry import Tool
from tests.support.agents import QUICK, Told, agent_for
from tests.support.servers import Call, ModelServer, Reply

YES, FOR_SESSION, ALWAYS, NO = Answer((0,)), Answer((1,)), Answer((2,)), None


class Scripted:
    """A person who gives these answers, one after the other, and remembers what was asked."""

    def __init__(self, *answers: Answer | None, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.asked: list[Question] = []
        self._answers = list(answers)
        self._meanwhile = meanwhile

    async def ask(self, question: Question) -> Answer | None:
        self.asked.append(question)
        self._meanwhile()
        await asyncio.sleep(0)
        return self._answers.pop(0)


def workplace(
    root: Path,
    *,
    person: Scripted | None = None,
    rules: dict[str, list[str]] | None = None,
    keys: Keys | None = None,
    environment: dict[str, str] | None = None,
    remember: Callable[[Rule], str | None] | None = None,
    session: Callable[[], str | None] = lambda: "a7k3m9x2",
) -> Workplace:
    """A workplace with rules as they stand in the settings."""
    held = Permissions.of(rules or {}).rules
    keys = keys or Keys()
    consent = Consent(held, person=person, session=session, remember=remember)
    environment = without_keys(environment or {"PATH": "/usr/bin:/bin"}, tuple(keys.secrets))
    return Workplace(Folder(root), consent, environment, keys.mask)


def run_tools(place: Workplace) -> list[RunTool]:
    """The tools as they are made for each run."""

    def of_run(make: Making) -> RunTool:
        def made(scope: Scope) -> Tool:
            return make(lambda text: scope.emit(Notice(text)))

        return made

    return [of_run(make) for make in acting_tools(place)]


def told(place: Workplace, *calls: Call | Sequence[Call], query: str = "Do it.") -> Told:
    """What happens when a model makes these calls, one step after the other, and then answers."""
    steps = [(call,) if isinstance(call, Call) else tuple(call) for call in calls]
    with ModelServer([*(Reply(calls=step) for step in steps), Reply("Done.")]) as server:

        async def asked() -> Told:
            agent = agent_for(server, run_tools=run_tools(place), limits=QUICK)
            found = Told()
            async for event in agent.start(query, Memory()):
                found.events.append(event)
            await agent.close()
            return found

        return asyncio.run(asked())
