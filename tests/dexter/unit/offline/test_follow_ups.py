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


FV = "What is 1000 growing at 7% a year worth after 10 years?"
LOAN = "payment on 300,000 at 6% over 30 years"
PE = "price 150 and EPS 6, P/E?"


@pytest.mark.parametrize(
    ("before", "query", "expected"),
    [
        (FV, "what if the rate falls by 1%?", "1790.85"),
        (FV, "what if it goes up 2%?", "2367.36"),
        (FV, "and 5 years longer?", "2759.03"),
        (FV, "what if the amount rises by 10%?", "2163.87"),
        (LOAN, "what if the rate rises by 1%?", "1995.91"),
        (LOAN, "what if the rate rises to 7%?", "1995.91"),
        (PE, "what if the price drops by 10?", "23.33"),
        (PE, "what if the price goes up 10%?", "27.50"),
        (PE, "what if earnings fall to 4?", "37.50"),
        ("price of a 5% coupon 10 year bond yielding 6%", "what if yields drop 50 basis points?", "961.93"),
        ("CAGR from 100 to 200 over 5 years", "what if it went up to 300?", "24.57"),
        ("CAGR from 100 to 200 over 5 years", "what if it started at 50?", "31.95"),
    ],
)
def test_a_change_by_so_much_is_no_change_to_so_much(before: str, query: str, expected: str) -> None:
    assert f"{in_turn(before, query)[-1].amount:.2f}" == expected


@pytest.mark.parametrize(
    ("before", "query", "expected"),
    [
        (FV, "and paid 100 each year?", "3348.80"),
        (FV, "what if I add 100 a month?", "19318.14"),
        ("future value of 100 a month at 6% for 10 years", "and 150 a month?", "24581.90"),
        (LOAN, "what if I pay 3,000 a month?", "139.00"),
        ("present value of 1000 in 5 years at 6%", "what if I get 100 each year?", "1168.49"),
    ],
)
def test_a_regular_payment_never_replaces_the_amount(before: str, query: str, expected: str) -> None:
    assert f"{in_turn(before, query)[-1].amount:.2f}" == expected


@pytest.mark.parametrize(
    ("before", "query", "expected"),
    [
        ("What is 15% of 80?", "and 20% of that?", "2.40"),
        ("12 + 30", "multiply that by 2", "84.00"),
        ("12 + 30", "what is that divided by 7?", "6.00"),
        ("12 + 30", "squared?", "1764.00"),
        ("12 + 30", "add 5", "47.00"),
        (FV, "What is 20% of that?", "393.43"),
        (FV, "double it", "3934.30"),
        (FV, "minus 500", "1467.15"),
        (PE, "times 4", "100.00"),
    ],
)
def test_a_sum_goes_on_from_the_result_before(before: str, query: str, expected: str) -> None:
    assert f"{in_turn(before, query)[-1].amount:.2f}" == expected


@pytest.mark.parametrize("query", ["what about 5 to 10 years?", "and 30,000 down?", "what about 7 to 8%?"])
def test_a_range_and_a_down_payment_replace_nothing(query: str) -> None:
    assert in_turn(LOAN, query)[-1].call is None


def test_the_result_that_is_meant_is_that_of_the_exchange_right_before() -> None:
    assert in_turn(FV, "Who is the CFO of Airbnb?", "What is 20% of that?")[-1].call is None


def test_a_question_that_is_whole_is_not_asked_back_about() -> None:
    answered = in_turn("CAGR from 100 to 200 over 5 years", "1000 at 7% for 10 years")[-1]
    assert f"{answered.amount:.2f}" == "1967.15"
