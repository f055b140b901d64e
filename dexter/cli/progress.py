"""One line on standard error that says what a query is doing, if a person is there to read it."""

import asyncio
import os
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
from dexter.cli.lines import plan_text, remark

# Quicker than this, an answer is there before anyone wonders.
PATIENCE = 0.7
INTERVAL = 0.2
_START_OF_LINE = "\r\x1b[K"


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
        self._stream = stream
        self._labels = labels
        self._clock = clock
        self._live = stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
        self._what = "Thinking"
        self._began = clock()
        self._drawn = False
        self._planned: tuple[str, ...] = ()
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._began = self._clock()
        if self._live:
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
                    self._clear()
                    remark(plan_text(texts))
            case Notice(text=text):
                self._clear()
                remark(text)
            case _:
                pass

    def stop(self) -> None:
        """Take the line away."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._clear()

    async def _tick(self) -> None:
        await asyncio.sleep(PATIENCE)
        while True:
            self._write(f"{_START_OF_LINE}{self._what}... {self._clock() - self._began:.0f} s")
            self._drawn = True
            await asyncio.sleep(INTERVAL)

    def _clear(self) -> None:
        if self._drawn:
            self._drawn = False
            self._write(_START_OF_LINE)

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._live = False
