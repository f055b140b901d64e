"""From the files of a session to its records: what can't be read is told, never taken for nothing."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

import gitstore
from dexter.sessions.continuing import Missing, Rest, is_cut, joined, read_rest
from dexter.sessions.encoding import NotAnObject, decode_object
from dexter.sessions.errors import AmbiguousExchange, ExchangeNotFound, SessionDamaged
from dexter.sessions.identifiers import is_exchange_id, is_session_id
from dexter.sessions.layout import ROOT, SessionPaths
from dexter.sessions.notices import Damage, LinesSkipped, MetadataRebuilt, SessionNotice, SeveralHeads
from dexter.sessions.records import (
    InvalidRecord,
    SessionExchange,
    SessionMetadata,
    Step,
    exchange_in,
    parse_steps,
    preview,
)

RestOf = Callable[[str], Rest]
"""Gives the rest of a line that was cut, by the id of its record."""


class SessionView(msgspec.Struct, frozen=True):
    """A session as one tree holds it: exchanges oldest first, notices on what was left out."""

    metadata: SessionMetadata
    exchanges: tuple[SessionExchange, ...]
    notices: tuple[SessionNotice, ...] = ()
    stored: SessionMetadata | None = None
    """The metadata as the file has it, None if it is missing or broken."""

    @property
    def heads(self) -> tuple[str, ...]:
        """The exchanges that nothing follows, the latest first: normally one."""
        return heads(self.exchanges)

    def only(self, text: str) -> "SessionView":
        """The session with one exchange, by its id or a unique beginning of it.

        Raises:
            ExchangeNotFound: If there is none.
            AmbiguousExchange: If there is more than one.
        """
        found = [each for each in self.exchanges if text and each.id.startswith(text)]
        found = [each for each in found if each.id == text] or found
        if not found:
            raise ExchangeNotFound(text)
        if len(found) > 1:
            raise AmbiguousExchange(text, tuple(each.id for each in found))
        return msgspec.structs.replace(self, exchanges=(found[0],))


def session_ids(snapshot: gitstore.Snapshot) -> list[str]:
    """The ids of all sessions, sorted."""
    return [name for name in snapshot.directories(ROOT) if is_session_id(name)]


def sessions_in(tree: bytes) -> bytes:
    """A tree without the entries that are no sessions."""
    return gitstore.trees.join(
        entry for entry in gitstore.trees.parse(tree) if entry.is_directory and is_session_id(entry.name)
    )


def is_there(snapshot: gitstore.Snapshot, session_id: str) -> bool:
    """Whether there is such a session; a text that is no id is none."""
    return is_session_id(session_id) and snapshot.directory_id(f"{ROOT}/{session_id}") is not None


def read_session(snapshot: gitstore.Snapshot, session_id: str) -> SessionView:
    """A session with its exchanges.

    Raises:
        SessionDamaged: If its history can't be read at all.
    """
    exchanges, notices = read_exchanges(snapshot, session_id)
    metadata, told = _metadata(snapshot, session_id, exchanges)
    found = heads(exchanges)
    several = [SeveralHeads(session_id, found)] if len(found) > 1 else []
    stored = None if told else metadata
    return SessionView(derived(metadata, exchanges), exchanges, (*notices, *told, *several), stored)


def read_metadata(
    snapshot: gitstore.Snapshot, session_id: str
) -> tuple[SessionMetadata, tuple[SessionNotice, ...]]:
    """The metadata of a session; if it is missing or broken it is rebuilt from the history.

    Raises:
        SessionDamaged: If neither it nor the history can be read.
    """
    return _metadata(snapshot, session_id, None)


def read_exchanges(
    snapshot: gitstore.Snapshot, session_id: str
) -> tuple[tuple[SessionExchange, ...], tuple[SessionNotice, ...]]:
    """The exchanges of a session with their latest summaries, oldest first, and which lines were skipped.

    Raises:
        SessionDamaged: If the history can't be read at all.
    """
    paths = SessionPaths(session_id)
    notices: list[SessionNotice] = []

    def rest_of(record_id: str) -> Rest:
        try:
            return read_rest(_read_segments(snapshot, session_id, paths.parts(record_id)))
        except SessionDamaged as damage:
            notices.append(Damage(session_id, damage.place, damage.reason))
            return {}

    history = _History(rest_of)
    segments = _segments(snapshot, session_id, paths.history)
    for path in segments:
        skipped = history.take(_read(snapshot, session_id, path) or b"")
        if skipped:
            notices.append(LinesSkipped(session_id, path, skipped))
    notices += [Damage(session_id, path, "it is missing") for path in _gaps(paths.history, segments)]
    notices += [Damage(session_id, paths.parts(owner), str(each)) for owner, each in history.missing]
    exchanges = history.exchanges()
    try:
        summaries = parse_summaries(_read_segments(snapshot, session_id, paths.summaries), rest_of)
    except SessionDamaged as damage:
        summaries = {}
        notices.append(Damage(session_id, damage.place, damage.reason))
    if summaries:
        exchanges = tuple(
            msgspec.structs.replace(each, summary=summaries[each.id]) if each.id in summaries else each
            for each in exchanges
        )
    return exchanges, tuple(notices)


def history_files(snapshot: gitstore.Snapshot, session_id: str) -> list[str]:
    """The paths of the files that make up a history, in their order; none if there is no history.

    Raises:
        SessionDamaged: If it can't be read which ones there are.
    """
    return _segments(snapshot, session_id, SessionPaths(session_id).history)


def step_files(snapshot: gitstore.Snapshot, session_id: str) -> dict[str, str]:
    """The exchanges that have steps: the id of the file's content by exchange id.

    Raises:
        SessionDamaged: If it can't be read which ones there are.
    """
    directory = f"{SessionPaths(session_id).directory}/steps"
    try:
        names = [name.removesuffix(".jsonl") for name in snapshot.names(directory)]
        known = [name for name in names if is_exchange_id(name)]
        found = {name: snapshot.file_id(f"{directory}/{name}.jsonl") for name in known}
    except gitstore.Damaged as error:
        raise SessionDamaged(session_id, error.place, error.reason) from error
    return {name: identifier for name, identifier in found.items() if identifier is not None}


def read_steps(snapshot: gitstore.Snapshot, session_id: str, exchange_id: str) -> tuple[Step, ...]:
    """The steps of an exchange, in order; none if it took none.

    Raises:
        SessionDamaged: If they are there and can't be read.
    """
    return _read_steps(snapshot, session_id, exchange_id)[0]


def read_all_steps(
    snapshot: gitstore.Snapshot, session_id: str, exchanges: Sequence[SessionExchange]
) -> tuple[dict[str, tuple[Step, ...]], tuple[SessionNotice, ...]]:
    """The steps of exchanges by exchange id, and which of them can't be read and are left out."""
    steps: dict[str, tuple[Step, ...]] = {}
    damages: list[SessionNotice] = []
    for exchange in exchanges:
        try:
            steps[exchange.id], missing = _read_steps(snapshot, session_id, exchange.id)
        except SessionDamaged as damage:
            damages.append(Damage(session_id, damage.place, damage.reason))
            continue
        path = SessionPaths(session_id).steps(exchange.id)
        damages += [Damage(session_id, path, str(each)) for each in missing]
    return steps, tuple(damages)


