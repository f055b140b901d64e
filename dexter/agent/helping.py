"""What helpers brought, for the run that they help: their answers with what these rest on, bounded."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from dexter.agent.events import Outcome
from dexter.agent.window.tokens import cut
from dexter.agent.window.turns import as_json
from dexter.sessions import ToolStep
from dexter.tools.fetching.text import one_line, plain, quoted

ANSWER_TOKENS = 2_500
FOUND_TOKENS = 300
MOST_FOUND = 4
MOST_CALLS = 12
MOST_LINKS = 3
LONGEST_CALL = 160
LONGEST_LINK = 200

_LINK = re.compile(r"https?://[^\s\"'<>\\^`{}|)\]]+")


class Helped(msgspec.Struct, frozen=True):
    """What one helper came to; `late` if it was ended because of its time."""

    task: str
    outcome: Outcome
    late: bool = False


def report(helped: Sequence[Helped]) -> dict[str, Any]:
    """What a model is told of its helpers, in the order of the tasks.

    A helper that did not come to an end tells what its tools had found, the latest last. What a helper says
    is marked as quoted: it may repeat what stood in a document.
    """
    return {"tasks": [_told(number, each) for number, each in enumerate(helped, start=1)]}


def _told(number: int, helped: Helped) -> dict[str, Any]:
    outcome = helped.outcome
    calls = [step for step in outcome.steps if isinstance(step, ToolStep)]
    good = [step for step in calls if step.ok]
    names = {id(step): f"{number}.{at}" for at, step in enumerate(calls, 1)}
    told: dict[str, Any] = {"task": helped.task, "status": "out of time" if helped.late else outcome.status}
    if outcome.error:
        told["error"] = one_line(outcome.error, 300)
    if outcome.answer.strip():
        told["answer"] = quoted(plain(cut(outcome.answer.strip(), ANSWER_TOKENS)), f"helper {number}")
    if outcome.status != "complete" and good:
        found = "\n".join(f"{_call(step)}: {cut(step.result, FOUND_TOKENS)}" for step in good[-MOST_FOUND:])
        told["found"] = quoted(plain(found), f"tools of helper {number}")
    told["sources"] = [_source(step, names[id(step)]) for step in good[:MOST_CALLS]]
    if len(good) > MOST_CALLS:
        told["further_calls"] = len(good) - MOST_CALLS
    told["calls"] = len(calls)
    told["tokens"] = outcome.usage.total_tokens if outcome.usage else 0
    return told


def _source(step: ToolStep, name: str) -> dict[str, Any]:
    links = dict.fromkeys(each.rstrip(".,;:") for each in _LINK.findall(step.result))
    short = [link for link in links if len(link) <= LONGEST_LINK][:MOST_LINKS]
    return {"call": _call(step), "result": name, **({"links": short} if short else {})}


def _call(step: ToolStep) -> str:
    return one_line(f"{step.name}{as_json(step.arguments)}", LONGEST_CALL)
