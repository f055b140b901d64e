"""One file per query, written while it runs: what a crash leaves of a query that was never saved.

What is secret is masked before it is written; of a text that streams, what could be the beginning of a key
is held back until it is clear that it is none.

A query is on disk, flushed, before the model is asked. Its process holds a lock on the file, which the
system frees when the process dies, and a marker in `running/` says that the exchange is not saved yet. A
marker whose file nobody holds is a query to recover. Files stay when their exchange is saved; markers go.

Lines: `init`, `thinking`, `text`, `tool_call`, `tool_result`, at the end `saving` with the exchange's id
and `end`.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from dexter.errors import HomeUnusable
from dexter.paths import Home
from dexter.secrets import NONE, Findings, MaskedStream, Masks, masked_value
from dexter.sessions.encoding import NotAnObject, decode_object, encode_object
from dexter.sessions.errors import NotSaved
from dexter.sessions.identifiers import is_exchange_id, is_session_id
from dexter.sessions.records import ReasoningStep, Step, TextStep, ToolStep

CUT_OFF = "[interrupted: no result]"
PAUSE = 0.1
"""Seconds: pieces of text that come faster than this share a line."""


class Query(msgspec.Struct, frozen=True):
    """What is known of a query before anything came of it. `started` is in epoch milliseconds."""

    session_id: str
    text: str
    model: str
    provider: str
    parent_id: str | None
    started: int


class Draft:
    """An exchange on its way; everything that it is told is in the scratchpad file at once.

    A file that can't be written any more (a full disk) stops nothing: the exchange is saved elsewhere.
    Closing without `end` leaves the marker, so that the next start recovers the query as interrupted.
    """

    def __init__(self, query: Query, path: Path, marker: Path, file: int, masks: Masks) -> None:
        self.query = query
        self.path = path
        self._marker = marker
        self._file = file
        self._masks = masks
        self._pending: dict[str, _Text] = {}
        self._step = 0
        self._written = 0.0

    def thinking(self, step: int, text: str) -> None:
        """Keep a piece of the model's reasoning; `step` is the number of the model call, from 1."""
        self._piece("thinking", step, text)

    def text(self, step: int, text: str) -> None:
        """Keep a piece of what the model says to the user."""
        self._piece("text", step, text)

    def tool_call(self, step: int, call_id: str, name: str, arguments: Mapping[str, Any]) -> None:
        """Keep that a tool is being called."""
        self._flush()
        fields = {"step": step, "callId": call_id, "toolName": name, "args": dict(arguments)}
        self._write("tool_call", fields)

    def tool_result(self, done: ToolStep) -> None:
        """Keep a tool call with its result; `duration` is in milliseconds."""
        self._flush()
        fields = {
            "step": done.step,
            "callId": done.call_id,
            "toolName": done.name,
            "args": done.arguments,
            "result": done.result,
            "ok": done.ok,
            "duration": done.duration,
        }
        self._write("tool_result", fields)

    def saving(self, exchange_id: str) -> None:
        """Keep the id under which the exchange is about to be saved, so that it is never saved twice.

        Raises:
            NotSaved: If that can't be written.
        """
        self._flush()
        try:
            _append(self._file, "saving", {"exchangeId": exchange_id})
            os.fsync(self._file)
        except OSError as error:
            raise NotSaved(error.strerror or str(error)) from error

    def end(self, status: str) -> None:
        """The exchange is saved: nothing is left to recover."""
        self._flush()
        self._write("end", {"status": status})
        with suppress(OSError):
            self._marker.unlink()
        self.close()

    def close(self) -> None:
        """Give the file back; without `end` before, the next start recovers the query."""
        if self._file >= 0:
            self._flush()
            os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)

    def _piece(self, kind: str, step: int, text: str) -> None:
        if step != self._step:
            self._flush()
            self._step = step
        if kind not in self._pending:
            self._pending[kind] = _Text([], MaskedStream(self._masks))
        self._pending[kind].pieces.append(text)
        if time.monotonic() - self._written >= PAUSE:
            self._hand_on(last=False)

    def _flush(self) -> None:
        self._hand_on(last=True)
        self._pending.clear()

    def _hand_on(self, *, last: bool) -> None:
        """Write what is clear of the texts that stream; all of it if nothing follows."""
        for kind, text in self._pending.items():
            ready = text.stream.take("".join(text.pieces)) + (text.stream.end() if last else "")
            text.pieces.clear()
            if ready:
                _append_quietly(self._file, kind, {"step": self._step, "content": ready})
                self._written = time.monotonic()

    def _write(self, kind: str, fields: dict[str, Any]) -> None:
        _append_quietly(self._file, kind, masked_value(fields, self._masks, Findings()))


