"""The fields of our own records as others hand them over: times in RFC 3339 or in milliseconds."""

from collections.abc import Mapping, Sequence
from typing import Any

from dexter.sessions import InvalidRecord, SessionExchange, SessionMetadata, Transcript
from dexter.sessions.records.encoding import encode_object
from dexter.sessions.records.moments import moment_of

LARGEST_METADATA = 1 << 20
"""Bytes: metadata is a document, which is never cut."""
SESSION_TIMES = ("createdAt", "updatedAt", "lastResumedAt")
EXCHANGE_TIMES = ("timestamp",)


def metadata_in(fields: Mapping[str, Any]) -> SessionMetadata:
    """The metadata in the fields of an object.

    Raises:
        InvalidRecord: If there is none, or it is too large.
    """
    metadata = SessionMetadata.from_fields(_with_moments(fields, SESSION_TIMES))
    if len(encode_object(metadata.to_fields())) > LARGEST_METADATA:
        raise InvalidRecord("the metadata is larger than 1 MiB")
    return metadata


def exchange_in(fields: Mapping[str, Any]) -> SessionExchange:
    """The exchange in the fields of an object.

    Raises:
        InvalidRecord: If it is none.
    """
    return SessionExchange.from_fields(_with_moments(fields, EXCHANGE_TIMES))


def ordered(exchanges: Sequence[SessionExchange]) -> tuple[SessionExchange, ...]:
    """The exchanges by their ids, each id once: the first one counts."""
    by_id: dict[str, SessionExchange] = {}
    for exchange in exchanges:
        by_id.setdefault(exchange.id, exchange)
    return tuple(by_id[identifier] for identifier in sorted(by_id))


def without_strays(transcript: Transcript) -> Transcript:
    """The transcript with the steps of its exchanges only, and none for those that took none."""
    kept = {each.id: steps for each in transcript.exchanges if (steps := transcript.steps_of(each))}
    return Transcript(transcript.metadata, transcript.exchanges, kept)


def _with_moments(fields: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The fields with milliseconds; what is no moment stays, and is refused with its name."""
    changed = {}
    for name in names:
        value = fields.get(name)
        moment = moment_of(value) if isinstance(value, str) else None
        if moment is not None:
            changed[name] = moment
    return {**fields, **changed}
