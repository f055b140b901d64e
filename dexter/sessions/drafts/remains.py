"""What the scratchpad holds of queries whose processes died: their steps and texts, from its lines."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from dexter.paths import Home
from dexter.secrets import NONE
from dexter.sessions.drafts.scratchpad import Draft, Query
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.identifiers import is_exchange_id, is_session_id
from dexter.sessions.records.records import FurtherRecord
from dexter.sessions.records.steps import HelperRecord, ReasoningStep, Step, TextStep, ToolStep, in_order

CUT_OFF = "[interrupted: no result]"


class Remains(msgspec.Struct, frozen=True):
    """What a dead process left of a query. `answer` is partial; `ended` (ms) is when it last wrote."""

    query: Query
    steps: tuple[Step, ...]
    answer: str
    ended: int
    further: tuple[FurtherRecord, ...]
    exchange_id: str | None
    """The id under which it was about to be saved, if it came that far."""
    draft: Draft
    """The file, held; `end` it when the exchange is saved."""


@contextmanager
def _held(file: int) -> Iterator[bool]:
    """Whether the lock on a file could be had."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        yield False
    else:
        yield True


def abandoned(home: Home) -> Iterator[Remains]:
    """The queries whose processes died before the save, oldest first, each held by the caller alone."""
    try:
        markers = sorted(home.running.iterdir())
    except OSError:
        return
    for marker in markers:
        path = home.scratchpad / marker.name
        try:
            file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except FileNotFoundError:
            with suppress(OSError):
                marker.unlink()
            continue
        except OSError:
            continue
        remains = None
        with _held(file) as held:
            # Whoever had the lock before us may have recovered the query.
            if held and marker.exists():
                remains = _read(path, marker, file)
        if remains is None:
            os.close(file)
        else:
            yield remains


def _read(path: Path, marker: Path, file: int) -> Remains | None:
    """What a scratchpad file holds; None (and no marker any more) if there is nothing to save of it."""
    lines = []
    for line in path.read_bytes().split(b"\n"):
        with suppress(NotAnObject):
            lines.append(decode_object(line))
    query = _query(lines[0]) if lines else None
    if query is None or lines[-1].get("type") == "end":
        with suppress(OSError):
            marker.unlink()
        return None
    steps, answer = _retold(lines[1:])
    saving = [line.get("exchangeId") for line in lines if line.get("type") == "saving"]
    exchange_id = saving[-1] if saving else None
    return Remains(
        query=query,
        steps=steps,
        answer=answer,
        further=tuple(_further(lines)),
        ended=max(query.started, int(path.stat().st_mtime * 1000)),
        exchange_id=exchange_id if isinstance(exchange_id, str) and is_exchange_id(exchange_id) else None,
        draft=Draft(query, path, marker, file, NONE),  # it gets no text any more
    )


def _further(lines: list[dict[str, Any]]) -> Iterator[FurtherRecord]:
    for line in lines:
        step, text = line.get("step"), line.get("content")
        if line.get("type") == "further" and isinstance(step, int) and isinstance(text, str):
            yield FurtherRecord(max(step, 0), text)


def _query(init: Mapping[str, Any]) -> Query | None:
    texts = [init.get(key) for key in ("sessionId", "content", "model", "provider")]
    parent, started = init.get("parentId"), init.get("started")
    if init.get("type") != "init" or not all(isinstance(text, str) for text in texts):
        return None
    session_id, text, model, provider = (str(each) for each in texts)
    if not is_session_id(session_id) or not isinstance(started, int) or not isinstance(parent, str | None):
        return None
    return Query(session_id, text, model, provider, parent, max(started, 0))


def _retold(lines: list[dict[str, Any]]) -> tuple[tuple[Step, ...], str]:
    """The steps that the lines tell of, and the text after the last tool call, which was to be the answer."""
    told: dict[HelperRecord | None, _Told] = {}
    for line in lines:
        try:
            helper = msgspec.convert(line.get("helper"), HelperRecord | None)
        except msgspec.ValidationError:
            continue
        told.setdefault(helper, _Told(helper)).take(line)
    steps, answer = told.pop(None, _Told(None)).ending()
    return in_order([*steps, *(step for helper in told.values() for step in helper.steps)]), answer


class _Told:
    """What the lines tell of one who took steps: the run, or a helper of it."""

    def __init__(self, helper: HelperRecord | None) -> None:
        self._helper = helper
        self._running: dict[str, int] = {}
        self.steps: list[Step] = []

    def take(self, line: Mapping[str, Any]) -> None:
        """Keep what a line says, if it is one of a step."""
        kind, number = line.get("type"), line.get("step")
        content, call = line.get("content"), line.get("callId")
        if not isinstance(number, int):
            return
        if kind in {"thinking", "text"} and isinstance(content, str):
            self._take_text(ReasoningStep if kind == "thinking" else TextStep, number, content)
        elif kind in {"tool_call", "tool_result"} and isinstance(call, str):
            self._take_call(number, call, line)

    def ending(self) -> tuple[list[Step], str]:
        """The steps without the text that was to be the answer, and that text."""
        steps = self.steps
        after = max((place for place, step in enumerate(steps) if isinstance(step, ToolStep)), default=-1)
        answer = "".join(step.text for step in steps[after + 1 :] if isinstance(step, TextStep))
        kept = [step for at, step in enumerate(steps) if at <= after or not isinstance(step, TextStep)]
        return kept, answer

    def _take_text(self, make: type[ReasoningStep | TextStep], number: int, content: str) -> None:
        last = self.steps[-1] if self.steps else None
        if isinstance(last, make) and last.step == number:
            self.steps[-1] = make(number, last.text + content, self._helper)
        else:
            self.steps.append(make(number, content, self._helper))

    def _take_call(self, number: int, call: str, line: Mapping[str, Any]) -> None:
        name, arguments, result, took = (line.get(key) for key in ("toolName", "args", "result", "duration"))
        step = ToolStep(
            step=number,
            call_id=call,
            name=name if isinstance(name, str) else "",
            arguments=arguments if isinstance(arguments, dict) else {},
            result=result if isinstance(result, str) else CUT_OFF,
            ok=line.get("ok") is True,
            duration=took if isinstance(took, int) else 0,
            helper=self._helper,
        )
        if call in self._running:
            self.steps[self._running[call]] = step
        else:
            self._running[call] = len(self.steps)
            self.steps.append(step)
