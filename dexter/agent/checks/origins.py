"""What the steps of an exchange are a source of: the numbers that tools gave, and those that were recalled.

Pure functions. What a call was given and what its result merely repeats is no source, and neither is what a
helper said of what it found: what its own tools gave stands in its own steps.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dexter.agent.checks.numerals import values_in
from dexter.agent.research import NAME as RESEARCH
from dexter.agent.window.turns import as_json
from dexter.sessions import Step, ToolStep
from dexter.tools.reading import READ_RESULT

MOST_READ = 500_000
"""Characters of one result that are looked through: a quarter of a second."""
RECALL = "recall"


class Sources(NamedTuple):
    """Numbers by where they come from: a tool of this session, or an exchange of another one."""

    tools: frozenset[float]
    recalled: frozenset[float]


def sources_in(steps: Sequence[Step], known: Collection[str] = ()) -> Sources:
    """What these steps, of one exchange, are a source of.

    Args:
        steps: Those of the run and of its helpers.
        known: The exchanges of this session; what is recalled of them is nothing from another one.
    """
    calls = [step for step in steps if isinstance(step, ToolStep) and step.ok]
    tools: set[float] = set()
    recalled: set[float] = set()
    for call in calls:
        if call.name == RECALL:
            recalled |= _but(_recalled(call.result, known), [call])
        elif call.name == READ_RESULT:
            whose, text = _read(call.result)
            # What it reads on in may repeat what any of the calls was given.
            if whose == RECALL:
                recalled |= _but(text, calls)
            elif whose not in {RESEARCH, READ_RESULT, ""}:
                tools |= _but(text, calls)
        elif call.name != RESEARCH:
            tools |= _but(call.result, [call])
    return Sources(frozenset(tools), frozenset(recalled))


def _but(text: str, given_to: Iterable[ToolStep]) -> frozenset[float]:
    """The numbers of a text without those that these calls were given."""
    found = values_in(text[:MOST_READ])
    if not found:
        return found
    given = {_key(each) for call in given_to for each in _spread(values_in(as_json(call.arguments)))}
    return frozenset(value for value in found if _key(value) not in given)


def _recalled(result: str, known: Collection[str]) -> str:
    """The texts of the exchanges that were found, without those of this session."""
    hits = _object(result).get("hits")
    found = [hit for hit in hits if isinstance(hit, Mapping)] if isinstance(hits, list) else []
    others = [hit for hit in found if hit.get("exchange") not in known]
    return "\n".join(str(hit.get(name) or "") for hit in others for name in ("title", "query", "snippet"))


def _read(result: str) -> tuple[str, str]:
    """Whose result was read on in, and what of it was read."""
    fields = _object(result)
    places = fields.get("places")
    read = [fields, *(each for each in places if isinstance(each, Mapping))] if places else [fields]
    texts = (_inside(str(each.get("text") or "")) for each in read)
    return str(fields.get("tool") or ""), "\n".join(texts)


def _inside(quotation: str) -> str:
    # The mark says which characters these are: no figures of what was read.
    return quotation.partition("\n")[2] if quotation.startswith("<quoted ") else quotation


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _spread(values: Iterable[float]) -> Iterator[float]:
    for value in values:
        yield value
        yield value / 100


def _key(value: float) -> str:
    return f"{value:.12g}"
