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
from dexter.models.offline.going_on import means_the_result, read_going_on, replaced
from dexter.models.offline.growing import PERIODIC, payment_in
from dexter.models.offline.moves import UNCLEAR, Moved, shifted, without_moves
from dexter.models.offline.places import NAMES, amount_named, has_place, places_of
from dexter.models.offline.plans import Call, Earlier
from dexter.models.offline.sketch import PLACEHOLDER, Sketch
from dexter.models.offline.words import CONNECTORS, FREQUENCIES

LOOK_BACK = 6
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


def read_follow_up(sketch: Sketch, query: str, earlier: Sequence[Earlier]) -> Found | None:
    """Return the last calculation with the numbers changed that the question names, None if it is none."""
    call = _last_call(earlier)
    if call is None or not sketch.text:
        return None
    if earlier[-1].calls and (further := read_going_on(call, earlier[-1], query)) is not None:
        return further
    if call.name == "calculate":
        return None if means_the_result(query) else _changed_sum(call, sketch)
    return None if means_the_result(query) else _changed_call(call, sketch)


def _changed_call(call: Call, sketch: Sketch) -> Found | None:
    """Return the calculation with the numbers changed that the question names."""
    moved = without_moves(sketch)
    if not _all_understood(moved.sketch, call):
        return None
    what = f"{call.name.replace('_', ' ')} with a changed number"
    ratio = call.name == "financial_ratio"
    changes = _amount_changes(moved, call) if ratio else _changes(moved, call)
    if changes is None or UNCLEAR.search(sketch.text):
        places = tuple(call.arguments.get("amounts", ())) or _numbers_of(call)
        return _unclear(what, sketch, places)
    changes |= _frequency(sketch, call)
    if not changes:
        return None
    if sketch.currency():
        changes["currency"] = sketch.currency()
    arguments = _without_contradictions(call, {**call.arguments, **changes}, changes)
    return Found(what, frozenset(sketch.numbers()), Call(call.name, arguments), opening="As before, but:")


def _changes(moved: Moved, call: Call) -> dict[str, Any] | None:
    """Return the arguments with their new values, None if a number has no place or more than one."""
    sketch, changes = moved.sketch, _regular(moved, call)
    if changes is None:
        return None
    payment = payment_in(sketch)
    for index, quantity in enumerate(sketch.quantities):
        if payment is not None and index == payment[0]:
            continue
        share_of = amount_named(sketch, call) if index in moved.signs and quantity.kind == "percent" else None
        places = (share_of,) if share_of else places_of(sketch, index, call)
        if len(places) != 1 or places[0] in changes:
            return None
        new: Any = argument(quantity.value)
        if index in moved.signs:
            before = call.arguments.get(places[0])
            new = shifted(sketch, index, moved.signs[index], before, percent_of=bool(share_of))
        if new is None:
            return None
        changes[places[0]] = new
    return changes


def _regular(moved: Moved, call: Call) -> dict[str, Any] | None:
    """Return the change that "100 a month" asks for, None if the calculation has no place for it."""
    payment = payment_in(moved.sketch)
    if payment is None:
        return {}
    index, per_year = payment
    if call.name not in {"future_value", "present_value", "loan"}:
        return None
    often = PER_YEAR_ARGUMENT[call.name]
    before = call.arguments.get(often, 12 if call.name == "loan" else 1)
    if before not in {per_year, 1} or (before != per_year and call.arguments.get("payment")):
        return None
    paid: Any = argument(moved.sketch.value(index))
    if index in moved.signs:
        sign = moved.signs[index]
        paid = shifted(moved.sketch, index, sign, call.arguments.get("payment", 0), percent_of=False)
    return {"payment": paid} | ({often: per_year} if before != per_year else {})


def _amount_changes(moved: Moved, call: Call) -> dict[str, Any] | None:
    """Return a ratio's amounts with the new ones, None if a number is not named."""
    sketch = moved.sketch
    amounts = dict(call.arguments.get("amounts", {}))
    labels = {at: _known_label(name, amounts) for name, at in labelled(sketch.text).items()}
    if not sketch.quantities or set(labels) != set(range(len(sketch.quantities))):
        return None if sketch.quantities else {}
    for index, label in labels.items():
        new: Any = argument(sketch.value(index))
        if index in moved.signs:
            share = not label.endswith("_percent")
            new = shifted(sketch, index, moved.signs[index], amounts.get(label), percent_of=share)
        if new is None:
            return None
        amounts[label] = new
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
    text = PERIODIC.sub(" ", sketch.text)
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


def _changed_sum(call: Call, sketch: Sketch) -> Found | None:
    """Return the sum with its one percent or its one amount replaced."""
    if len(sketch.quantities) != 1 or not _all_understood(sketch, call):
        return None
    what = "arithmetic"
    changed = replaced(str(call.arguments.get("expression", "")), sketch)
    if changed is None:
        return _unclear(what, sketch, ())
    return Found(what, frozenset({0}), Call("calculate", {"expression": changed}), opening="As before, but:")
