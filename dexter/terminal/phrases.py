"""The lines of a chat that are not the answer itself: what was asked, which tools ran, how it ended.

Owns their wording and look. Texts from outside are cleaned here; what comes back is ready for a terminal.
"""

import json
from collections.abc import Sequence
from typing import Any

from dexter.agent.events import Outcome, PlanItem, ToolFinished, ToolStarted
from dexter.chat.screen import Tone
from dexter.sessions import FiguresRecord, SessionExchange, TokenUsageRecord
from dexter.sessions.records.figures import figures_line
from dexter.terminal.cleaning import clean, one_line
from dexter.terminal.gist import fault, gist
from dexter.terminal.styles import Paint
from dexter.terminal.widths import columns, fit, wrap

PROMPT = "> "
_LONGEST_VALUE = 60
_SHOWN_WAITING = 3


def query(text: str, width: int, paint: Paint) -> str:
    """What the user asked, as it stood in the prompt, with a newline."""
    lines = [part for line in clean(text).strip("\n").split("\n") for part in wrap(line, max(width - 2, 1))]
    shown = [PROMPT + paint.bold(lines[0]), *(f"  {paint.bold(line)}" for line in lines[1:])]
    return "\n".join(shown) + "\n"


def toned(line: str, tone: Tone, paint: Paint) -> str:
    """A line of our own, as it is meant."""
    match tone:
        case "faint":
            return paint.dim(line)
        case "notice":
            return paint.yellow(line)
        case "error":
            return paint.red(line)
    return line


def waiting(queries: Sequence[str], width: int) -> list[str]:
    """What waits for its turn, a line each, of many the first ones; not painted."""
    shown = [fit(f"  next: {query}", width - 1) for query in queries[:_SHOWN_WAITING]]
    more = len(queries) - len(shown)
    return [*shown, f"  and {more} more"] if more > 0 else shown


def thought(text: str, width: int, paint: Paint) -> str:
    """A step's reasoning in one line: its beginning."""
    return paint.dim(fit(f"~ {one_line(text)}", width))


def call(event: ToolStarted) -> str:
    """A tool call in a few words, not painted: `present_value(rate="7", periods=10)`."""
    tasks = event.arguments.get("tasks")
    if event.name == "research" and isinstance(tasks, list):
        # They stand below it, a line each.
        return f"research({len(tasks)} task{'' if len(tasks) == 1 else 's'})"
    return f"{one_line(event.name)}({arguments(event)})"


def tool(started: ToolStarted, finished: ToolFinished, width: int, paint: Paint) -> str:
    """A tool call with what it found and its time, in one line."""
    sign, colour = ("*", paint.green) if finished.ok else ("!", paint.red)
    return f"{colour(sign)} {brought(call(started), finished, width - 2, paint)}"


def brought(text: str, finished: ToolFinished, width: int, paint: Paint) -> str:
    """What a call was, as `text` says it, with what it found and its time, in so many columns."""
    time = f" {duration(finished.duration)}" if finished.duration >= 1000 else ""
    room = max(width - columns(time), 1)
    text = fit(text, room)
    arrow = " -> " if finished.ok else " failed: "
    left = room - columns(text) - columns(arrow)
    result = one_line((gist(finished.result) if finished.ok else fault(finished.result))[:2000])
    if left >= 8 and result:
        return f"{text}{paint.dim(arrow + fit(result, left) + time)}"
    return f"{text}{paint.dim(time)}"


def plan(items: Sequence[PlanItem], width: int, paint: Paint) -> list[str]:
    """A plan as a checklist, a line a step."""
    lines = []
    for item in items:
        text = fit(one_line(item.text), max(width - 7, 1))
        lines.append(f"  {paint.green('[x]')} {paint.dim(text)}" if item.done else f"  [ ] {text}")
    return lines


def ending(outcome: Outcome, *, commit: str | None, stored: bool, width: int, paint: Paint) -> str:
    """How a run ended: its time, tokens and commit; before them the error or the interruption, if any."""
    parts = [duration(outcome.duration), *tokens(outcome.usage)]
    if commit:
        parts.append(f"commit {commit[:8]}")
    elif not stored:
        parts.append("not stored")
    else:
        parts.append("saved, commit follows")
    traced = _figures(outcome.figures, width, paint)
    return traced + _fate(outcome.status, outcome.error, width, paint) + _faint(parts, width, paint)


def earlier_ending(exchange: SessionExchange, width: int, paint: Paint) -> str:
    """How an exchange ended that is shown again."""
    parts = [duration(exchange.duration), *tokens(exchange.token_usage), one_line(exchange.model)]
    return (
        _figures(exchange.figures, width, paint)
        + _fate(exchange.status, exchange.error, width, paint)
        + _faint([part for part in parts if part], width, paint)
    )


def duration(milliseconds: int) -> str:
    """A duration for people: `0.4 s`, `12 s`, `3 min 05 s`."""
    seconds = milliseconds / 1000
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60:02} s"


def tokens(usage: TokenUsageRecord | None) -> list[str]:
    """The tokens of a run for people, in a list that is empty if nobody counted."""
    if usage is None or not usage.total_tokens:
        return []
    cached = f", {usage.cache_read_tokens:,} of them from a cache" if usage.cache_read_tokens else ""
    kinds = f"{usage.input_tokens:,} in{cached}, {usage.output_tokens:,} out"
    return [f"{usage.total_tokens:,} tokens ({kinds})"]


def _figures(figures: FiguresRecord | None, width: int, paint: Paint) -> str:
    return "" if figures is None else _faint([one_line(figures_line(figures))], width, paint)


def _faint(parts: list[str], width: int, paint: Paint) -> str:
    return "".join(f"{paint.dim(line)}\n" for line in wrap(" · ".join(parts), width))


def _fate(status: str, error: str | None, width: int, paint: Paint) -> str:
    if status == "interrupted":
        return paint.yellow("Interrupted.") + "\n"
    if status == "error":
        text = f"Error: {one_line(error)}" if error else "Ended in an error."
        return "".join(f"{paint.red(line)}\n" for line in wrap(text, width))
    return ""


def arguments(event: ToolStarted) -> str:
    """What a tool was called with, not painted: `rate="7", periods=10`."""
    return ", ".join(f"{one_line(name)}={_value(value)}" for name, value in event.arguments.items())


def _value(value: Any) -> str:
    if isinstance(value, str):
        return one_line(fit(value, _LONGEST_VALUE))
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        # Of these a line would show the first braces and nothing else.
        return f"{len(value)} item{'' if len(value) == 1 else 's'}"
    try:
        return fit(one_line(json.dumps(value, ensure_ascii=False)), _LONGEST_VALUE)
    except (TypeError, ValueError):
        return fit(one_line(str(value)), _LONGEST_VALUE)
