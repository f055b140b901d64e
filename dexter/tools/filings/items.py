"""The items of a report: where each begins and ends in its text.

Form 10-K: items 1 to 16. Form 10-Q: parts I and II, each with an item 1. Form 8-K: items such as 2.02. Form
20-F: items such as 3 and 16K.
"""

import re
from collections.abc import Sequence

import msgspec

_PART = re.compile(r"(?i)^[\s|]*part\s+(I{1,3}|IV)\b(?!\s*[,;]?\s+(?:of|item|and)\b)")
_ITEM = re.compile(
    r"""(?ix)^[\s|•*·-]*
    (?:part\s+(?P<part>I{1,3}|IV)\b[\s.,:;|–—-]*)?
    items?\s*(?P<first>\d{1,2}(?:\.\d{2})?[A-K]?)\b
    (?P<more>(?:\s*(?:,|and|&)\s*(?:items?\s+)?\d{1,2}[A-K]?\b)*)
    (?P<rest>.*)$"""  # noqa: RUF001  dashes as filings write them
)
_LONGEST_HEADING = 260
_SENTENCE = re.compile(r"^\s*[,;)]|^\s*(?:of|to|in|and|or|is|are|above|below|under|herein|for|on|which)\b")
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}


class Item(msgspec.Struct, frozen=True):
    """An item of a report: `part` is I to IV where the report has parts, else empty; `number` such as 1A."""

    part: str
    number: str
    title: str
    text: str

    @property
    def name(self) -> str:
        """What it is called."""
        return f"Part {self.part}, Item {self.number}" if self.part else f"Item {self.number}"


class _Heading(msgspec.Struct, frozen=True):
    part: str
    numbers: tuple[str, ...]
    title: str
    place: int


def items_of(text: str, *, with_parts: bool) -> list[Item]:
    """The items of a report, in their order, each once.

    An item that is named more than once (in the table of contents, in a reference) is the longest of what
    follows these names.

    Args:
        text: The report.
        with_parts: Whether a number may be there once in each part, as in a 10-Q.
    """
    headings = _headings(text, with_parts=with_parts)
    best: dict[tuple[str, str], Item] = {}
    for place, heading in enumerate(headings):
        # A heading that is repeated on each page does not end its item.
        after = next((other for other in headings[place + 1 :] if other.numbers != heading.numbers), None)
        content = text[heading.place : after.place if after else len(text)].strip()
        for number in heading.numbers:
            key = (heading.part, number)
            if key not in best or len(content) > len(best[key].text):
                best[key] = Item(heading.part, number, heading.title, content)
    return list(best.values())


def wanted(items: Sequence[Item], text: str) -> list[Item]:
    """The items that a text names: "1A", "Item 7", "Part II, Item 1A", "2.02".

    Without a part, all items of that number.
    """
    part = re.search(r"(?i)\bpart\s+(IV|I{1,3}|[1-4])\b", text)
    number = re.search(r"(\d{1,2}(?:\.\d{2})?[A-Ka-k]?)\s*$", text.strip().rstrip("."))
    if number is None:
        return []
    named = (_ROMAN.get(part[1], part[1]).upper()) if part else ""
    return [
        each for each in items if each.number == number[1].upper() and (not named or each.part in {named, ""})
    ]


def _headings(text: str, *, with_parts: bool) -> list[_Heading]:
    found: list[_Heading] = []
    part, place = "", 0
    for line in text.split("\n"):
        if len(line) <= _LONGEST_HEADING:
            if in_part := _PART.match(line):
                part = in_part[1].upper()
            heading = _ITEM.match(line)
            if heading and not _SENTENCE.match(heading["rest"]):
                more = re.findall(r"\d{1,2}[A-Ka-k]?", heading["more"])
                numbers = tuple(each.upper() for each in (heading["first"], *more))
                part = (heading["part"] or part).upper()
                title = _title(heading["rest"])
                found.append(_Heading(part if with_parts else "", numbers, title, place))
        place += len(line) + 1
    return found


def _title(rest: str) -> str:
    title = re.sub(r"[\s|.:–—-]+$|^[\s|.:–—-]+", "", rest)  # noqa: RUF001
    # A table of contents has the page behind it.
    return re.sub(r"\s*\|?\s*\d{1,3}$", "", title)[:120]
