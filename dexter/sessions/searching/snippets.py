"""The part of a text where the words are that were looked for."""

from collections.abc import Sequence
from typing import NamedTuple

from dexter.sessions.catalog.words import words
from dexter.sessions.searching.queries import Term, places

LENGTH = 300


class Snippet(NamedTuple):
    """A text on one line, `...` where it was cut, and the (start, end) of what was found in it."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


def snippet(text: str, terms: Sequence[Term], length: int = LENGTH) -> Snippet:
    """The part of a text in which most of the terms are; its beginning if there is none of them."""
    flat = " ".join(text.split())
    found = places(words(flat), terms)
    if len(flat) <= length:
        return Snippet(flat, joined([(start, end) for start, end, _ in found]))
    start = _best(found, length)
    start = max(0, min(start - length // 6, len(flat) - length))
    start = flat.find(" ", start, start + 40) + 1 or start if start else 0
    end = start + length
    if end < len(flat):
        blank = flat.rfind(" ", end - 40, end)
        end = blank if blank > start else end
    before, after = "... " if start else "", " ..." if end < len(flat) else ""
    shift = len(before) - start
    inside = [(low + shift, high + shift) for low, high, _ in found if start <= low and high <= end]
    return Snippet(f"{before}{flat[start:end]}{after}", joined(inside))


def _best(found: Sequence[tuple[int, int, Term]], length: int) -> int:
    """Where to begin so that most different terms are seen, and of these most of them."""
    best, most, right = 0, (0, 0), 0
    for left, (start, _, _) in enumerate(found):
        right = max(right, left)
        while right < len(found) and found[right][1] <= start + length * 5 // 6:
            right += 1
        inside = found[left:right]
        seen = (len({term for _, _, term in inside}), len(inside))
        if seen > most:
            best, most = start, seen
    return best


def joined(marks: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Marks that overlap, as one."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if kept and start <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return tuple(kept)
