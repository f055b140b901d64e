"""The fields of a session in an export for programs: those that lie on disk, with times in RFC 3339.

An exchange and its steps stand beside each other, so that no field of theirs that nobody knows is in the way.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from dexter.sessions import SessionExchange, SessionMetadata, Transcript
from dexter.sessions.records.moments import rfc3339

HEAD = {"format": "dexter-session", "version": 1}
SESSION_TIMES = ("createdAt", "updatedAt", "lastResumedAt")
EXCHANGE_TIMES = ("timestamp",)


def metadata_fields(metadata: SessionMetadata) -> dict[str, Any]:
    """The metadata; what has no value is left out, as on disk."""
    fields = metadata.to_fields().items()
    known = {key: value for key, value in fields if value is not None or key in metadata.unknown}
    return _with_times(known, SESSION_TIMES)


def exchange_fields(transcript: Transcript, exchange: SessionExchange) -> dict[str, Any]:
    """An exchange, and its steps beside it."""
    return {
        "exchange": _with_times(exchange.to_fields(), EXCHANGE_TIMES),
        "steps": [msgspec.to_builtins(step) for step in transcript.steps_of(exchange)],
    }


def _with_times(fields: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {
        key: rfc3339(value) if key in names and isinstance(value, int) else value
        for key, value in fields.items()
    }
