"""What is left of the files of a session without some of its exchanges. Pure: bytes in, bytes out."""

import functools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from dexter.sessions.reading.lineage import AFTER, CHANGED_AT, TO
from dexter.sessions.records.compactions import TEXT
from dexter.sessions.records.deriving import derived, rebuilt
from dexter.sessions.records.encoding import NotAnObject, decode_object, encode_object
from dexter.sessions.records.history_lines import parse_history
from dexter.sessions.records.records import InvalidRecord, SessionMetadata

DOCUMENT = "session.json"
_LINES = re.compile(r"(history|summaries)(\.\d{4,})?\.jsonl")
_BESIDE = re.compile(r"(steps|parts)/([0-9A-Za-z][0-9A-Za-z_-]{0,63})(\.\d{4,})?\.jsonl(\.[0-9a-f]{8})?")
_WISHES = ("title", "titleChangedAt", "tags", "forkedFrom", "batch", TO, AFTER, CHANGED_AT)
"""What a person said of a session; it goes with it."""
_FOLLOWING = frozenset({"firstQuery", "lastQuery", "lastExchangeId"})
"""What there is only with exchanges."""

Read = Callable[[str], bytes]
Changes = dict[str, bytes | None]


class Session:
    """The files of a session at some moment, by path relative to its directory."""

    def __init__(self, session_id: str, names: Iterable[str], read: Read) -> None:
        self.session_id = session_id
        self._names = sorted(names)
        self._read = read

    def history(self) -> list[tuple[str, bytes]]:
        """Name and content of the files with the exchanges, in their order."""
        found = [(match, name) for name in self._names if (match := _LINES.fullmatch(name))]
        ordered = sorted((match[2] or "", name) for match, name in found if match[1] == "history")
        return [(name, self._read(name)) for _, name in ordered]

    def without(self, gone: AbstractSet[str]) -> Changes:
        """What changes if exchanges go; none if it had none of them."""
        named = [each.encode() for each in gone]
        beside = gone | self._summaries_of(lambda identifier: identifier not in gone)

        def torn_stays(line: bytes) -> bool:
            return not any(each in line for each in named)

        changes = self._lines(lambda identifier: identifier not in gone, torn_stays)
        for name in self._names:
            match = _BESIDE.fullmatch(name)
            if match and match[2] in beside:
                changes[name] = None
        if changes:
            changes |= self._document(changes, gone, {})
        return changes

    def without_all_but(self, kept: AbstractSet[str], until: int) -> Changes:
        """What changes if all goes but some exchanges, which must be there.

        Args:
            kept: Their ids.
            until: Epoch milliseconds; what a person said of the session later stays, too.
        """
        changes = self._lines(lambda identifier: identifier in kept, lambda _: False)
        every = self._summaries_of(lambda _: False)
        beside = kept | (every - self._summaries_of(lambda identifier: identifier in kept))
        for name in self._names:
            match = _BESIDE.fullmatch(name)
            if name != DOCUMENT and not _LINES.fullmatch(name) and not (match and match[2] in beside):
                changes[name] = None
        fields = _fields(self._read(DOCUMENT)) if DOCUMENT in self._names else {}
        changed_at = fields.get("titleChangedAt")
        later = isinstance(changed_at, int) and changed_at > until
        if not changes and (later or not any(fields.get(name) for name in _WISHES)):
            return {}  # nothing of before is left, and what follows was right when it was written
        return changes | self._document(changes, frozenset(), {} if later else dict.fromkeys(_WISHES))

    def derived_document(self) -> Changes:
        """The metadata with what follows from the history as it is; nothing if there is none."""
        return self._document({}, frozenset(), {})

    def _lines(self, stays: Callable[[str], bool], torn_stays: Callable[[bytes], bool]) -> Changes:
        """The files of lines that change, by what stays of exchanges and of lines that are none."""
        history = self.history()
        above = _Above(content for _, content in history)
        some_go = self._some_go(stays)
        changes: Changes = {}
        for name, content in history:
            lines = content.split(b"\n")
            left = [
                above.mended(line, stays) for line in lines if line and _stays(line, "id", stays, torn_stays)
            ]
            if left != [line for line in lines if line]:
                changes[name] = b"".join(line + b"\n" for line in left) or None
        for name in self._names:
            match = _LINES.fullmatch(name)
            if match and match[1] == "summaries":
                lines = [line for line in self._read(name).split(b"\n") if line]
                left = [
                    line
                    for line in lines
                    if _stays(line, "exchangeId", stays, torn_stays)
                    and not (some_go and TEXT in _fields(line))
                ]
                if left != lines:
                    changes[name] = b"".join(line + b"\n" for line in left) or None
        return changes

    def _summaries_of(self, stays: Callable[[str], bool]) -> set[str]:
        """The ids of the summaries that go: of those that were cut the rest is named so."""
        some_go = self._some_go(stays)
        found = set()
        for name in self._names:
            match = _LINES.fullmatch(name)
            if match and match[1] == "summaries":
                for line in self._read(name).split(b"\n"):
                    fields = _fields(line)
                    identifier, owner = fields.get("id"), fields.get("exchangeId")
                    goes = (isinstance(owner, str) and not stays(owner)) or (some_go and TEXT in fields)
                    if goes and isinstance(identifier, str):
                        found.add(identifier)
        return found

    def _some_go(self, stays: Callable[[str], bool]) -> bool:
        """Whether an exchange goes: what stands for many tells of all of them, and goes with the first."""
        return not all(map(stays, _Above(content for _, content in self.history()).known))

    def _document(
        self, changes: Mapping[str, bytes | None], gone: AbstractSet[str], unset: Mapping[str, None]
    ) -> Changes:
        """The metadata as what is left wants it."""
        if DOCUMENT not in self._names:
            return {}
        old = self._read(DOCUMENT)
        fields = {key: value for key, value in _fields(old).items() if key not in unset}
        above = _Above(content for _, content in self.history())
        if fields.get(AFTER) in gone:
            fields = {key: value for key, value in fields.items() if key not in {TO, AFTER, CHANGED_AT}}
        elif (target := fields.get(TO)) in gone:
            now = above.of(str(target), lambda identifier: identifier not in gone)
            fields = {key: value for key, value in fields.items() if key != TO}
            fields |= {} if now is None else {TO: now}
        contents = [changes.get(name, content) or b"" for name, content in self.history()]
        exchanges = parse_history(b"\n".join(contents))[0]
        try:
            metadata = SessionMetadata.from_fields({**fields, "id": self.session_id})
        except InvalidRecord:
            metadata = rebuilt(self.session_id, fields, exchanges)
        if exchanges:
            metadata = derived(metadata, exchanges)
        else:
            metadata = msgspec.structs.replace(
                metadata,
                updated_at=metadata.created_at,
                exchange_count=0,
                first_query=None,
                last_query=None,
                last_exchange_id=None,
                heads=(),
            )
        known = {key: value for key, value in metadata.to_fields().items() if value is not None}
        whole = {**fields, **known}  # each field where it was: who changed nothing else leaves the same bytes
        return {
            DOCUMENT: document({key: whole[key] for key in whole if key in known or key not in _FOLLOWING})
        }


