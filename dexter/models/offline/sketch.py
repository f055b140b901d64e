"""A question with its numbers taken out: words and typed placeholders, which patterns can be matched against.

"What is 1,000 growing at 7% a year worth after 10 years?" becomes "what is #0 growing at %1 a year worth
after @2" with the quantities 1000, 7 percent and 10 years. Calendar years and dates become `&`: no amounts.
Owns how a number is spelled in running text. Reads at most 2000 characters, each a bounded number
of times.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from dexter.models.offline.words import (
    BEFORE_CALENDAR_YEARS,
    CURRENCIES,
    DURATIONS,
    FREQUENCIES,
    LARGE,
    MONTHS,
    SMALL,
    digits_of,
)
from dexter.tools.numbers import SUFFIXES

LONGEST = 2000
Kind = Literal["amount", "percent", "duration", "calendar"]
MARKS: dict[Kind, str] = {"amount": "#", "percent": "%", "duration": "@", "calendar": "&"}
PLACEHOLDER = re.compile(r"[#%@&](\d+)")

SIGN = r"(?P<sign>(?<![\w.)%])[-\u2212\u2013]\s?(?=[$€£¥]?\s?[\d.]))?"
CURRENCY = r"(?P<before>us\$|[$€£¥]|\b(?:usd|eur|gbp|chf|jpy)\s?)?\s?"
GROUPED = r"\d{1,3}(?:[,']\d{3})+(?!\d)(?:\.\d+)?"
EUROPEAN = r"\d{1,3}(?:\.\d{3})+,\d+(?!\d)"
SPACED = r"\d{1,3}(?: \d{3})+(?![\d]|[.,]\d{4})(?:\.\d+)?"
DECIMAL_COMMA = r"\d+,\d{1,2}(?!\d)"
PLAIN = r"\d+(?:\.\d+)?|\.\d+"
LISTED_NUMBER = re.compile(f"{SIGN}{CURRENCY}(?P<digits>{GROUPED}|{PLAIN})")
PROSE_NUMBER = re.compile(
    f"{SIGN}{CURRENCY}(?P<digits>{EUROPEAN}|{GROUPED}|{SPACED}|{DECIMAL_COMMA}|{PLAIN})"
)
DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}(?!\d)|\d{4}-\d{2}-\d{2}(?!\d)|\d{1,2}\.\d{1,2}\.\d{4}(?!\d)")
WORD = re.compile(r"[^\W\d_][\w'\u2019&.-]*(?:/[^\W\d_]+)*|[,;()+*/=:-]")
SUFFIX = re.compile(r"\s?(" + "|".join(sorted(SUFFIXES, key=len, reverse=True)) + r")(?![\w'-])")
PERCENT = re.compile(r"\s?-?(%|percentage points?|percent|per cent|pct|pp|bps|bp|basis points?)(?![\w])")
DURATION = re.compile(r"[\s-]?(" + "|".join(sorted(DURATIONS, key=len, reverse=True)) + r")\b")
CURRENCY_AFTER = re.compile(r"\s?(dollars?|usd|euros?|eur|€|pounds?|gbp|£|francs|chf|yen|jpy|bucks)(?!\w)")
GLUED = re.compile(r"(?:[^\W\d_]|'[^\W\d_]|-[^\W\d_]|/\d)[\w'-]*")
RETIREMENT_PLAN = re.compile(r"401\s?\(?k\b\)?|403\s?\(?b\b\)?")
LISTS = re.compile(
    r"\b(npv|irr|xirr|mirr|mean|average|median|variance|deviation|stdev|std|flows?|cashflows?|payback)\b"
)
NUMBER_WORD = "|".join([*SMALL, *LARGE])
NUMBER_WORDS = re.compile(
    rf"\b(?:a (?=(?:{'|'.join(LARGE)})\b))?((?:{NUMBER_WORD})(?:(?: and | |-)(?:{NUMBER_WORD}))*)\b"
)
YEARS = range(1900, 2101)
PLAIN_POSSESSIVES = frozenset(
    ["what's", "it's", "that's", "let's", "here's", "how's", "today's", "there's", "who's"]
)
CAPITALS = frozenset(
    [
        *["i", "what", "how", "and", "if", "at", "k", "m", "b", "bn", "usd", "eur", "gbp", "chf", "jpy"],
        *["cagr", "npv", "irr", "xirr", "mirr", "pv", "fv", "apr", "apy", "ear", "ytm", "roi"],
        *["eps", "p/e", "pe", "peg", "p/b", "p/s", "roe", "roa", "roic", "nopat", "ebit", "ebitda"],
        *["ev", "ev/ebitda", "d/e", "fcf", "cogs", "capm", "wacc", "ddm", "cfo", "capex"],
    ]
)


@dataclass(frozen=True)
class Quantity:
    """A number in the question: percents in percent, durations in years, amounts in the currency named."""

    kind: Kind
    value: Decimal
    currency: str = ""
    yearlike: bool = False


@dataclass(frozen=True)
class Sketch:
    """The question as words and placeholders, its quantities by their number."""

    text: str
    quantities: tuple[Quantity, ...]
    named: bool = field(default=False)

    def of(self, kind: Kind) -> list[int]:
        """Return the numbers of all quantities of a kind, in their order."""
        return [index for index, quantity in enumerate(self.quantities) if quantity.kind == kind]

    def numbers(self) -> list[int]:
        """Return the numbers of all quantities that are no calendar years or days."""
        return [index for index, quantity in enumerate(self.quantities) if quantity.kind != "calendar"]

    def value(self, index: int) -> Decimal:
        """Return the value of a quantity."""
        return self.quantities[index].value

    def has(self, pattern: str) -> bool:
        """Return whether the pattern of whole words occurs."""
        return re.search(rf"(?<![\w/]){pattern}(?![\w/])", self.text) is not None

    def find(self, pattern: str) -> int | None:
        """Return the quantity whose number is the pattern's first group."""
        match = re.search(rf"(?<![\w/]){pattern}", self.text)
        return int(match.group(1)) if match else None

    def currency(self) -> str:
        """Return the one currency that is named, empty if none or several are."""
        named = {quantity.currency for quantity in self.quantities if quantity.currency}
        return named.pop() if len(named) == 1 else ""

    def mixes_currencies(self) -> bool:
        """Return whether more than one currency is named."""
        return len({quantity.currency for quantity in self.quantities if quantity.currency}) > 1

    def per_year(self) -> int | None:
        """Return how often a year, if a word such as monthly says so."""
        named = {FREQUENCIES[word] for word in self.text.split() if word in FREQUENCIES}
        # "Effective annual rate, compounded monthly": the word that is not the usual one tells.
        telling = named - {1} or named
        return telling.pop() if len(telling) == 1 else None


