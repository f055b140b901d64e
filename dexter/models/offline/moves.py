"""Changes by so much instead of to so much: "what if the rate rises by 1%?", "and 5 years longer?"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from dexter.models.offline.found import argument
from dexter.models.offline.sketch import Sketch

_UP = (
    r"(?:ris(?:e|es|en|ing)|rose|increas(?:e|es|ed|ing)|climb(?:s|ed)?|jump(?:s|ed)?|grows|grew|raised?|"
    r"add(?:ed|ing)?|(?:goes|go|went|going|moves?|moved) up|up|plus|another)"
)
_DOWN = (
    r"(?:fall(?:s|en|ing)?|fell|drop(?:s|ped|ping)?|declin(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|"
    r"lower(?:ed)?|cut|reduc(?:e|es|ed|ing)|shr(?:ink|inks|ank)|(?:goes|go|went|going|moves?|moved) down|"
    r"down|minus|less)"
)
_BEFORE = re.compile(
    rf"(?<![\w/])(?:(?P<up>{_UP})|{_DOWN})(?: (?:it|by|another|about|only|a|further))* "
    r"(?=[#%@](?P<index>\d+)\b)"
)
# "Falls to 4" is a new value like any other.
_TO = re.compile(rf"(?<![\w/])(?:{_UP}|{_DOWN}) (?=to [#%@]\d)")
_AFTER = re.compile(
    r"(?<=[#%@])(?P<index>\d+) (?:(?P<up>higher|more|longer|later|greater|larger)|"
    r"lower|less|fewer|shorter|earlier|smaller|cheaper)\b"
)
# "5 to 10 years", "7 to 8%": a range has no single place. "30,000 down" is what is paid at once.
UNCLEAR = re.compile(r"#\d+ (?:to|-|or|and) [%@]\d+|[#%@]\d+ (?:up|down)\b")


@dataclass(frozen=True)
class Moved:
    """A question without its words for up and down; `signs` says which quantities those belonged to."""

    sketch: Sketch
    signs: Mapping[int, int]


def without_moves(sketch: Sketch) -> Moved:
    """Return what is left of the question, and 1 or -1 for each quantity that is a change by so much."""
    signs: dict[int, int] = {}
    text = sketch.text
    for pattern in (_BEFORE, _AFTER):
        for match in pattern.finditer(text):
            signs[int(match["index"])] = 1 if match["up"] else -1
        text = pattern.sub(lambda match: "" if match.re is _BEFORE else match["index"], text)
    return Moved(replace(sketch, text=_TO.sub("", text)), signs)


def shifted(sketch: Sketch, index: int, sign: int, before: Any, *, percent_of: bool) -> Any:
    """Return the argument after the change, None if there is no number before it.

    Args:
        sketch: The question.
        index: The quantity that says by how much.
        sign: 1 for up, -1 for down.
        before: The argument as it was.
        percent_of: Whether a percent is one of the amount before it; else it is percentage points of a rate.
    """
    try:
        was = Decimal(str(before))
    except InvalidOperation:
        return None
    by = sketch.value(index)
    if percent_of and sketch.quantities[index].kind == "percent":
        by = was * by / 100
    return argument(was + sign * by)
