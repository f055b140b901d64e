"""Two versions of a sequence of records become one: every line of both, each once. Pure: bytes in, bytes out.

The result is a function of the set of lines alone, whatever order they came in. So merging is commutative,
associative and idempotent, and it needs no common ancestor.
"""

from collections.abc import Iterable

import msgspec

from gitstore import segments


class MergedRecords(msgspec.Struct, frozen=True):
    """All lines of all sides."""

    lines: list[bytes]
    """In order, each with its line feed."""
    aside: list[bytes]
    """Lines whose id another line has, sorted, each with its line feed."""


class _Identified(msgspec.Struct):
    id: str


_DECODER = msgspec.json.Decoder(_Identified)


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
