"""The chat on a terminal: what was said scrolls by, what moves and the prompt stay below it.

Owns the one prompt_toolkit application of a chat. It uses the normal screen: everything finished is printed
once above the prompt and then belongs to the terminal. Nothing asks the terminal where its cursor is, so that
no terminal has to answer.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from prompt_toolkit.formatted_text import ANSI, AnyFormattedText
from prompt_toolkit.input import Input as Keyboard
from prompt_toolkit.output import Output

from dexter.agent.events import AnswerPart, Event, Outcome, ReasoningPart
from dexter.chat.screen import Choice, Close, Input, Interrupt, Tone
from dexter.sessions import SessionExchange, Step
from dexter.terminal import phrases
from dexter.terminal.cleaning import clean, one_line
from dexter.terminal.completion import Further
from dexter.terminal.frames import REDRAWS_PER_SECOND, Frames
from dexter.terminal.input_area import InputArea, typed_text
from dexter.terminal.panels import Panel, PickPanel, SecretPanel
from dexter.terminal.stage import Part, stage
from dexter.terminal.styles import Paint
from dexter.terminal.widths import fit, wrap
from dexter.tools.person import Answer, Question

if TYPE_CHECKING:  # the markdown behind it takes 20 ms, which a first prompt does not wait for
    from dexter.terminal.run_view import RunView

T = TypeVar("T")


class TerminalScreen:
    """The screen of one chat; use it inside `async with screen.running()`."""

    def __init__(
        self,
        keyboard: Keyboard,
        output: Output,
        *,
        history: Sequence[str] = (),
        paint: Paint | None = None,
        wraps: bool = False,
        further: Further = tuple,
    ) -> None:
        """A screen.

        Args:
            keyboard: Where keys come from.
            output: Where it is drawn.
            history: Queries typed before, oldest first.
            paint: How words look.
            wraps: Whether the terminal wraps its lines anew when its width changes.
            further: Looks for slash commands beside those that every chat has.
        """
        self._paint = paint or Paint()
        self._inputs: asyncio.Queue[Input] = asyncio.Queue()
        self._output = output
        self._panel: Panel | None = None
        self._view: RunView | None = None
        self._waiting: tuple[str, ...] = ()
        self._hint = ""
        self._area = InputArea(history, self._typed, further)
        self._application = stage(
            keyboard,
            output,
            self._area,
            lambda: self._panel,
            above=(
                Part(lambda: self._view is not None, self._moving),
                Part(lambda: bool(self._waiting), self._queue),
            ),
            below=(Part(lambda: bool(self._hint), self._hint_line),),
            wraps=wraps,
            colour=self._paint.colour,
        )
        self._frames = Frames(output, self._application)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Show the prompt and read keys until the block ends; the prompt is taken away then."""
        drawn = asyncio.Event()
        self._application.after_render += lambda _: drawn.set()
        task = asyncio.create_task(self._live())
        ticking = asyncio.create_task(self._frames.tick(lambda: self._view is not None))
        try:
            await asyncio.wait([task, asyncio.ensure_future(drawn.wait())], return_when="FIRST_COMPLETED")
            yield
        finally:
            ticking.cancel()
            if self._application.is_running and not self._application.is_done:
                self._application.exit()
            await task

    async def read(self) -> Input:
        """The next thing that the user did: a line, Ctrl+C, or the wish to leave."""
        given = await self._inputs.get()
        self._hint = ""
        return given

    def give(self, given: Input) -> None:
        """Let `read` return this, as if the user had done it; for signals."""
        if self._panel is not None and isinstance(given, Close):
            self._panel.leave()
        self._inputs.put_nowait(given)

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Print lines of our own above the prompt; what they quote is cleaned."""
        if text.startswith("\n") and self._frames.blank_above:
            text = text[1:]
        lines = (part for line in clean(text).split("\n") for part in wrap(line, self.width))
        self._frames.print("".join(f"{phrases.toned(line, tone, self._paint)}\n" for line in lines))

    def hint(self, text: str) -> None:
        """Show a line below the prompt until the next input."""
        self._hint = one_line(text)
        self._application.invalidate()

    def show_exchange(self, exchange: SessionExchange, steps: Sequence[Step] = ()) -> None:
        """Print an earlier exchange."""
        from dexter.terminal.past import past_exchange  # noqa: PLC0415

        self._frames.print(self._gap() + past_exchange(exchange, steps, self.width, self._paint))

    def begin(self, query: str) -> None:
        """Print a query, and show that it is being worked on."""
        from dexter.terminal.run_view import RunView  # noqa: PLC0415

        self._view = RunView(self._paint)
        self._frames.print(self._gap() + phrases.query(query, self.width, self._paint))

    def waits_for(self, what: str) -> None:
        """Say in the moving line what the query is waiting for."""
        if self._view is not None:
            self._view.waits_for(what)
            self._application.invalidate()

    def show(self, event: Event) -> None:
        """Show what happens while a query runs."""
        if self._view is None:
            return
        text = self._view.take(event, self.width)
        if isinstance(event, AnswerPart | ReasoningPart):
            self._frames.stream(text, len(event.text))
        elif text:
            self._frames.print(text)
        else:
            self._application.invalidate()

    def end(self, outcome: Outcome | None, *, commit: str | None = None, stored: bool = False) -> None:
        """Print how the query ended; None if it never got to run."""
        view, self._view = self._view, None
        self._hint = ""
        if view is not None and outcome is not None:
            self._frames.print(view.ending(outcome, self.width, commit=commit, stored=stored))
        self._application.invalidate()

    def show_waiting(self, queries: Sequence[str]) -> None:
        """Show the queries that wait for their turn."""
        self._waiting = tuple(one_line(query) for query in queries)
        self._application.invalidate()

    async def pick(self, title: str, choices: Sequence[Choice[T]]) -> T | None:
        """Let the user pick one of the choices; None if they leave."""
        panel = PickPanel(title, choices, self._size, self._prompt)
        return await self._shown(panel, panel.result)

    async def ask(self, question: Question) -> Answer | None:
        """Print what is asked, and let the user answer below it; None if they do not want to.

        Keys meant for something else must not answer: it waits until what is being typed is done with.
        """
        from dexter.terminal import question_lines  # noqa: PLC0415  a first prompt asks nothing
        from dexter.terminal.questions import QuestionPanel  # noqa: PLC0415

        while self._area.buffer.text:
            self.hint("A question waits: send or clear what you are typing (Esc Esc) to see it.")
            await asyncio.sleep(1 / REDRAWS_PER_SECOND)
        self.hint("")
        before = self._view.settled(self.width) if self._view is not None else ""
        self._frames.print(before + question_lines.shown(question, self.width, self._paint))
        self.waits_for("Waiting for you")
        panel = QuestionPanel(
            question,
            self._size,
            ended=self._prompt,
            cancel=lambda: self._inputs.put_nowait(Interrupt()),
        )
        answer = await self._shown(panel, panel.result)
        self.waits_for("Going on")
        self._frames.print(question_lines.answered(question, answer, self.width, self._paint))
        return answer

    async def ask_secret(self, title: str) -> str | None:
        """Let the user type something that is not shown; None if they leave or type nothing."""
        panel = SecretPanel(title, self._size, self._prompt)
        return await self._shown(panel, panel.result)

    def offer(self, text: str) -> None:
        """Put a text into the prompt."""
        self._area.put(typed_text(text))
        self._application.invalidate()

    def clear(self) -> None:
        """Empty the screen; what has scrolled off stays in the terminal's history."""
        self._application.renderer.clear()
        self._application.invalidate()

    @property
    def width(self) -> int:
        """Columns of the terminal, from 1."""
        return max(self._output.get_size().columns, 1)

    def _gap(self) -> str:
        return "" if self._frames.blank_above else "\n"

    def _size(self) -> tuple[int, int]:
        size = self._output.get_size()
        return max(size.columns, 1), max(size.rows, 1)

    async def _shown(self, panel: Panel, result: "asyncio.Future[T]") -> T:
        self._panel = panel
        self._application.layout.focus(panel.control)
        self._application.invalidate()
        try:
            return await result
        finally:
            self._prompt()
            # The prompt is lower than the panel was; what is left of it must go.
            self._frames.print("")

    def _prompt(self) -> None:
        """Let the keys reach the prompt again."""
        self._panel = None
        self._application.layout.focus(self._area.control)

    def _typed(self, given: Input) -> None:
        self._hint = ""
        self._inputs.put_nowait(given)

    async def _live(self) -> None:
        # A terminal that has gone away ends the chat like Ctrl+D does.
        try:
            with contextlib.suppress(EOFError, OSError):
                await self._application.run_async(set_exception_handler=False)
        finally:
            self._inputs.put_nowait(Close())

    def _moving(self) -> AnyFormattedText:
        width, height = self._size()
        lines = self._view.live(width, max(height - 4, 1)) if self._view else []
        return ANSI("\n".join(lines))

    def _queue(self) -> AnyFormattedText:
        return [("class:detail", "\n".join(phrases.waiting(self._waiting, self.width)))]

    def _hint_line(self) -> AnyFormattedText:
        return [("class:detail", fit(self._hint, self.width - 1))]
