"""The tables of llm from 0.32 on: a thread is a chain of messages, a turn one call of the model on it."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from dexter.imports.conversation import Conversation, Turn
from dexter.imports.files import mapping, string
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.moments import moment_of

_DEEPEST = 100_000


def take_turns(database: sqlite3.Connection, conversation: Callable[[str], Conversation]) -> set[str]:
    """Tell conversations what their threads hold; returns the ids of the turns."""
    names = {row["id"]: row["name"] for row in database.execute("SELECT id, name FROM threads")}
    owners: dict[tuple[str, str], Turn] = {}
    seen: set[str] = set()
    for row in database.execute("SELECT * FROM turns ORDER BY datetime_utc, id").fetchall():
        fields = dict(row)
        thread = str(fields.get("thread_id"))
        found = conversation(thread)
        found.title = string(names.get(thread)) or found.title
        seen.add(str(fields.get("id")))
        _turn(database, found, fields, owners)
    return seen


def _turn(
    database: sqlite3.Connection,
    conversation: Conversation,
    fields: Mapping[str, Any],
    owners: dict[tuple[str, str], Turn],
) -> None:
    """Add what is new on the way to the tip of a turn; `owners` has who a message belongs to, by thread."""
    thread, key = conversation.foreign, str(fields.get("id"))
    chain: list[sqlite3.Row] = []
    at = fields.get("tip_message_hash")
    while at is not None and (thread, str(at)) not in owners and len(chain) < _DEEPEST:
        row = database.execute("SELECT * FROM messages WHERE hash = ?", (at,)).fetchone()
        if row is None:
            break
        chain.append(row)
        at = row["parent_hash"]
    owner = owners.get((thread, str(at)))
    began = moment_of(str(fields.get("datetime_utc")))
    ended = None if began is None else began + _number(fields.get("duration_ms"))
    for row in reversed(chain):
        parts = _parts(database, row["hash"])
        if row["role"] == "user":
            conversation.at(began)
            text = "\n\n".join(str(each.get("text", "")) for each in parts if each["type"] == "text")
            owner = conversation.ask(text, parent=owner.id if owner is not None else None)
        elif owner is not None:
            conversation.at(ended, owner)
            _message(parts, owner, key if row["role"] == "assistant" else None)
        if owner is not None:
            owners[thread, str(row["hash"])] = owner
    if owner is not None:
        owner.model = string(fields.get("resolved_model")) or string(fields.get("model")) or owner.model
        owner.count(key, _number(fields.get("input_tokens")), _number(fields.get("output_tokens")))


def _message(parts: list[dict[str, Any]], turn: Turn, key: str | None) -> None:
    if key is not None:
        turn.model_speaks(key)
    for part in parts:
        name, text = str(part.get("name")), str(part.get("text") or "")
        call_id = string(part.get("tool_call_id")) or name
        match part["type"]:
            case "reasoning":
                turn.think(text)
            case "text" if key is not None:
                turn.say(text)
            case "tool_call":
                turn.call(call_id, name, part.get("arguments"))
            case "tool_result":
                turn.result(call_id, str(part.get("output") or ""), ok=not part.get("exception"))


def _parts(database: sqlite3.Connection, message: str) -> list[dict[str, Any]]:
    found = []
    rows = database.execute("SELECT * FROM parts WHERE message_hash = ? ORDER BY position", (message,))
    for row in rows.fetchall():
        try:
            payload = decode_object(str(row["payload"]).encode()) if row["payload"] else {}
        except NotAnObject:
            payload = {}
        payload["type"] = row["type"]
        if row["text"] is not None:
            payload["text"] = row["text"]
        pieces = payload.get("text_ref")
        if isinstance(pieces, list):
            payload["text"] = "".join(_piece(database, mapping(each)) for each in pieces)
        found.append(payload)
    return found


def _piece(database: sqlite3.Connection, piece: Mapping[str, Any]) -> str:
    """A piece of a text: itself, or one that many texts share."""
    if isinstance(piece.get("literal"), str):
        return str(piece["literal"])
    number = piece.get("fragment")
    if not isinstance(number, int):
        return ""
    row = database.execute("SELECT content FROM fragments WHERE id = ?", (number,)).fetchone()
    return str(row["content"]) if row is not None else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