def parse_history(
    content: bytes,
) -> tuple[tuple[SessionExchange, ...], tuple[tuple[int, str], ...]]:
    """The exchanges in a history, sorted by id, and number and reason of every line that is none.

    An exchange that names no parent (not even null) follows the one before it. A line that is there twice,
    as a plain `git merge` may leave it, counts once.
    """
    history = _History()
    skipped = history.take(content)
    return history.exchanges(), skipped


class _History:
    """The exchanges of a history, whose files are taken one after the other."""

    def __init__(self, rest_of: RestOf | None = None) -> None:
        self._rest_of = rest_of
        self._found: dict[str, tuple[SessionExchange, bool]] = {}
        self.missing: list[tuple[str, Missing]] = []
        """What is not there of lines that were cut, each with the id of its exchange."""

    def take(self, content: bytes) -> tuple[tuple[int, str], ...]:
        """Take a file; returns number and reason of every line that is no exchange."""
        skipped: list[tuple[int, str]] = []
        lines = content.split(b"\n")
        if not lines[-1]:
            lines.pop()
        for number, line in enumerate(lines, start=1):
            try:
                exchange, linked = exchange_in(line) or self._in_full(line)
            except (NotAnObject, InvalidRecord) as error:
                skipped.append((number, str(error)))
                continue
            known = self._found.setdefault(exchange.id, (exchange, linked))
            if known[0] is not exchange and known[0] != exchange:
                skipped.append((number, f"another exchange with the id {exchange.id}"))
        return tuple(skipped)

    def exchanges(self) -> tuple[SessionExchange, ...]:
        """All exchanges, sorted by id; one that names no parent follows the one before it."""
        exchanges: list[SessionExchange] = []
        for exchange, linked in (self._found[identifier] for identifier in sorted(self._found)):
            follows = exchange.parent_id if linked or not exchanges else exchanges[-1].id
            exchanges.append(exchange if linked else msgspec.structs.replace(exchange, parent_id=follows))
        return tuple(exchanges)

    def _in_full(self, line: bytes) -> tuple[SessionExchange, bool]:
        """The exchange of a line that is not of the plainest form, and whether it says what it follows."""
        fields = decode_object(line)
        if self._rest_of is not None and (owner := _cut_record(fields)) is not None:
            fields, missing = joined(fields, self._rest_of(owner))
            self.missing += [(owner, each) for each in missing]
        return SessionExchange.from_fields(fields), "parentId" in fields


