"""The person at the screen, as tools ask them: one question at a time, in the order in which they come."""

import asyncio

from dexter.chat.screen import Screen
from dexter.tools.person import Answer, Question


class PersonAtScreen:
    """Asks whoever sits at a screen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._turn = asyncio.Lock()

    async def ask(self, question: Question) -> Answer | None:
        """The answer, however long it takes; None if they do not want to answer."""
        async with self._turn:
            return await self._screen.ask(question)
