"""Questions on what was asked and found before."""

import pytest

from dexter.models.offline import Earlier, plan
from tests.dexter.unit.offline.asking import ask
from tests.dexter.unit.tools.hits import Finder, Found

TOPICS = [
    ("what did I ask or find about NVDA?", "nvda", None),
    ("What did we say about NVDA last week?", "nvda", 14),
    ("Did I ever ask about Tesla's deliveries?", "tesla deliveries", None),
    ("what have we found out about free cash flow so far?", "free cash flow", None),
    ("Have I asked you about bonds before?", "bonds", None),
    ("remind me what we concluded about Apple's margins", "apple margins", None),
    ("search my earlier sessions for Netflix churn", "netflix churn", None),
    ("what do you remember about the Boeing debt question", "boeing debt question", None),
    ("When did I ask about US Steel?", "steel", None),
    ("what did you tell me about duration yesterday", "duration", 2),
    ("what did we discuss last week about bonds?", "bonds", 14),
]


@pytest.mark.parametrize(("query", "words", "days"), TOPICS, ids=[query for query, _, _ in TOPICS])
def test_a_question_on_earlier_sessions_searches_them(query: str, words: str, days: int | None) -> None:
    calls = plan(query).calls
    assert [call.name for call in calls] == ["recall"]
    assert calls[0].arguments["query"].lower() == words
    assert calls[0].arguments.get("within_days") == days


def test_hits_are_quoted_with_session_and_exchange() -> None:
    text = ask(
        "what did I ask about NVDA?", recall=Finder((Found(title="Chips"), Found(exchange_id="0198-2")))
    ).text
    for part in (
        "2 exchanges",
        "`a7k3m9x2` (Chips)",
        "`0198-1`",
        "`0198-2`",
        "It was 75 percent.",
        "model offline",
    ):
        assert part in text
    assert "/model" not in text


def test_nothing_found_is_said() -> None:
    assert "hold nothing on: NVDA" in ask("what did I ask about NVDA?", recall=Finder()).text


EARLIER = [Earlier("What is 1+1?", "2"), Earlier("And 2+2?", "4"), Earlier("Why?", "Because.")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("What was my first question?", "What is 1+1?"),
        ("what was the last question I asked", "Why?"),
        ("what did I just ask?", "Why?"),
        ("tell me my previous question", "Why?"),
        ("What was my second question?", "And 2+2?"),
        ("repeat your last answer", "Because."),
    ],
)
def test_a_question_on_this_session_is_answered_from_it(query: str, expected: str) -> None:
    made = plan(query, EARLIER)
    assert made.calls == ()
    assert expected in made.opening


def test_a_session_that_has_only_begun_has_no_first_question() -> None:
    assert "no earlier exchanges" in plan("what was my first question?").opening


def test_text_of_a_hit_can_not_become_markup() -> None:
    hit = Found(query="NVDA `x`\n\n# shout", snippet="a\n\n# b `c`")
    lines = ask("what did I ask about NVDA?", recall=Finder((hit,))).text.splitlines()
    assert not [line for line in lines if line.startswith("#")]


def test_what_was_asked_so_far_is_listed_from_this_session() -> None:
    text = ask("What have I asked so far?", EARLIER).text
    assert text.splitlines()[2:] == [f"- {exchange.query}" for exchange in EARLIER]


def test_question_and_answer_of_a_hit_stand_on_lines_of_their_own() -> None:
    lines = ask("what did I ask about NVDA?", recall=Finder((Found(),))).text.splitlines()
    assert [line[:11] for line in lines if line.startswith("  - ")] == ["  - you ask", "  - answer:"]
