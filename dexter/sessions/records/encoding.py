"""JSON as it lies on disk: one object, and texts that UTF-8 can carry."""

import codecs
import json
import re
from typing import Any, NoReturn

import msgspec

# Texts, which `re` compiles when they are first needed, and keeps.
_OBEYED = "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
_HALF_PAIR = "[\ud800-\udfff]"
_NEVER_DEEP = 100
"""Brackets up to which nothing can be nested more deeply than `gitstore.plain_json.DEEPEST`."""


class NotAnObject(ValueError):
    """Bytes that are not one JSON object; the message says why, in words for people."""


def decode_object(source: bytes) -> dict[str, Any]:
    """One JSON object as a dictionary.

    Half a surrogate pair, which some programs write when they cut a text, is read as U+FFFD; the mark that
    some editors put at the beginning of a file counts for nothing.

    Raises:
        NotAnObject: With the reason: empty, NUL bytes, not UTF-8, not JSON, cut off, nested too deeply (which
            some parsers refuse and others don't), or JSON of another kind.
    """
    source = source.removeprefix(codecs.BOM_UTF8)
    if not source.strip(b" \t\r\n\0"):
        raise NotAnObject("only NUL bytes" if b"\0" in source else "empty")
    try:
        decoded = msgspec.json.decode(source)
    except UnicodeDecodeError:
        raise NotAnObject("not UTF-8") from None
    except (msgspec.DecodeError, RecursionError):
        decoded = _decode_slowly(source)
    if not isinstance(decoded, dict):
        raise NotAnObject("not a JSON object")
    if source.count(b"{") + source.count(b"[") > _NEVER_DEEP:
        from gitstore.plain_json import is_plain  # noqa: PLC0415  a prompt reads JSON and needs no gitstore

        if not is_plain(decoded):
            raise NotAnObject("nested too deeply")
    return decoded


def encode_object(fields: dict[str, Any]) -> bytes:
    """The JSON of a dictionary on one line, without a line feed."""
    try:
        return msgspec.json.encode(fields)
    except UnicodeEncodeError:
        return msgspec.json.encode(storable_value(fields))


def shown_json(value: Any, *, indent: int | None = None, ascii_only: bool = False) -> str:
    """The JSON of a value, with an escape for every character that a terminal would obey rather than show."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    return re.sub(_OBEYED, lambda match: f"\\u{ord(match[0]):04x}", text)


def storable(text: str) -> str:
    """A text that UTF-8 can carry: pairs of surrogates are joined, what is left of them becomes U+FFFD."""
    if not re.search(_HALF_PAIR, text):
        return text
    return re.sub(
        _HALF_PAIR, "\ufffd", text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    )


def storable_value(value: Any) -> Any:
    """A JSON value with every text in it as `storable` makes it."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable_value(key): storable_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable_value(item) for item in value]
    return value


def _decode_slowly(source: bytes) -> Any:
    """What the strict decoder refused: halves of pairs are mended, everything else gets its reason."""
    try:
        decoded = json.loads(source.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise NotAnObject("not UTF-8") from None
    except RecursionError:
        raise NotAnObject("nested too deeply") from None
    except ValueError:
        if b"\0" in source:
            raise NotAnObject("NUL bytes") from None
        torn = source.lstrip()[:1] == b"{" and source.rstrip()[-1:] != b"}"
        raise NotAnObject("cut off" if torn else "not JSON") from None
    return storable_value(decoded)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