def sketched(query: str) -> Sketch:
    """Return the sketch of a question; one of more than 2000 characters has no quantities and no words."""
    text = " ".join(query[: LONGEST + 1].split())
    if len(text) > LONGEST:
        return Sketch("", ())
    text = NUMBER_WORDS.sub(spelled, text.lower().replace("a decade", "10 years"))
    number = LISTED_NUMBER if LISTS.search(text) else PROSE_NUMBER
    tokens: list[str] = []
    quantities: list[Quantity] = []
    for piece in _pieces(text, number):
        if isinstance(piece, str):
            tokens.append(piece)
        else:
            quantity = _calendar(piece, _before(tokens))
            tokens.append(f"{MARKS[quantity.kind]}{len(quantities)}")
            quantities.append(quantity)
    joined, found = _year_ranges(" ".join(tokens), quantities)
    return Sketch(joined, tuple(found), named=_names_someone(query))


def _pieces(text: str, number: re.Pattern[str]) -> Iterator[Quantity | str]:
    at = 0
    while at < len(text):
        if date := DATE.match(text, at):
            yield Quantity("calendar", Decimal(0))
            at = date.end()
        elif text[at] in "0123456789.$€£¥-\u2212\u2013u" and (match := number.match(text, at)):
            piece, at = _quantity(text, match)
            yield piece
        elif word := WORD.match(text, at):
            yield word.group().rstrip(".'\u2019-").replace("\u2019", "'") or word.group()
            at = word.end()
        else:
            at += 1


