"""Calls of the same tool in a row: one line that counts while it moves, a line for each once it stands."""

import re
from typing import Any

import pytest

from dexter.agent.events import (
    AnswerPart,
    HelperTold,
    Notice,
    ReasoningPart,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from dexter.terminal.grouping import MOST_SHOWN
from dexter.terminal.run_view import RunView
from dexter.terminal.styles import Paint
from dexter.terminal.widths import columns

PLAIN = Paint(weight=False, colour=False)
SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")


class Watched:
    """A view whose clock is set by hand, and what it printed."""

    def __init__(self, width: int = 60) -> None:
        self.now = 0.0
        self.width = width
        self.printed = ""
        self.view = RunView(PLAIN, clock=lambda: self.now)
        self._calls = 0

    def take(self, *events: Any) -> None:
        for event in events:
            self.printed += self.view.take(event, self.width)

    def call(
        self, name: str, result: str = "7", *, ok: bool = True, took: int = 10, **arguments: Any
    ) -> None:
        """A call that begins and ends."""
        self._calls += 1
        call_id = f"c{self._calls}"
        self.take(ToolStarted(1, call_id, name, arguments))
        self.now += took / 1000
        self.take(ToolFinished(1, call_id, name, result, ok, took))

    def live(self) -> list[str]:
        return self.view.live(self.width, 20)[:-1]


def test_a_call_by_itself_looks_as_it_always_did_once_something_follows():
    seen = Watched()
    seen.call("bond", price=99)
    assert seen.printed == ""
    assert seen.live() == ["* bond(price=99) -> 7"]
    seen.call("loan", rate=5)
    assert seen.printed == "* bond(price=99) -> 7\n"
    seen.printed += seen.view.finish(60)
    assert seen.printed == "* bond(price=99) -> 7\n* loan(rate=5) -> 7\n"


def test_the_line_counts_while_it_moves_and_then_has_a_line_for_each_call():
    seen = Watched()
    for year in (2022, 2023, 2024):
        seen.call("figures", f"{year * 10}", took=600, year=year)
    assert seen.printed == ""
    assert seen.live() == ["* figures 3 calls 1.8 s"]
    seen.take(StepStarted(2), AnswerPart(2, "All three."))
    assert seen.printed == (
        "* figures 3 calls 1.8 s\n  ├ year=2022 -> 20220\n  ├ year=2023 -> 20230\n  └ year=2024 -> 20240\n"
    )
    assert seen.live() == ["", "All three.", ""]


def test_a_failure_stands_by_itself_and_ends_the_group():
    seen = Watched()
    seen.call("figures", year=2022)
    seen.call("figures", year=2023)
    seen.call("figures", "no such year", ok=False, year=3000)
    assert seen.printed.endswith("  └ year=2023 -> 7\n! figures(year=3000) failed: no such year\n")
    seen.call("figures", year=2024)
    seen.printed += seen.view.finish(60)
    assert seen.printed.endswith("failed: no such year\n* figures(year=2024) -> 7\n")


@pytest.mark.parametrize(
    "between", [ReasoningPart(1, "Hm."), Notice("Asked again."), AnswerPart(1, "So far:\n\n")], ids=str
)
def test_what_is_printed_between_two_calls_parts_them(between: Any):
    seen = Watched()
    seen.call("figures", year=2022)
    seen.take(between)
    seen.call("figures", year=2023)
    seen.printed += seen.view.finish(60)
    assert "calls" not in seen.printed
    assert seen.printed.startswith("* figures(year=2022)")
    assert seen.printed.endswith("* figures(year=2023) -> 7\n")


def test_calls_side_by_side_are_grouped_as_they_end():
    seen = Watched()
    for call_id, name in (("a", "figures"), ("b", "prices"), ("c", "figures")):
        seen.take(ToolStarted(1, call_id, name, {"of": call_id}))
    for call_id, name in (("a", "figures"), ("c", "figures"), ("b", "prices")):
        seen.take(ToolFinished(1, call_id, name, "7", True, 10))
    seen.printed += seen.view.finish(60)
    assert seen.printed == "* figures 2 calls\n  ├ of=a -> 7\n  └ of=c -> 7\n* prices(of=b) -> 7\n"


def test_of_many_calls_the_first_have_a_line_and_the_rest_are_counted():
    seen = Watched()
    for number in range(MOST_SHOWN + 5):
        seen.call("figures", number=number)
    lines = seen.view.finish(60).splitlines()
    assert lines[0] == "* figures 13 calls"
    assert len(lines) == MOST_SHOWN + 1
    assert lines[-1] == "  └ and 6 more"


def test_helpers_have_their_tree_and_no_group():
    seen = Watched()
    for call_id in ("a", "b"):
        seen.take(ToolStarted(1, call_id, "research", {"tasks": ["x"]}))
        seen.take(HelperTold(1, call_id, 1, "x", StepStarted(1)))
        seen.take(ToolFinished(1, call_id, "research", "{}", True, 10))
    assert seen.printed.count("* research(1 task)") == 2
    assert "calls" not in seen.printed.replace("0 calls", "")


@pytest.mark.parametrize("width", [1, 5, 12, 20, 80])
def test_no_line_is_wider_than_the_terminal_and_nothing_foreign_is_obeyed(width: int):
    seen = Watched(width)
    for number in range(3):
        seen.call("fig\x1b[2Jures" * 5, "re\x1b]0;t\x07sult", query="a very long query " * 5, number=number)
    lines = [*seen.live(), *seen.view.finish(width).splitlines()]
    assert len(lines) == 5
    assert all(columns(line) <= max(width, 6) for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_it_is_painted_only_where_there_are_colours():
    view = RunView(Paint(), clock=lambda: 0.0)
    for call_id in "ab":
        view.take(ToolStarted(1, call_id, "bond", {}), 60)
        view.take(ToolFinished(1, call_id, "bond", "7", True, 10), 60)
    painted = view.finish(60)
    assert SEQUENCE.sub("", painted).splitlines()[0] == "* bond 2 calls"
    assert painted.startswith("\x1b[32m*\x1b[")


def test_calls_that_began_together_are_listed_as_they_began():
    seen = Watched()
    for number in range(3):
        seen.take(ToolStarted(1, f"c{number}", "figures", {"of": number}))
        seen.now += 0.001
    for number in (2, 0, 1):
        seen.take(ToolFinished(1, f"c{number}", "figures", "7", True, 10))
    assert [line[-9:] for line in seen.view.finish(60).splitlines()[1:]] == [
        "of=0 -> 7",
        "of=1 -> 7",
        "of=2 -> 7",
    ]


def test_what_is_asked_in_between_stands_behind_what_was_done_and_is_not_told_twice():
    seen = Watched()
    seen.call("figures", year=2022)
    seen.call("figures", year=2023)
    seen.printed += seen.view.settled(60) + "? May I?\n"
    seen.call("ask_user", questions=[{"question": "May I?"}])
    seen.call("figures", year=2024)
    seen.printed += seen.view.finish(60)
    assert seen.printed.endswith("  └ year=2023 -> 7\n? May I?\n* figures(year=2024) -> 7\n")
