"""The table of llm before 0.32: a row is a prompt with its response; tools are called from row to row."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from dexter.imports.conversation import Conversation, Turn
from dexter.imports.files import string
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.moments import moment_of


def take_responses(
    database: sqlite3.Connection,
    conversation: Callable[[str], Conversation],
    tables: set[str],
    seen: set[str],
) -> None:
    """Tell conversations what was asked and answered in them, without the rows that are known as turns."""
    names = {}
    if "conversations" in tables:
        names = {row["id"]: row["name"] for row in database.execute("SELECT id, name FROM conversations")}
    for row in database.execute("SELECT * FROM responses ORDER BY datetime_utc, id").fetchall():
        fields = dict(row)
        identifier = str(fields.get("id"))
        if identifier in seen:
            continue
        owner = string(fields.get("conversation_id")) or identifier
        found = conversation(owner)
        found.title = string(names.get(owner)) or found.title
        calls, results = (
            _related(database, table, identifier) if table in tables else []
            for table in ("tool_calls", "tool_results")
        )
        _response(found, fields, calls, results)


def _response(
    conversation: Conversation,
    fields: Mapping[str, Any],
    calls: list[dict[str, Any]],
    results: list[dict[str, Any]],
) -> None:
    key, began = str(fields.get("id")), moment_of(str(fields.get("datetime_utc")))
    turn: Turn | None = conversation.last
    if turn is None or not results or fields.get("prompt"):
        conversation.at(began)
        extra = {"system": fields["system"]} if string(fields.get("system")) else None
        turn = conversation.ask(str(fields.get("prompt") or ""), identifier=key, extra=extra)
    conversation.at(None if began is None else began + _number(fields, "duration_ms"), turn)
    for each in results:
        turn.result(_call_id(each), str(each.get("output") or ""), ok=not each.get("exception"))
    turn.model_speaks(key)
    turn.think(str(fields.get("reasoning") or ""))
    turn.say(str(fields.get("response") or ""))
    for each in calls:
        turn.call(_call_id(each), str(each.get("name")), _arguments(each.get("arguments")))
    turn.model = string(fields.get("resolved_model")) or string(fields.get("model")) or turn.model
    turn.count(key, _number(fields, "input_tokens"), _number(fields, "output_tokens"))


def _related(database: sqlite3.Connection, table: str, response: str) -> list[dict[str, Any]]:
    query = f"SELECT * FROM {table} WHERE response_id = ? ORDER BY id"  # noqa: S608  one of two names of ours
    return [dict(row) for row in database.execute(query, (response,)).fetchall()]


def _call_id(fields: Mapping[str, Any]) -> str:
    return string(fields.get("tool_call_id")) or str(fields.get("name"))


def _arguments(text: object) -> object:
    try:
        return decode_object(str(text).encode())
    except NotAnObject:
        return text


def _number(fields: Mapping[str, Any], name: str) -> int:
    value = fields.get(name)
    return value if isinstance(value, int) and value > 0 else 0
