"""How text becomes words: the same for what is searched and for what is looked for.

The full-text index has SQLite's `unicode61` find the words of what is prepared here. A letter of a script
without blanks between words (Chinese, Japanese, Korean, Thai and their like), and an emoji, stands as a word
of its own, so that any part of such a text is found as a phrase.
"""

import functools
import re
import unicodedata
from typing import NamedTuple

TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc So'"

_ALONE = (
    "\u0e00-\u0eff\u0f40-\u0fbc\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u1950-\u19df\u1a20-\u1aad\u2e80-\u2fdf"
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u30fa\u30fc-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f"
    "\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
    "\u2190-\u2bff\U0001f000-\U0001faff"
)
_MARKS = (
    "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u0f71-\u0f84\u102b-\u103e"
    "\u1056-\u1059\u17b4-\u17d3\u3099\u309a"
)
_ACCENT = re.compile("[\u0300-\u0331]")
_NOT_SEEN = re.compile("[\0\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]")
_ASCII_WORD = re.compile("[a-z0-9]+")
_WORDLIKE = ("L", "N", "M")


@functools.cache
def _cluster() -> re.Pattern[str]:
    """Return the pattern of a letter that is a word by itself, with its marks: 10 ms, and seldom needed."""
    return re.compile(f"[{_ALONE}][{_MARKS}]*")


class Word(NamedTuple):
    """A word as it is compared, and where it stands in the text."""

    text: str
    start: int
    end: int


def prepare(text: str) -> str:
    """The text as the index gets it."""
    if text.isascii():
        return text.replace("\0", " ")
    folded = unicodedata.normalize("NFKC", _NOT_SEEN.sub("", text)).casefold()
    return _cluster().sub(r" \g<0> ", folded)


def words(text: str) -> list[Word]:
    """The words of a text in their order, each as it is compared with others."""
    if text.isascii():
        return [Word(found[0], *found.span()) for found in _ASCII_WORD.finditer(text.lower())]
    found: list[Word] = []
    start = None
    for at, character in enumerate(text):
        if _is_of_a_word(character):
            start = at if start is None else start
        elif start is not None:
            found += _split(text, start, at)
            start = None
    return found if start is None else found + _split(text, start, len(text))


def _is_of_a_word(character: str) -> bool:
    if character.isascii():
        return character.isalnum()
    category = unicodedata.category(character)
    return category[0] in _WORDLIKE or category in {"So", "Co"} or _NOT_SEEN.match(character) is not None


def _split(text: str, start: int, end: int) -> list[Word]:
    """The words in a run of letters: those that stand alone, and what is between them."""
    found: list[Word] = []
    at = start
    for cluster in _cluster().finditer(text, start, end):
        found += _word(text, at, cluster.start()) + _word(text, *cluster.span())
        at = cluster.end()
    return found + _word(text, at, end)


def _word(text: str, start: int, end: int) -> list[Word]:
    folded = unicodedata.normalize("NFKC", _NOT_SEEN.sub("", text[start:end])).casefold()
    plain = unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", folded)))
    pieces = [piece for piece in plain.split() if piece]
    return [Word(piece, start, end) for piece in pieces]
