"""A run as it is seen: events in, finished lines out, and what is still moving as a few lines below them.

Owns the state between events: the answer's unfinished block, the reasoning of the step, the tools under way.
Knows nothing of keys, prompts or cursor movement.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dexter.agent.events import (
    AnswerPart,
    Event,
    Finished,
    Heard,
    HelperTold,
    Notice,
    Outcome,
    PlanChanged,
    PlanItem,
    ReasoningPart,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from dexter.terminal import phrases
from dexter.terminal.blocks import BlockSplitter
from dexter.terminal.cleaning import clean, one_line
from dexter.terminal.grouping import Group
from dexter.terminal.styles import Paint
from dexter.terminal.tree import Tree
from dexter.terminal.widths import fit
from dexter.tools.plotting import Plot, plot_in

PLAN, ASK = "plan", "ask_user"
PLAN_LINES = 8
TAIL_LINES = 6
"""Lines of the unfinished block that move; all of it is printed once it is finished."""

_TAIL_CHARACTERS = 4_000
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TURNS_PER_SECOND = 10


@dataclass
class RunView:
    """One run on the screen.

    Attributes:
        paint: How words look.
        clock: Seconds, for the elapsed time.
    """

    paint: Paint
    clock: Callable[[], float] = time.monotonic
    _splitter: BlockSplitter = field(default_factory=BlockSplitter)
    _tools: dict[str, tuple[ToolStarted, float]] = field(default_factory=dict)
    _reasoning: str = ""
    _doing: str = "Starting"
    _tail: tuple[str, int, list[str]] = ("", 0, [])
    _markdown: object | None = None
    _plan: tuple[PlanItem, ...] = ()
    _last: str = "line"  # what was printed last: "line" or "block"

    def __post_init__(self) -> None:
        self._began = self.clock()
        self._tree = Tree(self.paint)
        self._group = Group(self.paint)

    def take(self, event: Event, width: int) -> str:  # noqa: PLR0911  one for each kind of event
        """The lines that this event finished, painted, each with its newline; often there are none."""
        match event:
            case StepStarted():
                self._doing = "Thinking"
                return ""
            case ReasoningPart(text=text):
                self._doing = "Thinking"
                self._reasoning += text
                return ""
            case AnswerPart(text=text):
                before = self._end_reasoning(width) + (self._grouped(width) if text.strip() else "")
                self._doing = "Answering"
                return before + self._blocks(self._splitter.feed(text), width)
            case ToolStarted():
                before = self._end_reasoning(width) + self._blocks(self._splitter.finish(), width)
                self._tools[event.call_id] = (event, self.clock())
                return before
            case ToolFinished():
                return self._ended(event, width)
            case HelperTold():
                self._tree.take(event)
                return ""
            case PlanChanged(items=items):
                self._plan = items
                return ""
            case Heard() | Notice():
                return self._line(self._said(event, width), width)
            case Finished():
                self._doing = "Saving"
                return self.finish(width)

    def _said(self, event: Heard | Notice, width: int) -> str:
        if isinstance(event, Heard):
            return phrases.query(event.text, width, self.paint).rstrip("\n")
        return (self.paint.dim if event.faint else self.paint.yellow)(clean(event.text))

    def _ended(self, event: ToolFinished, width: int) -> str:
        now = self.clock()
        started, since = self._tools.pop(event.call_id, (_unseen(event), now))
        if is_told(event, planned=bool(self._plan)):
            return ""
        helpers = self._tree.ended(event.call_id, width)
        plot = plot_in(event.name, started.arguments, ok=event.ok)
        if event.ok and not helpers and plot is None:
            before = "" if self._group.has_room_for(event) else self._grouped(width)
            self._group.add(started, event, since, now)
            return before
        line = self._line("\n".join([phrases.tool(started, event, width, self.paint), *helpers]), width)
        return line + ("" if plot is None else self._drawn(plot, width))

    def finish(self, width: int) -> str:
        """The lines of what is unfinished, now that nothing more comes."""
        # Helpers that were still at work: what they had come to is kept, so it is shown.
        left = [
            self._line("\n".join([self.paint.dim(fit(f"! {phrases.call(started)}", width)), *helpers]), width)
            for started, _ in self._tools.values()
            if (helpers := self._tree.ended(started.call_id, width))
        ]
        self._tools.clear()
        text = "".join(left) + self._end_reasoning(width) + self._blocks(self._splitter.finish(), width)
        plan, self._plan = phrases.plan(self._plan, width, self.paint), ()
        text += self._line("\n".join(plan), width) if plan else ""
        return text + self._grouped(width)

    def ending(self, outcome: Outcome, width: int, *, commit: str | None, stored: bool) -> str:
        """The last lines of the run: how it ended, where it is stored, a blank line."""
        text = phrases.ending(outcome, commit=commit, stored=stored, width=width, paint=self.paint)
        return f"\n{text}\n"

    def settled(self, width: int) -> str:
        """The lines that were still to grow, for something that somebody else prints behind them."""
        text = self._grouped(width)
        gap, self._last = "\n" if self._last == "block" else "", "line"
        return text + gap

    def waits_for(self, what: str) -> None:
        """Say what the run is waiting for until its next event."""
        self._doing = what

    def live(self, width: int, height: int) -> list[str]:
        """The lines that still move, at most `height`: the unfinished block's end, tools, the spinner."""
        now = self.clock()
        status = [self._status(now, width)]
        for started, since in list(self._tools.values())[-3:]:
            text = fit(f"  {phrases.call(started)} {_seconds(now - since)}", width - 1)
            status[-1:-1] = [self.paint.dim(text), *self._tree.lines(started.call_id, width - 1)]
        plan = phrases.plan(_in_view(self._plan), width, self.paint)
        status = [*plan, *status]
        room = min(TAIL_LINES, max(height - len(status) - 1, 0))
        tail = self._rendered_tail(width)[-room:] if room else []
        gap = [""] if tail else []
        return [*self._group.live(width), *gap, *tail, *gap, *status][-max(height, 1) :]

    def _status(self, now: float, width: int) -> str:
        spinner = _SPINNER[int(now * _TURNS_PER_SECOND) % len(_SPINNER)]
        text = f"{spinner} {self._doing} {_seconds(now - self._began)}"
        hint = " · Ctrl+C cancels"
        thought = f" · {one_line(self._reasoning[-400:])[-60:]}" if self._reasoning else ""
        return (
            fit(text, width - 1)
            if len(text) > width - 1
            else text + self.paint.dim(fit(hint + thought, max(width - 1 - len(text), 0)))
        )

    def _rendered_tail(self, width: int) -> list[str]:
        source = self._splitter.tail(_TAIL_CHARACTERS)
        if (source, width) != self._tail[:2]:
            rendered = self._render(source, width) if source.strip() else ""
            self._tail = (source, width, rendered.rstrip("\n").split("\n") if rendered else [])
        return self._tail[2]

    def _end_reasoning(self, width: int) -> str:
        text, self._reasoning = self._reasoning, ""
        return self._line(phrases.thought(text, width, self.paint), width) if text.strip() else ""

    def _blocks(self, sources: list[str], width: int) -> str:
        shown = [self._render(source, width) for source in sources]
        text = "".join(f"\n{block}" for block in shown if block)
        if not text:
            return ""
        before = self._grouped(width)
        self._last = "block"
        return before + text

    def _drawn(self, plot: Plot, width: int) -> str:
        from dexter.terminal.plots import drawn  # noqa: PLC0415  seldom

        self._last = "block"
        return f"\n{drawn(plot, width, self.paint)}"

    def _grouped(self, width: int) -> str:
        """The calls that ended last, now that something else comes behind them."""
        lines = self._group.take(width)
        return self._spaced("\n".join(lines)) if lines else ""

    def _line(self, text: str, width: int) -> str:
        return self._grouped(width) + self._spaced(text)

    def _spaced(self, text: str) -> str:
        gap = "\n" if self._last == "block" else ""
        self._last = "line"
        return f"{gap}{text}\n"

    def _render(self, source: str, width: int) -> str:
        # Rich's markdown takes 80 ms to import: not on the way to the first prompt.
        from dexter.terminal.markdown import MarkdownRenderer  # noqa: PLC0415

        if not isinstance(self._markdown, MarkdownRenderer):
            self._markdown = MarkdownRenderer(colour=self.paint.colour)
        return self._markdown.render(source, width)


def is_told(event: ToolFinished, *, planned: bool) -> bool:
    """Whether a call has been seen without a line of its own: the plan is a list, a question was answered."""
    return event.ok and (event.name == ASK or (planned and event.name == PLAN))


def _in_view(plan: tuple[PlanItem, ...]) -> tuple[PlanItem, ...]:
    """The part of a plan that moves with the run: around its first open step."""
    first = next((at for at, item in enumerate(plan) if not item.done), len(plan))
    begin = max(0, min(first - 2, len(plan) - PLAN_LINES))
    return plan[begin : begin + PLAN_LINES]


def _seconds(seconds: float) -> str:
    return phrases.duration(round(seconds * 1000))


def _unseen(event: ToolFinished) -> ToolStarted:
    return ToolStarted(event.step, event.call_id, event.name, {})
