"""A cache of prompts as Anthropic keeps one: what was marked is kept, what begins like it is read from there.

The order is tools, system, messages; a mark covers all before it; from a mark is looked back 20 blocks. A
token is four bytes here, and nothing is too short to be kept or gets too old.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.support.servers.replies import Reply

LOOKS_BACK = 20
MOST_MARKS = 4
Block = tuple[str, bool]


class PromptCache:
    """What was kept of the requests of one server."""

    def __init__(self) -> None:
        self._kept: set[str] = set()

    def counted(self, reply: Reply, body: dict[str, Any]) -> Reply:
        """The reply, with what of the request was read, written, and neither."""
        digest, length = hashlib.sha256(str(body.get("model")).encode()), 0
        beginnings: list[tuple[str, int, bool]] = []
        for text, marked in _blocks(body):
            digest.update(text.encode())
            length += len(text) // 4
            beginnings.append((digest.hexdigest(), length, marked))
        marks = [place for place, (_, _, marked) in enumerate(beginnings) if marked]
        if len(marks) > MOST_MARKS:
            raise AssertionError("a request may have four marks")
        read = max(
            (
                beginnings[place][1]
                for mark in marks
                for place in range(max(0, mark - LOOKS_BACK + 1), mark + 1)
                if beginnings[place][0] in self._kept
            ),
            default=0,
        )
        covered = beginnings[marks[-1]][1] if marks else 0
        self._kept |= {beginnings[mark][0] for mark in marks}
        return replace(reply, input_tokens=length - covered, cache_read=read, cache_written=covered - read)


def _blocks(body: dict[str, Any]) -> Iterator[Block]:
    for tool in body.get("tools", []):
        yield _block("tool", tool)
    system = body.get("system", [])
    for part in [{"type": "text", "text": system}] if isinstance(system, str) else system:
        yield _block("system", part)
    choice = json.dumps(body.get("tool_choice"))
    for message in body["messages"]:
        content = message["content"]
        for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            yield _block(f"{message['role']} {choice}", part)


def _block(kind: str, block: dict[str, Any]) -> Block:
    content = {name: value for name, value in block.items() if name != "cache_control"}
    return f"{kind} {json.dumps(content, sort_keys=True)}\n", "cache_control" in block
