"""Sessions of Claude Code: `~/.claude/projects/<folder>/<uuid>.jsonl`, a record a line.

Records are linked by `parentUuid`. The format is internal to that program; what is read here is what all
known versions have. A query is a line of type `user` with a text; results of tools ride on such lines, too.
Lines of other agents (`isSidechain`) and of the program itself (`isMeta`, command markup) are no exchanges.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dexter.imports.conversation import Conversation, Turn
from dexter.imports.files import Row, json_lines, mapping, small, string
from dexter.imports.values import Reading, Trouble
from dexter.sessions.records.moments import moment_of

NAME = "claude-code"
_KNOWN = frozenset(["type", "uuid", "parentUuid", "sessionId", "timestamp", "isSidechain", "isMeta"])
_MARKUP = ("<command-", "<local-command-", "<bash-", "Caveat: The messages below")
_SPOKEN = ("user", "assistant")  # no set: a kind may be a list
_INTERRUPTED = "[Request interrupted by user"
_TITLES = (("ai-title", "aiTitle"), ("summary", "summary"), ("custom-title", "customTitle"))


def fits(fields: Mapping[str, Any]) -> bool:
    """Whether a line is one of such a session."""
    kind = fields.get("type")
    return (kind in _SPOKEN and "message" in fields and "uuid" in fields) or (
        kind == "summary" and "leafUuid" in fields
    )


def read(path: Path) -> Reading:
    """The session in a file.

    Raises:
        NotImportable: If it can't be read.
    """
    rows, troubles = json_lines(path)
    names = [found for _, fields in rows if (found := string(fields.get("sessionId"))) is not None]
    conversation = Conversation(NAME, names[0] if names else path.stem)
    _Reader(conversation).take(rows)
    transcript = conversation.transcript()
    if transcript is None:
        return Reading((), (*troubles, Trouble(path, "nothing was asked in it")))
    return Reading((transcript,), tuple(troubles))


class _Reader:
    """Goes through the lines; knows to which turn each record belongs."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._owners: dict[str, Turn] = {}
        self._titles: dict[str, str] = {}
        self._others: Counter[str] = Counter()

    def take(self, rows: Sequence[Row]) -> None:
        for number, fields in rows:
            self._line(number, fields)
        titles = [self._titles[kind] for kind, _ in _TITLES if kind in self._titles]
        self._conversation.title = titles[-1] if titles else None
        if self._others:
            self._conversation.extra["otherLines"] = dict(self._others)

    def _line(self, number: int, fields: Mapping[str, Any]) -> None:
        kind = fields.get("type")
        for title, key in _TITLES:
            if kind == title and (text := string(fields.get(key))) is not None:
                self._titles[title] = text
        owner = self._owners.get(str(fields.get("parentUuid")))
        if kind not in _SPOKEN or fields.get("isSidechain") is True:
            self._others["sidechain" if fields.get("isSidechain") is True else str(kind)[:40]] += 1
        else:
            turn = owner or self._conversation.last
            self._conversation.at(moment_of(str(fields.get("timestamp"))))
            message = mapping(fields.get("message"))
            owner = (
                self._asked(fields, message, owner, turn)
                if kind == "user"
                else self._answered(number, fields, message, turn)
            )
        if (identifier := string(fields.get("uuid"))) is not None and owner is not None:
            self._owners[identifier] = owner

    def _asked(
        self, fields: Mapping[str, Any], message: Mapping[str, Any], owner: Turn | None, turn: Turn | None
    ) -> Turn | None:
        text = "\n\n".join(each["text"] for each in _blocks(message) if isinstance(each.get("text"), str))
        results = [each for each in _blocks(message) if each.get("type") == "tool_result"]
        if turn is not None:
            if results:
                self._conversation.at(moment_of(str(fields.get("timestamp"))), turn)
            for each in results:
                ok = each.get("is_error") is not True
                turn.result(str(each.get("tool_use_id")), _text_of(each.get("content")), ok=ok)
            if text.startswith(_INTERRUPTED):
                turn.interrupted = True
                return turn
        hidden = fields.get("isMeta") is True or fields.get("isCompactSummary") is True
        if hidden or results or not text.strip() or text.lstrip().startswith(_MARKUP):
            return turn
        extra = small(fields, _KNOWN)
        if pictures := sum(each.get("type") == "image" for each in _blocks(message)):
            extra["pictures"] = pictures
        return self._conversation.ask(
            text,
            identifier=string(fields.get("uuid")),
            parent=owner.id if owner is not None else None,
            extra=extra,
        )

    def _answered(
        self, number: int, fields: Mapping[str, Any], message: Mapping[str, Any], turn: Turn | None
    ) -> Turn | None:
        if turn is None:
            return None
        self._conversation.at(moment_of(str(fields.get("timestamp"))), turn)
        if fields.get("isApiErrorMessage") is True:
            turn.error = _text_of(message.get("content")) or "The provider answered with an error."
            return turn
        key = string(message.get("id")) or f"line {number}"
        turn.model_speaks(key)
        turn.model, turn.provider = string(message.get("model")) or turn.model, "anthropic"
        for block in _blocks(message):
            match block.get("type"):
                case "thinking":
                    turn.think(str(block.get("thinking") or ""))
                case "text":
                    turn.say(str(block.get("text") or ""))
                case "tool_use" | "server_tool_use":
                    turn.call(str(block.get("id")), str(block.get("name")), block.get("input"))
        usage = mapping(message.get("usage"))
        taken = [usage.get(name) for name in _TAKEN]
        given = usage.get("output_tokens")
        turn.count(
            key, sum(each for each in taken if isinstance(each, int)), given if isinstance(given, int) else 0
        )
        return turn


_TAKEN = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


def _blocks(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    content = message.get("content")
    if isinstance(content, str):
        yield {"type": "text", "text": content}
    elif isinstance(content, list):
        yield from (each for each in content if isinstance(each, dict))


def _text_of(content: object) -> str:
    """The text of a result: a text, or blocks of which some are texts."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(str(each["text"]) for each in blocks if isinstance(each, dict) and "text" in each)
