"""`dexter sessions search`: which exchanges have the words, and where."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dexter.cli.equipping.opening import find_ever, opened, print_json
from dexter.cli.screen import output
from dexter.cli.screen.waiting import Waiting
from dexter.errors import UsageError
from dexter.sessions import Found, SearchHit, Wanted, parse_query, snippet
from dexter.sessions.records.moments import rfc3339
from dexter.sessions.searching.queries import Term
from dexter.terminal.cleaning import clean, one_line

LIMIT = 20
_LONGEST_QUERY = 200
BOLD = ("\x1b[1m", "\x1b[22m")
STARS = ("**", "**")
"""What stands around a hit: bold on a terminal, stars wherever that can't be shown."""


def search(
    home: Path,
    query: str,
    since: str | None = None,
    session: str | None = None,
    limit: int = LIMIT,
    *,
    deleted: bool = False,
    results: bool = False,
    json: bool = False,
) -> int:
    """Print the exchanges that have all words of a query, best first.

    Raises:
        UsageError: If there is no word in the query, or `since` names no moment.
        SessionNotFound: If there is no such session.
    """
    terms = parse_query(query)
    if not terms:
        raise UsageError(f'There is no word in "{one_line(query)}" to search for: give letters or digits.')
    moment = None if since is None else _moment(since)
    with opened(home) as manager:
        session_id = None
        if session is not None:
            session_id = find_ever(manager, session) if deleted else manager.find(session)
        wanted = Wanted(
            terms, limit=limit, since=moment, session_id=session_id, results=results, deleted=deleted
        )
        with Waiting("Searching..."):
            found = manager.look_up(wanted)
        if json:
            hits = [_fields(hit) for hit in found.hits]
            print_json({"hits": hits, "count": len(hits), "more": found.more})
        elif found.hits:
            print(_text(found, terms, BOLD if _shows_bold() else STARS))
        else:
            print(f"Nothing found for: {one_line(query)}")
    return 0


def _moment(since: str) -> int:
    from dexter.sessions.archive import beginning

    moment = beginning(since, time.time())
    if moment is None:
        raise UsageError(
            f'--since: "{one_line(since)}" is no date; try 2026-02-21, "2 weeks ago" or "yesterday 9:30".'
        )
    return moment


def _fields(hit: SearchHit) -> dict[str, Any]:
    return {
        "sessionId": hit.session_id,
        "exchangeId": hit.exchange_id,
        "timestamp": rfc3339(hit.when),
        "status": hit.status,
        "deleted": hit.deleted,
        "title": hit.title,
        "tags": list(hit.tags),
        "query": hit.query,
        "queryMarks": [list(mark) for mark in hit.query_marks],
        "snippet": hit.snippet,
        "marks": [list(mark) for mark in hit.marks],
        "score": round(hit.score, 6),
    }


def _text(found: Found, terms: Sequence[Term], around: tuple[str, str]) -> str:
    blocks = [_block(hit, terms, around) for hit in found.hits]
    count = output.counted(len(found.hits), "exchange")
    end = [f"The first {count}; --limit shows more." if found.more else f"{count} found."]
    first = next((hit for hit in found.hits if not hit.deleted), None)
    if first is not None:
        end.append(f"Open one with: dexter sessions show {first.session_id} --exchange {first.exchange_id}")
    else:
        end.append(f"Bring one back with: dexter sessions restore {found.hits[0].session_id}")
    return "\n\n".join([*blocks, "\n".join(end)])


def _block(hit: SearchHit, terms: Sequence[Term], around: tuple[str, str]) -> str:
    said = [hit.session_id, output.local(hit.when), hit.exchange_id]
    said += [hit.status] if hit.status != "complete" else []
    said += ["deleted"] if hit.deleted else []
    said += [one_line(hit.title)] if hit.title else []
    said += [f"[{', '.join(map(one_line, hit.tags))}]"] if hit.tags else []
    asked = snippet(hit.query, terms, _LONGEST_QUERY)
    lines = ["  ".join(said), f"> {marked(asked.text, asked.marks, around)}"]
    if hit.snippet.strip():
        lines.append(marked(hit.snippet, hit.marks, around))
    return "\n".join(lines)


def marked(text: str, marks: Sequence[tuple[int, int]], around: tuple[str, str]) -> str:
    """A text on one line, cleaned, with something around each mark."""
    pieces, at = [], 0
    for start, end in marks:
        pieces += [
            clean(text[at:start], keep_newlines=False),
            around[0],
            clean(text[start:end], keep_newlines=False),
            around[1],
        ]
        at = end
    return "".join([*pieces, clean(text[at:], keep_newlines=False)])


def _shows_bold() -> bool:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") in {"dumb", "unknown"}
    return sys.stdout is not None and sys.stdout.isatty() and not plain
