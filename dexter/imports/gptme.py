"""Conversations of gptme: `~/.local/share/gptme/logs/<name>/conversation.jsonl`, a message a line.

A message has `role` (system, user, assistant), `content`, `timestamp` and perhaps `metadata`. Calls of tools
are in the assistant's text; a system message behind it is what they returned. Times without a zone, which it
writes, are taken for UTC.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dexter.imports.conversation import Conversation, Turn
from dexter.imports.files import json_lines, mapping, small, string
from dexter.imports.values import Reading, Trouble
from dexter.sessions.records.moments import moment_of

NAME = "gptme"
FILE = "conversation.jsonl"
_KNOWN = frozenset(["role", "content", "timestamp"])
_ROLES = ("system", "user", "assistant")  # no set: what is compared may be a list


def fits(fields: Mapping[str, Any]) -> bool:
    """Whether a line is a message of such a conversation."""
    return fields.get("role") in _ROLES and {"content", "timestamp"} <= fields.keys() and "type" not in fields


def read(path: Path) -> Reading:
    """The conversation in a file or in the folder of one.

    Raises:
        NotImportable: If it can't be read.
    """
    file = path / FILE if path.is_dir() else path
    rows, troubles = json_lines(file)
    name = file.resolve().parent.name if file.name == FILE else file.stem
    conversation = Conversation(NAME, name)
    conversation.title = name
    prompts = 0
    for number, fields in rows:
        conversation.at(moment_of(str(fields.get("timestamp"))))
        text, turn = fields.get("content"), conversation.last
        if not isinstance(text, str) or fields.get("role") not in _ROLES:
            troubles.append(Trouble(file, "no message", number))
        elif fields.get("role") == "user":
            conversation.ask(text, extra=small(fields, _KNOWN))
        elif turn is None:
            prompts += 1
        elif fields.get("ui_only") is not True:
            conversation.at(moment_of(str(fields.get("timestamp"))), turn)
            _add(fields, text, turn, number)
    if prompts:
        conversation.extra["systemMessages"] = prompts
    transcript = conversation.transcript()
    if transcript is None:
        return Reading((), (*troubles, Trouble(file, "nothing was asked in it")))
    return Reading((transcript,), tuple(troubles))


def _add(fields: Mapping[str, Any], text: str, turn: Turn, number: int) -> None:
    metadata = mapping(fields.get("metadata"))
    key = f"line {number}"
    if fields.get("role") == "system":
        if turn.said or turn.steps:
            call_id = string(fields.get("call_id")) or key
            turn.call(call_id, string(metadata.get("tool")) or "tool", {})
            turn.result(call_id, text)
        return
    turn.model_speaks()
    turn.say(text)
    if (model := string(metadata.get("model"))) is not None:
        provider, slash, name = model.partition("/")
        turn.model, turn.provider = (name, provider) if slash else (model, turn.provider)
    usage = {**metadata, **mapping(metadata.get("usage"))}
    cached = [usage.get(name) for name in ("input_tokens", "cache_read_tokens", "cache_creation_tokens")]
    given = usage.get("output_tokens")
    turn.count(
        key, sum(each for each in cached if isinstance(each, int)), given if isinstance(given, int) else 0
    )
