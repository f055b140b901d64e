"""Moments as other programs write them: RFC 3339 there, epoch milliseconds here."""

import re
import time
from datetime import UTC, datetime

LAST = 253_402_300_799_999
"""Epoch milliseconds at the end of the year 9999, after which there is nothing."""

# A text, which `re` compiles when it is first needed, and keeps.
_FORM = r"(?a)(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?([Zz]|[+-]\d\d:?\d\d)?"


def rfc3339(moment: int) -> str:
    """A moment in epoch milliseconds as RFC 3339 in UTC with milliseconds."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(moment // 1000))}.{moment % 1000:03d}Z"


def moment_of(text: str) -> int | None:
    """The epoch milliseconds of what RFC 3339 writes, None if it is none or not between 1970 and 9999.

    Without a zone it is taken for UTC; what is finer than a millisecond is cut off.
    """
    match = re.fullmatch(_FORM, text.strip())
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    offset = "+00:00" if zone in {None, "Z", "z"} else zone
    try:
        whole = int(datetime.fromisoformat(f"{day}T{clock}{offset}").astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        return None
    moment = whole * 1000 + int((fraction or "0").ljust(3, "0")[:3])
    return moment if 0 <= moment <= LAST else None
