"""How the results of a batch are written: a line for each, and what they come to."""

import shutil
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from dexter.asking import Answered
from dexter.cli.lines import answer_line, json_line
from dexter.cli.output import counted, fit
from dexter.cli.prices import list_price
from dexter.cli.printing import answer_fields
from dexter.cli.questions import Question
from dexter.cli.stats import cost_text, sum_fields, token_parts
from dexter.sessions import SessionManager
from dexter.sessions.statistics import Sum, compute
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

    def having(self, status: str) -> int:
        """How many of this run ended so."""
        return sum(result.status == status for result in self.results)

    @property
    def complete(self) -> bool:
        """Whether every question has a complete answer."""
        return self.before + self.having("complete") == self.questions


def result_of(answered: Answered) -> Result:
    """What is counted of an answer."""
    exchange, usage = answered.exchange, answered.outcome.usage
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
    time = f"{outcome.duration / 1000:.1f} s"
    text = f"{one_line(question.row):>4}  {outcome.status:<11}  {manager.session_id}  {time:>8}  "
    text += one_line(question.text)
    width = shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None
    return answer_line(text if width is None else fit(text, width))


def summary(tally: Tally, *, as_json: bool) -> bool:
    """Print what a batch came to; False if standard output is closed."""
    total = compute(0, tally.results, list_price).total
    if as_json:
        return json_line({"summary": _fields(tally, total)})
    complete = tally.before + tally.having("complete")
    parts = [f"{complete} complete" + (f" ({tally.before} of them before)" if tally.before else "")]
    left = tally.questions - tally.before - len(tally.results)
    others: Sequence[tuple[int, str]] = (
        (tally.having("error"), "failed"),
        (tally.having("interrupted"), "interrupted"),
        (left, "not asked"),
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
        "notAsked": tally.questions - tally.before - len(tally.results),
        "duration": tally.duration,
        **sums,
    }
