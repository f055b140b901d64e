"""Values that are known to be secret because of the name under which they were loaded."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

SHORTEST = 8
SHORTEST_WORD = 16
"""A value of letters only, or of digits only, is masked from this length on: it may be a word or a figure."""

_NAME = r"(?i:(KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE)S?(_|$))"
_FIGURE = r"[\d.,_+\-:% ]+"
_PATH = r"(?:~|\.{1,2})?/"


class Exact(NamedTuple):
    """A value, and the kind that stands in its place."""

    kind: str
    value: str


def exact_values(values: Mapping[str, str]) -> tuple[Exact, ...]:
    """What is secret among named values, also as JSON and addresses write it; the longest first.

    Left out are names that promise no secret and values that could be ordinary text: under 8 characters, or
    under 16 of letters only; figures; paths.
    """
    found = {
        written: kind_of(name)
        for name, value in values.items()
        if is_secret(name, value)
        for written in _written(value.strip())
    }
    return tuple(
        Exact(found[value], value) for value in sorted(found, key=lambda value: (-len(value), value))
    )


def is_secret(name: str, value: str) -> bool:
    """Whether a value of this name is to be masked wherever it stands."""
    value = value.strip()
    if not re.search(_NAME, name) or len(value) < SHORTEST or "[masked: " in value:
        return False
    if value.isalpha() and len(value) < SHORTEST_WORD:
        return False
    return not re.fullmatch(_FIGURE, value) and not re.match(_PATH, value)


def kind_of(name: str) -> str:
    """What a name is in words: `OPENAI_API_KEY` is an openai key."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.sub(r"[^a-z0-9]+", " ", apart.lower()).split()
    kept = [word for word in words if word != "api"] if len(words) > 2 else words
    return " ".join(kept)[:60].strip() or "key"


def _written(value: str) -> Iterator[str]:
    from urllib.parse import quote  # noqa: PLC0415  what only reads never writes an address

    yield value
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield quote(value, safe="")
