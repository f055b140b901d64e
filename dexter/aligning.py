"""Numbers of a column so that their decimal points stand under each other. Pure functions over texts.

What counts as a number is narrow: a column in which one cell is anything else stays as it is. A point is the
decimal point; `1.234,56` is no number here, because `1,234` may be either.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

_NUMBER = re.compile(
    r"(?P<whole>[~≈<>]?\s?[(]?[+\-\u2212]?\s?(?:[A-Z]{2,3}\s?)?[$€£¥]?\s?[+\-\u2212]?"
    r"(?:\d{1,3}(?:[,'\u00a0\u2009\u202f ]\d{3})+|\d+))"
    r"(?P<rest>(?:\.\d+)?[)]?(?:\s?(?:%|‰|[x\u00d7]|[kKmMbBtT]|mn|bn|tn|pp|bps|[A-Z]{3}))?[)]?[*†]?)"
)
_MISSING = frozenset({"", "-", "\u2013", "\u2014", "n/a", "N/A", "n.a.", "nm", "NM", "NA"})


class Padding(NamedTuple):
    """How many blanks a cell gets on its left and on its right."""

    left: int
    right: int


def paddings(cells: Sequence[str]) -> list[Padding] | None:
    """What makes all cells of a column equally wide with their points under each other.

    Args:
        cells: The texts of the column below its head, as they are shown.

    Returns:
        None if it is no column of numbers. Cells that say that there is none, such as `n/a`, may be in it.
    """
    parts = [_parts(cell.strip()) for cell in cells]
    if None in parts or not any(cell.strip() not in _MISSING for cell in cells):
        return None
    sizes = [part for part in parts if part is not None]
    whole, rest = (max(size[place] for size in sizes) for place in (0, 1))
    return [Padding(whole - size[0], rest - size[1]) for size in sizes]


def _parts(cell: str) -> tuple[int, int] | None:
    """How many characters stand up to the point, and from there on."""
    if cell in _MISSING:
        return len(cell), 0
    found = _NUMBER.fullmatch(cell) if len(cell) <= 60 else None
    return None if found is None else (len(found["whole"]), len(found["rest"]))
