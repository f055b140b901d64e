"""What a server is to answer, whatever the protocol."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Why = Literal["stop", "tools", "length", "refused"]

_WORDS = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True)
class Call:
    """A tool call by the model; `arguments` may be broken JSON text instead of a mapping."""

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """An answer: reasoning, text, tool calls. `pause` is in seconds, before each piece of a stream."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    pause: float = 0.0
    first_pause: float = 0.0
    input_tokens: int = 20
    output_tokens: int = 10
    cache_read: int = 0
    """Tokens of the input that came from the cache, and those that were written to it."""
    cache_written: int = 0
    why: Why | None = None

    @property
    def ended(self) -> Why:
        """Why the answer ends where it ends."""
        return self.why or ("tools" if self.calls else "stop")


@dataclass(frozen=True)
class Fail:
    """An error instead of an answer, in the protocol's own words for the status."""

    status: int
    message: str = ""
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """A stream that breaks off after so many pieces of a reply.

    Rudely as when a machine dies, or politely as when something in between gives up: a proper end of the
    response without the end of the answer.
    """

    reply: Reply
    after: int = 2
    politely: bool = False


@dataclass(frozen=True)
class Garbage:
    """A stream in no protocol at all, after the pieces of a reply."""

    reply: Reply = field(default_factory=Reply)
    content: bytes = b"data: {this is no JSON\n\n"


@dataclass(frozen=True)
class Torn:
    """The bytes of a stream in two parts that come apart at any of them.

    `ends`: the second part never comes; the connection dies.
    """

    reply: Reply
    at: int
    ends: bool = True


Scripted = Reply | Fail | Cut | Garbage | Torn


def pieces(text: str) -> Iterator[str]:
    """A text word by word, as models stream it."""
    yield from _WORDS.findall(text)
