"""The chat without cursor movement: what is written once stays."""

import io

from dexter.agent.events import PlanChanged, PlanItem, ToolFinished
from dexter.terminal.plain_screen import PlainScreen


def plan(*texts: str, done: int = 0) -> PlanChanged:
    """A plan of which so many steps are done."""
    return PlanChanged(1, tuple(PlanItem(text, at < done) for at, text in enumerate(texts)))


def test_a_plan_is_written_once_and_again_only_if_it_is_another_one():
    output = io.StringIO()
    screen = PlainScreen(io.StringIO(), output, None)
    screen.begin("a long one")
    screen.show(plan("Find", "Compare"))
    screen.show(ToolFinished(1, "a", "plan", "{}", True, 5))
    screen.show(plan("Find", "Compare", done=1))
    screen.show(plan("Find", "Compare", done=2))
    assert output.getvalue() == "  [ ] Find\n  [ ] Compare\n"
    screen.show(plan("Find more", "Compare", done=1))
    assert output.getvalue().endswith("  [x] Find more\n  [ ] Compare\n")
