"""A conversation of another program while it is read, and the transcript that it becomes.

Readers say what they meet, in order: a query, what the model thought and said, calls and their results. What
the model said last is the answer; what it said before a call is a step.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dexter.imports.identity import ExchangeIds, session_id
from dexter.sessions import (
    ReasoningStep,
    SessionExchange,
    SessionMetadata,
    Step,
    TextStep,
    TokenUsageRecord,
    ToolStep,
    Transcript,
)
from dexter.sessions.records.deriving import derived
from dexter.sessions.records.encoding import storable, storable_value
from dexter.sessions.writing.importing import IMPORTED

_LONGEST_TITLE = 200
_MOST_TOKENS = 2**53


@dataclass
class _Call:
    step: int
    call_id: str
    name: str
    arguments: dict[str, Any]
    began: int
    result: str = ""
    ok: bool = True
    duration: int = 0
    settled: bool = False


@dataclass
class Turn:
    """A query and what followed; moments are epoch milliseconds."""

    id: str
    query: str
    asked: int
    ended: int
    parent: str | None
    extra: dict[str, Any]
    model: str = ""
    provider: str = ""
    error: str | None = None
    interrupted: bool = False
    step: int = 1
    told: bool = False
    key: str | None = None
    said: list[str] = field(default_factory=list)
    steps: list[ReasoningStep | TextStep | _Call] = field(default_factory=list)
    usage: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def model_speaks(self, key: str | None = None) -> None:
        """Something of the model follows; after results, or under another key, it is another call of it."""
        if (self.told and (key is None or key != self.key)) or (
            None not in {key, self.key} and key != self.key
        ):
            self.step += 1
        self.told, self.key = False, key

    def think(self, text: str) -> None:
        """The model thought something."""
        if text.strip():
            self.steps.append(ReasoningStep(self.step, storable(text)))

    def say(self, text: str) -> None:
        """The model said something, which is the answer unless a call follows."""
        if text.strip():
            self.said.append(storable(text))

    def call(self, call_id: str, name: str, arguments: object) -> None:
        """The model called a tool; what it said before was not the answer."""
        self.steps += [TextStep(self.step, text) for text in self.said]
        self.said = []
        given = arguments if isinstance(arguments, dict) else {"input": arguments}
        self.steps.append(
            _Call(self.step, storable(call_id), storable(name), storable_value(given), self.ended)
        )

    def result(self, call_id: str, text: str, *, ok: bool = True, settled: bool = False) -> None:
        """What a call returned; one that is settled is not changed by another result."""
        self.told = True
        for step in reversed(self.steps):
            if isinstance(step, _Call) and step.call_id == call_id:
                if not step.settled:
                    step.result, step.ok, step.settled = storable(text), ok, settled
                    step.duration = max(self.ended - step.began, 0)
                return

    def count(self, key: str, taken: int, given: int, total: int | None = None) -> None:
        """The tokens of one model call, known by a key; the last count of a key counts."""
        taken, given = (number if 0 <= number <= _MOST_TOKENS else 0 for number in (taken, given))
        self.usage[key] = (taken, given, taken + given if total is None else total)


class Conversation:
    """What a reader has met so far of one session."""

    def __init__(self, source: str, foreign: str) -> None:
        self.source, self.foreign = source, foreign
        self.title: str | None = None
        self.extra: dict[str, Any] = {}
        self.turns: dict[str, Turn] = {}
        self._now = 0

    @property
    def last(self) -> Turn | None:
        """The turn that was begun last."""
        return next(reversed(self.turns.values()), None)

    def at(self, moment: int | None, turn: Turn | None = None) -> None:
        """It is that moment now; a turn to which something is said lasted until then."""
        self._now = self._now if moment is None else moment
        if turn is not None and moment is not None:
            turn.ended = max(turn.ended, moment)

    def ask(
        self,
        query: str,
        *,
        identifier: str | None = None,
        parent: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Turn:
        """A query; without an identifier of its own, moment and text tell it from the others.

        Args:
            query: What was asked.
            identifier: Its id there.
            parent: The identifier of the turn that it follows; None stands for the last one.
            extra: What else is known of it.
        """
        name = first = identifier or f"{self._now}|{query}"
        number = 1
        while name in self.turns:
            number += 1
            name = f"{first}|{number}"
        last = self.last
        follows = parent if parent in self.turns else last.id if last is not None else None
        turn = Turn(name, storable(query), self._now, self._now, follows, dict(extra or {}))
        self.turns[name] = turn
        return turn

    def transcript(self) -> Transcript | None:
        """The session, None if nothing was asked in it."""
        if not self.turns:
            return None
        maker = ExchangeIds(self.source, self.foreign)
        ids = {name: maker.next(name, turn.asked) for name, turn in self.turns.items()}
        # Who would have answered what nobody did: who answered before.
        model, provider = "", ""
        for turn in self.turns.values():
            if turn.model:
                model, provider = turn.model, turn.provider
            turn.model, turn.provider = model, provider
        exchanges = tuple(self._exchange(turn, ids) for turn in self.turns.values())
        last = exchanges[-1]
        metadata = SessionMetadata(
            session_id(self.source, self.foreign),
            min(turn.asked for turn in self.turns.values()),
            0,
            model=last.model,
            provider=last.provider or "",
            title=" ".join(storable(self.title).split())[:_LONGEST_TITLE] or None if self.title else None,
            unknown={IMPORTED: self._told(self.foreign, self.extra)},
        )
        steps = {
            ids[name]: made for name, turn in self.turns.items() if (made := tuple(map(_made, turn.steps)))
        }
        return Transcript(derived(metadata, exchanges), exchanges, steps)

    def _exchange(self, turn: Turn, ids: Mapping[str, str]) -> SessionExchange:
        answer = "\n\n".join(turn.said)
        status: Literal["complete", "error", "interrupted"] = "complete"
        if turn.error is not None:
            status = "error"
        elif turn.interrupted or not answer:
            status = "interrupted"
        usage = [sum(numbers) for numbers in zip(*turn.usage.values(), strict=True)]
        return SessionExchange(
            ids[turn.id],
            turn.ended,
            turn.query,
            answer,
            model=storable(turn.model),
            status=status,
            duration=max(turn.ended - turn.asked, 0),
            token_usage=TokenUsageRecord(*usage) if any(usage) else None,
            parent_id=ids[turn.parent] if turn.parent is not None else None,
            provider=storable(turn.provider) or None,
            error=None if turn.error is None else storable(turn.error),
            unknown={IMPORTED: self._told(turn.id if "|" not in turn.id else None, turn.extra)},
        )

    def _told(self, foreign: str | None, extra: Mapping[str, Any]) -> dict[str, Any]:
        told = {"from": self.source, "id": foreign, "extra": storable_value(dict(extra))}
        return {key: value for key, value in told.items() if value}


def _made(step: ReasoningStep | TextStep | _Call) -> Step:
    if not isinstance(step, _Call):
        return step
    return ToolStep(step.step, step.call_id, step.name, step.arguments, step.result, step.ok, step.duration)
