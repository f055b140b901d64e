"""The plan of a long question: written down by the model, ticked off as it goes, seen by the user."""

from typing import Any

from dexter.agent.events import PlanChanged, PlanItem
from dexter.agent.scope import Scope
from dexter.tools.errors import NotComputable
from dexter.tools.registry import Tool

NAME = "plan"
MOST_STEPS = 20
LONGEST = 120


def plan_tool(scope: Scope) -> Tool:
    """The tool with which the model keeps the plan of one run."""
    items: list[PlanItem] = []

    def plan(steps: list[str] | None = None, done: list[int] | None = None) -> dict[str, Any]:
        """Write down the steps of a long question, and tick off those that are done; the user sees the list.

        Only for questions that take five tool calls or more: first the steps, before any other tool, then
        again after each step that is done, together with the next calls. Short questions need no plan.

        Args:
            steps: All steps in order, a few words each; leave it out to keep those that there are.
            done: The numbers of all steps that are done, counted from 1.
        """
        if steps is not None:
            items[:] = [PlanItem(" ".join(step.split())[:LONGEST]) for step in steps if step.strip()]
        if not 0 < len(items) <= MOST_STEPS:
            raise NotComputable(f"a plan has 1 to {MOST_STEPS} steps: give them in `steps`")
        ticked = set(done or ())
        if not ticked <= set(range(1, len(items) + 1)):
            raise NotComputable(f"the plan has {len(items)} steps, numbered from 1")
        kept = set() if steps is not None else {at for at, item in enumerate(items, 1) if item.done}
        items[:] = [PlanItem(item.text, at in ticked | kept) for at, item in enumerate(items, 1)]
        scope.emit(PlanChanged(scope.step(), tuple(items)))
        left = [item.text for item in items if not item.done]
        return {"done": len(items) - len(left), "of": len(items), "next": left[0] if left else None}

    return Tool(NAME, "Planning", plan, special=True)
