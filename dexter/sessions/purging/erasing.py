"""What is left of the repository after what was purged: the rule by which its history is written anew."""

import re
from collections.abc import Callable, Iterable, Mapping

from dexter.sessions.purging.remaining import Session, document
from dexter.sessions.purging.texts import Texts
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.identifiers import is_session_id
from dexter.sessions.records.layout import ROOT
from dexter.sessions.records.purges import PurgeRecord
from dexter.sessions.writing import changes
from gitstore.purging.eraser import Listing, Renamed

ACTION = "purged"

_TRAILER = re.compile(rb"(?m)^(Session|Exchange|Action): (\S+)$")
_UNDOES = re.compile(rb"(?m)^Undoes: ([0-9a-f]{40})\n")
_IDENTIFIED = re.compile(rb'"id"\s*:\s*"([^"\\]{1,64})"')
_FEW = 8


class Erasing:
    """Implements `gitstore.purging.eraser.Eraser` for sessions."""

    def __init__(
        self,
        records: Iterable[PurgeRecord],
        *,
        known: Iterable[bytes] = (),
        whole: Iterable[str] = (),
        alone: Iterable[str] = (),
    ) -> None:
        """Take what was purged.

        Args:
            records: All of it.
            known: Texts that are known here (see `Texts`).
            whole: Sessions of which it is known that nothing is left.
            alone: Exchanges that no session has that stays, so that none of them may be found anywhere.
        """
        records = tuple(records)
        self._within: dict[str, frozenset[str]] = {}
        self._until: dict[str, int] = {}
        """Of sessions, when that was, in epoch milliseconds: what came later stays."""
        everywhere: set[str] = set()
        for each in records:
            if each.session is None:
                everywhere.update(each.exchanges)
            else:
                known_ones = self._within.get(each.session, frozenset())
                self._within[each.session] = known_ones | set(each.exchanges)
                self._until[each.session] = max(each.timestamp, self._until.get(each.session, 0))
        self._everywhere = frozenset(everywhere)
        self._texts = Texts(((each.salt, mark) for each in records for mark in each.texts), known)
        self._whole = frozenset(whole)
        self._nowhere = frozenset(each.encode() for each in {*everywhere, *alone})
        self._blobs: dict[str, bytes | None] = {}
        """What texts left of contents, by their id; None: all of it."""
        self._grown: dict[str, tuple[bytes, bytes]] = {}
        self._subjects: dict[bytes, str] = {}
        """Queries in which texts were replaced, by exchange."""
        self.queries: set[str] = set()
        """The queries of what went."""
        self.answers: dict[str, str] = {}
        """Answers in which texts were replaced, as they are since."""

    def names(self, directory: str) -> frozenset[str] | None:
        """Return the names in a directory that may have to change; None: any."""
        if self._texts.any:
            return None
        if not directory:
            return frozenset({ROOT})
        if directory == ROOT:
            return None if self._everywhere else frozenset(self._within)
        return frozenset()

    def is_whole(self, directory: str) -> bool:
        """Say whether a directory is that of a session."""
        parent, _, name = directory.rpartition("/")
        return parent == ROOT and is_session_id(name)

    def directory(
        self, path: str, listing: Listing, read: Callable[[str], bytes]
    ) -> Mapping[str, bytes | None] | None:
        """Return the files of a session that change; None: all of it goes."""
        session_id = path.rpartition("/")[2]
        if session_id in self._whole:
            return None
        found = self._without(session_id, listing, read)
        if found is None or not self._texts.any:
            return found
        return self._replaced(session_id, listing, read, found)

    def _without(
        self, session_id: str, listing: Listing, read: Callable[[str], bytes]
    ) -> dict[str, bytes | None] | None:
        within = self._within.get(session_id)
        if within is None and not self._everywhere:
            return {}
        session = Session(session_id, listing(), read)
        gone = self._everywhere | (within or frozenset())
        present = [_ids(content, gone) for _, content in session.history()]
        self._note(session, gone)
        if within is not None:
            kept = {each for ids, _ in present for each in ids}
            return session.without_all_but(kept, self._until[session_id]) if kept else None
        beside = (name.rpartition("/")[2].partition(".")[0] for name in listing())
        if any(met for _, met in present) or any(each in gone for each in beside):
            return session.without(gone)
        return {}

    def _note(self, session: Session, gone: frozenset[str]) -> None:
        for _, content in session.history():
            for line in content.split(b"\n"):
                match = _IDENTIFIED.search(line)
                if match and match[1].decode() in gone:
                    fields = _fields(line)
                    said = fields.get("further")
                    further = said if isinstance(said, list) else []
                    texts = [each.get("text") for each in further if isinstance(each, dict)]
                    self.queries.update(
                        each for each in (fields.get("query"), *texts) if isinstance(each, str)
                    )

    def _replaced(
        self,
        session_id: str,
        listing: Listing,
        read: Callable[[str], bytes],
        found: dict[str, bytes | None],
    ) -> dict[str, bytes | None]:
        """Return the files that change with texts replaced, in the metadata what follows from that, too."""
        changed = dict(found)
        histories = False
        for name, identifier in listing().items():
            if name in found:
                content = found[name]
                now = None if content is None else self.in_file(name, content)
                if now != content:
                    changed[name] = now
                    histories = histories or name.startswith("history")
                continue
            if identifier not in self._blobs:
                content = read(name)
                left = self._in_grown(f"{session_id}/{name}", content)
                self._blobs[identifier] = None if left == content else left
            left_over = self._blobs[identifier]
            if left_over is not None:
                changed[name] = left_over
                histories = histories or name.startswith("history")
        if histories:
            changed |= self._previews(session_id, listing, read, changed)
        return changed

    def _previews(
        self,
        session_id: str,
        listing: Listing,
        read: Callable[[str], bytes],
        changed: Mapping[str, bytes | None],
    ) -> dict[str, bytes | None]:
        """Return the metadata with previews of queries as they are now: one may end within a text."""

        def now(name: str) -> bytes:
            content = changed.get(name)
            return read(name) if content is None else content

        session = Session(session_id, [each for each in listing() if changed.get(each, b"") is not None], now)
        old = Session(session_id, listing(), read)
        before = _texts_of(old, "query")
        for identifier, query in _texts_of(session, "query").items():
            if before.get(identifier) != query:
                self._subjects[identifier.encode()] = query
        before = _texts_of(old, "answer")
        for identifier, answer in _texts_of(session, "answer").items():
            if identifier in before and before[identifier] != answer:
                self.answers[before[identifier]] = answer
        return session.derived_document()

    def file(self, path: str, content: bytes) -> bytes | None:
        """Return what is left of a file that belongs to no session."""
        return self.in_file(path, content)

    def _in_grown(self, place: str, content: bytes) -> bytes:
        """As `_in_file`, quickly where a file only grew since it was looked at last."""
        if not place.endswith(".jsonl"):
            return self.in_file(place, content)
        before, left = self._grown.get(place, (b"", b""))
        if not content.startswith(before) or before[-1:] not in {b"\n", b""}:
            before, left = b"", b""
        now = left + self._texts.in_lines(content[len(before) :])
        self._grown[place] = (content, now)
        return now

    def in_file(self, path: str, content: bytes) -> bytes:
        """Return a file without the texts that must be nowhere."""
        if not self._texts.any:
            return content
        if path.endswith(".jsonl"):
            return self._texts.in_lines(content)
        if path.endswith(".json"):
            try:
                fields = decode_object(content)
            except NotAnObject:
                return self._texts.in_bytes(content)
            now = self._texts.in_value(fields)
            return content if now == fields else document(now)
        return self._texts.in_bytes(content)

    def message(self, message: bytes, when: int, renamed: Renamed) -> bytes:
        """Return what is left of a commit's message."""
        told = {match[1]: match[2] for match in _TRAILER.finditer(message.rpartition(b"\n\n")[2])}
        session, exchange = (
            told.get(key, b"").decode("ascii", "replace") for key in (b"Session", b"Exchange")
        )
        within = self._within.get(session)
        about = within is not None and not exchange and when * 1000 <= self._until[session]
        if exchange in self._everywhere or about or (within is not None and exchange in within):
            return _told(session)

        def since(match: re.Match[bytes]) -> bytes:
            now = renamed(match[1].decode())
            return b"" if now is None else b"Undoes: " + now.encode() + b"\n"

        message = _UNDOES.sub(since, message)
        if not self._texts.any:
            return message
        query = self._subjects.get(exchange.encode())
        if query is not None and told.get(b"Action") in {b"exchange", b"recovered"}:
            message = changes.subject(session, query).encode() + b"\n" + message.partition(b"\n")[2]
        return self._texts.in_bytes(message)

    def holds(self, content: bytes) -> bool:
        """Say whether there is something that must be nowhere."""
        if self._nowhere:
            if len(self._nowhere) <= _FEW and not any(each in content for each in self._nowhere):
                pass
            elif any(match[1] in self._nowhere for match in _IDENTIFIED.finditer(content)):
                return True
        return self._texts.any and self._texts.stand_in(content)


def _texts_of(session: Session, name: str) -> dict[str, str]:
    """Return the query, or the answer, of each exchange."""
    found: dict[str, str] = {}
    for _, content in session.history():
        for fields in map(_fields, content.split(b"\n")):
            identifier, text = fields.get("id"), fields.get(name)
            if isinstance(identifier, str) and isinstance(text, str):
                found[identifier] = text
    return found


def _told(session: str) -> bytes:
    return f"{session}: {ACTION}\n\nSession: {session}\nAction: {ACTION}\n".encode()


def _ids(content: bytes, gone: frozenset[str]) -> tuple[list[str], bool]:
    """Return the ids of the exchanges in a history that stay, and whether some go."""
    found, met = [], False
    for line in content.split(b"\n"):
        identifier = _fields(line).get("id") if line else None
        if isinstance(identifier, str):
            if identifier in gone:
                met = True
            else:
                found.append(identifier)
    return found, met


def _fields(line: bytes) -> dict[str, object]:
    try:
        return decode_object(line)
    except NotAnObject:
        return {}
