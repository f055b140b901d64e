"""Keeps the list of typed queries up to date while a chat runs, without making the chat wait."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from dexter.agent.events import Event, Finished
from dexter.chat.loop import Cancellable, Desk, Stored
from dexter.terminal.typed import TypedQueries


class TypingRecord:
    """Writes queries and answers in a thread of its own, in order; leaving waits for the last one."""

    def __init__(self, typed: TypedQueries, *, keeps: bool) -> None:
        """A record.

        Args:
            typed: The list.
            keeps: Otherwise nothing is written.
        """
        self._list = typed
        self._writer = ThreadPoolExecutor(1) if keeps else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.shutdown()

    def typed(self, query: str) -> None:
        """A query was typed."""
        if self._writer is not None:
            self._writer.submit(self._list.add, query)

    def answered(self, query: str, answer: str) -> None:
        """A query was answered."""
        if self._writer is not None:
            self._writer.submit(self._list.answer, query, answer)

    def beside(self, desk: Desk) -> Desk:
        """A desk that does what this one does and has its answers noted."""
        return _Noted(desk, self)


class _Noted:
    def __init__(self, desk: Desk, record: TypingRecord) -> None:
        self._desk = desk
        self._record = record

    async def ask(
        self,
        query: str,
        *,
        show: Callable[[Event], None],
        started: Callable[[Cancellable], None],
        further: Callable[[], Sequence[str]],
    ) -> Stored:
        def noting(event: Event) -> None:
            if isinstance(event, Finished) and event.outcome.answer:
                self._record.answered(query, event.outcome.answer)
            show(event)

        return await self._desk.ask(query, show=noting, started=started, further=further)
