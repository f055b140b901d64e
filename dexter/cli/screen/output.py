"""How sessions are written to the screen and to pipes: tables, texts and JSON."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from dexter.cli.screen.times import LocalTimes
from dexter.sessions.records.encoding import shown_json
from dexter.sessions.records.moments import rfc3339
from dexter.terminal.cleaning import one_line

if TYPE_CHECKING:
    from dexter.sessions import DeletedSession, SessionEvent, SessionMetadata, SessionView, Step

LEAST_PREVIEW = 10
_WIDTHS = (8, 19, 19, 9)
_TIMES = (
    "createdAt",
    "updatedAt",
    "lastResumedAt",
    "titleChangedAt",
    "rewoundChangedAt",
    "deletedAt",
    "timestamp",
    "time",
)


def local(moment: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A moment in epoch milliseconds as local time."""
    return time.strftime(form, time.localtime(moment / 1000))


def counted(count: int, noun: str) -> str:
    """A number with its noun, as in `1 session` and `2 sessions`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def quoted(metadata: SessionMetadata) -> str:
    """A session on one line, as it is suggested: id, when it was created, its first query."""
    query = one_line(metadata.first_query or metadata.title or "")
    return f'  {metadata.id}  {local(metadata.created_at, "%Y-%m-%d %H:%M")}  "{query}"'


def session_table(sessions: Sequence[SessionMetadata], width: int | None) -> str:
    """The sessions in columns, and how many they are.

    Args:
        sessions: In the order in which they are shown.
        width: Of the terminal; None leaves the previews whole.
    """
    room = _room(_WIDTHS, width)
    times = LocalTimes()
    lines = [f"{'ID':<8}  {'Created':<19}  {'Last Active':<19}  {'Exchanges':<9}  Preview"]
    # Not by way of `_table`: for 10,000 sessions that costs more than to find them.
    for each in sessions:
        preview = one_line(each.preview)
        shown = preview if room is None else fit(preview, room)
        created, active = times.of(each.created_at), times.of(each.updated_at)
        lines.append(f"{each.id}  {created}  {active}  {each.exchange_count:<9}  {shown}".rstrip())
    lines += ["", f"{counted(len(sessions), 'session')} found."]
    # Below the table, whose columns are fixed.
    several = [each for each in sessions if len(each.heads) > 1]
    lines += [f"{each.id} has {len(each.heads)} heads: dexter sessions show {each.id}" for each in several]
    return "\n".join(lines)


def deleted_table(sessions: Sequence[DeletedSession], width: int | None) -> str:
    """The sessions that can be restored, in columns, and how many they are."""
    rows = [
        (
            each.metadata.id,
            local(each.deleted_at),
            local(each.metadata.updated_at),
            str(each.metadata.exchange_count),
            each.metadata.preview,
        )
        for each in sessions
    ]
    heads = ("ID", "Deleted", "Last Active", "Exchanges", "Preview")
    return f"{_table(heads, _WIDTHS, rows, width)}\n\n{counted(len(rows), 'deleted session')} found."


def event_table(events: Sequence[SessionEvent], width: int | None) -> str:
    """What happened, a line each."""
    rows = [
        (local(each.time), each.commit[:10], each.action or "-", each.session_id or "-", _told(each))
        for each in events
    ]
    return _table(("Time", "Commit", "Action", "Session", "What"), (19, 10, 10, 8), rows, width)


def session_fields(metadata: SessionMetadata) -> dict[str, Any]:
    """The metadata for JSON output."""
    return _with_times(metadata.to_fields())


def deleted_fields(session: DeletedSession) -> dict[str, Any]:
    """A deleted session for JSON output."""
    return session_fields(session.metadata) | {
        "deletedAt": rfc3339(session.deleted_at),
        "commit": session.commit,
    }


def event_fields(event: SessionEvent) -> dict[str, Any]:
    """One thing that happened, for JSON output."""
    fields = {
        "commit": event.commit,
        "time": event.time,
        "action": event.action,
        "sessionId": event.session_id,
        "exchangeId": event.exchange_id,
        "status": event.status,
        "text": event.text,
        "author": event.author,
    }
    return _with_times(fields)


def view_fields(view: SessionView, steps: Mapping[str, Sequence[Step]]) -> dict[str, Any]:
    """A whole session for JSON output."""
    exchanges = [
        _with_times(each.to_fields())
        | {"steps": [msgspec.to_builtins(step) for step in steps.get(each.id, ())]}
        for each in view.exchanges
    ]
    return {
        "session": session_fields(view.metadata),
        "exchanges": exchanges,
        "count": len(exchanges),
        "heads": list(view.heads),
    }


def as_json(value: object, encoding: str | None) -> str:
    """A value as JSON that any output encoding can write and no terminal obeys."""
    plain = (encoding or "").lower().replace("-", "") != "utf8"
    return shown_json(value, indent=2, ascii_only=plain)


def fit(text: str, width: int) -> str:
    """A text on one line, cut with `...` where it would be wider than so many columns."""
    if columns(text) <= width:
        return text
    room, kept = width - 3, ""
    for character in text:
        room -= columns(character)
        if room < 0:
            break
        kept += character
    return f"{kept.rstrip()}..."


def columns(text: str) -> int:
    """How many columns a text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in text
    )


def _table(
    heads: Sequence[str], widths: Sequence[int], rows: Sequence[Sequence[str]], width: int | None
) -> str:
    """Columns of fixed widths with two spaces between them; the last column takes what is left."""
    room = _room(widths, width)
    lines = []
    for row in (heads, *rows):
        cells = [f"{one_line(cell):<{size}}" for cell, size in zip(row, widths, strict=False)]
        last = one_line(row[-1])
        lines.append("  ".join([*cells, last if room is None else fit(last, room)]).rstrip())
    return "\n".join(lines)


def _room(widths: Sequence[int], width: int | None) -> int | None:
    """How wide the last column may be."""
    return None if width is None else max(width - sum(widths) - 2 * len(widths), LEAST_PREVIEW)


def _told(event: SessionEvent) -> str:
    return event.text if event.status in {None, "complete"} else f"{event.text} ({event.status})"


def _with_times(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with every moment that the format knows in RFC 3339."""
    return {
        key: rfc3339(value) if key in _TIMES and isinstance(value, int) else value
        for key, value in fields.items()
    }
