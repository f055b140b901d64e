"""What the commands do that branch, tag, compare and undo: each returns the exit code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dexter.cli.equipping.opening import opened, print_json
from dexter.cli.screen import output
from dexter.sessions import Divergence, SessionExchange, Undone
from dexter.sessions.branching import goes_on_from
from dexter.sessions.records.moments import rfc3339
from dexter.terminal.cleaning import one_line

START = "start"
"""What `rewind --to` takes for the place before the first exchange."""


def fork(home: Path, text: str, at: str | None = None) -> int:
    """Begin a session with the exchanges of another one, and print its id."""
    with opened(home) as manager:
        print(manager.fork(manager.find(text), at).id)
    return 0


def rewind(home: Path, text: str, to: str) -> int:
    """Let the next exchange of a session follow an earlier one, or none."""
    with opened(home) as manager:
        session_id = manager.find(text)
        path = manager.rewind(session_id, None if to == START else to)
        where = f"after {_line(path[-1])}" if path else "before its first exchange."
        print(f"Session {session_id} goes on {where}")
    return 0


def tag(home: Path, text: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> int:
    """Give a session tags and take others away, and print those that it has then, one a line."""
    with opened(home) as manager:
        for each in manager.tag_session(manager.find(text), add, remove):
            print(one_line(each))
    return 0


def diff(home: Path, one: str, other: str, *, json: bool = False) -> int:
    """Print from where on two sessions differ: what both have, and what each has alone."""
    with opened(home) as manager:
        ids = manager.find(one), manager.find(other)
        found = manager.compare(*ids)
        if json:
            print_json(_diff_fields(ids, found))
        else:
            print(_diff_text(ids, found))
    return 0


def undo(home: Path) -> int:
    """Take back the last change, and print in one line what that was."""
    with opened(home) as manager:
        undone = manager.undo()
        follows = None
        if undone.action == "rewound":
            view = manager.show(undone.session_id)
            follows = goes_on_from(view.metadata, view.exchanges)
        print(f"Undone: {_told(undone, follows)}")
    return 0


def _told(undone: Undone, follows: str | None) -> str:
    name, metadata = f"session {undone.session_id}", undone.metadata
    if metadata is None:
        kind = {"forked": "fork", "imported": "imported session"}.get(undone.action, "session")
        again = " again" if undone.action == "restored" else ""
        return f"{kind} {undone.session_id} is deleted{again}; it can be restored."
    match undone.action:
        case "renamed":
            title = (
                f'is called "{one_line(metadata.title)}" again' if metadata.title else "has no title again"
            )
            return f"{name} {title}."
        case "tagged":
            tags = ", ".join(map(one_line, metadata.tags))
            return f"{name} has {f'the tags {tags}' if tags else 'no tags'} again."
        case "rewound":
            where = f"after exchange {follows}" if follows else "before its first exchange"
            return f"{name} goes on {where} again."
        case _:
            return f"{name} is back ({output.counted(metadata.exchange_count, 'exchange')})."


def _line(exchange: SessionExchange) -> str:
    query = output.fit(one_line(exchange.query), 100)
    return f"{exchange.id}  {output.local(exchange.timestamp)}  {query}"


def _diff_text(ids: tuple[str, str], found: Divergence) -> str:
    lines = [f"In common: {output.counted(len(found.common), 'exchange')}"]
    if found.common:
        lines.append(f"Last in common: {_line(found.common[-1])}")
    for session_id, alone in zip(ids, (found.first, found.second), strict=True):
        lines += ["", f"Only in {session_id}: {output.counted(len(alone), 'exchange')}"]
        lines += [f"  {_line(exchange)}" for exchange in alone]
    return "\n".join(lines)


def _diff_fields(ids: tuple[str, str], found: Divergence) -> dict[str, Any]:
    return {
        "commonCount": len(found.common),
        "lastCommon": _fields(found.common[-1]) if found.common else None,
        "alone": [
            {"sessionId": session_id, "exchanges": [_fields(each) for each in alone], "count": len(alone)}
            for session_id, alone in zip(ids, (found.first, found.second), strict=True)
        ],
    }


def _fields(exchange: SessionExchange) -> dict[str, Any]:
    return {
        "id": exchange.id,
        "parentId": exchange.parent_id,
        "timestamp": rfc3339(exchange.timestamp),
        "status": exchange.status,
        "query": exchange.query,
    }
