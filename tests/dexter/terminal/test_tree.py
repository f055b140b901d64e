"""The tree of helpers, at the widths that people have."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.agent.events import (
    AnswerPart,
    Event,
    Finished,
    HelperTold,
    Notice,
    Outcome,
    Status,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from dexter.terminal.run_view import RunView
from dexter.terminal.styles import Paint
from dexter.terminal.tree import Helper, Tree, plain_line
from dexter.terminal.widths import columns

SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")
PLAIN = Paint(weight=False, colour=False)
TASKS = (
    "Revenue, gross margin and operating margin of Apple in each of the fiscal years 2020 to 2024",
    "The same of Microsoft",
    "The same of Alphabet",
)


def told(number: int, event: Event, tokens: int = 0, call_id: str = "a") -> HelperTold:
    return HelperTold(1, call_id, number, TASKS[number - 1], event, tokens)


def ended(status: Status, error: str | None = None) -> Finished:
    return Finished(Outcome(status, "", "m", "p", 10, error=error))


def view_of_three() -> RunView:
    view = RunView(PLAIN, clock=lambda: 1.0)
    view.take(ToolStarted(1, "a", "research", {"tasks": list(TASKS)}), 80)
    for number in (1, 2, 3):
        assert view.take(told(number, StepStarted(1)), 80) == ""
    arguments = {"company": "AAPL", "concept": "gross profit", "limit": 5}
    view.take(told(1, ToolStarted(1, "x", "company_figures", arguments)), 80)
    view.take(told(2, ToolStarted(1, "x", "filing_items", {})), 80)
    view.take(told(2, ToolFinished(1, "x", "filing_items", "much", True, 10)), 80)
    view.take(told(2, StepStarted(2), 4210), 80)
    view.take(told(3, ended("error", "The model is not there.")), 80)
    return view


def test_helpers_stand_below_their_call_with_what_each_does_at_80_columns():
    lines = [SEQUENCE.sub("", line) for line in view_of_three().live(80, 20)]
    assert lines[0] == "  research(3 tasks) 0.0 s"
    assert lines[1:4] == [
        "  ├   Revenue, gross margin and o…: company_figures(company=AAPL, con… · 1 call",
        "  ├   The same of Microsoft: thinking · 1 call · 4,210 tokens",
        "  └ ! The same of Alphabet: The model is not there. · 0 calls",
    ]
    assert all(columns(line) <= 79 for line in lines)


def test_at_200_columns_nothing_that_fits_is_cut():
    lines = [SEQUENCE.sub("", line) for line in view_of_three().live(200, 20)]
    doing = "company_figures(company=AAPL, concept=gross profit, limit=5) · 1 call"
    assert lines[1] == f"  ├   {TASKS[0]}: {doing}"


def test_when_the_call_has_ended_its_helpers_are_printed_once_and_move_no_more():
    view = view_of_three()
    view.take(told(1, ended("complete"), 900), 80)
    view.take(told(2, ended("interrupted"), 4400), 80)
    result = '{"tasks": [{"status": "complete"}, {"status": "interrupted"}, {"status": "error"}]}'
    printed = SEQUENCE.sub("", view.take(ToolFinished(1, "a", "research", result, True, 2000), 80))
    lines = printed.split("\n")
    assert lines[0] == "* research(3 tasks) -> 1 of 3 answered 2.0 s"
    assert lines[1].startswith("  ├ * Revenue, gross margin and operating margin")
    assert lines[1].endswith(" · 1 call · 900 tokens")
    assert lines[2] == "  ├ ! The same of Microsoft: ended before it was done · 1 call · 4,400 tokens"
    assert lines[3:] == ["  └ ! The same of Alphabet: The model is not there. · 0 calls", ""]
    assert len(view.live(80, 20)) == 1


def test_a_run_that_is_cancelled_leaves_what_its_helpers_had_come_to():
    printed = SEQUENCE.sub("", view_of_three().finish(80))
    lines = printed.split("\n")
    assert lines[0] == "! research(3 tasks)"
    assert lines[2] == "  ├ ! The same of Microsoft: ended before it was done · 1 call · 4,210 tokens"
    assert lines[4:] == [""]


def test_plain_lines_tell_the_beginning_and_the_end_of_each_helper():
    tree = Tree(PLAIN)
    events = [
        told(1, StepStarted(1)),
        told(1, ToolStarted(1, "x", "bond", {})),
        told(1, StepStarted(2), 100),
        told(1, AnswerPart(2, "So")),
        told(1, ended("complete"), 180),
        told(2, ended("error", "No \x1b[1mkey.")),
    ]
    lines = [plain_line(event, tree.take(event), 60) for event in events]
    assert [line for line in lines if line] == [
        "  1. Revenue, gross margin and operating margin of Apple in…",
        "  1. * 1 call · 180 tokens",
        "  2. ! 0 calls: No key.",
    ]


@pytest.mark.parametrize("width", [1, 7, 20, 80, 200])
@given(task=st.text(max_size=300), notice=st.text(max_size=300), tokens=st.integers(0, 10**12))
def test_whatever_stands_in_a_task_a_line_stays_one_line_of_its_width(
    width: int, task: str, notice: str, tokens: int
):
    tree = Tree(Paint())
    for number, event in enumerate((StepStarted(1), Notice(notice), ended("error", notice)), start=1):
        tree.take(HelperTold(1, "a", number, task, event, tokens))
    lines = [SEQUENCE.sub("", line) for line in tree.lines("a", width)]
    assert len(lines) == 3
    assert not any(re.search(r"[\x00-\x1f\x7f-\x9f]", line) for line in lines)
    if width >= 20:
        assert all(columns(line) <= width for line in lines)


def test_a_helper_counts_calls_and_never_loses_tokens():
    helper = Helper("task")
    helper.take(told(1, StepStarted(1), 10))
    helper.take(told(1, ToolStarted(1, "x", "bond", {}), 5))
    assert helper.spent == "1 call · 10 tokens"
