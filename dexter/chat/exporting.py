"""A session as one text, to keep or to send: markdown for people, JSON for programs."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dexter.sessions import SessionExchange

FENCE = "> "


def as_markdown(session_id: str, title: str | None, exchanges: Sequence[SessionExchange]) -> str:
    """The session as markdown: each query quoted, its answer below it, and who answered when.

    Args:
        session_id: The id.
        title: Its title, if it has one.
        exchanges: Oldest first.
    """
    heading = " ".join((title or f"Session {session_id}").split())
    parts = [f"# {heading}", f"dexter session `{session_id}`, {len(exchanges)} exchanges"]
    for exchange in exchanges:
        quoted = "\n".join(f"{FENCE}{line}".rstrip() for line in exchange.query.split("\n"))
        note = f"*{exchange.model}, {_moment(exchange.timestamp)}"
        note += "*" if exchange.status == "complete" else f", {exchange.status}*"
        answer = exchange.answer.strip() or "(no answer)"
        parts += ["---", quoted, answer, *([f"Error: {exchange.error}"] if exchange.error else []), note]
    return "\n\n".join(parts) + "\n"


def as_json(session_id: str, title: str | None, exchanges: Sequence[SessionExchange]) -> str:
    """The session as one JSON object; exchanges have the fields of `history.jsonl`, times RFC 3339 in UTC.

    Args:
        session_id: The id.
        title: Its title, if it has one.
        exchanges: Oldest first.
    """
    listed: list[dict[str, Any]] = [
        {**exchange.to_fields(), "timestamp": _moment(exchange.timestamp)} for exchange in exchanges
    ]
    whole = {"id": session_id, "title": title, "exchanges": listed}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _moment(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"
