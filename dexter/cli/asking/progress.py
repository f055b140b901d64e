"""One line on standard error that says what a query is doing, if a person is there to read it."""

import asyncio
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, TextIO

from dexter.agent import (
    AnswerPart,
    Event,
    HelperTold,
    Notice,
    PlanChanged,
    ReasoningPart,
    StepStarted,
    ToolStarted,
)
from dexter.cli.screen.lines import plan_text, remark
from dexter.cli.screen.status_line import StatusLine

# Quicker than this, an answer is there before anyone wonders.
PATIENCE = 0.7
INTERVAL = 0.2


class Progress:
    """While entered, in a running event loop, keeps a line on a terminal up to date.

    Elsewhere it only tells notices. The line is gone when it is left.
    """

    def __init__(
        self,
        stream: TextIO | None,
        labels: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = StatusLine(stream)
        self._labels = labels
        self._clock = clock
        self._what = "Thinking"
        self._began = clock()
        self._planned: tuple[str, ...] = ()
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._began = self._clock()
        if self._line.live:
            self._task = asyncio.get_running_loop().create_task(self._tick())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def show(self, event: Event) -> None:
        """Say what an event means for whoever waits."""
        match event:
            case StepStarted() | ReasoningPart():
                self._what = "Thinking"
            case AnswerPart():
                self._what = "Answering"
            case ToolStarted(name=name):
                self._what = self._labels.get(name, name)
            case HelperTold(number=number, event=ToolStarted(name=name)):
                self._what = f"{number}. helper: {self._labels.get(name, name)}"
            case PlanChanged(items=items):
                texts = tuple(item.text for item in items)
                if texts != self._planned:
                    self._planned = texts
                    self._line.clear()
                    remark(plan_text(texts))
            case Notice(text=text):
                self._line.clear()
                remark(text)
            case _:
                pass

    def stop(self) -> None:
        """Take the line away."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._line.clear()

    async def _tick(self) -> None:
        await asyncio.sleep(PATIENCE)
        while True:
            self._line.draw(f"{self._what}... {self._clock() - self._began:.0f} s")
            await asyncio.sleep(INTERVAL)
