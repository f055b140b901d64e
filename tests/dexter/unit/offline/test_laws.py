"""What holds for every question, whatever its text."""

import json
from decimal import Decimal as D  # noqa: N817 - on every line of these tests

from hypothesis import given
from hypothesis import strategies as st

from dexter.models.offline import Earlier, Result, phrase, plan, summarise
from dexter.tools.finance.growth import annual_growth_percent, grown_amount
from tests.dexter.unit.offline.asking import ask

PIECES = [
    *[
        "what is",
        "5%",
        "10 years",
        "$1,000",
        "-3",
        "price",
        "EPS",
        "P/E",
        "bond",
        "coupon",
        "yield",
        "loan",
        "from",
        "to",
    ],
    *[
        "2019",
        "2024",
        "and",
        "(",
        ")",
        "+",
        "*",
        "^",
        "k",
        "bn",
        ",",
        "npv",
        "irr",
        "a month",
        "grow",
        "worth",
        "#0",
        "%1",
    ],
    *[
        "1 000",
        "½",
        "٣",
        "@2",
        "did i ask about",
        "last week",
        "same",
        "with",
        "instead",
        "zero",
        "hundred",
        "monthly",
    ],
]
texts = st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)


@given(texts, st.lists(st.builds(Earlier, texts, texts), max_size=2))
def test_any_text_gets_an_answer_without_an_exception_and_the_same_again(
    query: str, earlier: list[Earlier]
) -> None:
    answered = ask(query, earlier)
    assert answered.text.strip()
    assert plan(query, earlier) == answered.plan
    json.dumps([dict(call.arguments) for call in answered.plan.calls])
    follow = ask("and at 8%?", [*earlier, Earlier(query, answered.text, answered.plan.calls)])
    assert follow.text.strip()


@given(texts, texts)
def test_a_summary_is_one_line_of_at_most_three_hundred_characters(query: str, answer: str) -> None:
    summary = summarise(query, answer)
    assert len(summary) <= 300
    assert len(summary.splitlines()) <= 1


def test_a_megabyte_of_anything_is_answered() -> None:
    for query in (
        "1+" * 500_000 + "1",
        "(" * 10**6,
        "a" * 10**6,
        "9" * 10**6,
        " " * 10**6,
        "é 5% " * 200_000,
    ):
        answered = ask(query, [Earlier(query, query)])
        assert answered.call is None
        assert "No language model is set up" in answered.text
        assert len(answered.text) < 5000
        assert len(summarise(query, query)) <= 300


def test_sums_with_white_space_around_them_are_sums() -> None:
    assert ask("\n" * 100_000 + "1+1").amount == 2


@given(st.integers(1, 10**9), st.decimals("0.1", 30, places=1), st.integers(1, 60))
def test_a_future_value_is_that_of_the_formula_whatever_the_numbers(amount: int, rate: D, years: int) -> None:
    answered = ask(f"What is ${amount:,} growing at {rate}% a year worth after {years} years?")
    expected = grown_amount(D(amount), rate, D(years))
    assert abs(answered.amount - expected) <= expected * D("1e-15")


@given(st.integers(3000, 10**9), st.integers(3000, 10**9), st.integers(1, 60))
def test_a_growth_rate_is_that_of_the_formula_whatever_the_numbers(start: int, end: int, years: int) -> None:
    answered = ask(f"the CAGR from {start:,} to {end} over {years} years")
    expected = annual_growth_percent(D(start), D(end), D(years))
    assert abs(answered.amount - expected) <= abs(expected) * D("1e-15") + D("1e-15")


@given(st.integers(1900, 2100), st.integers(1900, 2100))
def test_two_years_are_never_taken_for_amounts(first: int, second: int) -> None:
    assert ask(f"What is the revenue growth from {first} to {second}?").call is None


@given(
    st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(["+", "-", "*", "plus", "minus", "times"])
)
def test_sums_are_exact(left: int, right: int, operator: str) -> None:
    sign = {"plus": "+", "minus": "-", "times": "*"}.get(operator, operator)
    expected = {"+": left + right, "-": left - right, "*": left * right}[sign]
    assert ask(f"What is {left} {operator} {right}?").amount == expected


def test_results_as_text_are_phrased_like_mappings() -> None:
    answered = ask("1000 growing at 7% for 10 years")
    as_text = [Result(one.name, json.dumps(one.value)) for one in answered.results]
    assert phrase(answered.plan, as_text) == answered.text


def test_a_cancelled_run_has_fewer_results_and_still_phrases() -> None:
    assert isinstance(phrase(plan("1000 growing at 7% for 10 years"), []), str)


def test_a_summary_keeps_the_sentences_with_numbers() -> None:
    answer = f"It depends. {'Nobody knows why. ' * 30}The margin was 46.2 percent."
    assert "46.2 percent" in summarise("What was the margin?", answer)
