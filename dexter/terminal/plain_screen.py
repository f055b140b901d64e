"""The chat without cursor movement and colours: for a dumb terminal, or an output that is a file.

Owns the same things as `screen`, line by line: nothing that was written is ever changed.
"""

import asyncio
import contextlib
import getpass
import signal
import threading
from collections.abc import AsyncIterator, Sequence
from typing import TextIO, TypeVar

from dexter.agent.events import (
    AnswerPart,
    Event,
    Finished,
    Heard,
    HelperTold,
    Notice,
    Outcome,
    PlanChanged,
    ToolFinished,
    ToolStarted,
)
from dexter.chat.screen import Choice, Close, Input, Interrupt, Line, Tone
from dexter.sessions import SessionExchange, Step
from dexter.sessions.records.plots import plots_of
from dexter.terminal import phrases, question_lines
from dexter.terminal.blocks import BlockSplitter
from dexter.terminal.cleaning import clean, one_line
from dexter.terminal.filtering import matching
from dexter.terminal.input_area import typed_text
from dexter.terminal.past import past_queries
from dexter.terminal.plots import table
from dexter.terminal.run_view import is_told
from dexter.terminal.styles import Paint
from dexter.terminal.tree import Tree, plain_line
from dexter.tools.person import Answer, Question
from dexter.tools.plotting import plot_in

T = TypeVar("T")

_PAINT = Paint(weight=False, colour=False)
_WIDTH = 200


