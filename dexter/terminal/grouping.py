"""Calls of the same tool one directly after the other, as one line with a count and a line for each below it.

Owns which calls belong together. Takes calls that succeeded, gives painted lines.
"""

from dataclasses import dataclass, field

from dexter.agent.events import ToolFinished, ToolStarted
from dexter.terminal import phrases
from dexter.terminal.cleaning import one_line
from dexter.terminal.styles import Paint
from dexter.terminal.widths import columns, fit

MOST_SHOWN = 8
"""Calls of a group that have a line of their own; of more the first ones, and how many others there were."""


@dataclass
class Group:
    """The calls that ended last, all of one tool; none to begin with."""

    paint: Paint
    _calls: list[tuple[float, ToolStarted, ToolFinished]] = field(default_factory=list)
    _began: float = 0.0
    _ended: float = 0.0

    def has_room_for(self, event: ToolFinished) -> bool:
        """Whether a call that ended belongs to those before."""
        return not self._calls or self._calls[0][2].name == event.name

    def add(self, started: ToolStarted, finished: ToolFinished, since: float, now: float) -> None:
        """Take a call of the same tool; it ran from `since` to `now`, in seconds."""
        self._began = min(self._began, since) if self._calls else since
        self._ended = now
        self._calls.append((since, started, finished))

    def live(self, width: int) -> list[str]:
        """The line as long as more calls may come, in a list that is empty without any call."""
        return self.lines(width)[:1]

    def take(self, width: int) -> list[str]:
        """The lines of a group that is over; the next call begins another one."""
        lines = self.lines(width)
        self._calls.clear()
        return lines

    def lines(self, width: int) -> list[str]:
        """A single call as it always looks, several below a line with their count, as they began."""
        if len(self._calls) < 2:
            return [phrases.tool(started, ended, width, self.paint) for _, started, ended in self._calls]
        calls = sorted(self._calls, key=lambda call: call[0])
        shown = calls if len(calls) <= MOST_SHOWN else calls[: MOST_SHOWN - 1]
        rows = [self._row(started, ended, width) for _, started, ended in shown]
        more = len(calls) - len(shown)
        rows += [f"and {more} more"] if more else []
        branches = [*("├ " for _ in rows[1:]), "└ "]
        return [
            self._head(width),
            *(f"{self.paint.dim(f'  {branch}')}{row}" for branch, row in zip(branches, rows, strict=True)),
        ]

    def _head(self, width: int) -> str:
        spent = round((self._ended - self._began) * 1000)
        rest = f" {len(self._calls)} calls" + (f" {phrases.duration(spent)}" if spent >= 1000 else "")
        name = fit(one_line(self._calls[0][2].name), max(width - 2 - columns(rest), 1))
        return f"{self.paint.green('*')} {name}{self.paint.dim(fit(rest, max(width - 2 - columns(name), 0)))}"

    def _row(self, started: ToolStarted, ended: ToolFinished, width: int) -> str:
        return phrases.brought(phrases.arguments(started), ended, width - 4, self.paint)
