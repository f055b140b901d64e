"""Questions that change a number of the calculation before: "and at 8%?", "what about 15 years?".

The calls of the last exchange that computed something hold all its numbers, so a chain of follow-ups needs
no more memory than that. A question is a follow-up only if every word of it is understood; a number that
could go to two places is asked for, never guessed.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from dexter.models.offline.firms import AMOUNT_PATTERNS, labelled
from dexter.models.offline.found import Found, argument
from dexter.models.offline.places import NAMES, has_place, places_of
from dexter.models.offline.plans import Call, Earlier
from dexter.models.offline.sketch import PLACEHOLDER, Sketch, sketched
from dexter.models.offline.sums import arithmetic_in
from dexter.models.offline.words import FREQUENCIES

LOOK_BACK = 6
CONNECTORS = frozenset(
    [
        *[
            "and",
            "what",
            "about",
            "how",
            "at",
            "with",
            "for",
            "over",
            "in",
            "instead",
            "of",
            "the",
            "same",
            "if",
            "it",
        ],
        *[
            "was",
            "were",
            "is",
            "to",
            "from",
            "a",
            "an",
            "then",
            "but",
            "now",
            "make",
            "change",
            "use",
            "using",
            "try",
        ],
        *[
            "again",
            "do",
            "that",
            "thing",
            "please",
            "ok",
            "okay",
            "would",
            "be",
            "we",
            "i",
            "only",
            "by",
            "after",
            ",",
        ],
        *[
            "take",
            "assume",
            "say",
            "let's",
            "lets",
            "so",
            "or",
            "calculation",
            "question",
            "numbers",
            "had",
            "starting",
        ],
        *[
            "suppose",
            "as",
            "well",
            "also",
            "percent",
            "per",
            "year",
            "each",
            "redo",
            "rerun",
            "repeat",
            "this",
            "time",
        ],
        *[
            "set",
            "put",
            "given",
            "what's",
            "hmm",
            "compounded",
            "compounding",
            "paid",
            "payments",
            "invested",
            "like",
        ],
        *[
            "could",
            "you",
            "can",
            "me",
            "on",
            "just",
            "rather",
            "than",
            "not",
            "switch",
            "becomes",
            "became",
            "went",
        ],
        *[
            "up",
            "down",
            "goes",
            "rises",
            "falls",
            "drops",
            "it's",
            "that's",
            "my",
            "our",
            "tell",
            "show",
            "case",
            "s",
            "today",
        ],
    ]
)
PER_YEAR_ARGUMENT = MappingProxyType(
    {
        "future_value": "compoundings_per_year",
        "time_to_grow": "compoundings_per_year",
        "effective_rate": "compoundings_per_year",
        "present_value": "periods_per_year",
        "bond": "payments_per_year",
        "loan": "payments_per_year",
    }
)
GOES_ON = re.compile(
    r"^\s*(?:and |then |now )*(plus|minus|times|divided by|multiplied by|[-+*/^\u00d7\u00f7])\s*(.+)$",
    re.DOTALL,
)


def read_follow_up(sketch: Sketch, query: str, earlier: Sequence[Earlier]) -> Found | None:
    """Return the last calculation with the numbers changed that the question names, None if it is none."""
    call = _last_call(earlier)
    if call is None or not sketch.text:
        return None
    if call.name == "calculate":
        return _changed_sum(call, sketch, query)
    if not _all_understood(sketch, call):
        return None
    what = f"{call.name.replace('_', ' ')} with a changed number"
    changes = _amount_changes(sketch, call) if call.name == "financial_ratio" else _changes(sketch, call)
    if changes is None:
        places = tuple(call.arguments.get("amounts", ())) or _numbers_of(call)
        return _unclear(what, sketch, places)
    changes |= _frequency(sketch, call)
    if not changes:
        return None
    if sketch.currency():
        changes["currency"] = sketch.currency()
    arguments = _without_contradictions(call, {**call.arguments, **changes}, changes)
    return Found(what, frozenset(sketch.numbers()), Call(call.name, arguments), opening="As before, but:")


def _changes(sketch: Sketch, call: Call) -> dict[str, Any] | None:
    """Return the arguments with their new values, None if a number has no place or more than one."""
    changes: dict[str, Any] = {}
    for index, quantity in enumerate(sketch.quantities):
        places = places_of(sketch, index, call)
        if len(places) != 1 or places[0] in changes:
            return None
        changes[places[0]] = argument(quantity.value)
    return changes


def _amount_changes(sketch: Sketch, call: Call) -> dict[str, Any] | None:
    """Return a ratio's amounts with the new ones, None if a number is not named."""
    amounts = dict(call.arguments.get("amounts", {}))
    labels = {at: _known_label(name, amounts) for name, at in labelled(sketch.text).items()}
    if not sketch.quantities or set(labels) != set(range(len(sketch.quantities))):
        return None if sketch.quantities else {}
    for index, label in labels.items():
        amounts[label] = argument(sketch.value(index))
    return {"amounts": amounts}


