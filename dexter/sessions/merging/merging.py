"""What of a session is how merged when two machines went on with it."""

import json
from collections.abc import Iterator

import msgspec

from dexter.sessions.merging.ordering import Read, files_of, follows, ordered_records, sides_of
from dexter.sessions.records.deriving import derived, rebuilt
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.history_lines import parse_history
from dexter.sessions.records.identifiers import is_session_id
from dexter.sessions.records.layout import ROOT, SessionPaths
from dexter.sessions.records.plain_lines import exchange_in
from dexter.sessions.records.purges import PATH as PURGED
from dexter.sessions.records.records import REWOUND, InvalidRecord, SessionExchange, SessionMetadata
from gitstore import Fields, Register
from gitstore.disk.segments import record_id
from gitstore.merging.documents import merge_documents

_FIELDS = Fields(
    sets=frozenset({"tags", "heads"}),
    counts=frozenset({"resumeCount"}),
    largest=frozenset({"updatedAt", "lastExchangeId", "lastResumedAt", "titleChangedAt"}),
    smallest=frozenset({"createdAt"}),
    registers=(Register(REWOUND[:2], REWOUND[2]),),
)
_WISHES = ("title", "tags")
"""What a person may have changed without asking anything."""


class SessionRules:
    """The rules for directories of sessions; all else is merged as gitstore does by itself."""

    def fields(self, path: str) -> Fields:
        """Return how the metadata of a session are merged."""
        return _FIELDS if _session_of(path.rpartition("/")[0]) else Fields()

    def stays(self, directory: str, before: Read, after: Read) -> bool:
        """Say whether a session that was deleted on one machine stays: something came to it on the other.

        That it was resumed is not enough.
        """
        session_id = _session_of(directory)
        if session_id is None:
            return True
        paths = SessionPaths(session_id)
        known = {exchange.id for exchange in _exchanges(paths, before)}
        if any(exchange.id not in known for exchange in _exchanges(paths, after)):
            return True
        was, now = (_document(read(paths.metadata)) for read in (before, after))
        return any(was.get(name) != now.get(name) for name in _WISHES)

    def roots(self) -> tuple[str, ...]:
        """Return where sessions lie."""
        return (ROOT,)

    def is_record(self, path: str) -> bool:
        """Say whether a path is that of a session's directory."""
        return _session_of(path) is not None

    def unfit(self, directory: str, begin: Read, read: Read) -> str | None:
        """Return why a session can't be taken from another machine: nothing of it can be read.

        Single lines that are no exchanges, or metadata that are broken beside a history, are no reason: they
        stay, and are told when they are read.
        """
        session_id = _session_of(directory)
        if session_id is None:
            return None
        paths = SessionPaths(session_id)
        if _is_exchange((begin(paths.history) or b"").split(b"\n", 1)[0]):
            return None
        contents = list(_files(paths, read))
        if any(_is_exchange(line) for content in contents for line in content.split(b"\n")):
            return None
        if any(content.strip() for content in contents):
            return "no line of its history is an exchange"
        try:
            SessionMetadata.from_fields(decode_object(read(paths.metadata) or b""))
        except (NotAnObject, InvalidRecord):
            return "it has neither metadata nor a history that can be read"
        return None

    def complete(self, directory: str, read: Read) -> dict[str, bytes]:
        """Return the metadata of a session with what follows from all of its exchanges."""
        session_id = _session_of(directory)
        if session_id is None:
            return {}
        paths = SessionPaths(session_id)
        exchanges = _exchanges(paths, read)
        fields = _document(read(paths.metadata))
        if not exchanges or not fields:
            return {}
        try:
            metadata = SessionMetadata.from_fields(fields)
        except InvalidRecord:
            metadata = rebuilt(session_id, fields, exchanges)
        last = exchanges[-1]
        metadata = msgspec.structs.replace(
            derived(metadata, exchanges), model=last.model, provider=last.provider or metadata.provider
        )
        known = {**fields, **{key: value for key, value in metadata.to_fields().items() if value is not None}}
        known["id"] = session_id  # whatever the other side had written there
        return {
            paths.metadata: json.dumps(known, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"
        }

    def owner(self, path: str) -> str | None:
        """Return the directory of the session to which a file belongs."""
        if path == PURGED:
            return ""
        parts = path.split("/", 2)
        directory = "/".join(parts[:2])
        return directory if len(parts) == 3 and _session_of(directory) else None

    def purged(self, read: Read) -> frozenset[str]:
        """Return the ids of what was purged."""
        lines = (read(PURGED) or b"").split(b"\n")
        return frozenset(each for line in lines if (each := record_id(line)) is not None)

    def ordered(self, directory: str, read: Read) -> dict[str, bytes | None]:
        """Return what of a session has to be otherwise after git put its files together as text."""
        session_id = _session_of(directory)
        if session_id is None:
            return {}
        paths = SessionPaths(session_id)
        found = ordered_records(paths, read)
        content = read(paths.metadata)
        sides = None if content is None or _document(content) else sides_of(content)
        settled = merge_documents([], *sides, _FIELDS) if sides is not None else None
        if settled is not None:
            found[paths.metadata] = settled

        def now(path: str) -> bytes | None:
            return found[path] if path in found else read(path)

        if found or not follows(_document(content), paths, now):
            found |= self.complete(directory, now)
        return {path: text for path, text in found.items() if text != read(path)}


def _is_exchange(line: bytes) -> bool:
    return bool(line) and (exchange_in(line) is not None or bool(parse_history(line)[0]))


def _session_of(directory: str) -> str | None:
    """Return the session whose directory this is."""
    parent, _, name = directory.rpartition("/")
    return name if parent == ROOT and is_session_id(name) else None


def _exchanges(paths: SessionPaths, read: Read) -> tuple[SessionExchange, ...]:
    """Return the exchanges of a session; what is cut off long ones is not needed."""
    return parse_history(b"\n".join(_files(paths, read)))[0]


def _files(paths: SessionPaths, read: Read) -> Iterator[bytes]:
    """Yield the contents of the files of a history."""
    yield from files_of(paths.history, read).values()


def _document(content: bytes | None) -> dict[str, object]:
    try:
        return {} if content is None else decode_object(content)
    except NotAnObject:
        return {}
