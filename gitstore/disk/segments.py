"""Files of JSON lines that go on in others: `history.jsonl`, `history.0002.jsonl`, `history.0003.jsonl` ...

Pure: names and bytes. Git hosts refuse large files, so a file of records has a limit, and a record that
would bring the last file over it begins the next one. All files in order are one sequence of records, sorted
by id. So a record has one place, wherever the files are cut:

- It belongs into the last file whose first id is not larger than its own, else into the first file.
- At the end of the last file it begins a new one if that would exceed the limit. Elsewhere it goes where it
  belongs, and the file may exceed the limit.
- A file that would come to exceed three times the limit in that way is cut anew, with those after it.

A file that is over the limit already, from before there was one, stays as it is and gets no more at its end.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

FILE_LIMIT = 8 << 20
"""Bytes; hosts warn at 50 MB and refuse 100 MB, and each save writes the last file, compressed."""
LARGEST = 100_000_000
"""Bytes; what is larger is never taken into a repository."""
_CEILING = 3
_FURTHER = re.compile(r"\.[0-9]{4,6}(\.[^.]*)?$")

Load = Callable[[str], bytes]
"""Gives the content of a file by its path."""


class Row(NamedTuple):
    """A record to be placed: its id, its line without the line feed, and the limit of its file."""

    id: str
    record: bytes
    limit: int = FILE_LIMIT


def segment_path(path: str, number: int) -> str:
    """Return the path of the nth file of records, counted from 1; the first one is `path` itself."""
    if number == 1:
        return path
    stem, suffix = _parts(path)
    return f"{stem}.{number:04}{suffix}"


def segment_number(path: str, other: str) -> int | None:
    """Return which file of `path`'s records another path is, counted from 1, or None if it is none."""
    if other == path:
        return 1
    stem, suffix = _parts(path)
    if not (other.startswith(f"{stem}.") and other.endswith(suffix)):
        return None
    digits = other[len(stem) + 1 : len(other) - len(suffix)]
    number = int(digits) if re.fullmatch("[0-9]{4,6}", digits) else 0
    return number if number > 1 and segment_path(path, number) == other else None


def may_be_further(name: str) -> bool:
    """Say whether a name is that of the second or a later file of some records."""
    return _FURTHER.search(name) is not None


def segments_among(path: str, others: Iterable[str]) -> list[str]:
    """Return those of some paths that are files of `path`'s records, in order."""
    numbered = ((segment_number(path, other), other) for other in others)
    return [other for _, other in sorted((number, other) for number, other in numbered if number)]


def split_lines(lines: Iterable[bytes], limit: int = FILE_LIMIT) -> list[bytes]:
    """Return the contents of the files that take some lines in order, none over `limit` but by a single line.

    Args:
        lines: Each with its line feed.
        limit: Bytes.
    """
    contents: list[bytes] = []
    pieces: list[bytes] = []
    size = 0
    for line in lines:
        if pieces and size + len(line) > limit:
            contents.append(b"".join(pieces))
            pieces, size = [], 0
        pieces.append(line)
        size += len(line)
    return [*contents, b"".join(pieces)] if pieces else contents


def holds(present: Sequence[str], load: Load, identifier: str) -> bool:
    """Say whether a record of that id is in its place.

    Args:
        present: The paths of the files that there are, in order.
        load: Asked only for the last file, and for one before it if the id belongs further up.
        identifier: The record's id.
    """
    at = _taker(present, load, identifier)
    return at is not None and has_record(load(present[at]), identifier)


def place(
    path: str, present: Sequence[str], load: Load, rows: Iterable[Row], *, taken: Iterable[int] = ()
) -> dict[str, bytes | None]:
    """Return what changes when records are added that are not there yet.

    Args:
        path: Of the first file.
        present: The paths of the files that there are, in order.
        load: As for `holds`.
        rows: The records; of two with one id the first counts.
        taken: Numbers that no new file must have.

    Returns:
        New contents by path; None for a file that is not needed any more.
    """
    files = _Files(path, present, load, taken)
    waiting = sorted({row.id: row for row in reversed(list(rows))}.values())
    for index, row in enumerate(waiting):
        at = _taker(files.order, files.load, row.id)
        if at is None:
            files.extend(waiting[index:])
            break
        content = ended(files.load(files.order[at]))
        where = place_in(content, row.id)
        if where == len(content) and at == len(files.order) - 1:
            files.extend(waiting[index:])  # whatever is larger still follows it
            break
        files.insert(at, where, row)
    return files.changed


