"""Which row of a file of questions a session is for, as its metadata say it.

What was answered is known from the sessions and from nothing else: so a batch goes on after a kill, and on
another machine after a sync. Pure functions over metadata.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from dexter.sessions.records.records import SessionMetadata


class Row(msgspec.Struct, frozen=True):
    """A row of a batch.

    `name` is the batch's, usually the name of its file; `row` is what people call the row. Both are only
    told. `key` is what counts: see `key_of`.
    """

    name: str
    row: str
    key: str

    def to_fields(self) -> dict[str, str]:
        """The value of `batch` in the metadata."""
        return {"name": self.name, "row": self.row, "key": self.key}


class Standing(NamedTuple):
    """The session of a row, and whether it has a complete answer."""

    session_id: str
    complete: bool


def key_of(name: str, question: str, mark: str) -> str:
    """What a row is found by: 32 hex digits that follow from the batch, the question and the mark.

    Args:
        name: The batch's.
        question: As it is asked.
        mark: What tells the row from others with the same question: its own id, or how many stand before it.
    """
    text = json.dumps([name, question, mark])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def standings(sessions: Iterable[SessionMetadata]) -> Mapping[str, Standing]:
    """The session of each row by its key: a complete one if there is one, else the first given."""
    found: dict[str, Standing] = {}
    for metadata in sessions:
        key = _key(metadata.batch)
        complete = metadata.exchange_count > 0
        if key is not None and (key not in found or (complete and not found[key].complete)):
            found[key] = Standing(metadata.id, complete)
    return found


def _key(batch: Any) -> str | None:
    """The key in a field that anybody may have written."""
    key = batch.get("key") if isinstance(batch, Mapping) else None
    return key if isinstance(key, str) else None
