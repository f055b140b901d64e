"""JSON that others wrote, read so that every program and machine reads the same: plain values, not too deep.

What one parser takes and another refuses (numbers without end or of thousands of digits, `NaN`), and what is
nested so deeply that it depends on the machine whether it can be read, is no JSON here.
"""

import json
import math
from typing import Any

DEEPEST = 100
"""Objects and lists within each other."""


def load_object(content: bytes) -> dict[str, Any] | None:
    """Return the object that a document holds; None if it is none, or none that all read the same."""
    try:
        found = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and is_plain(found) else None


def is_plain(value: Any) -> bool:
    """Say whether a value is not nested too deeply and has no number without end."""
    level = [value]
    for _ in range(DEEPEST + 1):
        if any(isinstance(each, float) and not math.isfinite(each) for each in level):
            return False
        level = [
            item
            for each in level
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return True
    return False


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
