import re

from dexter.agent.events import (
    AnswerPart,
    Notice,
    Outcome,
    PlanChanged,
    PlanItem,
    ReasoningPart,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from dexter.sessions import FiguresRecord, SessionExchange
from dexter.terminal.past import past_exchange
from dexter.terminal.run_view import TAIL_LINES, RunView
from dexter.terminal.styles import Paint
from dexter.terminal.widths import columns

SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")
PLAIN = Paint(weight=False, colour=False)


def bare(lines: list[str]) -> list[str]:
    return [SEQUENCE.sub("", line) for line in lines]


def test_what_moves_never_takes_more_room_than_there_is_and_shows_the_end_of_the_block():
    view = RunView(PLAIN, clock=lambda: 1.0)
    view.take(StepStarted(1), 40)
    printed = view.take(AnswerPart(1, " ".join(f"word{number}" for number in range(400))), 40)
    assert printed == ""
    for height in (1, 3, 8, 20):
        lines = bare(view.live(40, height))
        assert len(lines) <= min(height, TAIL_LINES + 3)
        assert all(columns(line) <= 40 for line in lines)
    assert "word399" in bare(view.live(40, 20))[-3]
    assert "Answering 0.0 s" in bare(view.live(40, 20))[-1]


def test_tools_under_way_are_listed_until_they_end_in_a_line_each():
    now = [0.0]
    view = RunView(PLAIN, clock=lambda: now[0])
    view.take(ToolStarted(1, "a", "bond", {"price": "99"}), 60)
    view.take(ToolStarted(1, "b", "loan", {}), 60)
    now[0] = 2.0
    assert bare(view.live(60, 10))[:2] == ["  bond(price=99) 2.0 s", "  loan() 2.0 s"]
    assert (
        view.take(ToolFinished(1, "b", "loan", "no such rate", False, 10), 60)
        == "! loan() failed: no such rate\n"
    )
    assert view.take(ToolFinished(1, "a", "bond", "", True, 10), 60) == ""
    assert bare(view.live(60, 10))[:-1] == ["* bond(price=99)"]
    assert view.finish(60) == "* bond(price=99)\n"
    assert len(view.live(60, 10)) == 1


def test_reasoning_becomes_one_line_when_something_else_follows():
    view = RunView(PLAIN, clock=lambda: 0.0)
    view.take(ReasoningPart(1, "First I look\nat the "), 60)
    assert view.take(ReasoningPart(1, "question."), 60) == ""
    assert "at the question." in bare(view.live(80, 10))[-1]
    assert view.take(AnswerPart(1, "So"), 60) == "~ First I look at the question.\n"
    assert view.finish(60) == "\nSo\n"


def test_a_notice_after_an_answer_stands_apart_from_it():
    view = RunView(PLAIN, clock=lambda: 0.0)
    view.take(AnswerPart(1, "Words."), 60)
    assert view.finish(60) + view.take(Notice("Asked\x1b[1m again."), 60) == "\nWords.\n\nAsked again.\n"


def test_an_earlier_exchange_looks_like_it_did():
    exchange = SessionExchange(
        "id1", 0, "a *query*", "An **answer**", model="m\x1b[0m", status="interrupted", duration=900
    )
    shown = SEQUENCE.sub("", past_exchange(exchange, (), 80, Paint()))
    assert shown == "> a *query*\n\nAn answer\n\nInterrupted.\n0.9 s · m\n\n"


def test_an_earlier_exchange_that_failed_says_why():
    failed = SessionExchange(
        "id1", 0, "a query", "", model="m", status="error", duration=900, error="No \x1b[1mkey."
    )
    assert past_exchange(failed, (), 80, PLAIN) == "> a query\n\nError: No key.\n0.9 s · m\n\n"
    untold = SessionExchange("id1", 0, "a query", "", model="m", status="error", duration=900)
    assert "Ended in an error." in past_exchange(untold, (), 80, PLAIN)


def test_foreign_text_in_an_answer_sets_nothing_on_the_terminal():
    view = RunView(PLAIN, clock=lambda: 0.0)
    pieces = ("\x1b", "[31mred\x1b]0;ti", "tle\x07 \x9b2J", "\x1b]8;;http://x\x1b\\link\n\nnext \x1b[1")
    shown = "".join(view.take(AnswerPart(1, piece), 60) for piece in pieces)
    shown += "\n".join(view.live(60, 10)) + view.finish(60)
    assert not re.search(r"[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f]", SEQUENCE.sub("", shown))
    assert "\x1b[31m" not in shown
    assert "red link" in SEQUENCE.sub("", shown)


def plan(*done: bool) -> PlanChanged:
    return PlanChanged(1, tuple(PlanItem(f"Step \x1b[2J{at}", each) for at, each in enumerate(done, 1)))


def test_a_plan_is_a_list_that_changes_in_place_and_stays_as_it_was_in_the_end():
    view = RunView(PLAIN, clock=lambda: 0.0)
    assert view.take(plan(False, False), 60) == ""
    assert bare(view.live(60, 10))[:2] == ["  [ ] Step 1", "  [ ] Step 2"]
    assert view.take(plan(True, False), 60) == ""
    assert bare(view.live(60, 10))[:2] == ["  [x] Step 1", "  [ ] Step 2"]
    assert view.take(ToolFinished(1, "a", "plan", '{"done": 1}', True, 10), 60) == "", "the list says it"
    assert "failed" in view.take(ToolFinished(1, "a", "plan", "no such step", False, 10), 60)
    view.take(AnswerPart(1, "Words."), 60)
    assert view.finish(60) == "\nWords.\n\n  [x] Step 1\n  [ ] Step 2\n"
    assert len(view.live(60, 10)) == 1


def test_of_a_long_plan_the_part_around_the_next_step_moves_and_all_of_it_stays():
    view = RunView(PLAIN, clock=lambda: 0.0)
    view.take(plan(*[True] * 9, *[False] * 9), 60)
    lines = bare(view.live(60, 20))
    assert len(lines) == 9
    assert lines[2] == "  [ ] Step 10"
    assert view.finish(60).count("Step") == 18


def test_where_figures_come_from_stands_under_the_answer():
    outcome = Outcome("complete", "5%", "m", "p", 1000, figures=FiguresRecord(2, 0, ("5%", "\x1b[2J6%")))
    text = RunView(PLAIN).ending(outcome, 60, commit=None, stored=False)
    assert text == "\nFigures: 2 traced, 2 the model's own: 5%, 6%\n1.0 s · not stored\n\n"
