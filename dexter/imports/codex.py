"""Sessions of OpenAI Codex: `~/.codex/sessions/YYYY/MM/DD/rollout-<time>-<uuid>.jsonl`.

Each line is `{"timestamp", "type", "payload"}`. What the model saw is in lines of type `response_item`; of
the display's log (`event_msg`) come counts of tokens, the end of a command, errors and broken-off turns.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from dexter.imports.conversation import Conversation, Turn
from dexter.imports.files import Row, json_lines, mapping, small, string
from dexter.imports.values import Reading, Trouble
from dexter.sessions.records.moments import moment_of

NAME = "codex"
_KINDS = ("session_meta", "turn_context", "response_item", "event_msg")  # no set: a kind may be a list
_SCAFFOLDING = (
    "<environment_context>",
    "<permissions instructions>",
    "<user_instructions>",
    "<turn_aborted>",
    "<collaboration_mode>",
    "<skills_instructions>",
    "# AGENTS.md instructions",
)
_LASTING = ("exec_command_end", "turn_aborted", "error", "task_complete")
"""Events that belong to the turn before them; others may announce the next one."""
_LEFT_OUT = frozenset(["id", "timestamp", "base_instructions", "instructions"])


def fits(fields: Mapping[str, Any]) -> bool:
    """Whether a line is one of such a session."""
    return fields.get("type") in _KINDS and isinstance(fields.get("payload"), dict)


def read(path: Path) -> Reading:
    """The session in a file.

    Raises:
        NotImportable: If it can't be read.
    """
    rows, troubles = json_lines(path)
    metas = [mapping(fields.get("payload")) for _, fields in rows if fields.get("type") == "session_meta"]
    # A session that was forked holds the header of the one it came from, too: behind its own.
    meta = metas[0] if metas else {}
    conversation = Conversation(NAME, string(meta.get("id")) or path.stem)
    conversation.extra = {**small(meta, _LEFT_OUT), **small(mapping(meta.get("git")), frozenset())}
    _Reader(conversation, string(meta.get("model_provider")) or "openai").take(rows)
    transcript = conversation.transcript()
    if transcript is None:
        return Reading((), (*troubles, Trouble(path, "nothing was asked in it")))
    return Reading((transcript,), tuple(troubles))


class _Reader:
    def __init__(self, conversation: Conversation, provider: str) -> None:
        self._conversation = conversation
        self._provider = provider
        self._model = ""
        self._counted: object = None

    def take(self, rows: Sequence[Row]) -> None:
        for number, fields in rows:
            self._conversation.at(moment_of(str(fields.get("timestamp"))))
            payload = mapping(fields.get("payload"))
            turn = self._conversation.last
            match fields.get("type"):
                case "turn_context":
                    self._model = string(payload.get("model")) or self._model
                case "response_item" if payload.get("type") == "message" and payload.get("role") == "user":
                    self._ask(payload)
                case "response_item" if turn is not None:
                    self._conversation.at(moment_of(str(fields.get("timestamp"))), turn)
                    turn.model, turn.provider = self._model or turn.model, self._provider
                    _item(payload, turn, number)
                case "event_msg" if turn is not None:
                    if payload.get("type") in _LASTING:
                        self._conversation.at(moment_of(str(fields.get("timestamp"))), turn)
                    self._event(payload, turn, number)

    def _ask(self, payload: Mapping[str, Any]) -> None:
        texts = [
            text for text in _texts(payload.get("content")) if not text.lstrip().startswith(_SCAFFOLDING)
        ]
        if any(text.strip() for text in texts):
            self._conversation.ask("\n\n".join(texts))

    def _event(self, payload: Mapping[str, Any], turn: Turn, number: int) -> None:
        match payload.get("type"):
            case "token_count":
                info = mapping(payload.get("info"))
                last, whole = (mapping(info.get(name)) for name in ("last_token_usage", "total_token_usage"))
                if last and (not whole or whole != self._counted):  # said again with news on limits
                    turn.count(
                        f"line {number}", _number(last, "input_tokens"), _number(last, "output_tokens")
                    )
                self._counted = whole
            case "exec_command_end":
                output = payload.get("aggregated_output") or payload.get("formatted_output") or ""
                ok = payload.get("exit_code") == 0
                turn.result(str(payload.get("call_id")), str(output), ok=ok, settled=True)
            case "turn_aborted":
                turn.interrupted = True
            case "error":
                turn.error = string(payload.get("message")) or "The program told an error."


def _item(payload: Mapping[str, Any], turn: Turn, number: int) -> None:
    call_id = string(payload.get("call_id")) or string(payload.get("id")) or f"line {number}"
    kind = str(payload.get("type"))
    if kind.endswith("_output"):
        text, ok = _output(payload.get("output"))
        turn.result(call_id, text, ok=ok)
        return
    turn.model_speaks()
    match kind:
        case "message" if payload.get("role") == "assistant":
            turn.say("\n\n".join(_texts(payload.get("content"))))
        case "reasoning":
            turn.think("\n\n".join(_texts(payload.get("summary")) or _texts(payload.get("content"))))
        case "function_call":
            turn.call(call_id, str(payload.get("name")), _decoded(payload.get("arguments")))
        case "custom_tool_call":
            turn.call(call_id, str(payload.get("name")), payload.get("input"))
        case "local_shell_call" | "web_search_call":
            turn.call(call_id, kind.removesuffix("_call"), payload.get("action"))


def _texts(content: object) -> list[str]:
    parts = content if isinstance(content, list) else [{"text": content}]
    found = (each.get("text") for each in parts if isinstance(each, dict))
    return [text for text in found if isinstance(text, str)]


def _output(output: object) -> tuple[str, bool]:
    """The text of a result and whether it went well: a text, JSON with an exit code, or a list of texts."""
    found = _decoded(output) if isinstance(output, str) and output.startswith("{") else output
    if isinstance(found, dict) and isinstance(found.get("output"), str):
        return found["output"], mapping(found.get("metadata")).get("exit_code", 0) == 0
    if isinstance(found, dict) and isinstance(found.get("content"), str):
        return found["content"], found.get("success") is not False
    return output if isinstance(output, str) else "\n".join(_texts(output)), True


def _decoded(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return text


def _number(fields: Mapping[str, Any], name: str) -> int:
    value = fields.get(name)
    return value if isinstance(value, int) else 0
