"""What a tool returns: named figures, each with its unit, beside the formula, its source and the inputs.

Owns how a figure is rounded for show; the amount itself keeps 20 digits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

KEPT = Context(prec=20, rounding=ROUND_HALF_EVEN)
SHOWN_DIGITS = Context(prec=6, rounding=ROUND_HALF_EVEN)
WIDEST = Decimal("1e15")
EXACT = Context(prec=15, rounding=ROUND_HALF_EVEN)
WIDE = Context(prec=90, rounding=ROUND_HALF_EVEN)
FINEST = Decimal("0.0001")
SMALLEST = Decimal("0.01")
SIGNS = {"USD": "$", "$": "$", "EUR": "€", "€": "€", "GBP": "£", "£": "£", "JPY": "¥", "¥": "¥"}
CURRENCY = "currency"
PERCENT = "percent"
PERCENT_A_YEAR = "percent a year"
YEARS = "years"
NUMBER = "number"
TIMES_A_YEAR = "times a year"
OFTEN = {1: "yearly", 2: "half-yearly", 4: "quarterly", 12: "monthly", 52: "weekly", 365: "daily"}
PERIODS = {1: "a year", 2: "a half-year", 4: "a quarter", 12: "a month", 52: "a week", 365: "a day"}
MOST_DIGITS = 45


@dataclass(frozen=True)
class Figure:
    """A number that does not travel alone. `unit` is "currency" where the report's currency is meant."""

    name: str
    amount: Decimal
    unit: str


def report(
    computed: str,
    inputs: Sequence[Figure],
    figures: Sequence[Figure],
    *,
    formula: str,
    source: str,
    currency: str = "",
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the tool's result as JSON-friendly values.

    Args:
        computed: What was computed, such as "future value".
        inputs: What it was computed from.
        figures: The results, the one that was asked for first.
        formula: The formula in words or symbols.
        source: Where the formula is published.
        currency: Code or sign for figures whose unit is "currency"; empty if the user named none.
        notes: Sentences the reader should know, such as a second solution.
    """
    return {
        "computed": computed,
        "figures": [_written(figure, currency) for figure in figures],
        "inputs": [_given(figure, currency) for figure in inputs],
        "formula": formula,
        "source": source,
        "notes": list(notes),
    }


def shown(figure: Figure, currency: str = "") -> str:
    """Return the figure rounded for people, with its unit."""
    unit = figure.unit
    if unit.startswith(CURRENCY):
        return _money(figure.amount, currency) + unit.removeprefix(CURRENCY)
    number = _counted(figure.amount, EXACT) if unit == NUMBER else _rounded(figure.amount)
    if unit in {"", NUMBER}:
        return number
    if unit.startswith(PERCENT):
        return f"{number}%{unit.removeprefix(PERCENT)}"
    if unit == "times":
        return f"{number}x"
    if unit == TIMES_A_YEAR and figure.amount in OFTEN:
        return OFTEN[int(figure.amount)]
    return f"{number} {unit.removesuffix('s') if figure.amount == 1 else unit}"


def _given(figure: Figure, currency: str) -> dict[str, str]:
    """Return an input: shown as it was given, never rounded to two decimals."""
    written = _written(figure, currency)
    rounded, given = _rounded(figure.amount), _counted(figure.amount, EXACT)
    money = figure.unit.startswith(CURRENCY)
    written["shown"] = written["shown"] if money else written["shown"].replace(rounded, given, 1)
    return written


def _written(figure: Figure, currency: str) -> dict[str, str]:
    unit = figure.unit
    if unit.startswith(CURRENCY):
        unit = (currency or "currency units") + unit.removeprefix(CURRENCY)
    amount = plain(figure.amount)
    return {"name": figure.name, "amount": amount, "unit": unit, "shown": shown(figure, currency)}


def plain(amount: Decimal) -> str:
    """Return the amount with up to 20 digits, a whole one with up to 45; a wider one in scientific form."""
    if amount == amount.to_integral_value() and amount.adjusted() < MOST_DIGITS:
        return f"{int(amount)}"
    kept = KEPT.plus(amount)
    kept = kept.normalize(KEPT) if kept else Decimal(0)
    return f"{kept:f}" if -10 <= kept.adjusted() <= 25 else f"{kept:E}"


def _money(amount: Decimal, currency: str) -> str:
    code = currency.strip().upper()
    small = amount != 0 and abs(amount) < SMALLEST
    number = _rounded(amount) if small or abs(amount) >= WIDEST else f"{_quantized(amount):,}"
    sign = "-" if number.startswith("-") else ""
    number = number.removeprefix("-")
    if code in SIGNS:
        return f"{sign}{SIGNS[code]}{number}"
    return f"{sign}{number} {currency.strip()}".rstrip()


def _rounded(amount: Decimal) -> str:
    """Return up to four decimals if exact, else two; below one four, below a hundredth six digits."""
    if abs(amount) >= WIDEST or 0 < abs(amount) < SMALLEST:
        short = SHOWN_DIGITS.plus(amount).normalize(SHOWN_DIGITS)
        return f"{short:f}" if -7 <= short.adjusted() <= 15 else f"{short:E}"
    short = amount.quantize(FINEST, context=WIDE)
    if amount == short:
        whole = short == short.to_integral_value()
        return f"{int(short):,}" if whole else f"{short.normalize(WIDE):,f}"
    return f"{short:,}" if abs(amount) < 1 else f"{_quantized(amount):,}"


def _counted(amount: Decimal, digits: Context) -> str:
    """Return the amount with thousands separators and as many digits as the context keeps.

    A whole number that the calculator holds exactly, in its 50 digits, keeps them all: 2^100 is no estimate.
    """
    if amount == amount.to_integral_value() and amount.adjusted() < MOST_DIGITS:
        return f"{int(amount):,}"
    kept = digits.plus(amount)
    kept = kept.normalize(digits) if kept else Decimal(0)
    return f"{kept:,f}" if -7 <= kept.adjusted() <= 18 else f"{kept:E}"


def _quantized(amount: Decimal) -> Decimal:
    return amount.quantize(SMALLEST, context=WIDE) + 0


def named(inputs: Mapping[str, tuple[Decimal | None, str]]) -> list[Figure]:
    """Return figures for the inputs that were given, in order: name to amount and unit."""
    return [Figure(name, amount, unit) for name, (amount, unit) in inputs.items() if amount is not None]
