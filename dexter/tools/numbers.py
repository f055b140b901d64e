"""Numbers as models and people write them, turned into exact decimals.

Owns which spellings of one number are understood. Never guesses: a text that is not wholly a number is an
error.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from dexter.tools.errors import BadArgument

# What a tool takes for an amount. A JSON number goes through a binary float, so more than 15 digits come as
# text.
Number = int | float | str

LONGEST = 60
HIGHEST_POWER_OF_TEN = 60
SUFFIXES = MappingProxyType(
    {
        "k": 3,
        "thousand": 3,
        "m": 6,
        "mn": 6,
        "mm": 6,
        "mio": 6,
        "million": 6,
        "millions": 6,
        "b": 9,
        "bn": 9,
        "bio": 9,
        "billion": 9,
        "billions": 9,
        "t": 12,
        "tn": 12,
        "trn": 12,
        "trillion": 12,
        "trillions": 12,
    }
)
SPACES = "\u00a0\u2009\u202f"
PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]{1,3})?|\.[0-9]+(?:e[+-]?[0-9]{1,3})?", re.IGNORECASE)
GROUPED = re.compile(r"[0-9]{1,3}(?:([, '_])[0-9]{3})(?:\1[0-9]{3})*(?:\.[0-9]+)?")
FLAT = re.compile(r"\s+")


def to_decimal(value: Number, argument: str) -> Decimal:
    """Return `value` exactly: a float as it is printed, a text ("1,000", "$3.4bn", "-7.5%") as meant.

    Args:
        value: The number; a percent sign at the end of a text is dropped, it does not divide by a hundred.
        argument: What the number is called, for the error.

    Raises:
        BadArgument: Not a number, not finite, or beyond 1e60.
    """
    if isinstance(value, bool):
        raise BadArgument(argument, "is true or false, not a number")
    if isinstance(value, str):
        number = _from_text(value, argument)
    elif isinstance(value, int):
        # bit_length first: turning a huge integer into digits takes quadratic time.
        if value.bit_length() > 4 * HIGHEST_POWER_OF_TEN:
            raise BadArgument(argument, "is too large")
        number = Decimal(value)
    else:
        number = Decimal(repr(value))
    if not number.is_finite():
        raise BadArgument(argument, f"is {value}, not a finite number")
    if number and abs(number.adjusted()) > HIGHEST_POWER_OF_TEN:
        raise BadArgument(argument, f"is {number:.3e}: only numbers between 1e-60 and 1e60 are taken")
    return number


def to_decimals(values: list[Number], argument: str, most: int = 10_000) -> list[Decimal]:
    """Return all `values` as decimals, in order.

    Raises:
        BadArgument: More than `most`, or one that is no number.
    """
    if len(values) > most:
        raise BadArgument(argument, f"holds {len(values)} numbers: at most {most} are taken")
    return [to_decimal(value, f"{argument}[{index}]") for index, value in enumerate(values)]


def to_count(value: Number, argument: str) -> int:
    """Return `value` as a whole number.

    Raises:
        BadArgument: It is no whole number.
    """
    number = to_decimal(value, argument)
    if number != number.to_integral_value() or abs(number) > 1_000_000:
        raise BadArgument(argument, f"has to be a whole number below a million, not {value}")
    return int(number)


def to_date(text: str, argument: str) -> date:
    """Return the date that `text` names as YYYY-MM-DD.

    Raises:
        BadArgument: It names none.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadArgument(argument, f"has to be a date such as 2026-02-28, not {text[:LONGEST]!r}") from error


def _from_text(text: str, argument: str) -> Decimal:
    if len(text) > LONGEST:
        raise BadArgument(argument, f"is a text of {len(text)} characters, not a number")
    rest = text.strip().lower().replace("\u2212", "-")
    for space in SPACES:
        rest = rest.replace(space, " ")
    negative = rest.startswith("(") and rest.endswith(")")
    rest = rest[1:-1] if negative else rest
    sign = -1 if negative else 1
    rest = rest.strip()
    while rest and rest[0] in "+-$€£¥ ":
        sign = -sign if rest[0] == "-" else sign
        rest = rest[1:]
    rest = rest.rstrip("%$€£¥ ")
    digits = rest.rstrip("abcdefghijklmnopqrstuvwxyz ")
    suffix = rest[len(digits) :].strip()
    if PLAIN.fullmatch(digits):
        number = digits
    elif GROUPED.fullmatch(digits):
        number = re.sub("[, '_]", "", digits)
    else:
        raise BadArgument(argument, f"is {text!r}, not a number")
    if suffix and suffix not in SUFFIXES:
        raise BadArgument(argument, f"is {text!r}: the unit {suffix!r} is not known")
    try:
        return sign * Decimal(number).scaleb(SUFFIXES.get(suffix, 0))
    except InvalidOperation as error:
        raise BadArgument(argument, f"is {text!r}, which is too large") from error
