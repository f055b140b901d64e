"""How an exchange came to its answer, on the page: thoughts and tool calls, those of helpers folded in."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from dexter.exports.page.marks import seconds, text
from dexter.sessions import Step, ToolStep
from dexter.sessions.records.steps import in_order, own


def steps_html(steps: Sequence[Step]) -> Iterator[str]:
    """The lines of a block that can be opened; none if there are no steps."""
    if not steps:
        return
    mine = own(steps)
    told = _calls(mine) or "How it got there"
    helped = sum(isinstance(step, ToolStep) for step in steps) - sum(isinstance(s, ToolStep) for s in mine)
    yield f"<details><summary>{told}{f', {helped} by helpers' if helped else ''}</summary>"
    for helper, taken in groupby(in_order(steps), key=lambda step: step.helper):
        group = tuple(taken)
        if helper is not None:
            calls = _calls(group)
            told = f"Helper {helper.number}{f': {calls}' if calls else ''}"
            yield f'<details class="helper"><summary>{told}</summary>'
        for step in group:
            yield from _step(step)
        if helper is not None:
            yield "</details>"
    yield "</details>"


def _calls(steps: Sequence[Step]) -> str:
    tools = sum(isinstance(step, ToolStep) for step in steps)
    return f"{tools} tool call{'' if tools == 1 else 's'}" if tools else ""


def _step(step: Step) -> Iterator[str]:
    if not isinstance(step, ToolStep):
        yield f'<p class="thought" dir="auto">{text(step.text)}</p>'
        return
    failed = "" if step.ok else ' <strong class="status">failed</strong>'
    name = text(step.name, one_line=True)
    yield f"<h3><code>{name}</code> {seconds(step.duration)}{failed}</h3>"
    yield f"<pre>{text(json.dumps(step.arguments, ensure_ascii=False, indent=2))}</pre>"
    if step.result:
        yield f'<pre class="result">{text(step.result)}</pre>'
