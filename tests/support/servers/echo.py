"""Replies that follow from the query alone, so that whoever asked can tell whether an answer is theirs.

The answer holds `token_of(query)`. Words in the query ask for more:

    fail:401 fail:429 fail:500 fail:529 fail:context   that error      fail:cut fail:polite fail:garbage
    pause:0.05    seconds before each piece            words:300       about so many words of answer
    use:tool      a tool call first                    think           reasoning first
    calls:20      so many tool calls first, one a step, each another one

Without such words, one query in four makes a tool call first, if a calculator is offered.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.servers.replies import Call, Cut, Fail, Garbage, Reply, Scripted

CALCULATOR = "calculate"

_WISH = re.compile(r"\b(fail|pause|words|use|calls):(\S+)")
_FAILURES: Mapping[str, Scripted] = {
    "401": Fail(401),
    "429": Fail(429, headers={"retry-after": "3600"}),
    "500": Fail(500),
    "529": Fail(529),
    "context": Fail(400, code="context"),
    "cut": Cut(Reply("The beginning of an answer that never ends"), after=4),
    "polite": Cut(Reply("The beginning of an answer that never ends"), after=4, politely=True),
    "garbage": Garbage(Reply("The beginning of an answer")),
}


def token_of(query: str) -> str:
    """Eight hex digits that an echoed answer to this query holds."""
    return f"{zlib.crc32(query.strip().encode('utf-8', 'replace')):08x}"


def echo(query: str, tools: Sequence[str], results: Sequence[str], pause: float = 0.0) -> Scripted:
    """The reply to a query.

    Args:
        query: The last thing that the user said.
        tools: The names of the tools offered.
        results: What the tools returned since.
        pause: Seconds before each piece, unless the query says otherwise.
    """
    wishes: dict[str, Any] = {found[0]: found[1] for found in _WISH.findall(query)}
    pause = float(wishes.get("pause", pause))
    if wishes.get("fail") in _FAILURES:
        return _FAILURES[wishes["fail"]]
    if CALCULATOR in tools and len(results) < int(wishes.get("calls", 0)):
        return Reply(calls=(Call(CALCULATOR, {"expression": f"{len(results)} + 1"}),), pause=pause)
    number = int(token_of(query), 16)
    wants_tool = wishes.get("use") == "tool" or (not wishes and number % 4 == 0)
    reasoning = "Reading the question, then answering it." if "think" in query.split() else ""
    if wants_tool and CALCULATOR in tools and not results:
        call = Call(CALCULATOR, {"expression": f"{number % 97} + {number % 89}"})
        return Reply("Let me compute that.", reasoning, (call,), pause, input_tokens=len(query))
    return Reply(_answer(query, results, int(wishes.get("words", 0))), reasoning, pause=pause)


def _answer(query: str, results: Sequence[str], words: int) -> str:
    asked = " ".join(query.split())
    text = f"About **{asked[:60]}**: the reference of this answer is {token_of(query)}."
    if results:
        text += f"\n\nThe tool said: {results[-1][:200]}"
    missing = words - len(text.split())
    if missing > 0:
        text += "\n\n" + " ".join(f"word{number}" for number in range(missing))
    return text
