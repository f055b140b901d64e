"""What the tools return: rows whose every amount has its unit, links, and what others wrote as quoted."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from dexter.tools.fetching.text import one_line, plain, quoted
from dexter.tools.figures import plain as digits
from dexter.tools.market.dataset import NAME, Found, Row
from dexter.tools.market.units import FRACTION, unit_of

MOST_FIELDS = 120
DEEPEST = 5
_FIELD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_ .&/()'-]{0,59}")
_WORDS = re.compile(r"[\w.,&'()/:;#+%@$ -]{1,60}")
_MOST_WORDS = 6
_CURRENCY = re.compile(r"[A-Z]{3}")
_LINK = re.compile(r"https?://[!-~]{1,400}")
_NUMBERS = frozenset(("cik", "filer_cik", "issuer_cik", "year", "quarter", "fiscal_year", "number"))
"""Numbers that measure nothing."""
_SHARED = ("ticker", "currency", "period", "issuer", "cik")
_SHARED_BY_SEVERAL = ("issuer_name", "issuer_cik", "investor", "filer_name", "filer_cik")
"""What is said once if all rows say the same, the latter if there is more than one."""
_UNTOLD = frozenset(("time_milliseconds", "image_url", "next_page_url"))
_LINKS = ("filing_url", "source_url", "url", "link")


class Reading(msgspec.Struct, frozen=True):
    """How rows are read.

    Attributes:
        currency: Of amounts whose row names none.
        of: What prices are the prices of, and volumes count.
        money: Whether amounts are money where their names do not say otherwise.
        longest: Characters of a text that is quoted.
    """

    currency: str = "USD"
    of: str = "share"
    money: bool = False
    longest: int = 600


def told(found: Found, reading: Reading, name: str = "rows", notes: Sequence[str] = ()) -> dict[str, Any]:
    """The result of a tool: where it is from, what all rows share, the rows, and what to know of them."""
    rows, shared = _apart(found.rows)
    reading = msgspec.structs.replace(reading, currency=_code(shared.get("currency")) or reading.currency)
    shown = [row_of(row, reading, found.link) for row in rows]
    said = [*notes]
    if any(f" {FRACTION}" in str(row) for row in shown):
        said.append("A fraction of 0.25 is 25 percent.")
    result: dict[str, Any] = {"source": NAME, "link": found.link, "fetched": found.fetched}
    result |= {key: _text(str(value), found.link, 200) for key, value in shared.items()}
    result |= {name: shown}
    if found.more:
        result["more"] = True
    return {**result, "notes": said} if said else result


def row_of(row: Row, reading: Reading, origin: str) -> dict[str, Any]:
    """A row: what it says of itself, its link, and its amounts as texts with unit.

    Args:
        row: As the source gave it.
        reading: How it is read.
        origin: Where it is from, for what is quoted.
    """
    currency = _code(row.get("currency")) or reading.currency
    reading = msgspec.structs.replace(reading, currency=currency)
    return _object(_without_redundant(row), reading, origin, "", DEEPEST)


def _object(fields: Row, reading: Reading, origin: str, within: str, deep: int) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in list(fields.items())[:MOST_FIELDS]:
        if name in _UNTOLD or not _FIELD.fullmatch(name):
            continue
        # {"label": "Services", "value": 96}: what a value is of, the field around it says.
        measured = within if name in {"value", "amount"} and within else name
        told = _value(value, measured, reading, origin, deep)
        if told is not None:
            shown["link" if name in _LINKS and isinstance(told, str) else name] = told
    return shown


def _value(value: Any, name: str, reading: Reading, origin: str, deep: int) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return amount(value, name, reading)
    if isinstance(value, str):
        return _text(value, origin, reading.longest) or None
    if not value or not deep:
        return None
    if isinstance(value, Mapping):
        return _object(value, reading, origin, name, deep - 1) or None
    found = [_value(each, name, reading, origin, deep - 1) for each in value[:MOST_FIELDS]]
    return [each for each in found if each is not None] or None


def amount(value: int | Decimal, name: str, reading: Reading) -> str:
    """An amount with all its digits, and its unit."""
    written = digits(Decimal(value))
    if name in _NUMBERS:
        return written
    unit = unit_of(name, reading.currency, of=reading.of, money=reading.money)
    return f"{written} {unit}".rstrip()


def _text(value: str, origin: str, longest: int) -> str:
    """A text: as it is if it is an address, a date or a few plain words, otherwise marked as quoted."""
    stripped = value.strip()
    if _LINK.fullmatch(stripped):
        return stripped
    line = one_line(stripped, longest)
    if _WORDS.fullmatch(line) and len(line.split()) <= _MOST_WORDS:
        return line
    return quoted(plain(line), origin) if line else ""


def _apart(rows: Sequence[Row]) -> tuple[list[Row], dict[str, Any]]:
    """The rows without what all of them share, and that."""
    shared = {}
    for name in (*_SHARED, *(_SHARED_BY_SEVERAL if len(rows) > 1 else ())):
        value = rows[0].get(name) if rows else None
        if isinstance(value, str | int) and value != "" and all(row.get(name) == value for row in rows):
            shared[name] = value
    return [{key: value for key, value in row.items() if key not in shared} for row in rows], shared


def _without_redundant(row: Row) -> Row:
    """The row without an accession number that its link holds, and without the currency: amounts have it."""
    links = " ".join(str(row.get(name, "")) for name in _LINKS).replace("-", "")
    number = str(row.get("accession_number", "")).replace("-", "")
    untold = {"currency"} | ({"accession_number"} if number and number in links else set())
    return {name: value for name, value in row.items() if name not in untold}


def _code(value: Any) -> str:
    return value if isinstance(value, str) and _CURRENCY.fullmatch(value) else ""
