"""From the files of a session to its records: what can't be read is told, never taken for nothing."""

from collections.abc import Sequence

import msgspec

import gitstore
from dexter.sessions.errors import SessionDamaged
from dexter.sessions.notices import Damage, LinesSkipped, MetadataRebuilt, SessionNotice, SeveralHeads
from dexter.sessions.reading.lineage import beginnings, meant
from dexter.sessions.reading.session_files import missing_parts, parts_of, read, read_whole
from dexter.sessions.records.compactions import Compaction, compactions_in
from dexter.sessions.records.continuing import Missing, Rest, read_rest
from dexter.sessions.records.deriving import derived, heads, rebuilt
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.history_lines import History, parse_summaries
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.records import InvalidRecord, SessionExchange, SessionMetadata
from dexter.sessions.records.step_lines import parse_steps
from dexter.sessions.records.steps import Step


class SessionView(msgspec.Struct, frozen=True):
    """A session as one tree holds it: exchanges oldest first, notices on what was left out."""

    metadata: SessionMetadata
    exchanges: tuple[SessionExchange, ...]
    notices: tuple[SessionNotice, ...] = ()
    stored: SessionMetadata | None = None
    """The metadata as the file has it, None if it is missing or broken."""

    @property
    def heads(self) -> tuple[str, ...]:
        """The exchanges of the session that nothing follows, the latest first: normally one."""
        return tuple(sorted(self.metadata.heads, reverse=True))

    def only(self, text: str) -> "SessionView":
        """The session with one exchange, by its id or a unique beginning of it.

        Raises:
            ExchangeNotFound: If there is none.
            AmbiguousExchange: If there is more than one.
        """
        return msgspec.structs.replace(self, exchanges=(meant(self.exchanges, text),))


def read_session(snapshot: gitstore.Snapshot, session_id: str) -> SessionView:
    """A session with its exchanges.

    Raises:
        SessionDamaged: If its history can't be read at all.
    """
    exchanges, notices = read_exchanges(snapshot, session_id)
    metadata, told = _metadata(snapshot, session_id, exchanges)
    found = heads(exchanges)
    named = beginnings(exchanges) if len(found) > 1 else {}
    several = [SeveralHeads(session_id, found, tuple(map(named.__getitem__, found)))] if named else []
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
            return read_rest(read_whole(snapshot, session_id, paths.parts(record_id)))
        except SessionDamaged as damage:
            notices.append(Damage(session_id, damage.place, damage.reason))
            return {}

    history = History(rest_of)
    segments = parts_of(snapshot, session_id, paths.history)
    for path in segments:
        skipped = history.take(read(snapshot, session_id, path) or b"")
        if skipped:
            notices.append(LinesSkipped(session_id, path, skipped))
    notices += [Damage(session_id, path, "it is missing") for path in missing_parts(paths.history, segments)]
    notices += [Damage(session_id, paths.parts(owner), str(each)) for owner, each in history.missing]
    exchanges = history.exchanges()
    try:
        summaries = parse_summaries(read_whole(snapshot, session_id, paths.summaries), rest_of)
    except SessionDamaged as damage:
        summaries = {}
        notices.append(Damage(session_id, damage.place, damage.reason))
    if summaries:
        exchanges = tuple(
            msgspec.structs.replace(each, summary=summaries[each.id]) if each.id in summaries else each
            for each in exchanges
        )
    return exchanges, tuple(notices)


def read_compactions(snapshot: gitstore.Snapshot, session_id: str) -> tuple[Compaction, ...]:
    """What stands for the first exchanges of a session, in the order of ids.

    Raises:
        SessionDamaged: If it is there and can't be read.
    """
    return compactions_in(read_whole(snapshot, session_id, SessionPaths(session_id).summaries))


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


def _metadata(
    snapshot: gitstore.Snapshot, session_id: str, exchanges: tuple[SessionExchange, ...] | None
) -> tuple[SessionMetadata, tuple[SessionNotice, ...]]:
    path = SessionPaths(session_id).metadata
    fields: dict[str, object] = {}
    reason = "it is missing"
    try:
        if (content := read(snapshot, session_id, path)) is not None:
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
    return rebuilt(session_id, fields, exchanges), (MetadataRebuilt(session_id, reason),)


def _read_steps(
    snapshot: gitstore.Snapshot, session_id: str, exchange_id: str
) -> tuple[tuple[Step, ...], tuple[Missing, ...]]:
    return parse_steps(read_whole(snapshot, session_id, SessionPaths(session_id).steps(exchange_id)))
