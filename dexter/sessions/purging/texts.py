"""Texts that must be nowhere are replaced wherever they stand, known or only by their fingerprints."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dexter.sessions.purging.holding import may_go
from dexter.sessions.records.encoding import NotAnObject, decode_object, encode_object
from dexter.sessions.records.purges import Fingerprint, digest

MARK = "[purged]"


class Texts:
    """Finds them. What is replaced keeps its length in characters, by which lines tell of their rests."""

    def __init__(self, wanted: Iterable[tuple[str, Fingerprint]], known: Iterable[bytes] = ()) -> None:
        """Take what is looked for.

        Args:
            wanted: Fingerprints, each with the salt that it was made with. Those of what holds sessions
                together are passed over.
            known: The texts themselves, as far as they are known here: with them it takes no time.
        """
        wanted = [(salt, each) for salt, each in wanted if may_go(each, salt)]
        found = {(salt, each.length, each.digest): (salt, each) for salt, each in wanted}
        self._known: list[bytes] = []
        for text in sorted(set(known)):
            keys = [key for key in found if key[1] == len(text) and digest(text, key[0]) == key[2]]
            if keys:
                self._known.append(text)
            for key in keys:
                del found[key]
        self._unknown: dict[tuple[str, int], set[str]] = {}
        for salt, length, value in found:
            self._unknown.setdefault((salt, length), set()).add(value)
        self._clean: set[int] = set()
        """Lines that were looked through, by their hash."""
        self.any = bool(self._known or self._unknown)

    def replaced(self, text: str) -> str:
        """A text with a mark in place of each."""
        raw = text.encode("utf-8", "surrogatepass")
        spans = self._spans(raw)
        if not spans:
            return text
        parts, end = [], 0
        for start, stop in spans:
            parts.append(raw[end:start].decode("utf-8", "surrogatepass"))
            parts.append(_mark(len(raw[start:stop].decode("utf-8", "replace"))))
            end = stop
        return "".join((*parts, raw[end:].decode("utf-8", "surrogatepass")))

    def in_value(self, value: Any) -> Any:
        """A JSON value with `replaced` applied to each text in it, names of fields included."""
        if isinstance(value, str):
            return self.replaced(value)
        if isinstance(value, dict):
            return {self.replaced(key): self.in_value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.in_value(item) for item in value]
        return value

    def in_line(self, line: bytes) -> bytes:
        """A line with a JSON object, or of plain text; the same bytes if there is nothing in it."""
        if hash(line) in self._clean:
            return line
        try:
            fields = decode_object(line)
        except NotAnObject:
            result = self.in_bytes(line)
        else:
            now = self.in_value(fields)
            result = line if now == fields else encode_object(now)
        self._clean.add(hash(result))
        return result

    def in_lines(self, content: bytes) -> bytes:
        """A file of lines."""
        lines = content.split(b"\n")
        now = [self.in_line(line) if line else line for line in lines]
        return content if now == lines else b"\n".join(now)

    def in_bytes(self, content: bytes) -> bytes:
        """Bytes of any kind."""
        spans = self._spans(content)
        if not spans:
            return content
        parts: list[bytes] = []
        end = 0
        for start, stop in spans:
            length = len(content[start:stop].decode("utf-8", "replace"))
            parts += (content[end:start], _mark(length).encode())
            end = stop
        return b"".join((*parts, content[end:]))

    def stand_in(self, content: bytes) -> bool:
        """Whether one of them is in bytes of any kind, also in lines of JSON that write it in another way."""
        if any(text in content for text in self._known if b"\n" in text) or self._in_document(content):
            return True
        return any(
            hash(line) not in self._clean and self.in_line(line) != line
            for line in content.split(b"\n")
            if line
        )

    def _in_document(self, content: bytes) -> bool:
        """Whether one of them is in a JSON object of several lines, which may write it in another way."""
        if not content.startswith(b"{\n"):
            return False
        try:
            fields = decode_object(content)
        except NotAnObject:
            return False
        return bool(self.in_value(fields) != fields)

    def _spans(self, raw: bytes) -> list[tuple[int, int]]:
        """Where they stand; of two that overlap the one that begins first, or the longer."""
        found = sorted(self._candidates(raw), key=lambda span: (span[0], -span[1]))
        spans: list[tuple[int, int]] = []
        for start, stop in found:
            if not spans or start >= spans[-1][1]:
                spans.append((start, stop))
        return spans

    def _candidates(self, raw: bytes) -> Iterator[tuple[int, int]]:
        for text in self._known:
            at = raw.find(text)
            while at >= 0:
                yield at, at + len(text)
                at = raw.find(text, at + 1)
        for (salt, length), values in self._unknown.items():
            for at in range(len(raw) - length + 1):
                if digest(raw[at : at + length], salt) in values:
                    yield at, at + length


def _mark(characters: int) -> str:
    return MARK.ljust(characters, "*") if characters >= len(MARK) else "*" * characters


def matches(pattern: re.Pattern[str], fields: Mapping[str, Any]) -> Iterator[str]:
    """The texts in a JSON object that a pattern fits, names of fields included."""
    waiting: list[Any] = [fields]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield from (match[0] for match in pattern.finditer(value) if match[0])
        elif isinstance(value, dict):
            waiting += (*value, *value.values())
        elif isinstance(value, list):
            waiting += value
