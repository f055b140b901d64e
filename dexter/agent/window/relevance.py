"""How much earlier exchanges have to do with a query, by the words they share."""

import math
import re
from collections import Counter
from collections.abc import Sequence

from dexter.sessions import SessionExchange

_WORD = re.compile(r"\w[\w.&-]*\w|\w")
# Words of questions that say nothing about their subject; the weighting by rarity does the rest.
_EMPTY = frozenset(
    """
    a about after again all also an and any are as at be been before but by can could did do does
    for from get give had has have how i if in into is it its just like many me more most much my no
    not now of ok okay on one only or other our out over please same say show so some such tell than
    thank thanks that
    the their them then there these they this those to too up us was we were what when where which
    while who why will with would you your
    """.split()  # noqa: SIM905  a list of 100 quoted words is hard to read
)
# Enough of an answer to know its subject, and bounded, because answers are not.
_LOOKED_AT = 4_000


def relevances(query: str, exchanges: Sequence[SessionExchange]) -> list[float]:
    """For each exchange a number that is larger the more rare words it shares with the query; 0 for none.

    A word counts by how few of the exchanges have it, and twice if it stood in the earlier query.
    """
    wanted = words_of(query)
    if not wanted or not exchanges:
        return [0.0] * len(exchanges)
    asked = [words_of(exchange.asked) & wanted for exchange in exchanges]
    told = [words_of(exchange.answer) & wanted for exchange in exchanges]
    having = Counter(word for mine, theirs in zip(asked, told, strict=True) for word in mine | theirs)
    weight = {word: math.log(1 + len(exchanges) / count) for word, count in having.items()}
    # Sorted, so that the sum is the same to the last bit in every process.
    return [
        sum(weight[word] * 2 for word in sorted(mine)) + sum(weight[word] for word in sorted(theirs - mine))
        for mine, theirs in zip(asked, told, strict=True)
    ]


def words_of(text: str) -> frozenset[str]:
    """The words of a text, or of its beginning, that say what it is about."""
    return frozenset(_WORD.findall(text[:_LOOKED_AT].casefold())) - _EMPTY
