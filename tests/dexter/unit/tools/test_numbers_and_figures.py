"""Numbers as they come in, and figures as they go out."""

import contextlib
from decimal import Decimal as D  # noqa: N817 - on every line of these tests

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.tools.errors import BadArgument, ToolError
from dexter.tools.figures import Figure, plain, report, shown
from dexter.tools.numbers import to_count, to_date, to_decimal


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, "7"),
        (0.07, "0.07"),
        ("1,000", "1000"),
        ("1 000 000", "1000000"),
        ("$3.4bn", "3400000000"),
        ("-7.5%", "-7.5"),
        ("(200)", "-200"),
        ("€ 5 million", "5000000"),
        ("\u22123", "-3"),
        (".5", "0.5"),
        ("1e3", "1000"),
    ],
)
def test_a_number_is_taken_exactly_as_it_is_written(value: float | str, expected: str) -> None:
    assert to_decimal(value, "amount") == D(expected)


@pytest.mark.parametrize(
    "value",
    [
        True,
        "",
        "abc",
        "1,00",
        "12,34,567",
        "5 apples",
        float("nan"),
        float("inf"),
        "NaN",
        "Infinity",
        "1e999",
        10**100,
        "9" * 100,
        "--",
        "%",
    ],
)
def test_what_is_no_number_is_refused_by_the_name_of_its_argument(value: float | str) -> None:
    with pytest.raises(BadArgument, match=r"^amount .{1,120}\.$"):
        to_decimal(value, "amount")


def test_an_integer_of_a_hundred_thousand_digits_is_refused_before_it_is_written_out() -> None:
    with pytest.raises(BadArgument, match="too large"):
        to_decimal(10**100_000, "amount")


@given(st.text(max_size=80))
def test_any_text_is_a_finite_number_or_an_error(text: str) -> None:
    with contextlib.suppress(ToolError):
        assert to_decimal(text, "amount").is_finite()


@given(st.floats(1e-50, 1e50) | st.floats(-1e50, -1e-50))
def test_a_float_keeps_the_digits_that_it_is_printed_with(value: float) -> None:
    assert float(to_decimal(value, "amount")) == value


def test_counts_and_dates_are_checked() -> None:
    assert to_count("12", "n") == 12
    assert to_date("2026-02-28", "day").isoformat() == "2026-02-28"
    with pytest.raises(BadArgument, match="whole number"):
        to_count(1.5, "n")
    with pytest.raises(BadArgument, match="such as 2026-02-28"):
        to_date("31.12.2025", "day")


@pytest.mark.parametrize(
    ("amount", "unit", "currency", "expected"),
    [
        ("1967.1513", "currency", "USD", "$1,967.15"),
        ("-1967.1513", "currency", "€", "-€1,967.15"),
        ("1967.1513", "currency", "", "1,967.15"),
        ("5", "currency per share", "CHF", "5.00 CHF per share"),
        ("0.00004", "currency", "$", "$0.00004"),
        ("14.86983549", "percent a year", "", "14.87% a year"),
        ("0.625", "times", "", "0.625x"),
        ("25", "times", "", "25x"),
        ("0.666666666", "times", "", "0.6667x"),
        ("1", "years", "", "1 year"),
        ("10.244768", "years", "", "10.24 years"),
        ("1e20", "", "", "1E+20"),
        ("1.4142135623730950488", "number", "", "1.4142135623731"),
        ("1267650600228229401496703205376", "number", "", "1,267,650,600,228,229,401,496,703,205,376"),
        ("12", "times a year", "", "monthly"),
        ("1", "times a year", "", "yearly"),
        ("3", "times a year", "", "3 times a year"),
    ],
)
def test_a_figure_is_rounded_for_people_with_its_unit(
    amount: str, unit: str, currency: str, expected: str
) -> None:
    assert shown(Figure("x", D(amount), unit), currency) == expected


@given(
    st.decimals(allow_nan=False, allow_infinity=False),
    st.sampled_from(["currency", "percent", "times", "", "number"]),
)
def test_every_finite_amount_can_be_shown_and_written(amount: D, unit: str) -> None:
    assert shown(Figure("x", amount, unit), "$")
    assert D(plain(amount)).is_finite()


def test_inputs_are_shown_as_given_and_never_rounded() -> None:
    made = report("x", [Figure("rate", D("6.37512"), "percent a year")], [], formula="f", source="s")
    assert made["inputs"][0]["shown"] == "6.37512% a year"