class _Text(NamedTuple):
    """A text that streams: pieces that wait, and what masks them."""

    pieces: list[str]
    stream: MaskedStream


def begin(home: Home, query: Query, masks: Masks) -> Draft:
    """Put a query on disk, flushed, and mark it as running.

    After a crash at any point either the whole query is found or nothing.

    Raises:
        NotSaved: If it can't be written.
        HomeUnusable: If the data directory can't be made.
    """
    home.create()
    query = msgspec.structs.replace(
        query,
        text=masks.mask(query.text).text,
        model=masks.mask(query.model).text,
        provider=masks.mask(query.provider).text,
    )
    try:
        home.running.mkdir(parents=True, exist_ok=True)
        path, file = _new_file(home.scratchpad, query)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fields = {
                "content": query.text,
                "sessionId": query.session_id,
                "model": query.model,
                "provider": query.provider,
                "parentId": query.parent_id,
                "started": query.started,
            }
            _append(file, "init", fields)
            os.fsync(file)
            _flush_directory(home.scratchpad)
            marker = home.running / path.name
            marker.touch()
            _flush_directory(home.running)
        except BaseException:
            os.close(file)
            raise
    except (FileExistsError, NotADirectoryError) as error:
        raise HomeUnusable(Path(error.filename or home.scratchpad), "it is not a directory") from error
    except OSError as error:
        raise NotSaved(error.strerror or str(error)) from error
    return Draft(query, path, marker, file, masks)


class Remains(msgspec.Struct, frozen=True):
    """What a dead process left of a query. `answer` is partial; `ended` (ms) is when it last wrote."""

    query: Query
    steps: tuple[Step, ...]
    answer: str
    ended: int
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
        ended=max(query.started, int(path.stat().st_mtime * 1000)),
        exchange_id=exchange_id if isinstance(exchange_id, str) and is_exchange_id(exchange_id) else None,
        draft=Draft(query, path, marker, file, NONE),  # it gets no text any more
    )


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
    steps: list[Step] = []
    running: dict[str, int] = {}
    for line in lines:
        kind, number = line.get("type"), line.get("step")
        content, call = line.get("content"), line.get("callId")
        if not isinstance(number, int):
            continue
        if kind in {"thinking", "text"} and isinstance(content, str):
            make = ReasoningStep if kind == "thinking" else TextStep
            last = steps[-1] if steps else None
            if isinstance(last, make) and last.step == number:
                steps[-1] = make(number, last.text + content)
            else:
                steps.append(make(number, content))
        elif kind in {"tool_call", "tool_result"} and isinstance(call, str):
            name, arguments, result, took = (
                line.get(key) for key in ("toolName", "args", "result", "duration")
            )
            step = ToolStep(
                step=number,
                call_id=call,
                name=name if isinstance(name, str) else "",
                arguments=arguments if isinstance(arguments, dict) else {},
                result=result if isinstance(result, str) else CUT_OFF,
                ok=line.get("ok") is True,
                duration=took if isinstance(took, int) else 0,
            )
            if call in running:
                steps[running[call]] = step
            else:
                running[call] = len(steps)
                steps.append(step)
    after = max((place for place, step in enumerate(steps) if isinstance(step, ToolStep)), default=-1)
    answer = "".join(step.text for step in steps[after + 1 :] if isinstance(step, TextStep))
    kept = [step for place, step in enumerate(steps) if place <= after or not isinstance(step, TextStep)]
    return tuple(kept), answer


def _new_file(folder: Path, query: Query) -> tuple[Path, int]:
    """A file that was not there before, named by the time and the query's digest."""
    digest = hashlib.md5(query.text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:12]
    stem = f"{time.strftime('%Y-%m-%d-%H%M%S', time.localtime(query.started / 1000))}_{digest}"
    count = 1
    while True:
        path = folder / (f"{stem}.jsonl" if count == 1 else f"{stem}-{count}.jsonl")
        try:
            return path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            count += 1


def _append_quietly(file: int, kind: str, fields: Mapping[str, Any]) -> None:
    if file >= 0:
        with suppress(OSError):
            _append(file, kind, fields)


def _append(file: int, kind: str, fields: Mapping[str, Any]) -> None:
    now = time.time()
    moment = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}Z"
    line = encode_object({"type": kind, "timestamp": moment, **fields}) + b"\n"
    while line:
        line = line[os.write(file, line) :]


def _flush_directory(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
