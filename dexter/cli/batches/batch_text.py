"""How the results of a batch are written: a line for each, and what they come to."""

import shutil
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from dexter.agent.sentences import Failure
from dexter.asking import Answered
from dexter.cli.asking.printing import answer_fields
from dexter.cli.batches.questions import Question
from dexter.cli.equipping.prices import list_price
from dexter.cli.screen.lines import answer_line, json_line
from dexter.cli.screen.output import counted, fit
from dexter.cli.stored.stats import cost_text, sum_fields, token_parts
from dexter.sessions import SessionExchange, SessionManager
from dexter.sessions.catalog.statistics import Sum, compute
from dexter.terminal.cleaning import one_line


class Result(msgspec.Struct, frozen=True):
    """An exchange of this run, as far as it is counted in the end."""

    timestamp: int
    provider: str | None
    model: str
    status: str
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


class Tally(msgspec.Struct, frozen=True):
    """What became of a batch. `before` were answered in earlier runs; `duration` is in milliseconds."""

    name: str
    questions: int
    before: int
    results: tuple[Result, ...]
    duration: int
    stopped_by: Failure | None = None
    """What made it stop by itself."""

    @property
    def not_asked(self) -> int:
        """How many are left for another run."""
        return self.questions - self.before - len(self.results)

    def having(self, status: str) -> int:
        """How many of this run ended so."""
        return sum(result.status == status for result in self.results)

    @property
    def complete(self) -> bool:
        """Whether every question has a complete answer."""
        return self.before + self.having("complete") == self.questions


def result_of(exchange: SessionExchange) -> Result:
    """What is counted of an answer."""
    usage = exchange.token_usage
    return Result(
        exchange.timestamp,
        exchange.provider,
        exchange.model,
        exchange.status,
        usage.input_tokens if usage else None,
        usage.output_tokens if usage else None,
        usage.cache_read_tokens if usage else 0,
        usage.cache_write_tokens if usage else 0,
    )


def result_line(question: Question, answered: Answered, manager: SessionManager, *, as_json: bool) -> bool:
    """Print one result; False if standard output is closed."""
    outcome = answered.outcome
    if as_json:
        row = {"row": question.row, "question": question.text}
        return json_line(row | answer_fields(outcome, answered, manager))
    return row_line(question, outcome.status, manager.session_id, outcome.duration)


def row_line(question: Question, status: str, session_id: str | None, duration: int | None) -> bool:
    """Print a row with what became of it; False if standard output is closed."""
    time = "" if duration is None else f"{duration / 1000:.1f} s"
    text = f"{one_line(question.row):>4}  {status:<11}  {session_id or '':<8}  {time:>8}  "
    text += one_line(question.text)
    width = shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None
    return answer_line(text if width is None else fit(text, width))


def stopped_line(tally: Tally) -> str:
    """Why a batch stopped by itself, and what becomes of the rest."""
    why = "Stopped: the last questions failed in the same way, and asking on would not change that."
    if not tally.not_asked:
        return why
    left = f"{counted(tally.not_asked, 'question')} not asked"
    return f"{why} {left}: the next run asks (--max-failures 0 asks on whatever happens)."


def summary(tally: Tally, *, as_json: bool) -> bool:
    """Print what a batch came to; False if standard output is closed."""
    total = compute(0, tally.results, list_price).total
    if as_json:
        return json_line({"summary": _fields(tally, total)})
    complete = tally.before + tally.having("complete")
    parts = [f"{complete} complete" + (f" ({tally.before} of them before)" if tally.before else "")]
    others: Sequence[tuple[int, str]] = (
        (tally.having("error"), "failed"),
        (tally.having("interrupted"), "interrupted"),
        (tally.not_asked, "not asked"),
    )
    parts += [f"{count} {name}" for count, name in others if count]
    lines = [f"{counted(tally.questions, 'question')}: {', '.join(parts)}"]
    if tally.results:
        tokens = f"{total.tokens:,} ({', '.join(token_parts(total))})"
        lines += [
            f"Time:   {tally.duration / 1000:,.1f} s",
            f"Tokens: {tokens if total.tokens else 'not counted'}",
            f"Cost:   {cost_text(total, 'at least ')}",
        ]
    return answer_line("\n".join(["", *lines]))


def _fields(tally: Tally, total: Sum) -> dict[str, Any]:
    counts = {status: tally.having(status) for status in ("complete", "error", "interrupted")}
    sums = {name: value for name, value in sum_fields(total).items() if name != "exchanges"}
    return {
        "batch": tally.name,
        "questions": tally.questions,
        "answeredBefore": tally.before,
        **counts,
        "notAsked": tally.not_asked,
        "stoppedBy": None if tally.stopped_by is None else tally.stopped_by.name.lower(),
        "duration": tally.duration,
        **sums,
    }
