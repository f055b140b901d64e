"""Questions in many words, and the figures that they ask for."""

import pytest

from tests.dexter.unit.offline.asking import ask

# The figure rounded to cents; phrasings that the patterns were not made from.
QUESTIONS = [
    ("What is 1+1?", "2.00"),
    ("Hey, could you tell me what 17 * 23 is?", "391.00"),
    ("how much is 8.5 % of 12,400", "1054.00"),
    ("ten percent of two thousand", "200.00"),
    ("Calculate (1.05^10 - 1) * 100", "62.89"),
    ("five plus six", "11.00"),
    ("what's 100 minus 30%?", "70.00"),
    ("45 as a percentage of 180", "25.00"),
    ("raise 1200 by 3.5%", "1242.00"),
    ("What is 1000 growing at 7% a year worth after 10 years?", "1967.15"),
    ("I deposit 2,000 dollars today at 4% interest. What is it worth in 6 years?", "2530.64"),
    ("Future value: 12k, 8 percent, 5 years", "17631.94"),
    ("If 15,000 compounds at 6% semi-annually, how much do I have after 4 years?", "19001.55"),
    ("putting away 250 a month at 7% for 25 years", "202517.92"),
    ("what will €3.000,00 become in two years at 2,5%", "3151.88"),
    ("1 000 growing 5 % per year for 2 years", "1102.50"),
    ("the CAGR from 100 to 200 over 5 years", "14.87"),
    ("add 5 and 7", "12.00"),
    ("add 10% to 200", "220.00"),
    ("subtract 10% from 200", "180.00"),
    ("divide 100 by 8", "12.50"),
    ("what is the product of 6 and 7?", "42.00"),
    ("the sum of 1, 2 and 3,000", "3003.00"),
    ("How much is 20% off 50?", "40.00"),
    ("What is 15% less than 80?", "68.00"),
    ("double 250", "500.00"),
    ("a third of 90", "30.00"),
    ("cube root of 27", "3.00"),
    ("How much is 1000 after 10 years at 7%?", "1967.15"),
    ("What would 1000 invested at 7% be worth in a decade?", "1967.15"),
    ("What's the present value of 1000 a year for 5 years starting today at 5%?", "4545.95"),
    ("How much do I need to deposit today to have 50,000 in 8 years at 6% compounded monthly?", "30976.20"),
    ("debt/equity if debt 1.2bn and equity 800m", "1.50"),
    ("1000 growing at 1% a month for 2 years", "1269.73"),
    ("present value of 1000 at 6% for 5 years, paid at the end of each year", "4212.36"),
    ("what's 1 million in 30 years worth in today's money at 6%?", "174110.13"),
    ("how many years for 1000 to grow to 5000 at 8%?", "20.91"),
    ("earnings yield with EPS 5 and price 100", "5.00"),
    ("I owe 5,000 at 18% and pay 150 a month. How long until it's paid off?", "47.00"),
    ("What's the remaining balance on 250,000 at 4.5% over 30 years after 10 years?", "200223.59"),
    ("Sales grew from 1.5bn in 2018 to 2.4bn in 2023. What's the CAGR?", "9.86"),
    ("our revenue went from 400 to 350, what's the change in percent?", "-12.50"),
    ("annualized return if 10,000 became 14,500 over 3 years", "13.19"),
    ("how long does money take to double at 6%?", "11.90"),
    ("years to triple at 10 percent", "11.53"),
    ("What return do I need to double my money in 8 years?", "9.05"),
    ("What's the PV of 50,000 due in 12 years at a 6% discount rate?", "24848.47"),
    ("present value of an annuity of 2,000 per year for 15 years at 4%", "22236.77"),
    ("How much is 100 a month for 2 years worth today at 12%?", "2124.34"),
    ("value of a perpetuity paying 80 a year at 4%", "2000.00"),
    ("NPV at 9% of -800, 300, 300, 300, 300", "171.92"),
    ("What's the IRR of -2000, 900, 900, 900?", "16.65"),
    ("P/E of a stock with price 90 and EPS 4.5", "20.00"),
    ("a share costs 42 and earnings per share are 3, what's the price to earnings ratio?", "14.00"),
    ("net income 18, revenue 120: net margin?", "15.00"),
    ("return on assets with net income of 9m and total assets of 150m", "6.00"),
    ("What is the debt-to-equity ratio with debt of 2bn and equity of 5bn?", "0.40"),
    ("current assets 300, current liabilities 150", "2.00"),
    ("EBITDA margin if EBITDA is 25 and revenue is 100", "25.00"),
    ("gross margin with revenue of 80 and cost of goods sold of 60", "25.00"),
    ("free cash flow with operating cash flow 90 and capex 30", "60.00"),
    ("price of a 7 year bond with a 3% coupon at a 4% yield", "939.47"),
    ("What yield to maturity does a 6% bond with 12 years left have at a price of 1,050?", "5.43"),
    ("zero-coupon bond, 5 years, yield 4%", "820.35"),
    ("monthly payment on a 20,000 car loan at 7% for 4 years", "478.92"),
    ("What are the payments on a $350,000 mortgage at 5.5% for 15 years?", "2859.79"),
    ("What is left of a 100,000 loan at 5% over 10 years after 4 years?", "65859.02"),
    ("How long do I need to repay 5,000 at 9% with 200 a month?", "28.00"),
    ("effective annual rate for 8% compounded quarterly", "8.24"),
    ("mean of 4, 8 and 15", "9.00"),
    ("What's 6 x 7?", "42.00"),
    ("How much do I need to invest today at 5% a year to have 20,000 in 10 years?", "12278.27"),
    ("What amount grows to 5000 in 10 years at 5%?", "3069.57"),
    ("My goal is 10,000 in 5 years at 4%. What do I need to invest?", "8219.27"),
    ("what do I get if I invest 500 a month for 3 years at 4%", "19090.78"),
    ("1000 at 7% for 10 years", "1967.15"),
    ("sales were 120 last year and 150 this year, what's the growth?", "25.00"),
    ("I have $10,000 today and add $500 a month at 7% for 20 years", "300850.72"),
    ("what APR compounded monthly gives an effective rate of 8%", "7.72"),
    ("present value of 100 growing at 2% forever, discounted at 7%", "2000.00"),
    ("NPV at 10% of investing 1000 and receiving 400 a year for 4 years", "267.95"),
    ("CAPM: risk-free rate 3%, beta 1.1, market return 8%", "8.50"),
    ("dividend discount model with next dividend 1.5, required return 9%, growth of 4%", "30.00"),
]


