"""The numbers in a text, as people and programs write them: separators, percent, thousands to trillions.

Pure functions. Dates, years, times, ordinals of lists, names with digits in them (10-K, Q3, S&P 500), links
and identifiers are no figures, and neither is a single digit that stands alone: `3 companies` counts, like
`three companies`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_MONTHS = r"(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]*\.?"  # English and German
_NO_FIGURES = re.compile(
    rf"""
    https?://\S+ | \]\([^)\s]*\)                                  # links
    | \[\^?\d+\]                                                   # footnotes
    | ^[\ \t>*\-|\#]{{0,20}}\d{{1,3}}[.)](?=\s)                             # ordinals of lists
    | \b\d{{10}}-\d{{2}}-\d{{6}}\b                                 # accession numbers
    | \b\d{{4}}-\d{{1,2}}(?:-\d{{1,2}})?(?:T[\d:.]+Z?)?\b(?![,.]\d)          # dates, from here on
    | \b\d{{1,2}}[./]\d{{1,2}}[./](?:\d{{4}}|\d{{2}})\b
    | \b{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+(?:19|20)\d\d\b)?(?!\s?%)
    | \b\d{{1,2}}(?:\.|st|nd|rd|th)?\s+{_MONTHS}(?:\s+(?:19|20)\d\d)?(?!\w)
    | \b\d{{1,2}}:\d{{2}}(?::\d{{2}})?\b                           # times
    | \b(?:S&P|Russell|Nikkei|FTSE|DAX|Nasdaq|CAC|Stoxx)[ -]?\d+\b # names
    | \b(?:items?|forms?|notes?|pages?|parts?|sections?|steps?|tables?|exhibits?|rules?|chapters?)
      \s\d+(?:\.\d+)?\b
    | \b(?:cik|isin|cusip)\W{{1,4}}\w+
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_SCALES = {
    10**3: ("thousand", "thousands", "tsd", "tausend", "k"),
    10**6: ("million", "millions", "mio", "millionen", "mn", "mm", "m"),
    10**9: ("billion", "billions", "milliarde", "milliarden", "mrd", "bn", "b"),
    10**12: ("trillion", "trillions", "billionen", "tn", "t"),
}
_SCALE_OF = {word: scale for scale, words in _SCALES.items() for word in words}
_WORDS = "|".join(sorted((word for word in _SCALE_OF if len(word) > 1), key=len, reverse=True))
_LETTERS = "|".join(word for word in _SCALE_OF if len(word) == 1)
_GAPS = "'\u2019_\u00a0\u202f\u2009"
_NUMBER = re.compile(
    rf"""
    (?<![\w.,]) (?<![A-Za-z]-)
    (?P<currency> (?:[A-Z]{{1,2}})?[$€£¥₹]\s? | \b(?:USD|EUR|GBP|JPY|CHF|CNY|CAD|AUD|INR)\s )?
    (?P<digits> (?<![A-Za-z\d_]) \d (?:[\d.,{_GAPS}]*\d)? )
    (?P<power> [eE][+-]?\d{{1,3}} )?
    (?: (?: [\s\u00a0\u202f]? | -(?=\w{{6}}) ) (?P<scale> (?: {_WORDS} ) | (?<=\d)(?: {_LETTERS} ) ) \b\.? )?
    (?: [\s\u00a0\u202f]?
        (?P<percent> % | percent\b | per\scent\b | percentage\spoints?\b | pp\b | prozent\w*\b )
      | [\s\u00a0\u202f-]? (?P<basis> bps?\b | basis[\s-]points?\b | basispunkte?\b )
      | (?P<times> [x\u00d7](?!\w) )
    )?
    (?P<currency_after> [\s\u00a0\u202f]? (?: [$€£¥₹] | \b(?:USD|EUR|GBP|JPY|CHF|CNY|CAD|AUD|INR)\b ) )?
    (?! \w | -[A-Za-z] )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PIECE = re.compile(r"\d+(?:\.\d+)?")
_ESCAPES = re.compile(r"\\[nrt]")
_YEARS = range(1900, 2101)


class Reading(NamedTuple):
    """One way to read digits: the value, and half of the last digit shown, both without scale."""

    value: float
    half: float


class Numeral(NamedTuple):
    """A number in a text. `shown` is as it stands there; `digits` is how many significant ones are shown."""

    shown: str
    readings: tuple[Reading, ...]
    digits: int
    scale: int = 1
    percent: bool = False
    basis: bool = False

    @property
    def values(self) -> Iterator[float]:
        """What it may be worth; of a percentage as percent and as fraction."""
        for reading in self.readings:
            value = reading.value * self.scale
            yield value
            if self.percent:
                yield value / 100
            if self.basis:
                yield value / 100
                yield value / 10_000


def figures_in(text: str) -> tuple[Numeral, ...]:
    """The figures of an answer, in their order, each once as it is shown."""
    found: dict[str, Numeral] = {}
    for each in _numerals(text):
        if _is_figure(each):
            found.setdefault(each.shown, each)
    return tuple(found.values())


def values_in(text: str) -> frozenset[float]:
    """What all numbers in a text may be worth, without their signs."""
    found: set[float] = set()
    for each in _numerals(_ESCAPES.sub("  ", text)):
        found.update(each.values)
        if "," in each.shown:
            # Perhaps no separator of thousands, but one of a list.
            found.update(float(piece) for piece in _PIECE.findall(each.shown))
    return frozenset(found)


def _numerals(text: str) -> Iterator[Numeral]:
    blanked = _NO_FIGURES.sub(lambda match: " " * len(match[0]), text)
    for match in _NUMBER.finditer(blanked):
        power = match["power"] or ""
        readings = _readings(match["digits"], int(power[1:]) if power else 0)
        yield Numeral(
            match[0].strip().rstrip("."),
            readings,
            len(re.sub(r"\D", "", match["digits"]).lstrip("0")),
            _SCALE_OF.get((match["scale"] or "").lower(), 1),
            percent=match["percent"] is not None,
            basis=match["basis"] is not None,
        )


def _is_figure(numeral: Numeral) -> bool:
    if not numeral.shown.isdecimal():
        return bool(numeral.readings)
    # A number alone: a year, an identifier with noughts in front, or one digit that counts something.
    return len(numeral.shown) > 1 and numeral.shown[0] != "0" and int(numeral.shown) not in _YEARS


def _readings(digits: str, power: int) -> tuple[Reading, ...]:
    """The ways to read digits with separators, the likeliest first; none if they are no number."""
    plain = re.sub(f"[{_GAPS}]", "", digits)
    found = [each for each in _decimal_texts(plain) if each.count(".") <= 1]
    readings = []
    for text in found:
        places = len(text.partition(".")[2])
        try:
            readings.append(Reading(float(f"{text}e{power}"), float(f"0.5e{power - places}")))
        except (ValueError, OverflowError):
            continue
    return tuple(each for each in readings if each.value < float("inf"))


def _decimal_texts(plain: str) -> Iterator[str]:
    commas, points = plain.count(","), plain.count(".")
    if commas and points:
        last = max(plain.rfind(","), plain.rfind("."))
        yield re.sub("[.,]", "", plain[:last]) + "." + plain[last + 1 :]
        return
    if commas + points == 0:
        yield plain
        return
    mark = "," if commas else "."
    before, _, after = plain.partition(mark)
    grouped = all(len(group) == 3 for group in plain.split(mark)[1:]) and 0 < len(before.lstrip("0")) <= 3
    if commas + points > 1:
        # Lists without blanks (1,2,3) are no numbers; Indian groups (1,00,000) are.
        if plain.split(mark)[-1:] and len(plain.rsplit(mark, maxsplit=1)[-1]) == 3:
            yield plain.replace(mark, "")
        return
    if grouped and mark == ",":
        yield before + after
    yield f"{before}.{after}"
    if grouped and mark == ".":
        yield before + after
