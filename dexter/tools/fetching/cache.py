"""Answers on disk, shared by all processes of a home: `<source>/<endpoint>/<LABEL>_<hash>.json`.

A file is `{"endpoint", "params", "data", "url", "cachedAt"}`, whole or not there: it is written beside and
moved into place. Its time of change is when it was last used. Whatever can't be read is deleted: everything
here can be had again. Addresses and parameters are masked before they come here, and headers never do.
"""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from dexter.tools.fetching.room import STAGED, make_room
from dexter.tools.fetching.source import Answer, Question, Source

MOST_BYTES = 512_000_000
"""Of all files together; an answer of more than an eighth of it is not kept."""
_MOST_IN_MEMORY = 32_000_000
_NOT_IN_A_NAME = re.compile(r"[^A-Z0-9-]+")
_LONGEST_LABEL = 24


class _Entry(msgspec.Struct, frozen=True):
    endpoint: str
    params: dict[str, str]
    data: msgspec.Raw
    url: str
    cachedAt: str  # noqa: N815  as it stands in the file


class Cache:
    """The answers of one home.

    Args (of the constructor):
        folder: Where they are; it need not exist.
        clock: Epoch seconds.
        mask: Takes secrets out of addresses and parameters.
        keeps: Whether anything is written; otherwise a few answers are kept in memory.
        newer_than: Epoch seconds; what was kept before does not count.
        most: Bytes of all files together.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], float],
        mask: Callable[[str], str],
        keeps: bool = True,
        newer_than: float | None = None,
        most: int = MOST_BYTES,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._mask = mask
        self._keeps = keeps
        self._newer_than = newer_than
        self._most = most
        self._since_room: int | None = None
        self._memory: dict[Path, bytes] = {}

    def find(self, source: Source, question: Question) -> Answer | None:
        """The answer to a question, if one is there that still counts."""
        params = self._params(question)
        path = self._path(source, question, params)
        try:
            entry = msgspec.json.decode(self._content(path), type=_Entry)
            when = datetime.fromisoformat(entry.cachedAt).timestamp()
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            self._drop(path)
            return None
        same = entry.endpoint == question.endpoint and entry.params == params
        if not same or entry.url != self._mask(question.url):  # another question with the same hash
            return None
        # One from the future was written by a clock that was wrong; its age is not known.
        if question.keep is not None and not -60 <= self._clock() - when <= question.keep:
            return None
        if self._newer_than is not None and when < self._newer_than:
            return None
        if self._keeps:
            with suppress(OSError):
                os.utime(path)
        return Answer(bytes(entry.data), entry.url, entry.cachedAt)

    def keep(self, source: Source, question: Question, data: bytes) -> Answer:
        """Keep an answer, as far as that can be done, and return it with its time.

        Args:
            source: Who was asked.
            question: What was asked.
            data: The answer, which is JSON.
        """
        now = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        fetched = now.replace("+00:00", "Z")
        url, params = self._mask(question.url), self._params(question)
        if question.keep != 0 and len(data) <= self._most // 8:
            entry = _Entry(question.endpoint, params, msgspec.Raw(data), url, fetched)
            path, content = self._path(source, question, params), msgspec.json.encode(entry)
            if self._keeps:
                # A full or read-only disk costs the cache, not the answer.
                with suppress(OSError):
                    self._write(path, content)
            else:
                self._remember(path, content)
        return Answer(data, url, fetched)

    def _content(self, path: Path) -> bytes:
        return self._memory.get(path) or path.read_bytes()

    def _remember(self, path: Path, content: bytes) -> None:
        self._memory[path] = content
        while len(self._memory) > 1 and sum(map(len, self._memory.values())) > _MOST_IN_MEMORY:
            del self._memory[next(iter(self._memory))]

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_name(f"{STAGED}{os.urandom(6).hex()}")
        try:
            with staged.open("xb") as file:
                file.write(content)
            staged.replace(path)
        finally:
            staged.unlink(missing_ok=True)
        # Counting all files is for the first answer of a process, and then for every sixteenth of the bound.
        if self._since_room is None or self._since_room + len(content) > self._most // 16:
            make_room(self._folder, self._most)
            self._since_room = 0
        else:
            self._since_room += len(content)

    def _params(self, question: Question) -> dict[str, str]:
        params = {name: self._mask(value) for name, value in question.params.items()}
        if question.body is not None:
            params["body"] = self._mask(msgspec.json.encode(question.body, order="sorted").decode())
        return params

    def _path(self, source: Source, question: Question, params: Mapping[str, str]) -> Path:
        asked = [question.endpoint, self._mask(question.url), params]
        digest = hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()[:12]
        label = _NOT_IN_A_NAME.sub("-", question.label.upper())[:_LONGEST_LABEL]
        return self._folder / source.id / question.endpoint / f"{label}_{digest}.json"

    def _drop(self, path: Path) -> None:
        if self._keeps:
            with suppress(OSError):
                path.unlink()