def _frequency(sketch: Sketch, call: Call) -> dict[str, Any]:
    """Return how often a year, if a word says so and the calculation knows it."""
    if (per_year := sketch.per_year()) is not None and call.name in PER_YEAR_ARGUMENT:
        return {PER_YEAR_ARGUMENT[call.name]: per_year}
    if sketch.has(r"continuous(?:ly)?") and call.name in {"future_value", "effective_rate"}:
        return {"compoundings_per_year": "continuous"}
    return {}


def _last_call(earlier: Sequence[Earlier]) -> Call | None:
    """Return the call of the latest exchange that computed something; those in between are passed over."""
    for exchange in list(earlier)[: -LOOK_BACK - 1 : -1]:
        computing = [call for call in exchange.calls if call.name != "recall"]
        if computing:
            return computing[0] if len(computing) == 1 else None
    return None


def _all_understood(sketch: Sketch, call: Call) -> bool:
    """Return whether every word is a connector, or names a number that the calculation has."""
    if any(quantity.kind == "calendar" for quantity in sketch.quantities):
        return False
    text = sketch.text
    named = [pattern for pattern, names in NAMES.items() if any(has_place(call, name) for name in names)]
    if call.name == "financial_ratio":
        named = list(AMOUNT_PATTERNS.values())
    for pattern in named:
        text = re.sub(rf"(?<![\w/])(?:{pattern})(?![\w/])", " ", text)
    words = PLACEHOLDER.sub(" ", text).split()
    known = CONNECTORS | set(FREQUENCIES) | {"continuously", "continuous"}
    return all(word in known for word in words)


def _without_contradictions(
    call: Call, arguments: dict[str, Any], changes: Mapping[str, Any]
) -> dict[str, Any]:
    """A bond has a price or a yield, a loan years or a payment: the new one replaces the other."""
    pairs = {"bond": ("price", "yield_percent"), "loan": ("years", "payment")}.get(call.name)
    if pairs:
        for new, old in (pairs, pairs[::-1]):
            if new in changes and old not in changes:
                arguments.pop(old, None)
    return arguments


def _known_label(label: str, amounts: Mapping[str, Any]) -> str:
    """Return the name under which the ratio has that amount: earnings may be earnings per share."""
    other = {"net_income": "earnings_per_share", "dividends": "dividends_per_share"}.get(label, label)
    return other if label not in amounts and other in amounts else label


def _unclear(what: str, sketch: Sketch, places: Sequence[str]) -> Found | None:
    if not sketch.quantities:
        return None
    named = " or ".join(place.replace("_percent", "").replace("_", " ") for place in places)
    return Found(
        what, missing=(f"which number it replaces ({named})" if named else "which number it replaces",)
    )


def _numbers_of(call: Call) -> tuple[str, ...]:
    return tuple(
        name
        for name, value in call.arguments.items()
        if isinstance(value, int | float | str) and name != "currency"
    )


def _changed_sum(call: Call, sketch: Sketch, query: str) -> Found | None:
    """Return the expression gone on with ("plus 10?"), or with its one percent or its one amount replaced."""
    expression = str(call.arguments.get("expression", ""))
    what = "arithmetic"
    if match := GOES_ON.match(query.lower().rstrip(" ?!.")):
        longer = arithmetic_in(f"({expression}) {match.group(1)} {match.group(2)}")
        if longer is not None:
            return Found(
                what, call=Call("calculate", {"expression": longer}), opening="Going on from before:"
            )
        return None
    if len(sketch.quantities) != 1 or not _all_understood(sketch, call):
        return None
    quantity = sketch.quantities[0]
    pattern = (
        r"\d[\d,.]*\s?%" if quantity.kind == "percent" else r"\d[\d,.]*(?:\s?[a-z]+)?(?![\d,.]*\s?%)(?!\w)"
    )
    found = list(re.finditer(rf"(?<![\w.,]){pattern}", expression))
    if quantity.kind == "amount":
        before = sketched(expression)
        if len(before.of("amount")) != 1 or len(found) != 1:
            return _unclear(what, sketch, ())
    elif quantity.kind != "percent" or len(found) != 1:
        return _unclear(what, sketch, ())
    tail = " of" if found[0].group().rstrip().endswith(" of") else ""
    new = f"{quantity.value:f}{'%' if quantity.kind == 'percent' else ''}{tail}"
    changed = expression[: found[0].start()] + new + expression[found[0].end() :]
    return Found(what, frozenset({0}), Call("calculate", {"expression": changed}), opening="As before, but:")
