"""Long texts in parts that a model can read one after the other."""

import msgspec

from dexter.tools.errors import BadArgument

PAGE_BYTES = 24_000
"""Of one page in UTF-8: some 7,000 tokens, well below what one tool result may have."""


class Page(msgspec.Struct, frozen=True):
    """A part of a text; pages count from 1."""

    number: int
    count: int
    text: str


def page_of(text: str, number: int) -> Page:
    """A page of a text, cut between lines where that is possible.

    Raises:
        BadArgument: If there is no such page.
    """
    parts = _parts(text)
    if not 1 <= number <= len(parts):
        raise BadArgument("page", f"is {number}: there are pages 1 to {len(parts)}")
    return Page(number, len(parts), parts[number - 1])


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    here: list[str] = []
    size = 0
    for line in text.splitlines(keepends=True):
        for piece in _pieces(line):
            taken = len(piece.encode())
            if size + taken > PAGE_BYTES and here:
                parts.append("".join(here))
                here, size = [], 0
            here.append(piece)
            size += taken
    return [*parts, "".join(here)] if here or not parts else parts


def _pieces(line: str) -> list[str]:
    # A letter has four bytes at most.
    step = PAGE_BYTES // 4
    return (
        [line] if len(line) <= step else [line[place : place + step] for place in range(0, len(line), step)]
    )
