"""What the chat asks of a screen, and what a screen gives it: values and a protocol.

Owns the seam between the loop and the terminal. Knows neither.
"""

from collections.abc import Sequence
from typing import Generic, Literal, Protocol, TypeVar

import msgspec

from dexter.agent.events import Event, Outcome
from dexter.sessions import SessionExchange, Step
from dexter.tools.person import Answer, Question

T = TypeVar("T")
V_co = TypeVar("V_co", covariant=True)

Tone = Literal["plain", "faint", "notice", "error"]


class Line(msgspec.Struct, frozen=True):
    """The user typed this, not blank; it may hold newlines."""

    text: str


class Interrupt(msgspec.Struct, frozen=True):
    """Ctrl+C at an empty prompt; `again` if nothing was typed since the one before."""

    again: bool = False


class Back(msgspec.Struct, frozen=True):
    """Escape twice at an empty prompt: the user wants to go back to an earlier query."""


class Close(msgspec.Struct, frozen=True):
    """The user wants to leave: Ctrl+D, a closed terminal, a signal."""


Input = Line | Interrupt | Back | Close


class Choice(msgspec.Struct, Generic[V_co], frozen=True):
    """One of several to pick from; `keywords` is searched beside what is shown."""

    value: V_co
    label: str
    detail: str = ""
    keywords: str = ""
    current: bool = False

    @property
    def searched(self) -> str:
        """The text that letters typed are looked for in."""
        return f"{self.label} {self.detail} {self.keywords}"


class Asking(Protocol):
    """What a menu needs of a terminal. Texts may hold anything: the screen cleans them."""

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Show lines of our own."""

    async def pick(self, title: str, choices: Sequence[Choice[T]]) -> T | None:
        """Let the user pick one of the choices; None if they leave."""

    async def ask_secret(self, title: str) -> str | None:
        """Let the user type something unseen; None if they leave."""


class Screen(Asking, Protocol):
    """What the chat needs of a terminal."""

    async def read(self) -> Input:
        """The next thing that the user did."""

    def hint(self, text: str) -> None:
        """Show a line by the prompt until the next input."""

    def show_exchange(self, exchange: SessionExchange, steps: Sequence[Step] = ()) -> None:
        """Show an earlier exchange, with what was drawn in its steps."""

    def begin(self, query: str) -> None:
        """Show a query, and that it is being worked on."""

    def waits_for(self, what: str) -> None:
        """Show what the query is waiting for."""

    def show(self, event: Event) -> None:
        """Show what happens while a query runs."""

    def end(self, outcome: Outcome | None, *, commit: str | None = None, stored: bool = False) -> None:
        """Show how the query ended; None if it never got to run."""

    def show_waiting(self, queries: Sequence[str]) -> None:
        """Show what waits for its turn."""

    async def ask(self, question: Question) -> Answer | None:
        """Let the user answer a question of the run, below it; None if they do not want to."""

    def offer(self, text: str) -> None:
        """Put a text where the user types, to be changed and asked."""

    def clear(self) -> None:
        """Empty the screen."""

    @property
    def width(self) -> int:
        """Columns."""
