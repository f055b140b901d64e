"""The helpers of a run as a tree below the call that they work for: a line each, while they work and after.

Owns what each of them is doing. Takes their events, gives painted lines.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from dexter.agent.events import (
    AnswerPart,
    Finished,
    HelperTold,
    Notice,
    Outcome,
    ReasoningPart,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from dexter.terminal import phrases
from dexter.terminal.cleaning import one_line
from dexter.terminal.styles import Paint
from dexter.terminal.widths import columns, fit

_BRANCH, _LAST = "├ ", "└ "
_TASK_SHARE = 0.45
"""Of a line, for the task, while what is being done for it stands behind."""


@dataclass
class Helper:
    """One helper, as far as it told."""

    task: str
    doing: str = "starting"
    calls: int = 0
    tokens: int = 0
    outcome: Outcome | None = None
    over: bool = False

    def take(self, told: HelperTold) -> None:
        """Take what it told."""
        self.tokens = max(self.tokens, told.tokens)
        match told.event:
            case StepStarted() | ReasoningPart():
                self.doing = "thinking"
            case AnswerPart():
                self.doing = "answering"
            case ToolStarted():
                self.calls += 1
                self.doing = phrases.call(told.event)
            case ToolFinished():
                self.doing = "thinking"
            case Notice(text=text):
                self.doing = text
            case Finished(outcome):
                self.outcome = outcome
            case HelperTold():
                pass

    @property
    def spent(self) -> str:
        """Its calls and tokens, in words."""
        parts = [f"{self.calls} call{'' if self.calls == 1 else 's'}"]
        parts += [f"{self.tokens:,} tokens"] if self.tokens else []
        return " · ".join(parts)


@dataclass
class Tree:
    """The helpers of a run, by the call that they work for."""

    paint: Paint
    _calls: dict[str, dict[int, Helper]] = field(default_factory=dict)

    def take(self, told: HelperTold) -> Helper:
        """Take an event of a helper; returns how it stands now."""
        helpers = self._calls.setdefault(told.call_id, {})
        helper = helpers.setdefault(told.number, Helper(told.task))
        helper.take(told)
        return helper

    def lines(self, call_id: str, width: int) -> list[str]:
        """The helpers of a call, a line each of at most `width` columns, in the order of their tasks."""
        helpers = [helper for _, helper in sorted(self._calls.get(call_id, {}).items())]
        last = len(helpers) - 1
        return [
            self._line(helper, _LAST if number == last else _BRANCH, width)
            for number, helper in enumerate(helpers)
        ]

    def ended(self, call_id: str, width: int) -> list[str]:
        """The lines of a call that has ended, and with it all of its helpers; they are not kept."""
        for helper in self._calls.get(call_id, {}).values():
            helper.over = True
        lines = self.lines(call_id, width)
        self._calls.pop(call_id, None)
        return lines

    def _line(self, helper: Helper, branch: str, width: int) -> str:
        working = (" ", self.paint.bold, helper.doing)
        done = helper.over or helper.outcome is not None
        sign, colour, doing = _ending(helper.outcome, self.paint) if done else working
        start = f"  {branch}"
        spent = f" · {helper.spent}"
        room = max(width - columns(start) - 2 - columns(spent), 1)
        task = one_line(helper.task)
        doing = one_line(doing)
        if doing:
            task = fit(task, max(int(room * _TASK_SHARE), room - columns(doing) - 2, 1))
            doing = f": {doing}"
        text = fit(f"{task}{doing}", room)
        rest = fit(spent, max(width - columns(start) - 2 - columns(text), 0))
        return f"{self.paint.dim(start)}{colour(sign)} {text}{self.paint.dim(rest)}"


def plain_line(told: HelperTold, helper: Helper, width: int) -> str | None:
    """A line for an output where nothing can be changed, when a helper begins and when it ends; else None."""
    match told.event:
        case StepStarted(step=1):
            return fit(f"  {told.number}. {one_line(helper.task)}", width)
        case Finished(outcome):
            sign, _, why = _ending(outcome, Paint(weight=False, colour=False))
            text = f"  {told.number}. {sign} {helper.spent}{f': {one_line(why)}' if why else ''}"
            return fit(text, width)
        case _:
            return None


def _ending(outcome: Outcome | None, paint: Paint) -> tuple[str, Callable[[str], str], str]:
    if outcome is None or outcome.status == "interrupted":
        return "!", paint.yellow, "ended before it was done"
    if outcome.status == "complete":
        return "*", paint.green, ""
    return "!", paint.red, outcome.error or "failed"
