"""Answers made of tool results, in short markdown."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dexter.models.offline.plans import Plan, Result

COMPUTED_BY = "_Computed by dexter's built-in calculator; no language model was asked (model: offline)._"


def phrase(plan: Plan, results: Sequence[Result]) -> str:
    """Return the answer in markdown: the plan's opening, what each result says, the plan's closing.

    Args:
        plan: What was planned for the question.
        results: One per call of the plan, in its order. Fewer (a cancelled run) are fine.
    """
    parts = [plan.opening, *(_said(result) for result in results), plan.closing]
    return "\n\n".join(part for part in parts if part)


def _said(result: Result) -> str:
    value = _mapping(result.value)
    if not result.ok or value is None:
        return f"This can't be computed: {result.value}"
    return json.dumps(value, ensure_ascii=False, indent=1)


def _mapping(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, Mapping) else None
