"""Two versions of a sequence of records become one: every line of both, each once. Pure: bytes in, bytes out.

The result is a function of the set of lines alone, whatever order they came in. So merging is commutative,
associative and idempotent, and it needs no common ancestor.
"""

import itertools
import json
import re
from collections.abc import Iterable

import msgspec

from gitstore.disk import segments


class MergedRecords(msgspec.Struct, frozen=True):
    """All lines of all sides."""

    lines: list[bytes]
    """In order, each with its line feed."""
    aside: list[bytes]
    """Lines whose id another line has, sorted, each with its line feed."""


class _Identified(msgspec.Struct):
    id: str


_DECODER = msgspec.json.Decoder(_Identified)
_PLAIN = json.JSONDecoder()
_MARK = re.compile(rb"(?:<{7}|={7}|>{7}|\|{7})(?: .*)?\r?\n?")


def merge_records(sides: Iterable[bytes]) -> MergedRecords:
    """Return the lines of sequences of records: sorted by id, each once.

    A line that is no record stays behind the record that it stood behind. Of two records with one id and
    other contents the longer one counts, of two of one length the one that sorts behind; the other is told.

    Args:
        sides: All lines of each side, in the order of its files.
    """
    found: dict[tuple[str, bytes], bytes] = {}
    aside: set[bytes] = set()
    for side in sides:
        _take(side, found, aside)
    return MergedRecords([found[key] for key in sorted(found)], sorted(aside))


def lines_of(content: bytes) -> list[bytes]:
    """Return the lines of a file that git put together, each with its line feed.

    Two objects on one line, whose line feed was lost, are two lines; the marks that git puts around a
    conflict are none.
    """
    found: list[bytes] = []
    for text in segments.ended(content).split(b"\n")[:-1]:
        if not _MARK.fullmatch(text):
            found += [piece + b"\n" for piece in _pieces(text)]
    return found


def are_in_order(lines: Iterable[bytes]) -> bool:
    """Say whether the records among some lines are sorted by id, each there once."""
    before = None
    for line in lines:
        identifier = _id_of(line)
        if identifier is None:
            continue
        if before is not None and identifier <= before:
            return False
        before = identifier
    return True


def _pieces(text: bytes) -> list[bytes]:
    """Return the objects that stand on one line, if all of it is objects; else the line."""
    if text.find(b"}{") < 0 or not text.startswith(b"{"):
        return [text]
    try:
        line = text.decode()
        ends = [0]
        while ends[-1] < len(line):
            value, end = _PLAIN.raw_decode(line, ends[-1])
            if not isinstance(value, dict):
                return [text]
            ends.append(end)
    except (ValueError, RecursionError):
        return [text]
    return [line[start:end].encode() for start, end in itertools.pairwise(ends)]


def _take(side: bytes, found: dict[tuple[str, bytes], bytes], aside: set[bytes]) -> None:
    """Add lines under what they are sorted by: a record's id, or that of the record before and the line."""
    before = ""
    for text in segments.ended(side).split(b"\n")[:-1]:
        line = text + b"\n"
        identifier = _id_of(line)
        if identifier is None:
            found[before, line] = line
            continue
        before = identifier
        known = found.setdefault((identifier, b""), line)
        if known != line:
            less, more = sorted((known, line), key=lambda each: (len(each), each))
            found[identifier, b""] = more
            aside.add(less)


def _id_of(line: bytes) -> str | None:
    try:
        return _DECODER.decode(line).id
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):  # or json takes it all the same
        return segments.record_id(line)
