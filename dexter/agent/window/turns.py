"""Earlier exchanges as a request shows them, before any model library gives them its own form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dexter.agent.window.parts import part, reference
from dexter.agent.window.tokens import cut, estimate
from dexter.sessions import FurtherRecord, SessionExchange, Step, TextStep, ToolStep
from dexter.sessions.records.compactions import Compaction
from dexter.sessions.records.steps import own

# What a message costs beside its text: role, separators, and for a call its name, id and braces.
PER_MESSAGE = 8
PER_CALL = 24

RESULT_TOKENS = 20_000
"""The most that is shown of one tool result."""

NO_ANSWER = "[no answer]"
INTERRUPTED = "[interrupted by the user]"
FAILED = "[failed: the model could not be asked]"
SUMMARY = "[summary of the answer]"


@dataclass(frozen=True)
class CallMade:
    """A tool call with as much of its result as is shown; `arguments` is JSON text.

    `reference` is what the whole is called by, and `whole` the whole, empty if all of it is shown.
    """

    name: str
    arguments: str
    result: str
    ok: bool = True
    reference: str = ""
    whole: str = field(default="", repr=False)

    @property
    def tokens(self) -> int:
        """What it costs in a request."""
        return PER_CALL + estimate(self.name) + estimate(self.arguments) + estimate(self.result)


@dataclass(frozen=True)
class Round:
    """One model call that used tools: the words beside the calls, and the calls, at least one.

    `further` is what the user said before the next one.
    """

    text: str
    calls: tuple[CallMade, ...]
    further: str = ""

    @property
    def tokens(self) -> int:
        """What it costs in a request: the model's message and the one with the results."""
        said = estimate(self.text) + estimate(self.further)
        return 2 * PER_MESSAGE + said + sum(call.tokens for call in self.calls)


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

    @property
    def bare(self) -> "Turn":
        """This turn without tool calls; what the user said meanwhile stands behind the query."""
        asked = _together(self.query, *(each.further for each in self.rounds))
        return Turn(self.exchange_id, asked, self.answer)


def full_turn(exchange: SessionExchange, steps: Sequence[Step], result_tokens: int = RESULT_TOKENS) -> Turn:
    """An exchange with everything that was said and every tool's result, a long one in part."""
    rounds = _rounds(exchange.id, steps, result_tokens)
    further = _placed(exchange.further, sorted(rounds))
    query = _together(_said(exchange.query), *further.pop(0, ()))
    placed = (replace(rounds[step], further=_together(*further.get(step, ()))) for step in sorted(rounds))
    return Turn(exchange.id, query, _answer(exchange), tuple(placed))


def brief_turn(exchange: SessionExchange, summary: str | None) -> Turn:
    """An exchange as the beginning of its question and the summary of its answer."""
    if summary and summary.strip() and exchange.status == "complete":
        answer = f"{SUMMARY} {cut(summary.strip(), 150)}"
    else:
        answer = cut(_answer(exchange), 100) or NO_ANSWER
    return Turn(exchange.id, cut(_said(exchange.asked), 80) or NO_ANSWER, answer)


def compacted_turn(compaction: Compaction) -> Turn:
    """The first exchanges of a session as one question and the summary that stands for them."""
    what = f"[in place of exchanges 1 to {compaction.exchanges} of this session, which are all stored]"
    return Turn("", f"{what} What was asked and found in them?", compaction.text)


def fitted_turn(turn: Turn, tokens: int) -> Turn | None:
    """The turn cut until it has at most so many tokens, or None if that leaves nothing worth saying.

    Tool results are cut first, the largest most, then answer and query alike.
    """
    if turn.tokens <= tokens:
        return turn
    bare = turn.bare
    spare = tokens - bare.tokens
    results = sum(estimate(call.result) for each in turn.rounds for call in each.calls)
    around = turn.tokens - bare.tokens - results
    if turn.rounds and spare > around + 50 * len(turn.rounds):
        return _with_shorter_results(turn, spare - around, results)
    each = (tokens - 2 * PER_MESSAGE) // 2
    query_size, answer_size = estimate(bare.query), estimate(turn.answer)
    # What one of the two does not need, the other may have.
    query = cut(bare.query, max(each, tokens - 2 * PER_MESSAGE - answer_size))
    answer = cut(turn.answer, max(each, tokens - 2 * PER_MESSAGE - query_size))
    return Turn(turn.exchange_id, query, answer) if query.strip() and answer.strip() else None


def _with_shorter_results(turn: Turn, room: int, results: int) -> Turn:
    rounds = tuple(
        Round(
            each.text,
            tuple(replace(call, result=_share(call, room, results)) for call in each.calls),
            each.further,
        )
        for each in turn.rounds
    )
    return Turn(turn.exchange_id, turn.query, turn.answer, rounds)


def _share(call: CallMade, room: int, results: int) -> str:
    tokens = estimate(call.result) * room // max(results, 1)
    return part(call.whole or call.result, tokens, call.reference)


def _said(text: str) -> str:
    return text if text.strip() else NO_ANSWER


def _answer(exchange: SessionExchange) -> str:
    if exchange.status == "complete":
        return _said(exchange.answer)
    mark = INTERRUPTED if exchange.status == "interrupted" else FAILED
    return f"{exchange.answer.rstrip()}\n{mark}" if exchange.answer.strip() else mark


def _placed(further: Sequence[FurtherRecord], rounds: Sequence[int]) -> dict[int, list[str]]:
    """What the user said meanwhile, by the round of tools that it followed, 0 for none."""
    placed: dict[int, list[str]] = {}
    for each in further:
        before = max((step for step in rounds if step < each.step), default=0)
        placed.setdefault(before, []).append(each.text)
    return placed


def _together(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))


def _rounds(exchange_id: str, steps: Sequence[Step], result_tokens: int) -> dict[int, Round]:
    """The rounds of tools by the numbers of their model calls."""
    number = 0
    texts: dict[int, str] = {}
    calls: dict[int, list[CallMade]] = {}
    # What helpers did is told by the result of the call that they worked for.
    for each in own(steps):
        if isinstance(each, TextStep):
            texts[each.step] = f"{texts.get(each.step, '')}{each.text}"
        elif isinstance(each, ToolStep):
            number += 1
            name = reference(exchange_id, number)
            shown = part(each.result, result_tokens, name)
            whole = "" if shown == each.result else each.result
            made = CallMade(each.name, as_json(each.arguments), shown, each.ok, name, whole)
            calls.setdefault(each.step, []).append(made)
    return {step: Round(texts.get(step, "").strip(), tuple(made)) for step, made in calls.items()}


def as_json(value: Mapping[str, Any]) -> str:
    """A JSON object as compact text, the same for the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
