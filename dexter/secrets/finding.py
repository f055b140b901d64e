"""What is secret in a text, shown without it: for telling where something is."""

import re
from typing import NamedTuple

from dexter.secrets.masks import Masks, placeholder

AROUND = 30
"""Characters that are shown on each side."""


class Found(NamedTuple):
    """One secret: its kind, and what stands around it, with every secret masked."""

    kind: str
    excerpt: str


def find(text: str, masks: Masks) -> list[Found]:
    """All secrets in a text, in order."""
    pieces: list[str] = []
    places: list[tuple[int, str]] = []
    length = at = 0
    for start, end, kind in masks.spans(text):
        pieces += [text[at:start], placeholder(kind)]
        places.append((length + start - at, kind))
        length += start - at + len(placeholder(kind))
        at = end
    if not places:
        return []
    shown = "".join([*pieces, text[at:]])
    if masks.spans(shown):  # what stands beside one is another: its place is not that of before
        return [Found(kind, placeholder(kind)) for _, kind in places]
    return [Found(kind, _around(shown, place, placeholder(kind))) for place, kind in places]


def _around(text: str, place: int, what: str) -> str:
    before, after = text[max(place - AROUND, 0) : place], text[place + len(what) : place + len(what) + AROUND]
    return re.sub(r"\s+", " ", f"{before}{what}{after}").strip()