class PlainScreen:
    """The screen of one chat; use it inside `async with screen.running()`."""

    def __init__(self, source: TextIO, output: TextIO, prompts: TextIO | None) -> None:
        """A screen.

        Args:
            source: Where lines are typed.
            output: Where everything is written.
            prompts: Where the prompt goes: a terminal, or None.
        """
        self._source = source
        self._output = output
        self._prompts = prompts
        self._inputs: asyncio.Queue[Input] = asyncio.Queue()
        self._answers: asyncio.Queue[Input] | None = None
        self._gone = False
        self._splitter = BlockSplitter()
        self._tools: dict[str, ToolStarted] = {}
        self._tree = Tree(_PAINT)
        self._planned: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Columns that a line may take before it is cut."""
        return _WIDTH

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Read lines until the block ends."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, lambda: self.give(Interrupt(again=True)))
        threading.Thread(target=self._listen, args=(loop,), daemon=True).start()
        self._prompt()
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    async def read(self) -> Input:
        """The next line, Ctrl+C, or the end."""
        return await self._inputs.get()

    def give(self, given: Input) -> None:
        """Let `read` return this."""
        (self._inputs if self._answers is None else self._answers).put_nowait(given)

    def say(self, text: str, tone: Tone = "plain") -> None:  # noqa: ARG002
        """Write lines of our own."""
        self._write(f"{clean(text)}\n")

    def hint(self, text: str) -> None:
        """Write a line by the prompt."""
        self._write(f"{clean(text)}\n")
        self._prompt()

    def show_exchange(self, exchange: SessionExchange, steps: Sequence[Step] = ()) -> None:
        """Write an earlier exchange."""
        parts = [past_queries(exchange, _WIDTH, _PAINT), *map(table, plots_of(steps))]
        parts.append(clean(exchange.answer).strip())
        parts.append(phrases.earlier_ending(exchange, _WIDTH, _PAINT))
        self._write("\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n\n")

    def begin(self, query: str) -> None:  # noqa: ARG002
        """Begin to show a run; what was typed stands there already."""
        self._splitter = BlockSplitter()
        self._tools = {}
        self._tree = Tree(_PAINT)
        self._planned = ()

    def waits_for(self, what: str) -> None:
        """Nothing: there is no line that moves."""

    def show(self, event: Event) -> None:
        """Write what an event finished."""
        match event:
            case AnswerPart(text=text):
                self._blocks(self._splitter.feed(text))
            case ToolStarted():
                self._blocks(self._splitter.finish())
                self._tools[event.call_id] = event
            case ToolFinished():
                self._ended(event)
            case HelperTold():
                if line := plain_line(event, self._tree.take(event), _WIDTH):
                    self._write(f"{line}\n")
            case PlanChanged():
                self._write_plan(event)
            case Heard(text=text):
                self._write(phrases.query(text, _WIDTH, _PAINT))
            case Notice(text=text):
                self._write(f"{clean(text)}\n")
            case Finished():
                self._blocks(self._splitter.finish())

    def _ended(self, event: ToolFinished) -> None:
        unseen = ToolStarted(event.step, event.call_id, event.name, {})
        started = self._tools.pop(event.call_id, unseen)
        if is_told(event, planned=bool(self._planned)):
            return
        self._write(phrases.tool(started, event, _WIDTH, _PAINT) + "\n")
        plot = plot_in(event.name, started.arguments, ok=event.ok)
        if plot is not None:
            self._write(f"\n{table(plot)}")

    def _write_plan(self, event: PlanChanged) -> None:
        # Nothing that was written changes: a plan is there once, and again only if it is another one.
        texts = tuple(item.text for item in event.items)
        if texts != self._planned:
            self._planned = texts
            self._write("\n".join(phrases.plan(event.items, _WIDTH, _PAINT)) + "\n")

    def end(self, outcome: Outcome | None, *, commit: str | None = None, stored: bool = False) -> None:
        """Write how the query ended."""
        if outcome is not None:
            ending = phrases.ending(outcome, commit=commit, stored=stored, width=_WIDTH, paint=_PAINT)
            self._write(f"\n{ending}\n")
        self._prompt()

    def show_waiting(self, queries: Sequence[str]) -> None:
        """Nothing: what was typed stands there already."""

    async def pick(self, title: str, choices: Sequence[Choice[T]]) -> T | None:
        """Let the user type the number of a choice, or a word of it; None if they type nothing."""
        found = list(range(len(choices)))
        while True:
            lines = [f"{number}. {one_line(choices[at].label)}  {one_line(choices[at].detail)}"
                     for number, at in enumerate(found, 1)]  # fmt: skip
            self._write(
                "\n".join([one_line(title), *lines, "A number, a word to search, or nothing to leave:"])
                + "\n"
            )
            typed = await self._asked()
            if not typed:
                return None
            if typed.isdecimal() and 1 <= int(typed) <= len(found):
                return choices[found[int(typed) - 1]].value
            found = matching(typed, [choice.searched for choice in choices])

    async def ask(self, question: Question) -> Answer | None:
        """Let the user type a number, or a text where one is wanted; None if they type nothing."""
        self._write(question_lines.shown(question, _WIDTH, _PAINT))
        self._write("\n".join([*question_lines.numbered(question), "A number, or nothing for no:"]) + "\n")
        while True:
            answer = question_lines.typed_answer(question, await self._asked())
            if not isinstance(answer, str):
                self._write(question_lines.answered(question, answer, _WIDTH, _PAINT))
                return answer
            self._write(f"{answer}\n")

    async def ask_secret(self, title: str) -> str | None:
        """Let the user type something that is not echoed; None if they type nothing."""
        if self._prompts is None:
            return None
        self._write(f"{one_line(title)}\n")
        with contextlib.suppress(EOFError):
            return (await asyncio.to_thread(getpass.getpass, "Key: ", self._prompts)).strip() or None
        return None

    def offer(self, text: str) -> None:
        """Write a text that the user may type again, changed."""
        self._write(f"{clean(text)}\n")
        self._prompt()

    def clear(self) -> None:
        """Nothing: what is written stays."""

    async def _asked(self) -> str:
        self._answers = asyncio.Queue()
        self._prompt()
        try:
            given = await self._answers.get()
        finally:
            self._answers = None
        if isinstance(given, Close):
            self._inputs.put_nowait(given)
        return given.text.strip() if isinstance(given, Line) else ""

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand the lines typed to the event loop, until there are no more."""
        while True:
            try:
                line = self._source.readline()
            except (OSError, ValueError):
                line = ""
            # The end of the lines comes after them: what they ask is answered first.
            given = Line(typed_text(line.rstrip("\r\n")) if line else "exit")
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._heard, given)
            if not line:
                return

    def _heard(self, given: Input) -> None:
        if self._answers is None and isinstance(given, Line) and not given.text.strip():
            self._prompt()
            return
        self.give(given)

    def _blocks(self, blocks: Sequence[str]) -> None:
        for block in blocks:
            self._write("\n" + block.strip("\n") + "\n")

    def _prompt(self) -> None:
        if self._prompts is not None:
            with contextlib.suppress(OSError, ValueError):
                self._prompts.write(phrases.PROMPT)
                self._prompts.flush()

    def _write(self, text: str) -> None:
        try:
            self._output.write(text)
            self._output.flush()
        except (OSError, ValueError):
            # Whoever read it has gone; what runs is still saved.
            if not self._gone:
                self._gone = True
                self._inputs.put_nowait(Close())
