"""Questions that only look as if they could be computed."""

import pytest

from dexter.models.offline import Earlier, plan
from tests.dexter.unit.offline.asking import ask
from tests.dexter.unit.tools.hits import Finder, Found

UNANSWERABLE = [
    "What is Apple's revenue growth from 2019 to 2024?",
    "What is AAPL's P/E ratio?",
    "How does that compare to the sector average?",
    "Calculate the 3 year revenue CAGR for Palantir Technologies from 2021 to 2024.",
    (
        "Assume BROS grows revenue by 30% CAGR and gross margins compress by 500bps from YE 2024. What is "
        "BROS gross profit in 2026? Round answer to nearest million."
    ),
    (
        "What would be the impact to net income in dollars and percent if all debt for Boeing in 2024 were "
        "refinanced at 3% higher interest rates than current?"
    ),
    "How many basis points did MU beat or miss its Q3 2024 GAAP gross margin guidance?",
    "What will Apple be worth in 5 years if it grows 10% a year?",
    "Should I invest 10,000 in Apple for 5 years?",
    "What was the S&P 500 return between 2010 and 2020?",
    "Compare the growth of MSFT and AAPL between 2018 and 2023",
    "how did revenue change from 2022 to 2023",
    "What is 3M's dividend yield?",
    "Summarize the 10-K for FY 2024, item 7",
    "What happened on 9/11/2001?",
    "What is 1000 at 7% for 10 years worth after inflation of 2%?",
    "What is 1000 growing at 7% for 10 years worth after tax?",
    "What is 1000 growing at 7% for 10 years worth if I withdraw 50 each year?",
    "$100 to €200 growth over 5 years",
    "the CAGR from 2019 to 2024",
    "What percentage of Cloudflare's revenue in fiscal 2024 came from channel partners?",
    "Who is the CFO of Airbnb?",
    "401k",
    "how much do I have to save per month to reach 100,000 in 10 years at 5%",
    "What was 5000 worth 10 years ago at 5%?",
    "what is 1000 worth after 3 years if it loses 5% a year",
    "1000 at 5% simple interest for 3 years, what does it grow to?",
    "payment on an interest-only loan of 300,000 at 6% over 30 years",
    "Is 25 a good P/E?",
    "P/E 25 vs 30, which is better?",
    "why is 1+1=2?",
    "What is 10% of Apple's revenue?",
    "How many shares can I buy with 10,000 at 45?",
    "how much is 100 dollars in euros",
    "present value of 1000 in 2 years at 1% a month",
    "payment on 10,000 at 1% per month over 3 years",
    "quarterly growth rate from 100 to 150 over 4 quarters",
    "hello",
    "?",
    "",
    "15%",
    "-7",
    "2024-12-31",
]


@pytest.mark.parametrize("query", UNANSWERABLE)
def test_a_question_for_a_language_model_is_never_answered_with_a_figure(query: str) -> None:
    answered = ask(query, recall=Finder())
    assert answered.call is None
    assert "No language model is set up" in answered.text
    for way in ("/model", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", ".env", "Ollama"):
        assert way in answered.text


@pytest.mark.parametrize("query", UNANSWERABLE)
def test_nor_is_it_taken_for_a_changed_number_of_the_calculation_before(query: str) -> None:
    for before in (
        "1000 growing at 7% for 10 years",
        "price 150 and EPS 6, P/E?",
        "CAGR from 100 to 200 over 5 years",
    ):
        if query in {"15%", "-7"}:  # these are
            continue
        assert ask(query, [Earlier(before, "", plan(before).calls)], Finder()).call is None


def test_what_earlier_sessions_hold_is_quoted_with_their_ids() -> None:
    hit = Found(query="What is AAPL's P/E ratio?", snippet="About 31 at the end of June.")
    text = ask("How has the P/E ratio of AAPL moved?", recall=Finder((hit,))).text
    for part in (
        "a7k3m9x2",
        "0198-1",
        "2026-01-01",
        "What is AAPL's P/E ratio?",
        "About 31 at the end of June.",
    ):
        assert part in text


def test_an_earlier_question_that_had_no_answer_is_not_quoted_as_one() -> None:
    hit = Found(query="Is NVDA cheap?", snippet="No language model is set up, so this question ...")
    text = ask("What do analysts think of NVDA?", recall=Finder((hit,))).text
    assert "not answered then" in text
    assert text.count("No language model is set up") == 1


def test_that_earlier_sessions_hold_nothing_is_said() -> None:
    assert "hold nothing on: CFO Airbnb" in ask("Who is the CFO of Airbnb?", recall=Finder()).text


def test_without_sessions_to_search_the_answer_is_still_complete() -> None:
    text = ask("Who is the CFO of Airbnb?").text
    assert "/model" in text
    assert "not available" not in text


def test_a_ratio_without_numbers_says_which_ones_it_needs() -> None:
    assert "price; earnings per share" in ask("What is AAPL's P/E ratio?").text
