"""The metadata of all sessions: each is a document of its own in the tree, and there is no index file."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import gitstore
from dexter.secrets import Findings, masked_value
from dexter.sessions.archive import Archive
from dexter.sessions.catalog.listing import list_sessions
from dexter.sessions.errors import SessionNotFound, SessionPresent
from dexter.sessions.reading.reading import read_metadata
from dexter.sessions.reading.session_files import is_there
from dexter.sessions.records.identifiers import is_session_id
from dexter.sessions.records.records import SessionIndex, SessionMetadata
from dexter.sessions.writing import changes

_KEYS = dict(zip(SessionMetadata.__struct_fields__, SessionMetadata.__struct_encode_fields__, strict=True))


class SessionStore:
    """The sessions of a home by their ids. Everything that changes is one commit.

    Args:
        home: The `.dexter` directory, which need not exist yet, or an archive to share.
    """

    def __init__(self, home: Path | Archive) -> None:
        self._archive = home if isinstance(home, Archive) else Archive(Path(home))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back what is held; the next use opens again."""
        self._archive.close()

    def load(self) -> SessionIndex:
        """All sessions as the tree holds them now; empty if there is none, and then nothing is made."""
        return SessionIndex(sessions={metadata.id: metadata for metadata in self.list()})

    def save(self, index: SessionIndex | None = None) -> None:
        """Create and update what differs from the tree; a session that is not in the index stays.

        Args:
            index: None changes nothing: what `create`, `update` and `delete` did is saved already.

        Raises:
            NotSaved: If it can't be written; sessions before the one that failed are saved.
        """
        if index is None:
            return
        present = self.load().sessions
        for session_id, metadata in index.sessions.items():
            if session_id != metadata.id:
                raise ValueError(f"session {metadata.id} under the id {session_id}")
            known = present.get(session_id)
            if known is None:
                self.create(metadata)
            elif known != metadata:
                self._set(session_id, _differences(known, metadata))

    def create(self, metadata: SessionMetadata) -> SessionMetadata:
        """Add a session.

        Raises:
            SessionPresent: If there is one with that id.
            NotSaved: If it can't be written.
        """
        fields = masked_value(metadata.to_fields(), self._archive.masks, Findings())
        valid = SessionMetadata.from_fields(fields)
        receipt = self._archive.apply(changes.created(valid, self._archive.clock()))
        if receipt.outcome is gitstore.Outcome.REFUSED:
            raise SessionPresent(metadata.id)
        return valid

    def get(self, session_id: str) -> SessionMetadata | None:
        """The metadata of a session, or None if there is no such session."""
        snapshot = self._archive.snapshot() if is_session_id(session_id) else None
        if snapshot is None or not is_there(snapshot, session_id):
            return None
        return read_metadata(snapshot, session_id)[0]

    def list(self) -> list[SessionMetadata]:
        """The metadata of all sessions, latest activity first."""
        return list(list_sessions(self._archive).sessions)

    def update(
        self, session_id: str, partial: Mapping[str, Any] | None = None, **fields: Any
    ) -> SessionMetadata:
        """Set fields of a session's metadata, named as in Python or as in the file, and return it.

        Raises:
            SessionNotFound: If there is no such session.
            InvalidRecord: If a value is of the wrong kind. Nothing was changed.
            NotSaved: If it can't be written.
        """
        known = self.get(session_id)
        if known is None:
            raise SessionNotFound(session_id)
        named = {_KEYS.get(key, key): value for key, value in {**(partial or {}), **fields}.items()}
        if named.get("id", session_id) != session_id:
            raise ValueError("the id of a session never changes")
        named = masked_value(named, self._archive.masks, Findings())
        wanted = SessionMetadata.from_fields({**known.to_fields(), **named})
        self._set(session_id, _differences(known, wanted))
        return wanted

    def delete(self, session_id: str) -> bool:
        """Take a session out of the tree; False if there is no such session. Its history stays in git.

        Raises:
            NotSaved: If it can't be written.
        """
        if self.get(session_id) is None:
            return False
        receipt = self._archive.apply(changes.deleted(session_id, self._archive.clock()))
        return receipt.outcome is gitstore.Outcome.APPLIED

    def _set(self, session_id: str, fields: Mapping[str, Any]) -> None:
        if not fields:
            return
        fields = masked_value(fields, self._archive.masks, Findings())
        receipt = self._archive.apply(changes.updated(session_id, fields, self._archive.clock()))
        if receipt.outcome is gitstore.Outcome.REFUSED:
            raise SessionNotFound(session_id)


def _differences(known: SessionMetadata, wanted: SessionMetadata) -> dict[str, Any]:
    before = known.to_fields()
    return {
        key: value for key, value in wanted.to_fields().items() if key not in before or before[key] != value
    }
