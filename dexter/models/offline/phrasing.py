"""Answers made of tool results, in short markdown."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from dexter.models.offline.plans import Plan, Result

COMPUTED = "_Computed by dexter's built-in calculator (model offline); no language model was asked._"
# How an answer of this model begins when it had none: not worth quoting to somebody who looks for an answer.
UNANSWERED = "No language model is set up"
MOST_FIGURES = 9
MOST_INPUTS = 14
LONGEST_QUOTE = 240
LONGEST_REASON = 480
_NUMBERED = re.compile(r" \d+$")
_SNAKE = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def phrase(plan: Plan, results: Sequence[Result]) -> str:
    """Return the answer in markdown: the plan's opening, what each result says, the plan's closing.

    Args:
        plan: What was planned for the question.
        results: One per call of the plan, in its order. Fewer (a cancelled run) are fine.
    """
    said = [_said(result, plan) for result in results]
    parts = [plan.opening, *said, plan.closing]
    return "\n\n".join(part for part in parts if part)


def _said(result: Result, plan: Plan) -> str:
    beside = bool(plan.closing)
    value = _mapping(result.value)
    if result.name == "recall":
        return (
            _recalled(value, beside=beside)
            if result.ok and value is not None
            else _not_searched(beside=beside)
        )
    if not result.ok or value is None:
        said = _flat(str(result.value), LONGEST_REASON)
        reason = _SNAKE.sub(lambda name: name.group().replace("_", " "), said)
        return f"This has no result: {reason}\n\n{COMPUTED}"
    return _computed(value, plan.wanted)


def _computed(value: Mapping[str, Any], wanted: str) -> str:
    figures = sorted(value.get("figures") or [], key=lambda figure: figure["name"] != wanted)
    if value.get("computed") == "value" and figures:
        return f"{_code(value.get('formula', ''))} = **{figures[0]['shown']}**\n\n{COMPUTED}"
    lines = []
    if figures:
        first = figures[0]
        lines.append(f"**{_capital(str(first['name']))}: {first['shown']}**")
        lines.append(
            "\n".join(f"- {figure['name']}: {figure['shown']}" for figure in figures[1:MOST_FIGURES])
        )
    inputs = value.get("inputs") or []
    listed = ", ".join(_inputs(inputs[:MOST_INPUTS]))
    if len(inputs) > MOST_INPUTS:
        listed += f", and {len(inputs) - MOST_INPUTS} more"
    lines.append(
        f"- From: {listed}\n- Formula: {value.get('formula', '')}\n- Source: {value.get('source', '')}"
    )
    lines += [str(note) for note in value.get("notes") or []]
    if rows := value.get("schedule"):
        lines.append(_table(rows))
    return "\n\n".join(line for line in [*lines, COMPUTED] if line)


def _inputs(inputs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return each input with its name, those that are numbered ("flow 1", "flow 2") as one list."""
    listed = []
    for stem, group in groupby(inputs, key=lambda one: _NUMBERED.sub("", str(one["name"]))):
        several = list(group)
        if len(several) == 1:
            listed.append(f"{several[0]['name']} {several[0]['shown']}")
        else:
            listed.append(f"{stem}s " + "; ".join(str(one["shown"]) for one in several))
    return listed


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    unit = rows[0].get("unit", "")
    head = f"| Year | Interest | Principal | Balance ({unit}) |\n| ---: | ---: | ---: | ---: |"
    body = [f"| {row['year']} | {row['interest']} | {row['principal']} | {row['balance']} |" for row in rows]
    return "\n".join([head, *body])


def _recalled(value: Mapping[str, Any], *, beside: bool) -> str:
    hits = value.get("hits") or []
    searched = _flat(str(value.get("searched", "")), LONGEST_QUOTE)
    if not hits:
        days = value.get("within_days")
        span = f" of the last {days} days" if days else ""
        return f"Earlier sessions{span} hold nothing on: {searched}."
    count = "1 exchange" if len(hits) == 1 else f"{len(hits)} exchanges"
    head = f"Earlier sessions hold this on: {searched}" if beside else f"Found {count} on: {searched}"
    return "\n\n".join([head, *(_hit(hit) for hit in hits), *(() if beside else (SEARCHED,))])


SEARCHED = "_Found by full text in the saved sessions (model offline); no language model was asked._"


def _hit(hit: Mapping[str, Any]) -> str:
    title = f" ({_flat(str(hit['title']), 80)})" if hit.get("title") else ""
    session = f"session `{hit.get('session')}`{title}"
    head = f"- {str(hit.get('when', ''))[:10]}, {session}, exchange `{hit.get('exchange')}`:"
    asked = f'  - you asked: "{_flat(str(hit.get("query", "")), LONGEST_QUOTE)}"'
    snippet = _flat(str(hit.get("snippet", "")), LONGEST_QUOTE)
    if not snippet or UNANSWERED in snippet:
        return f"{head}\n{asked} (not answered then)"
    return f"{head}\n{asked}\n  - answer: {snippet}"


def _not_searched(*, beside: bool) -> str:
    return "" if beside else "Earlier sessions can't be searched in this run."


def _code(text: object) -> str:
    return f"`{_flat(str(text), LONGEST_QUOTE)}`"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _flat(text: str, length: int) -> str:
    """Return the text on one line, cut, without backticks or brackets that would turn into markup."""
    flat = " ".join(text.replace("`", "'").split())
    return flat if len(flat) <= length else flat[: length - 1] + "\u2026"


def _mapping(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, Mapping) else None