class _Files:
    """The files of one sequence of records while records are added."""

    def __init__(self, path: str, present: Sequence[str], load: Load, taken: Iterable[int]) -> None:
        self._path = path
        self._load = load
        self.order = list(present)
        self.changed: dict[str, bytes | None] = {}
        self._taken = tuple(taken)
        self._last = self._largest()

    def load(self, path: str) -> bytes:
        known = self.changed.get(path)
        return self._load(path) if known is None else known

    def extend(self, rows: Sequence[Row]) -> None:
        """Add records in order at the end of the last file, and in new ones as it gets full."""
        if not self.order:
            self.order.append(self._new())
            self.changed[self.order[-1]] = b""
        pieces = [ended(self.load(self.order[-1]))]
        size = len(pieces[0])
        for row in rows:
            if size and size + len(row.record) + 1 > row.limit:
                self._write(self.order[-1], pieces)
                self.order.append(self._new())
                pieces, size = [], 0
            pieces += [row.record, b"\n"]
            size += len(row.record) + 1
        self._write(self.order[-1], pieces)

    def insert(self, at: int, where: int, row: Row) -> None:
        """Add a record in the middle of a file."""
        content = ended(self.load(self.order[at]))
        content = b"".join((content[:where], row.record, b"\n", content[where:]))
        self.changed[self.order[at]] = content
        if len(content) > _CEILING * row.limit:
            self._cut_anew(at, row.limit)

    def _cut_anew(self, at: int, limit: int) -> None:
        old = self.order[at:]
        whole = b"".join(ended(self.load(path)) for path in old)
        contents = split_lines((line + b"\n" for line in whole.split(b"\n")[:-1]), limit)
        names = [*old, *(self._new() for _ in range(len(contents) - len(old)))]
        self.changed |= dict.fromkeys(old)
        self.changed |= dict(zip(names, contents, strict=False))
        self.order[at:] = names[: len(contents)]
        self._last = self._largest()

    def _largest(self) -> int:
        numbers = (segment_number(self._path, name) or 0 for name in self.order)
        return max((*numbers, *self._taken), default=0)

    def _new(self) -> str:
        self._last += 1
        return segment_path(self._path, self._last)

    def _write(self, path: str, pieces: Sequence[bytes]) -> None:
        if content := b"".join(pieces):
            self.changed[path] = content


def append_record(content: bytes, record: bytes, identifier: str) -> bytes:
    """Return the file with one more line, placed by its id; a torn last line gets its line feed and stays."""
    content = ended(content)
    at = place_in(content, identifier)
    return b"".join((content[:at], record, b"\n", content[at:]))


def place_in(content: bytes, identifier: str) -> int:
    """Return where in a file the line of that id belongs: after all that are smaller.

    Lines that are no records stay with the record before them.

    Args:
        content: Lines, the last one with its line feed too.
        identifier: The id.
    """
    last = _last_id(content)
    if last is None or last <= identifier:
        return len(content)
    low, high = 0, len(content)  # everything before low is smaller, what begins at high or later is larger
    while low < high:
        middle = content.rfind(b"\n", low, (low + high) // 2) + 1 or low
        found = _next_id(content, middle, high)
        if found is None:
            high = middle
        elif found[0] <= identifier:
            low = found[2]
        else:
            high = middle
    while low < len(content):  # over lines that are no records
        end = content.find(b"\n", low) + 1 or len(content)
        if record_id(content[low:end]) is not None:
            break
        low = end
    return low


def has_record(content: bytes | None, identifier: str) -> bool:
    """Say whether a file of JSON lines has a record of that id."""
    if not content:
        return False
    quoted = json.dumps(identifier, ensure_ascii=False).encode("utf-8", "replace")
    at = -1
    while (at := content.find(quoted, at + 1)) >= 0:
        end = content.find(b"\n", at)
        line = content[content.rfind(b"\n", 0, at) + 1 : end if end >= 0 else len(content)]
        if record_id(line) == identifier:
            return True
    return False


def record_id(line: bytes) -> str | None:
    """Return the id of the record in a line, or None if it has none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    found = record.get("id") if isinstance(record, dict) else None
    return found if isinstance(found, str) else None


def ended(content: bytes) -> bytes:
    """Return a content whose last line has its line feed."""
    return content if not content or content.endswith(b"\n") else content + b"\n"


def _taker(present: Sequence[str], load: Load, identifier: str) -> int | None:
    """Return which file takes an id: the last one whose first id is not larger; None if there is no file."""
    first = None
    for at in range(len(present) - 1, -1, -1):
        found = _next_id(content := load(present[at]), 0, len(content))
        if found is None:
            continue
        if found[0] <= identifier:
            return at
        first = at
    return first if first is not None or not present else len(present) - 1


def _next_id(content: bytes, start: int, stop: int) -> tuple[str, int, int] | None:
    """Return the first id in the lines from one offset to another, and where its line begins and ends."""
    while start < stop:
        end = content.find(b"\n", start) + 1 or len(content)
        found = record_id(content[start:end])
        if found is not None:
            return found, start, end
        start = end
    return None


def _last_id(content: bytes) -> str | None:
    end = len(content)
    while end > 0:
        start = content.rfind(b"\n", 0, end - 1) + 1
        found = record_id(content[start:end])
        if found is not None:
            return found
        end = start
    return None


def _parts(path: str) -> tuple[str, str]:
    """Return a path without and with only the ending of its name."""
    folder, slash, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    return (f"{folder}{slash}{stem}", f".{suffix}") if dot and stem else (path, "")
