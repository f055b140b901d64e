"""What an update does to a JSON document, whatever is in it. Pure: bytes in, bytes out."""

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeGuard

from gitstore.plain_json import load_object
from gitstore.values import Only, UpdateDocument

IsFirst = Callable[[str, str], bool]
"""Says of a file of JSON lines whether no record in it has an id that is smaller than the given one."""


def update_document(
    content: bytes | None, changes: Iterable[UpdateDocument], is_first: IsFirst = lambda *_: True
) -> bytes | None:
    """Return the document with the fields of changes, one after the other, or None if it is no JSON object.

    Args:
        content: Of the document; None: there is none yet.
        changes: What shall be true.
        is_first: Asked where a change is only for the first record of a file.
    """
    document: dict[str, Any] = {}
    if content is not None:
        found = load_object(content)
        if found is None:
            return None
        document = found
    updated = False
    for change in changes:
        if change.only is None or _holds(document, change.only, is_first):
            _update(document, change)
            updated = True
    if not updated:
        return content
    text = json.dumps(document, ensure_ascii=False, indent=2)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:  # lone surrogates
        return json.dumps(document, indent=2).encode() + b"\n"


def _update(document: dict[str, Any], change: UpdateDocument) -> None:
    for field in change.unset:
        document.pop(field, None)
    document.update(change.set)
    for field, value in change.default.items():
        document.setdefault(field, value)
    _calculate(document, change)


def _holds(document: dict[str, Any], only: Only, is_first: IsFirst) -> bool:
    for bounds, larger in ((only.at_most, True), (only.at_least, False)):
        for field, value in bounds.items():
            found = document.get(field)
            if found is not None and _extreme(found, value, larger=larger) != value:
                return False
    return only.first is None or is_first(*only.first)


def _calculate(document: dict[str, Any], change: UpdateDocument) -> None:
    """Set the fields whose new value depends on the one that is there."""
    for field, amount in change.increase.items():
        number = document.get(field)
        document[field] = amount + number if _is_number(number) else amount
    for field, value in change.maximum.items():
        document[field] = _extreme(document.get(field), value, larger=True)
    for field, value in change.minimum.items():
        document[field] = _extreme(document.get(field), value, larger=False)
    for field, values in change.add_to_set.items():
        members = list(_as_list(document.get(field)))
        for value in values:
            if value not in members:
                members.append(value)
        document[field] = members
    for field, values in change.remove_from_set.items():
        document[field] = [value for value in _as_list(document.get(field)) if value not in values]


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _extreme(present: Any, value: Any, *, larger: bool) -> Any:
    try:
        return value if present is None or ((value > present) == larger and value != present) else present
    except TypeError:
        return value


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