@pytest.mark.parametrize(("query", "expected"), QUESTIONS, ids=[query for query, _ in QUESTIONS])
def test_a_question_with_all_its_numbers_is_computed(query: str, expected: str) -> None:
    answered = ask(query)
    assert answered.call is not None, answered.text
    assert answered.results[0].ok, answered.text
    assert f"{answered.amount:.2f}" == expected
    assert "built-in calculator" in answered.text


def test_the_answer_shows_figure_inputs_formula_and_source() -> None:
    text = ask("What is $1,000 growing at 7.125% a year worth after 10 years?").text
    assert "**Future value: $1,990.26**" in text or "**Future value: $1,990" in text
    for part in (
        "amount $1,000.00",
        "rate 7.125% a year",
        "time 10 years",
        "Formula: FV =",
        "Source: Brealey",
    ):
        assert part in text


def test_the_figure_that_was_asked_for_comes_first() -> None:
    assert (
        "**Total interest:"
        in ask("how much interest do I pay in total on 200,000 at 5% over 20 years, a loan?").text
    )
    assert "**Modified duration:" in ask("modified duration of a 5% 10 year bond at 4% yield").text


def test_what_was_assumed_is_said() -> None:
    assert "monthly payments" in ask("payment on 300,000 at 6% over 30 years").text
    assert "a face of 1,000" in ask("price of a 5% coupon 10 year bond yielding 6%").text


def test_a_sum_without_a_result_says_why() -> None:
    assert "divides by zero" in ask("What is 5/0?").text
    assert "mixes currencies" in ask("$5 + €3").text


@pytest.mark.parametrize(
    ("query", "needed"),
    [
        ("present value of 10,000 at 8%", "the years"),
        ("payment on a loan of 300,000 at 6%", "either the years or the payment"),
        ("growth of 5000 at 4%, what is it worth?", "the years"),
        ("CAGR from 100 to 200", "the years between start and end"),
        ("NPV of -100, 50, 70", "the discount rate"),
        ("price of a 5% coupon bond yielding 6%", "the years to maturity"),
        ("effective rate of 5%", "how often it is compounded"),
        ("P/E with a price of 150", "earnings per share"),
        ("1000 at 5% then 6% for 10 years, growing", "one single rate"),
        ("net debt/EBITDA if debt 400, cash 100, EBITDA 100", "the net debt"),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_is_guessed(query: str, needed: str) -> None:
    answered = ask(query)
    assert answered.plan.calls == ()
    assert needed in answered.text


def test_an_answer_is_written_in_words_that_people_use() -> None:
    assert "Payment: 1,798.65 a month" in ask("payment on 300,000 at 6% over 30 years").text
    assert "compounding monthly" in ask("1000 growing at 6% for 5 years compounded monthly").text
    assert "From: numbers 4; 8; 9" in ask("average of 4, 8 and 9").text
    assert "flows -1,000.00; 400.00; 700.00, rate" in ask("NPV of -1000, 400, 700 at 10%").text
    assert "start amount has to be above zero" in ask("CAGR from -100 to 200 over 5 years").text
