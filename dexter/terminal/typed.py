"""The queries typed in this and earlier runs, for the up arrow: `messages/chat_history.json`.

Owns that file: `{"messages": [{"id", "timestamp", "userMessage", "agentResponse"}]}`, newest first. It is a
convenience beside the sessions, never their source: trouble with it is a sentence, not an error.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dexter.errors import HomeUnusable
from dexter.paths import Home
from dexter.secrets import WELL_KNOWN, Masks

MOST = 1_000
"""Queries kept; older ones are in their sessions."""

_LONGEST_RESPONSE = 1_000
_LARGEST_FILE = 64 * 1024 * 1024


class _Unreadable(Exception):
    """The file is there and holds something else."""


@dataclass
class TypedQueries:
    """The queries typed, in a file that several chats share.

    Attributes:
        home: The data directory.
        masks: Says what is masked in what is written.
        clock: Epoch seconds.
        trouble: A sentence about what went wrong with the file, None as long as all is well.
    """

    home: Home
    masks: Callable[[], Masks] = lambda: WELL_KNOWN
    clock: Callable[[], float] = time.time
    trouble: str | None = field(default=None, init=False)

    @property
    def _path(self) -> Path:
        return self.home.messages_file

    def load(self) -> list[str]:
        """The queries, oldest first, one that repeats its predecessor only once; empty if there are none."""
        try:
            messages = self._read()
        except (_Unreadable, OSError):
            return []
        texts = [message["userMessage"] for message in reversed(messages)]
        return [text for index, text in enumerate(texts) if index == 0 or texts[index - 1] != text]

    def add(self, query: str) -> None:
        """Put a query in front. After a crash the file holds the old list or the new one."""
        now = self.clock()
        entry = {
            "id": f"{round(now * 1000)}-{os.urandom(2).hex()}",
            "timestamp": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "userMessage": self.masks().mask(query).text,
            "agentResponse": None,
        }
        self._change(lambda messages: [entry, *messages][:MOST])

    def answer(self, query: str, response: str) -> None:
        """Note the beginning of the answer beside the latest query of that text that has none yet."""
        masks = self.masks()
        query, response = masks.mask(query).text, masks.mask(response).text

        def fill(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
            for place, message in enumerate(messages):
                if message["userMessage"] == query and message.get("agentResponse") is None:
                    filled = {**message, "agentResponse": response[:_LONGEST_RESPONSE]}
                    return [*messages[:place], filled, *messages[place + 1 :]]
            return messages

        self._change(fill)

    def _change(self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
        try:
            self.home.create()
            self._path.parent.mkdir(exist_ok=True)
            with _locked(self._path.with_suffix(".lock")):
                try:
                    messages = self._read()
                except _Unreadable:
                    messages = []
                    self._set_aside()
                self._write(change(messages))
        except (OSError, HomeUnusable) as error:
            reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error)
            self.trouble = f"The list of typed queries can't be written ({reason}); sessions are safe."

    def _read(self) -> list[dict[str, Any]]:
        try:
            if self._path.stat().st_size > _LARGEST_FILE:
                raise _Unreadable
            found = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return []
        except (ValueError, RecursionError) as error:
            raise _Unreadable from error
        messages = found.get("messages") if isinstance(found, dict) else None
        if not isinstance(messages, list):
            raise _Unreadable
        return [
            message
            for message in messages
            if isinstance(message, dict) and isinstance(message.get("userMessage"), str)
        ]

    def _write(self, messages: list[dict[str, Any]]) -> None:
        staged = self._path.with_name(f".{self._path.name}.{os.urandom(4).hex()}")
        try:
            with staged.open("xb") as file:
                # Half surrogates, which a paste can hold, are written as escapes.
                file.write(json.dumps({"messages": messages}, indent=1).encode("ascii"))
                file.flush()
                os.fsync(file.fileno())
            staged.replace(self._path)
        finally:
            staged.unlink(missing_ok=True)

    def _set_aside(self) -> None:
        aside = self._path.with_name(f"{self._path.name}.unreadable-{os.urandom(3).hex()}")
        self._path.replace(aside)
        self.trouble = (
            f"The list of typed queries was unreadable: it is kept as {aside.name}, a new one begun."
        )


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that the system frees if this process dies; without locks there, go on without."""
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:
        yield
        return
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
