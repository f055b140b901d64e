"""Lines that would be too long: they hold the beginning of long texts, and lines elsewhere hold the rest.

A cut line says in `continued` how many characters each cut field has as a whole. The rest is in lines
`{"type": "continued", "field": ..., "text": ...}`, one after the other. Of a value that is no text the line
has an empty one, and the rest is the whole as JSON.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from dexter.sessions.records.encoding import NotAnObject, decode_object, encode_object, storable_value
from gitstore import FILE_LIMIT

CONTINUED = "continued"
_NEVER_CUT = frozenset(["id", "type", CONTINUED])
_KEPT = 16
"""Of a text that is cut, the line keeps this part of what a line may have."""


class Limits(msgspec.Struct, frozen=True):
    """How long, in bytes, a line of JSON and a file of such lines may be."""

    line: int = 2 << 20
    file: int = FILE_LIMIT


DEFAULT = Limits()


class Missing(msgspec.Struct, frozen=True):
    """A field of which not all is there; lengths in characters."""

    field: str
    found: int
    whole: int

    def __str__(self) -> str:
        """In words, as the reason of a damage."""
        return f"of {self.field} {self.found:,} of {self.whole:,} characters are there"


Rest = dict[str, list[str]]
"""Pieces of text by field, in order."""


def cut(fields: dict[str, Any], limit: int) -> tuple[bytes, list[bytes]]:
    """The line of some fields, and the lines that hold the rest, all without line feeds.

    Args:
        fields: Of one JSON object.
        limit: Bytes that a line may have; an object of very many short fields may exceed it.
    """
    line = encode_object(fields)
    if len(line) <= limit:
        return line, []
    fields = storable_value(fields)
    kept = dict(fields)
    whole: dict[str, int] = {}
    rest: list[bytes] = []
    if CONTINUED in kept:  # a field of somebody else's that is called like ours
        whole[CONTINUED] = len(msgspec.json.encode(kept.pop(CONTINUED)).decode())
        rest += _rest_lines(CONTINUED, msgspec.json.encode(fields[CONTINUED]).decode(), limit)
    sizes = {key: len(msgspec.json.encode(value)) for key, value in fields.items()}
    for key in sorted(sizes, key=lambda key: -sizes[key]):
        value = fields[key]
        if len(line) <= limit or sizes[key] <= limit // _KEPT:
            break
        if key in _NEVER_CUT or not isinstance(value, str | dict | list):
            continue
        if isinstance(value, str):
            text = value
            kept[key] = next(_pieces(text, limit // _KEPT))
            more = text[len(kept[key]) :]
        else:
            text = more = msgspec.json.encode(value).decode()
            kept[key] = type(value)()
        whole[key] = len(text)
        rest += _rest_lines(key, more, limit)
        line = encode_object({**kept, CONTINUED: whole})
    return line, rest


def is_cut(fields: Mapping[str, Any]) -> bool:
    """Whether these are the fields of a cut line; a field of that name in another form is not ours."""
    whole = fields.get(CONTINUED)
    return (
        isinstance(whole, dict)
        and bool(whole)
        and all(
            isinstance(length, int) and length > (len(value) if isinstance(value, str) else 0)
            for value, length in ((fields.get(key), length) for key, length in whole.items())
        )
    )


def joined(fields: dict[str, Any], rest: Mapping[str, list[str]]) -> tuple[dict[str, Any], list[Missing]]:
    """The fields of a cut line as they were before, and of which not all is there.

    What is not whole keeps its beginning and its mark, so that it is never taken for whole.
    """
    whole = dict(fields)
    marks = whole.pop(CONTINUED)
    missing: list[Missing] = []
    for key, length in marks.items():
        beginning = fields.get(key)
        more = "".join(rest.get(key, ()))
        text = beginning + more if isinstance(beginning, str) else more
        value: Any = text
        if len(text) == length and not isinstance(beginning, str):
            try:
                value = msgspec.json.decode(text)
            except msgspec.DecodeError:
                text = ""
        if len(text) == length:
            whole[key] = value
        else:
            missing.append(Missing(key, len(text), length))
    if missing:
        whole[CONTINUED] = {each.field: each.whole for each in missing}
    return whole, missing


def take_rest(rest: Rest, fields: Mapping[str, Any]) -> bool:
    """Add what a line holds of the rest of another one; False if it is no such line."""
    key, text = fields.get("field"), fields.get("text")
    if fields.get("type") != CONTINUED or not isinstance(key, str) or not isinstance(text, str):
        return False
    rest.setdefault(key, []).append(text)
    return True


def read_rest(content: bytes) -> Rest:
    """The rest of a line, as a file of its own holds it; lines that are none are left out."""
    rest: Rest = {}
    for line in content.split(b"\n"):
        try:
            take_rest(rest, decode_object(line))
        except NotAnObject:
            continue
    return rest


def _rest_lines(key: str, text: str, limit: int) -> list[bytes]:
    def line(piece: str) -> bytes:
        return encode_object({"type": CONTINUED, "field": key, "text": piece})

    return [line(piece) for piece in _pieces(text, max(limit - len(line("")), 1))]


def _pieces(text: str, room: int) -> Iterator[str]:
    """A text in pieces that take at most so many bytes as JSON, without the quotes."""
    at = 0
    while True:
        size = room
        while size > 1 and (took := len(msgspec.json.encode(text[at : at + size])) - 2) > room:
            size = max(1, min(size - 1, size * room // took))
        yield text[at : at + size]
        at += size
        if at >= len(text):
            return
