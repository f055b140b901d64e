"""Who sits at the terminal, as tools see them: somebody who can be asked while a run goes on.

Owns the shape of a question and of its answer. Where nobody sits there is no `Person` at all.
"""

import time
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

Look = Literal["plain", "added", "removed", "faint"]


class Shown(msgspec.Struct, frozen=True):
    """One line of what is shown with a question."""

    text: str
    look: Look = "plain"


class Question(msgspec.Struct, frozen=True):
    """Something to be answered before a tool goes on.

    Attributes:
        title: What is asked, in a line.
        choices: What may be answered.
        body: What a person has to see before they answer, whole.
        several: Whether more than one choice may be taken.
        own_text: Whether an answer may be typed instead.
        first: The choice that a hasty Enter takes.
    """

    title: str
    choices: tuple[str, ...]
    body: tuple[Shown, ...] = ()
    several: bool = False
    own_text: bool = False
    first: int = 0


class Answer(msgspec.Struct, frozen=True):
    """The choices taken, as places from 0, or the text that was typed instead."""

    chosen: tuple[int, ...] = ()
    text: str = ""


class Person(Protocol):
    """Somebody at a terminal; one question at a time, others wait."""

    async def ask(self, question: Question) -> Answer | None:
        """The answer, however long it takes; None if they do not want to answer."""


class TimedPerson:
    """A person, and how long they were asked."""

    def __init__(self, person: Person, clock: Callable[[], float] = time.monotonic) -> None:
        self._person = person
        self._clock = clock
        self._asking = 0
        self._since = 0.0
        self._before = 0.0

    @property
    def waited(self) -> float:
        """Seconds in which at least one question was open, up to now."""
        return self._before + (self._clock() - self._since if self._asking else 0.0)

    async def ask(self, question: Question) -> Answer | None:
        """As the person's."""
        if not self._asking:
            self._since = self._clock()
        self._asking += 1
        try:
            return await self._person.ask(question)
        finally:
            self._asking -= 1
            if not self._asking:
                self._before += self._clock() - self._since
