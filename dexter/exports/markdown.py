"""A session as markdown to read. Whatever is in queries, tools and answers, the structure stays.

A query is a fenced block, its fence longer than any in it. An answer is markdown itself, in a quotation:
what it leaves open ends there.
"""

import json
import re
from collections.abc import Iterator

from dexter.exports.places import Place, places, told_follows
from dexter.exports.plain import plain, plain_line
from dexter.sessions import SessionMetadata, ToolStep, Transcript
from dexter.sessions.records.figures import figures_line
from dexter.sessions.records.moments import rfc3339
from dexter.sessions.records.records import preview
from dexter.sessions.records.steps import in_order

LONGEST_RESULT = 4000
"""Characters of a tool's result; JSON has all of it."""

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&$])")


def as_markdown(transcript: Transcript) -> str:
    """The session as markdown: title, metadata, then each exchange with its query, tools and answer."""
    metadata = transcript.metadata
    heading = escaped(metadata.title or f"Session {metadata.id}")
    parts = [f"# {heading}", "\n".join(_facts(transcript))]
    for place in places(transcript):
        parts += _exchange(place)
    if not transcript.exchanges:
        parts.append("No exchanges yet.")
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """A text on one line of markdown that says just that text."""
    return _MARKUP.sub(r"\\\1", plain_line(text))


def fenced(text: str, language: str = "text") -> str:
    """A text as a fenced block that nothing in it can end."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    body = plain(text)
    return f"{fence}{language}\n{body}{'' if body.endswith(chr(10)) else chr(10)}{fence}"


def code(text: str) -> str:
    """A text on one line as code that nothing in it can end."""
    line = plain_line(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    pad = " " if "`" in line or not line else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _facts(transcript: Transcript) -> Iterator[str]:
    metadata: SessionMetadata = transcript.metadata
    yield f"- Session: {code(metadata.id)}"
    if metadata.model:
        provider = f" ({escaped(metadata.provider)})" if metadata.provider else ""
        yield f"- Model: {escaped(metadata.model)}{provider}"
    yield f"- Created: {rfc3339(metadata.created_at)}"
    yield f"- Last active: {rfc3339(metadata.updated_at)}"
    yield f"- Exchanges: {len(transcript.exchanges)}"
    if metadata.tags:
        yield f"- Tags: {', '.join(map(escaped, metadata.tags))}"
    if len(transcript.heads) > 1:
        yield f"- Heads: {len(transcript.heads)}"


def _exchange(place: Place) -> Iterator[str]:
    exchange = place.exchange
    yield f"## {place.number}. {escaped(preview(exchange.query))}".rstrip()
    said = [rfc3339(exchange.timestamp), f"{exchange.duration / 1000:.1f} s"]
    said += [escaped(exchange.model)] if exchange.model else []
    if exchange.token_usage is not None:
        said.append(f"{exchange.token_usage.total_tokens:,} tokens")
    said += [exchange.status] if exchange.status != "complete" else []
    said += [told_follows(place)] if place.turns_off else []
    said += ["head"] if place.head else []
    yield f"*{', '.join(said)}*"
    yield fenced(exchange.query)
    for each in exchange.further:
        yield "**While it ran**"
        yield fenced(each.text)
    tools = [step for step in in_order(place.steps) if isinstance(step, ToolStep)]
    if tools:
        yield "**Tools**"
    for step in tools:
        yield from _tool(step)
    if exchange.answer.strip():
        yield "**Answer**"
        yield _quoted(exchange.answer)
        if exchange.figures is not None:
            yield f"*{escaped(figures_line(exchange.figures))}*"
    elif not exchange.error:
        yield f"*(no answer: {exchange.status})*"
    if exchange.error:
        yield f"**Error:** {escaped(exchange.error)}"


def _tool(step: ToolStep) -> Iterator[str]:
    failed = "" if step.ok else ", failed"
    arguments = json.dumps(step.arguments, ensure_ascii=False)
    by = "" if step.helper is None else f"Helper {step.helper.number}: "
    yield f"{by}{code(step.name)} with {code(arguments)} ({step.duration} ms{failed})"
    left = len(step.result) - LONGEST_RESULT
    if step.result:
        yield fenced(step.result[:LONGEST_RESULT])
    if left > 0:
        yield f"*({left:,} more characters are left out)*"


def _quoted(answer: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in plain(answer).strip("\n").split("\n"))
