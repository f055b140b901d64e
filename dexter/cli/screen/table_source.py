"""The tables in a piece of markdown, as source whose columns can be read: equally wide, points in line."""

import re
from collections.abc import Sequence
from itertools import zip_longest

from dexter.aligning import paddings
from dexter.cli.screen.output import columns

_RULE = re.compile(r"\s*\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?\|?\s*")
_CELL = re.compile(r"(?<!\\)\|")
_FENCE = ("```", "~~~")


def aligned(source: str, width: int) -> str:
    """The markdown with its tables aligned, but for those that would be wider than so many columns.

    Nothing but blanks around cells changes. Lines in fences stay.
    """
    if "|" not in source:
        return source
    lines, shown, fenced = source.split("\n"), [], False
    place = 0
    while place < len(lines):
        fenced ^= lines[place].lstrip().startswith(_FENCE)
        rule = lines[place + 1] if place + 1 < len(lines) else ""
        if fenced or "|" not in lines[place] or not _RULE.fullmatch(rule):
            shown.append(lines[place])
            place += 1
            continue
        end = place + 2
        while end < len(lines) and "|" in lines[end]:
            end += 1
        shown += _table(lines[place:end], width)
        place = end
    return "\n".join(shown)


def _table(lines: Sequence[str], width: int) -> Sequence[str]:
    head, _, *body = [[cell.strip() for cell in _CELL.split(line.strip().strip("|"))] for line in lines]
    made = [_column(list(column)) for column in zip_longest(head, *body, fillvalue="")]
    rows = ["| " + " | ".join(row) + " |" for row in zip(*made, strict=True)]
    return lines if max(map(columns, rows)) > width else rows


def _column(cells: Sequence[str]) -> list[str]:
    """The head, the line below it and the cells of a column, of one width."""
    head, *body = cells
    padded = paddings(body) if body else None
    if padded is not None:
        body = [" " * pad.left + cell + " " * pad.right for cell, pad in zip(body, padded, strict=True)]
    size = max(3, *map(columns, [head, *body]))
    right = padded is not None
    blanks = [" " * (size - columns(cell)) for cell in (head, *body)]
    first, *rest = [
        blank + cell if right else cell + blank for blank, cell in zip(blanks, [head, *body], strict=True)
    ]
    return [first, "-" * (size - right) + ":" * right, *rest]