class _Above:
    """What each exchange of a history follows."""

    def __init__(self, contents: Iterable[bytes]) -> None:
        self._above: dict[str, str | None] = {}
        before: str | None = None
        for content in contents:
            for line in content.split(b"\n"):
                fields = _fields(line)
                identifier = fields.get("id")
                if not isinstance(identifier, str):
                    continue
                parent = fields.get("parentId", before)
                self._above[identifier] = parent if isinstance(parent, str) else None
                before = identifier

    @property
    def known(self) -> Iterable[str]:
        """The exchanges that there are."""
        return self._above.keys()

    def of(self, identifier: str | None, stays: Callable[[str], bool]) -> str | None:
        """The next one above that stays, beginning with this; None if none does."""
        seen: set[str] = set()
        while identifier is not None and identifier in self._above and not stays(identifier):
            if identifier in seen:
                return None
            seen.add(identifier)
            identifier = self._above[identifier]
        return identifier

    def mended(self, line: bytes, stays: Callable[[str], bool]) -> bytes:
        """A line that follows one that goes follows what that followed."""
        fields = _fields(line)
        identifier = fields.get("id")
        if not isinstance(identifier, str):
            return line
        parent = self._above[identifier]
        now = self.of(parent, stays)
        return line if now == parent else encode_object({**fields, "parentId": now})


def document(fields: Mapping[str, Any]) -> bytes:
    """A JSON document as it lies on the disk."""
    return json.dumps(fields, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"


def _stays(line: bytes, name: str, stays: Callable[[str], bool], torn_stays: Callable[[bytes], bool]) -> bool:
    identifier = _fields(line).get(name)
    return stays(identifier) if isinstance(identifier, str) else torn_stays(line)


@functools.lru_cache(maxsize=8192)  # a history is gone through several times, and in each of its versions
def _fields(line: bytes) -> dict[str, Any]:
    try:
        return decode_object(line)
    except NotAnObject:
        return {}
