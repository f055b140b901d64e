"""An agent against a server on the loopback, and what its run brought."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from dexter.agent import Agent, Event, Finished, Limits, Notice, Outcome
from dexter.agent.scope import RunTool
from dexter.agent.setting import Price
from dexter.agent.window.recalling import Earlier
from dexter.keys import Keys
from dexter.models.choice import parse_choice
from dexter.tools.registry import Tool
from tests.support.servers import ModelServer

KEY = "sk-test-0123456789"
QUICK = Limits(first_wait=0.001, longest_wait=5)

T = TypeVar("T", bound=Event)


@dataclass
class Told:
    """The events of a run."""

    events: list[Event] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        last = self.events[-1]
        assert isinstance(last, Finished)
        return last.outcome

    @property
    def notices(self) -> list[str]:
        """The lines beside the answer."""
        return [event.text for event in self.of(Notice)]

    def of(self, kind: type[T]) -> list[T]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]


def keys_for(server: ModelServer) -> Keys:
    """Keys and addresses that bring every provider to this server."""
    openai = ("OPENAI", "XAI", "OPENROUTER", "DEEPSEEK", "MOONSHOT")
    values = {f"{name}_BASE_URL": server.base_url for name in openai}
    values |= {f"{name}_BASE_URL": server.address for name in ("ANTHROPIC", "GOOGLE", "OLLAMA")}
    values |= {f"{name}_API_KEY": KEY for name in (*openai, "ANTHROPIC", "GOOGLE")}
    return Keys(values)


def agent_for(
    server: ModelServer,
    model: str = "openai:demo",
    *,
    tools: Sequence[Tool] = (),
    run_tools: Sequence[RunTool] = (),
    limits: Limits = QUICK,
    keys: Keys | None = None,
    earlier: Earlier | None = None,
    second: str | None = None,
    price: Price | None = None,
) -> Agent:
    """An agent that asks this server, on a day in November."""
    return Agent(
        parse_choice(model),
        keys=keys or keys_for(server),
        today=lambda: date(2026, 11, 22),
        tools=tools,
        run_tools=run_tools,
        earlier=earlier,
        limits=limits,
        second=parse_choice(second) if second else None,
        price=price,
    )
