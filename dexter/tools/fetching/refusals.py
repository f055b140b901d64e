"""What an answer that is no good one means, and how long its server wants to be left alone."""

import json
import re
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from dexter.tools.fetching.text import one_line

PASSING = frozenset({429, 500, 502, 503, 504})
"""What may be otherwise in a moment."""
_LONGEST = 160
_NAMES = ("error", "message", "detail", "title", "description", "reason")
_UNSHOWN = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>|<!--.*?-->")
_TITLE = re.compile(r"(?is)<title[^>]*>([^<]{1,400})")
_TAG = re.compile(r"<[^<>]{0,2000}>")


def wait_asked_for(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds of Retry-After, which may be a number or a date; None if there is none to go by.

    Args:
        headers: By their names in lower case.
        now: Epoch seconds.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,3})?", text):
        return float(text)
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  a date is rare, and it costs 4 ms

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment.timestamp() - now, 0.0)


def reason(content: bytes) -> str:
    """What the server gives as a reason, cleaned, on one short line; empty if it gives none."""
    text = content[:20_000].decode("utf-8", "replace")
    try:
        said = _in_json(json.loads(text))
    except (ValueError, RecursionError):
        title = _TITLE.search(text)
        said = title[1] if title else _TAG.sub(" ", _UNSHOWN.sub(" ", text))
    return one_line(said, _LONGEST).rstrip(".")


def _in_json(value: Any, depth: int = 4) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and depth:
        for name in _NAMES:
            if said := _in_json(value.get(name), depth - 1):
                return said
    return ""
