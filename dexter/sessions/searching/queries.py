"""From what a user typed to what the index is asked: words, "phrases", prefix*; nothing is ever a mistake."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from dexter.sessions.catalog.words import Word, words
from dexter.sessions.records.encoding import storable

_POSSESSIVE = re.compile(r"(?<=\w)['\u2019]s(?=\W*$)", re.IGNORECASE)
MOST_TERMS = 32

_PIECE = re.compile(
    '["\u201c\u201d\u201e]([^"\u201c\u201d\u201e]*)(?:["\u201c\u201d\u201e](\\*?)|$)|([^\\s"\u201c\u201d\u201e]+)'
)
_COMMON = re.compile(
    "a|about|an|and|any|are|as|ask|asked|at|be|been|by|can|did|do|does|find|for|found|from|had|has|have|how|i|in|"
    "is|it|its|me|my|of|on|or|our|say|so|tell|that|the|their|them|then|there|they|this|to|was|we|were|what|when|"
    "where|which|who|why|will|with|you|your"
)


class Term(NamedTuple):
    """Words that must follow each other; of the last one only the beginning is meant if `prefix`."""

    words: tuple[str, ...]
    prefix: bool = False

    @property
    def expression(self) -> str:
        """The term as SQLite's full-text index reads it: quoted, so that nothing in it is an operator."""
        return f'"{" ".join(self.words)}"{"*" if self.prefix else ""}'


def parse_query(text: str) -> tuple[Term, ...]:
    """All terms of a query; each must be found. None if there is not a letter, digit or emoji in it.

    Between quotes stands a phrase; a `*` at the end of a word or phrase stands for whatever goes on. Anything
    else that is no letter only separates: `P/E` is the phrase "P E".
    """
    terms = []
    for piece in _PIECE.finditer(storable(text)):
        loose = piece[3]
        found = tuple(word.text for word in words(piece[1] if loose is None else loose))
        if found:
            terms.append(Term(found, loose.endswith("*") if loose is not None else bool(piece[2])))
    return tuple(dict.fromkeys(terms))[:MOST_TERMS]


def telling_terms(text: str) -> tuple[Term, ...]:
    """The words of a question that say what it is about; each may be the beginning of a longer one.

    Whose something is (`Nvidia's`) is said by the name alone: "s" would begin half of all words.
    """
    pieces = (_POSSESSIVE.sub("", piece) for piece in storable(text).split())
    loose = [Term(tuple(word.text for word in words(piece)), prefix=True) for piece in pieces]
    terms = [term for term in loose if term.words]
    telling = [term for term in terms if not _COMMON.fullmatch(" ".join(term.words))]
    return tuple(dict.fromkeys(telling or terms))[:MOST_TERMS]


def places(found: Sequence[Word], terms: Sequence[Term]) -> list[tuple[int, int, Term]]:
    """Where terms stand among the words of a text: start, end and which one, in the order of the text."""
    at: dict[str, list[int]] = {}
    begun = {term.words[0][0] for term in terms}
    for number, word in enumerate(found):
        # Of a long answer most words are none of those, and need no look at each term.
        if word.text[0] in begun:
            at.setdefault(word.text, []).append(number)
    marks = []
    for term in terms:
        first, rest = term.words[0], term.words[1:]
        alone = term.prefix and not rest
        begins = (
            [n for text, all_ in at.items() if text.startswith(first) for n in all_]
            if alone
            else at.get(first, [])
        )
        for number in begins:
            following = found[number + 1 : number + 1 + len(rest)]
            if alone or _follow(following, rest, prefix=term.prefix):
                marks.append((found[number].start, found[number + len(rest)].end, term))
    return sorted(marks, key=lambda mark: mark[:2])


def _follow(found: Sequence[Word], rest: Sequence[str], *, prefix: bool) -> bool:
    if len(found) < len(rest):
        return False
    if not rest:
        return True
    *middle, last = (word.text for word in found)
    return middle == list(rest[:-1]) and (last.startswith(rest[-1]) if prefix else last == rest[-1])
