"""Earlier exchanges as a request shows them, before any model library gives them its own form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dexter.agent.tokens import cut, estimate
from dexter.sessions import SessionExchange, Step, TextStep, ToolStep

# What a message costs beside its text: role, separators, and for a call its name, id and braces.
PER_MESSAGE = 8
PER_CALL = 24

NO_ANSWER = "[no answer]"
INTERRUPTED = "[interrupted by the user]"
FAILED = "[failed: the model could not be asked]"
SUMMARY = "[summary of the answer]"


@dataclass(frozen=True)
class CallMade:
    """A tool call with its result; `arguments` is JSON text."""

    name: str
    arguments: str
    result: str
    ok: bool = True

    @property
    def tokens(self) -> int:
        """What it costs in a request."""
        return PER_CALL + estimate(self.name) + estimate(self.arguments) + estimate(self.result)


@dataclass(frozen=True)
class Round:
    """One model call that used tools: the words beside the calls, and the calls, at least one."""

    text: str
    calls: tuple[CallMade, ...]

    @property
    def tokens(self) -> int:
        """What it costs in a request: the model's message and the one with the results."""
        return 2 * PER_MESSAGE + estimate(self.text) + sum(call.tokens for call in self.calls)


@dataclass(frozen=True)
class Turn:
    """An exchange as one question and one answer, neither blank, with the tool calls in between."""

    exchange_id: str
    query: str
    answer: str
    rounds: tuple[Round, ...] = ()

    @property
    def tokens(self) -> int:
        """What it costs in a request."""
        texts = estimate(self.query) + estimate(self.answer)
        return 2 * PER_MESSAGE + texts + sum(each.tokens for each in self.rounds)


def full_turn(exchange: SessionExchange, steps: Sequence[Step]) -> Turn:
    """An exchange with everything that was said and every tool's result."""
    return Turn(exchange.id, _said(exchange.query), _answer(exchange), _rounds(steps))


def brief_turn(exchange: SessionExchange, summary: str | None) -> Turn:
    """An exchange as the beginning of its question and the summary of its answer."""
    if summary and summary.strip() and exchange.status == "complete":
        answer = f"{SUMMARY} {cut(summary.strip(), 150)}"
    else:
        answer = cut(_answer(exchange), 100) or NO_ANSWER
    return Turn(exchange.id, cut(_said(exchange.query), 80) or NO_ANSWER, answer)


def fitted_turn(turn: Turn, tokens: int) -> Turn | None:
    """The turn cut until it has at most so many tokens, or None if that leaves nothing worth saying.

    Tool results are cut first, the largest most, then answer and query alike.
    """
    if turn.tokens <= tokens:
        return turn
    bare = Turn(turn.exchange_id, turn.query, turn.answer)
    spare = tokens - bare.tokens
    results = sum(estimate(call.result) for each in turn.rounds for call in each.calls)
    around = turn.tokens - bare.tokens - results
    if turn.rounds and spare > around + 50 * len(turn.rounds):
        return _with_shorter_results(turn, bare, spare - around, results)
    each = (tokens - 2 * PER_MESSAGE) // 2
    query_size, answer_size = estimate(turn.query), estimate(turn.answer)
    # What one of the two does not need, the other may have.
    query = cut(turn.query, max(each, tokens - 2 * PER_MESSAGE - answer_size))
    answer = cut(turn.answer, max(each, tokens - 2 * PER_MESSAGE - query_size))
    return Turn(turn.exchange_id, query, answer) if query.strip() and answer.strip() else None


def _with_shorter_results(turn: Turn, bare: Turn, room: int, results: int) -> Turn:
    rounds = tuple(
        Round(
            each.text,
            tuple(
                CallMade(call.name, call.arguments, _share(call.result, room, results), call.ok)
                for call in each.calls
            ),
        )
        for each in turn.rounds
    )
    return Turn(turn.exchange_id, bare.query, bare.answer, rounds)


def _share(result: str, room: int, results: int) -> str:
    return cut(result, estimate(result) * room // max(results, 1))


def _said(text: str) -> str:
    return text if text.strip() else NO_ANSWER


def _answer(exchange: SessionExchange) -> str:
    if exchange.status == "complete":
        return _said(exchange.answer)
    mark = INTERRUPTED if exchange.status == "interrupted" else FAILED
    return f"{exchange.answer.rstrip()}\n{mark}" if exchange.answer.strip() else mark


def _rounds(steps: Sequence[Step]) -> tuple[Round, ...]:
    texts: dict[int, str] = {}
    calls: dict[int, list[CallMade]] = {}
    for step in steps:
        if isinstance(step, TextStep):
            texts[step.step] = f"{texts.get(step.step, '')}{step.text}"
        elif isinstance(step, ToolStep):
            made = CallMade(step.name, as_json(step.arguments), step.result, step.ok)
            calls.setdefault(step.step, []).append(made)
    return tuple(Round(texts.get(number, "").strip(), tuple(calls[number])) for number in sorted(calls))


def as_json(value: Mapping[str, Any]) -> str:
    """A JSON object as compact text, the same for the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
