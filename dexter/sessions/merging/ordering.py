"""A session's files that git put together as text, in order again: pure, bytes to bytes."""

import re
from collections.abc import Callable

from dexter.sessions.records.deriving import derived
from dexter.sessions.records.history_lines import parse_history
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.records import InvalidRecord, SessionMetadata
from gitstore import segment_path
from gitstore.merging.merge import beside, cut
from gitstore.merging.records import are_in_order, lines_of, merge_records

Read = Callable[[str], bytes | None]
"""Gives the content of a file by its path; None if there is none."""

_CONFLICT = re.compile(rb"(<{7}|\|{7}|={7}|>{7})(?: .*)?\r?")
_DERIVED = ("updated_at", "exchange_count", "first_query", "last_query", "last_exchange_id", "heads")


def ordered_records(paths: SessionPaths, read: Read) -> dict[str, bytes | None]:
    """The files of history and summaries that must change so that each record is there once, in order.

    Of two records with one id the longer line counts, the other is kept beside, as when two machines meet.
    """
    found: dict[str, bytes | None] = {}
    for first in (paths.history, paths.summaries):
        contents = files_of(first, read)
        lines = [line for content in contents.values() for line in lines_of(content)]
        whole = b"".join(content for content in contents.values())
        if are_in_order(lines) and whole.rstrip(b"\n") == b"".join(lines).rstrip(b"\n"):
            continue
        merged = merge_records([b"".join(lines)])
        found |= cut(first, merged.lines, contents)
        found |= {beside(first, line): line for line in merged.aside}
    return found


def files_of(first: str, read: Read) -> dict[str, bytes]:
    """The contents of the files in which some records go on, by path, in order."""
    found: dict[str, bytes] = {}
    while (content := read(path := segment_path(first, len(found) + 1))) is not None:
        found[path] = content
    return found


def sides_of(content: bytes) -> tuple[bytes, bytes] | None:
    """Both documents of one in which the marks of a conflict were left; None if there are none."""
    sides: tuple[list[bytes], list[bytes]] = ([], [])
    behind: dict[bytes, tuple[list[bytes], ...]] = {b"<": sides[:1], b"|": (), b"=": sides[1:], b">": sides}
    taken: tuple[list[bytes], ...] = sides
    marked = False
    for line in content.split(b"\n"):
        match = _CONFLICT.fullmatch(line)
        if match is None:
            for side in taken:
                side.append(line)
            continue
        marked = True
        taken = behind[match[1][:1]]
    return (b"\n".join(sides[0]), b"\n".join(sides[1])) if marked else None


def follows(fields: dict[str, object], paths: SessionPaths, read: Read) -> bool:
    """Say whether metadata say what follows from the history; what is no metadata is left to others."""
    exchanges, _ = parse_history(b"\n".join(files_of(paths.history, read).values()))
    try:
        stored = SessionMetadata.from_fields(fields)
    except InvalidRecord:
        return True
    wanted = derived(stored, exchanges)
    return all(_plain(getattr(stored, name)) == _plain(getattr(wanted, name)) for name in _DERIVED)


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, tuple) else value