def _quantity(text: str, match: re.Match[str]) -> tuple[Quantity | str, int]:
    """Return the quantity, or the word that begins with digits (10-K, 3D), and where it ends."""
    digits, at = match.group("digits"), match.end()
    if plan := RETIREMENT_PLAN.match(text, match.start()):
        return plan.group(), plan.end()
    currency = CURRENCIES.get((match.group("before") or "").strip(), "")
    value = Decimal(_normal(digits)) * (-1 if match.group("sign") else 1)
    plain = digits.isdigit() and len(digits) == 4 and not currency
    if suffix := SUFFIX.match(text, at):
        value, at, plain = value.scaleb(SUFFIXES[suffix.group(1)]), suffix.end(), False
    if percent := PERCENT.match(text, at):
        points = percent.group(1)
        return Quantity(
            "percent", value / 100 if points.startswith(("bp", "basis")) else value
        ), percent.end()
    if duration := DURATION.match(text, at):
        return Quantity("duration", value / DURATIONS[duration.group(1)]), duration.end()
    if after := CURRENCY_AFTER.match(text, at):
        return Quantity("amount", value, CURRENCIES[after.group(1)]), after.end()
    if glued := GLUED.match(text, at):
        return text[match.start() : glued.end()], glued.end()
    return Quantity("amount", value, currency, yearlike=plain and int(digits) in YEARS), at


def _normal(digits: str) -> str:
    if re.fullmatch(EUROPEAN, digits):
        return digits.replace(".", "").replace(",", ".")
    if re.fullmatch(GROUPED, digits) or re.fullmatch(SPACED, digits):
        return re.sub("[,' ]", "", digits)
    return digits.replace(",", ".")


def _before(tokens: list[str]) -> str:
    """Return the word before, a comma inside a date left out: March 10, 2025."""
    if tokens[-1:] == [","] and tokens[-2:-1] and tokens[-2].startswith("&"):
        return tokens[-2]
    return tokens[-1] if tokens else ""


def _calendar(quantity: Quantity, before: str) -> Quantity:
    """Return the quantity, as a calendar year or day if what stands before it says so."""
    day = before in MONTHS and quantity.kind == "amount" and 1 <= quantity.value <= 31
    year = quantity.yearlike and (
        before in BEFORE_CALENDAR_YEARS or before in MONTHS or before.startswith("&") or before == "'"
    )
    return Quantity("calendar", quantity.value) if day or year else quantity


def _year_ranges(text: str, quantities: list[Quantity]) -> tuple[str, list[Quantity]]:
    """Turn "from 2019 to 2024" into calendar years, unless a number of years says that they are amounts."""
    found = list(quantities)
    spans = [quantity.value for quantity in found if quantity.kind == "duration"]
    for match in re.finditer(r"#(\d+)(?= (?:to|and|-|through|until|vs|versus|over|,) [#&](\d+))", text):
        first, second = int(match.group(1)), int(match.group(2))
        pair = (found[first], found[second])
        if not all(one.yearlike or one.kind == "calendar" for one in pair):
            continue
        if not spans or pair[1].value - pair[0].value in spans:
            for index in (first, second):
                text = re.sub(rf"#{index}\b", f"&{index}", text)
                found[index] = Quantity("calendar", found[index].value)
    return text, found


def spelled(match: re.Match[str], *, alone: bool = False) -> str:
    """Return number words as digits; a lone one or zero only if `alone`: else they are mostly no numbers."""
    words = [word for word in re.split(r"[ -]", match.group(1)) if word != "and"]
    if not alone and words in (["one"], ["zero"]):
        return match.group()
    if words[0] in LARGE and not match.group().startswith("a "):
        return match.group()
    return digits_of(words) or match.group()


def _names_someone(query: str) -> bool:
    """Return whether a name is in the question: a capital letter inside a sentence, or a possessive."""
    words = re.findall(r"[^\W\d_][\w'&/-]*", query[:LONGEST].replace("\u2019", "'"))
    return any(
        (word.endswith("'s") and word.lower() not in PLAIN_POSSESSIVES)
        or (index > 0 and word[0].isupper() and word.lower() not in CAPITALS)
        for index, word in enumerate(words)
    )
