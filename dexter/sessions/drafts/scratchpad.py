"""One file per query, written while it runs: what a crash leaves of a query that was never saved.

What is secret is masked before it is written; of a text that streams, what could be the beginning of a key
is held back until it is clear that it is none (`sayings`).

A query is on disk, flushed, before the model is asked. Its process holds a lock on the file, which the
system frees when the process dies, and a marker in `running/` says that the exchange is not saved yet. A
marker whose file nobody holds is a query to recover. Files stay when their exchange is saved; markers go.

Lines: `init`, `thinking`, `text`, `tool_call`, `tool_result`, `further`, at the end `saving` with the
exchange's id and `end`. What they hold is read again in `remains`.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from dexter.errors import HomeUnusable
from dexter.paths import Home
from dexter.secrets import Findings, Masks, masked_value
from dexter.sessions.drafts.sayings import Sayings, fields_of
from dexter.sessions.errors import NotSaved
from dexter.sessions.records.encoding import encode_object
from dexter.sessions.records.steps import HelperRecord, ToolStep

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
        self._sayings = Sayings(masks)
        self._written = 0.0

    def thinking(self, step: int, text: str, helper: HelperRecord | None = None) -> None:
        """Keep a piece of the model's reasoning; `step` is the number of the model call, from 1."""
        self._piece("thinking", step, text, helper)

    def text(self, step: int, text: str, helper: HelperRecord | None = None) -> None:
        """Keep a piece of what the model says to the user, or a helper to the run that it helps."""
        self._piece("text", step, text, helper)

    def tool_call(
        self,
        step: int,
        call_id: str,
        name: str,
        arguments: Mapping[str, Any],
        helper: HelperRecord | None = None,
    ) -> None:
        """Keep that a tool is being called."""
        self._append_texts(self._sayings.end(helper))
        fields = {"step": step, "callId": call_id, "toolName": name, "args": dict(arguments)}
        self._write("tool_call", {**fields, **fields_of(helper)})

    def tool_result(self, done: ToolStep) -> None:
        """Keep a tool call with its result; `duration` is in milliseconds."""
        self._append_texts(self._sayings.end(done.helper))
        fields = {
            "step": done.step,
            "callId": done.call_id,
            "toolName": done.name,
            "args": done.arguments,
            "result": done.result,
            "ok": done.ok,
            "duration": done.duration,
            **fields_of(done.helper),
        }
        self._write("tool_result", fields)

    def further(self, step: int, text: str) -> None:
        """Keep, flushed, what the user said meanwhile, before `step`, a model call, gets it."""
        self._append_texts(self._sayings.end(None))
        self._write("further", {"step": step, "content": text})
        with suppress(OSError):
            os.fsync(self._file)

    def saving(self, exchange_id: str) -> None:
        """Keep the id under which the exchange is about to be saved, so that it is never saved twice.

        Raises:
            NotSaved: If that can't be written.
        """
        self._append_texts(self._sayings.end_all())
        try:
            _append(self._file, "saving", {"exchangeId": exchange_id})
            os.fsync(self._file)
        except OSError as error:
            raise NotSaved(error.strerror or str(error)) from error

    def end(self, status: str) -> None:
        """The exchange is saved: nothing is left to recover."""
        self._append_texts(self._sayings.end_all())
        self._write("end", {"status": status})
        with suppress(OSError):
            self._marker.unlink()
        self.close()

    def close(self) -> None:
        """Give the file back; without `end` before, the next start recovers the query."""
        if self._file >= 0:
            self._append_texts(self._sayings.end_all())
            os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)

    def _piece(self, kind: str, step: int, text: str, helper: HelperRecord | None) -> None:
        self._append_texts(self._sayings.add(kind, step, text, helper))
        if time.monotonic() - self._written >= PAUSE:
            self._append_texts(self._sayings.clear())

    def _append_texts(self, ready: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        for kind, fields in ready:
            _append_quietly(self._file, kind, fields)
            self._written = time.monotonic()

    def _write(self, kind: str, fields: dict[str, Any]) -> None:
        _append_quietly(self._file, kind, masked_value(fields, self._masks, Findings()))


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
