"""What was purged, as the tree tells it to every machine: `purged.jsonl`, one line for each time.

A line holds ids and fingerprints, and nothing of what was purged.
"""

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

import msgspec

from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.identifiers import is_exchange_id, is_session_id
from dexter.sessions.records.records import InvalidRecord, Milliseconds, Record

PATH = "purged.jsonl"
_LONGEST = 1 << 30
_KEY = 64
"""Bytes that BLAKE2b takes as a key (RFC 7693)."""


class Fingerprint(msgspec.Struct, frozen=True):
    """What tells a text from all others without telling the text."""

    length: int
    """Of its UTF-8, in bytes."""
    digest: str
    """BLAKE2b of it, 16 bytes as hexadecimal digits, keyed with the salt of the record."""


class PurgeRecord(Record, frozen=True):
    """One purge: of these exchanges in that session, or of these wherever they are, or of texts."""

    id: str
    timestamp: Milliseconds
    session: str | None = None
    exchanges: tuple[str, ...] = ()
    salt: str = ""
    texts: tuple[Fingerprint, ...] = ()
    unknown: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Whether everything in it is fit to be compared with."""
        return (
            is_exchange_id(self.id)
            and (self.session is None or is_session_id(self.session))
            and all(is_exchange_id(each) for each in self.exchanges)
            and all(0 < each.length <= _LONGEST and len(each.digest) == 32 for each in self.texts)
            and self.salt.isascii()
            and len(self.salt) <= _KEY
        )


def parse(content: bytes | None) -> tuple[PurgeRecord, ...]:
    """The purges in the file; lines that are none are passed over."""
    found = []
    for line in (content or b"").split(b"\n"):
        try:
            record = PurgeRecord.from_fields(decode_object(line))
        except (NotAnObject, InvalidRecord):
            continue
        if record.is_sound:
            found.append(record)
    return tuple(found)


def missing(there: Iterable[PurgeRecord], here: Iterable[PurgeRecord]) -> tuple[PurgeRecord, ...]:
    """Those of one side that the other has not, by id."""
    known = {each.id for each in here}
    return tuple(each for each in there if each.id not in known)


def new_salt() -> str:
    """What makes the fingerprints of one purge unlike those of any other."""
    return secrets.token_hex(16)


def fingerprint(text: bytes, salt: str) -> Fingerprint:
    """The fingerprint of a text in UTF-8."""
    return Fingerprint(len(text), digest(text, salt))


def digest(text: bytes, salt: str) -> str:
    """See `Fingerprint.digest`."""
    return hashlib.blake2b(text, key=salt.encode(), digest_size=16).hexdigest()
