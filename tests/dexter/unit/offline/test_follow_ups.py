"""Questions that change one number of what was computed before."""

import pytest

from dexter.models.offline import Call, Earlier
from tests.dexter.unit.offline.asking import ask, in_turn

CHAINS = [
    (
        [
            "What is 1000 growing at 7% a year worth after 10 years?",
            "and at 8%?",
            "what about 15 years?",
            "same with 2000",
        ],
        ["1967.15", "2158.92", "3172.17", "6344.34"],
    ),
    (
        [
            "invest $5k at 6.5% for 20 years",
            "and for 20,000 instead?",
            "what if it's compounded monthly?",
            "over 5 years?",
        ],
        ["17618.23", "70472.90", "73128.93", "27656.35"],
    ),
    (["PV of 10,000 in 5 years at 8%", "at 6%?", "how about in 7 years?"], ["6805.83", "7472.58", "6650.57"]),
    (
        ["payment on 300,000 at 6% over 30 years", "and at 5.5%?", "over 15 years", "paying 3,000?"],
        ["1798.65", "1703.37", "2451.25", "135.00"],
    ),
    (
        ["price 150 and EPS 6, P/E?", "and with an EPS of 7.5?", "with a price of 180"],
        ["25.00", "20.00", "24.00"],
    ),
    (
        ["CAGR from 100 to 200 over 5 years", "over 10 years?", "and to 400?", "from 50?"],
        ["14.87", "7.18", "14.87", "23.11"],
    ),
    (
        ["price of a 5% coupon 10 year bond yielding 6%", "at 5%?", "with a 6% coupon?"],
        ["925.61", "1000.00", "1077.95"],
    ),
    (["NPV of -1000, 300, 400, 500 at 8%", "and at 5%?"], ["17.63", "80.44"]),
    (["12% of 3.4bn", "and 15%?", "what about 2bn?", "plus 1000", "times 2"], None),
    (["how long to double at 7%?", "and at 9%?"], ["10.24", "8.04"]),
]


@pytest.mark.parametrize(("queries", "expected"), CHAINS, ids=[queries[0] for queries, _ in CHAINS])
def test_a_chain_of_follow_ups_changes_one_number_at_a_time(
    queries: list[str], expected: list[str] | None
) -> None:
    figures = [f"{answered.amount:.2f}" for answered in in_turn(*queries)]
    assert figures == (
        expected or ["408000000.00", "510000000.00", "300000000.00", "300001000.00", "600002000.00"]
    )


def test_a_follow_up_works_after_a_resume_from_the_stored_call_alone() -> None:
    stored = Call("future_value", {"rate_percent": 7, "years": 10, "amount": 1000})
    assert f"{ask('and at 8%?', [Earlier('?', '?', (stored,))]).amount:.2f}" == "2158.92"


def test_questions_in_between_are_passed_over() -> None:
    answers = in_turn("1000 growing at 7% for 10 years", "Who is the CFO of Airbnb?", "and at 8%?")
    assert f"{answers[-1].amount:.2f}" == "2158.92"


def test_the_latest_calculation_is_the_one_that_is_changed() -> None:
    answers = in_turn("1000 growing at 7% for 10 years", "PV of 10,000 in 5 years at 8%", "and at 6%?")
    assert f"{answers[-1].amount:.2f}" == "7472.58"


def test_a_whole_new_question_is_no_follow_up() -> None:
    answers = in_turn(
        "1000 growing at 7% for 10 years", "what is 12% of 300?", "2000 at 5% for 2 years growing"
    )
    assert [f"{one.amount:.2f}" for one in answers] == ["1967.15", "36.00", "2205.00"]


@pytest.mark.parametrize(
    ("before", "query"),
    [
        ("price 150 and EPS 6, P/E?", "and with 200?"),
        ("CAGR from 100 to 200 over 5 years", "what about 250?"),
        ("1000 growing at 7% for 10 years", "what about 2023?"),
        ("NPV of -1000, 300, 400, 500 at 8%", "and with 700?"),
    ],
)
def test_a_number_that_could_go_to_two_places_is_asked_for(before: str, query: str) -> None:
    answered = in_turn(before, query)[-1]
    assert answered.plan.calls == ()
    assert "which number it replaces" in answered.text


def test_without_anything_computed_before_there_is_nothing_to_change() -> None:
    assert ask("and at 8%?").call is None
    assert ask("same with 2000", [Earlier("hello", "hi", (Call("recall", {"query": "hello"}),))]).call is None
