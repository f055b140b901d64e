"""What the user should be told although nothing failed, as values. Others make the sentences."""

import msgspec

from gitstore import Notice as StoreNotice


class Recovered(msgspec.Struct, frozen=True):
    """A query that was running when its process died is now saved as interrupted."""

    session_id: str
    exchange_id: str
    query: str


class LinesSkipped(msgspec.Struct, frozen=True):
    """Lines that are no exchanges, by number (from 1) and reason; they stay where they are."""

    session_id: str
    path: str
    lines: tuple[tuple[int, str], ...]


class MetadataRebuilt(msgspec.Struct, frozen=True):
    """The metadata of a session is missing or broken; what is shown follows from its history."""

    session_id: str
    reason: str


class Damage(msgspec.Struct, frozen=True):
    """Something of a session can't be read: `place` is the file or object, as near as is known."""

    session_id: str
    place: str
    reason: str


class FromTheFuture(msgspec.Struct, frozen=True):
    """Sessions whose latest activity is yet to come, as they have it: they are listed last."""

    session_ids: tuple[str, ...]
    moment: int
    """The latest of them, in epoch milliseconds."""


class SeveralHeads(msgspec.Struct, frozen=True):
    """A session goes on from more than one exchange: ids of those that nothing follows, the latest first.

    `named` are beginnings of these ids that no other exchange of the session has.
    """

    session_id: str
    heads: tuple[str, ...]
    named: tuple[str, ...] = ()


class ResumeNotRecorded(msgspec.Struct, frozen=True):
    """The session is resumed, and that could not be written down."""

    session_id: str
    reason: str


class SaveDelayed(msgspec.Struct, frozen=True):
    """The change is saved, and git gets it later."""

    reason: str


class SecretsMasked(msgspec.Struct, frozen=True):
    """In an exchange secrets were replaced before it was saved: kinds, and how many of each."""

    session_id: str
    exchange_id: str
    kinds: tuple[tuple[str, int], ...]


SessionNotice = (
    Recovered
    | LinesSkipped
    | MetadataRebuilt
    | Damage
    | FromTheFuture
    | SeveralHeads
    | ResumeNotRecorded
    | SaveDelayed
    | SecretsMasked
)
Notice = SessionNotice | StoreNotice
