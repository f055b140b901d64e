"""The calculator's grammar, its percent signs and its bounds."""

import contextlib
from decimal import Decimal as D  # noqa: N817 - on every line of these tests
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.tools.arithmetic import calculate
from dexter.tools.errors import BadArgument, NotComputable, ToolError
from dexter.tools.finance.calculator import calculated


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1+1", "2"),
        ("(3+4)*2^3", "56"),
        ("-2^2", "-4"),
        ("2^3^2", "512"),
        ("2**-1", "0.5"),
        ("12% of 3.4bn", "408000000"),
        ("200 + 10%", "220"),
        ("100-20%", "80"),
        ("5% + 5%", "0.1"),
        ("1,000.50 * 2", "2001"),
        ("$1.5k", "1500"),
        ("2(3+4)", "14"),
        ("7 mod 3", "1"),
        ("-7 mod 3", "2"),
        ("1e5 * 2", "200000"),
        ("max(100,200)", "200"),
        ("round(2.345, 2)", "2.35"),
        ("sqrt(16) + abs(-3) + floor(2.7) + ceil(2.1)", "12"),
        ("3 × 4 ÷ 2 − 1", "5"),  # noqa: RUF001 - signs as people type them
        ("0.1 + 0.2", "0.3"),
        ("log(1000) + ln(1) + exp(0) + log(8, 2)", "7"),
        ("0^0", "1"),
        ("min(3, 2, 1)", "1"),
    ],
)
def test_an_expression_has_the_value_of_the_usual_rules(expression: str, expected: str) -> None:
    assert abs(calculated(expression) - D(expected)) < D("1e-25")


@pytest.mark.parametrize(
    "expression",
    [
        "",
        " ",
        "1+",
        "(1",
        "1)",
        "1 2",
        "10 % 3",
        "hello",
        "1.5.2",
        "abs()",
        "abs(1,2)",
        "__import__('os')",
        "1;2",
        "1,00",
        "$5 + €3",
        "(" * 3000,
        "-" * 3000 + "1",
        "1" * 61,
        "1" * 4001,
        "9e999999",
    ],
)
def test_a_text_that_is_no_expression_is_refused_in_one_sentence(expression: str) -> None:
    with pytest.raises(BadArgument, match=r"^expression .{1,120}\.$"):
        calculated(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "1/0",
        "0/0",
        "5 mod 0",
        "0^-1",
        "(-8)^(1/3)",
        "sqrt(-1)",
        "ln(0)",
        "log(5, 1)",
        "9^9^9^9",
        "exp(1e9)",
        "1e500^300",
    ],
)
def test_an_expression_without_a_result_is_refused_and_ends_at_once(expression: str) -> None:
    with pytest.raises(NotComputable):
        calculated(expression)


numbers = st.integers(-1000, 1000)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Fraction]:
    if depth == 0 or draw(st.booleans()):
        number = draw(numbers)
        return (f"({number})", Fraction(number))
    (left, a), (right, b) = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    operator = draw(st.sampled_from("+-*" if b == 0 else "+-*/"))
    value = {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[operator]()
    return (f"({left} {operator} {right})", value)


@given(expressions())
def test_sums_and_products_agree_with_exact_fractions(made: tuple[str, Fraction]) -> None:
    text, value = made
    assert abs(Fraction(calculated(text)) - value) <= abs(value) * Fraction(1, 10**40)


@given(st.text(max_size=60) | st.text(alphabet="0123456789+-*/^()%., eof$k", max_size=60))
def test_any_text_at_all_ends_in_a_number_or_a_sentence(text: str) -> None:
    with contextlib.suppress(ToolError):
        assert calculated(text).is_finite()


def test_a_currency_sign_makes_the_result_money() -> None:
    figure = calculate("12% of $3.4bn")["figures"][0]
    assert (figure["shown"], figure["unit"]) == ("$408,000,000.00", "$")
    assert calculate("10 / 4")["figures"][0] == {
        "name": "value",
        "amount": "2.5",
        "unit": "number",
        "shown": "2.5",
    }