def parse_summaries(content: bytes, rest_of: RestOf | None = None) -> dict[str, str]:
    """The latest summary of each exchange that has one, by exchange id.

    Args:
        content: Of the file.
        rest_of: Gives the rest of a line that was cut, by its id.
    """
    summaries: dict[str, str] = {}
    for line in content.split(b"\n"):
        try:
            fields = decode_object(line)
        except NotAnObject:
            continue
        if rest_of is not None and (owner := _cut_record(fields)) is not None:
            fields = joined(fields, rest_of(owner))[0]
        exchange_id, text = fields.get("exchangeId"), fields.get("summary")
        if isinstance(exchange_id, str) and isinstance(text, str):
            summaries[exchange_id] = text
    return summaries


def heads(exchanges: Sequence[SessionExchange]) -> tuple[str, ...]:
    """The ids of the exchanges that nothing follows, the latest first."""
    followed = {exchange.parent_id for exchange in exchanges}
    return tuple(exchange.id for exchange in reversed(exchanges) if exchange.id not in followed)


def derived(metadata: SessionMetadata, exchanges: Sequence[SessionExchange]) -> SessionMetadata:
    """The metadata with everything that follows from the history as the history has it."""
    if not exchanges:
        return metadata
    return msgspec.structs.replace(
        metadata,
        updated_at=max(metadata.created_at, *(exchange.timestamp for exchange in exchanges)),
        exchange_count=sum(exchange.status == "complete" for exchange in exchanges),
        first_query=preview(exchanges[0].query),
        last_query=preview(exchanges[-1].query),
        last_exchange_id=exchanges[-1].id,
        heads=tuple(sorted(heads(exchanges))),
    )


def _metadata(
    snapshot: gitstore.Snapshot, session_id: str, exchanges: tuple[SessionExchange, ...] | None
) -> tuple[SessionMetadata, tuple[SessionNotice, ...]]:
    path = SessionPaths(session_id).metadata
    fields: dict[str, object] = {}
    reason = "it is missing"
    try:
        if (content := _read(snapshot, session_id, path)) is not None:
            fields = decode_object(content)
            metadata = SessionMetadata.from_fields(fields)
            if metadata.id == session_id:
                return metadata, ()
            reason = "it names another session"
    except (InvalidRecord, NotAnObject) as error:
        reason = str(error)
    except SessionDamaged as damage:
        reason = damage.reason
    if exchanges is None:
        exchanges, _ = read_exchanges(snapshot, session_id)
    return _rebuilt(session_id, fields, exchanges), (MetadataRebuilt(session_id, reason),)


def _rebuilt(
    session_id: str, fields: dict[str, object], exchanges: Sequence[SessionExchange]
) -> SessionMetadata:
    """What the history tells of a session, with what is sound in its broken metadata."""
    began = min((each.timestamp - min(each.duration, each.timestamp) for each in exchanges), default=0)
    last = exchanges[-1] if exchanges else None
    sound: dict[str, object] = {
        "id": session_id,
        "createdAt": began,
        "updatedAt": began,
        "model": last.model if last else "",
        "provider": (last.provider if last else None) or "",
    }
    for key, value in fields.items():
        try:
            SessionMetadata.from_fields({**sound, key: value})
        except InvalidRecord:
            continue
        sound[key] = value
    return derived(SessionMetadata.from_fields({**sound, "id": session_id}), exchanges)


def _read_steps(
    snapshot: gitstore.Snapshot, session_id: str, exchange_id: str
) -> tuple[tuple[Step, ...], tuple[Missing, ...]]:
    return parse_steps(_read_segments(snapshot, session_id, SessionPaths(session_id).steps(exchange_id)))


def _read_segments(snapshot: gitstore.Snapshot, session_id: str, path: str) -> bytes:
    """The lines of all files in which a file goes on; none if there is no such file."""
    contents = [_read(snapshot, session_id, each) or b"" for each in _segments(snapshot, session_id, path)]
    return contents[0] if len(contents) == 1 else b"\n".join(contents)


def _segments(snapshot: gitstore.Snapshot, session_id: str, path: str) -> list[str]:
    try:
        return snapshot.segments(path)
    except gitstore.Damaged as error:
        raise SessionDamaged(session_id, error.place, error.reason) from error


def _cut_record(fields: Mapping[str, object]) -> str | None:
    """The id of a record whose line was cut, None for all others."""
    owner = fields.get("id")
    return owner if isinstance(owner, str) and is_exchange_id(owner) and is_cut(fields) else None


def _gaps(path: str, segments: Sequence[str]) -> list[str]:
    """The files that are missing among those in which a file goes on."""
    numbers = [gitstore.segment_number(path, segment) or 1 for segment in segments]
    return [
        gitstore.segment_path(path, number)
        for number in range(1, max(numbers, default=0))
        if number not in numbers
    ][:10]


def _read(snapshot: gitstore.Snapshot, session_id: str, path: str) -> bytes | None:
    try:
        return snapshot.read(path)
    except gitstore.Damaged as error:
        raise SessionDamaged(session_id, error.place, error.reason) from error
