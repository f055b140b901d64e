"""Patterns that a user adds, and why none of them can make dexter hang.

Python's matcher goes back and forth without end in some patterns, and nothing can stop it from outside. So
a pattern is looked through before it is used: a bound of the ways in which it can match at one place is
computed from its parts, and one with too many is refused. Besides, it sees a line in pieces of 512
characters, so that what it costs grows with the text and no faster.
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

WINDOW = 512
LONGEST_MATCH = 256
"""Characters; a longer match may be found in part only."""
MOST_PATTERNS = 50
LONGEST_PATTERN = 500
MOST_WAYS = 8_192


class PatternUnfit(ValueError):
    """A pattern that is not used; the message says why, in words for people."""


def check(pattern: str) -> None:
    """Do nothing if a pattern can be used.

    Raises:
        PatternUnfit: It is no regular expression, finds nothing anywhere, or could take very long.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise PatternUnfit(f"it has more than {LONGEST_PATTERN} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern)
            ways = _ways(_tree(pattern))
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise PatternUnfit(f"it is no regular expression ({error})") from None
    if compiled.search("") is not None:
        raise PatternUnfit("it matches where nothing is")
    if ways > MOST_WAYS:
        raise PatternUnfit(
            "it could take very long: at most one part may repeat without a bound,"
            " give the others bounds, such as {8,32}, and repeat no group that repeats something"
        )


def find_own(text: str, patterns: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where patterns that were checked match in a text, each within one line."""
    if not patterns:
        return
    compiled = [re.compile(pattern) for pattern in patterns]
    start = 0
    for line in text.split("\n"):
        for at in range(0, max(len(line) - LONGEST_MATCH, 1), WINDOW - LONGEST_MATCH):
            for pattern in compiled:
                for match in pattern.finditer(line, at, at + WINDOW):
                    if match.end() > match.start():
                        yield start + match.start(), start + match.end()
        start += len(line) + 1


def _tree(pattern: str) -> Any:
    # The parser of `re`; the module of that name that was public says that it is deprecated.
    from re import _parser  # type: ignore[attr-defined]  # noqa: PLC0415

    return _parser.parse(pattern)


def _ways(items: Any) -> int:
    """An upper bound of the ways in which a sequence of parts can match at one place."""
    ways = 1
    for operation, argument in items:
        ways *= _ways_of(str(operation), argument)
        if ways > MOST_WAYS:
            return ways
    return ways


def _ways_of(operation: str, argument: Any) -> int:  # noqa: PLR0911  a table
    match operation:
        case "BRANCH":
            return sum(_ways(each) for each in argument[1])
        case "SUBPATTERN":
            return _ways(argument[-1])
        case "ATOMIC_GROUP":
            return _ways(argument)
        case "ASSERT" | "ASSERT_NOT":
            return _ways(argument[1])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = int(argument[0]), min(int(argument[1]), WINDOW), argument[2]
            one = _ways(inner)
            if one == 1:
                return most - min(least, most) + 1
            # Each round can end in so many ways; the bound is passed long before this gets large.
            return MOST_WAYS + 1 if most > 16 else sum(one**rounds for rounds in range(least, most + 1))
        case "GROUPREF" | "GROUPREF_EXISTS" | "GROUPREF_IGNORE":
            return MOST_WAYS + 1
        case _:
            return 1
