"""Taking sessions, exchanges or texts out of all history of this home.

What was purged is written into the tree first, so that every machine that syncs learns it and does the same;
then all history is written anew, and everything is looked through. After a crash anywhere in between doing it
again finishes it: `finish`.
"""

import json
from collections.abc import Iterable, Sequence

import msgspec

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.errors import NotPurged, NotSaved
from dexter.sessions.purging import beside
from dexter.sessions.purging.erasing import ACTION, Erasing
from dexter.sessions.purging.seeking import ever_had, holders
from dexter.sessions.records.encoding import encode_object
from dexter.sessions.records.identifiers import new_exchange_id
from dexter.sessions.records.purges import PATH, PurgeRecord, fingerprint, new_salt, parse
from dexter.sessions.writing.changes import subject
from gitstore import AppendRecord, Change
from gitstore.problems import Progress, silent


class Purging(msgspec.Struct, frozen=True):
    """What shall go."""

    sessions: tuple[str, ...] = ()
    exchanges: tuple[tuple[str, str], ...] = ()
    """Each as the session in which it was named, and its id."""
    texts: tuple[str, ...] = ()


class PurgeOutcome(msgspec.Struct, frozen=True):
    """What it came to."""

    purged: gitstore.Purged
    left: tuple[str, ...]
    """Where something of it still is; best none."""


def known_records(snapshot: gitstore.Snapshot | None) -> tuple[PurgeRecord, ...]:
    """What a tree says was purged."""
    return parse(snapshot.read(PATH) if snapshot is not None else None)


def purge(archive: Archive, what: Purging, progress: Progress = silent) -> PurgeOutcome:
    """Take something out of all history, and look whether it is anywhere still.

    Args:
        archive: Of the home.
        what: Sessions and exchanges by their whole ids.
        progress: Told how far it is.

    Raises:
        NotSaved: It can't be written down: nothing was changed.
        NotPurged: Not now: nothing was changed; or, if it is `noted`, it was written down, and the history
            could not be written anew, or not all that is old removed. `finish` goes on.
    """
    archive.announce_purge()
    records = _records(archive, what)
    archive.apply(_change(archive, what, records))
    try:
        return apply_records(archive, records, known=_spelt(what.texts), progress=progress)
    except NotPurged as error:
        raise NotPurged(error.reason, moved=error.moved, noted=True) from error


def finish(archive: Archive, progress: Progress = silent) -> PurgeOutcome:
    """Do again all that was ever purged here: it finishes what a crash cut off.

    Raises:
        NotPurged: As `purge`.
    """
    return apply_records(archive, known_records(archive.snapshot()), progress=progress)


def apply_records(
    archive: Archive,
    records: Sequence[PurgeRecord],
    *,
    known: Iterable[bytes] = (),
    progress: Progress = silent,
) -> PurgeOutcome:
    """Write history anew as records want it, and clear what lies beside."""
    everywhere = frozenset(each for record in records if record.session is None for each in record.exchanges)
    sessions = frozenset(record.session for record in records if record.session is not None)
    within = frozenset(each for record in records if record.session is not None for each in record.exchanges)
    elsewhere = _elsewhere(archive, within, sessions)
    erasing = Erasing(records, known=known, alone=within - elsewhere)

    def clear_beside() -> None:
        beside.clear(archive.home, erasing, sessions, everywhere)

    found = archive.purge(erasing, progress, clear_beside)
    try:
        left = beside.left(archive.home, erasing, sessions, everywhere)
    except OSError as error:
        raise NotSaved(error.strerror or str(error)) from error
    inside = tuple(f"{archive.home.sessions.name}/{place}" for place in found.left)
    return PurgeOutcome(found, (*inside, *left))


def _elsewhere(archive: Archive, exchanges: frozenset[str], sessions: frozenset[str]) -> frozenset[str]:
    """The exchanges that other sessions have, too: forks, which stay."""
    others = [each for each in holders(archive, exchanges) if each not in sessions] if exchanges else []
    return frozenset().union(*(ever_had(archive, each).exchanges for each in others))


def _records(archive: Archive, what: Purging) -> tuple[PurgeRecord, ...]:
    now = int(archive.clock() * 1000)
    known = known_records(archive.snapshot())
    last = max((each.id for each in known), default=None)
    wanted: list[PurgeRecord] = []
    for session_id in what.sessions:
        had = ever_had(archive, session_id)
        ids = tuple(sorted(had.exchanges))
        wanted.append(PurgeRecord("", max(now, had.latest), session_id, ids))
    if what.exchanges:
        wanted.append(PurgeRecord("", now, exchanges=tuple(sorted({each for _, each in what.exchanges}))))
    if what.texts:
        salt = new_salt()
        marks = tuple(fingerprint(each, salt) for each in sorted(_spelt(what.texts)))
        wanted.append(PurgeRecord("", now, salt=salt, texts=marks))
    found: list[PurgeRecord] = []
    for each in wanted:
        last = new_exchange_id(last, now)
        found.append(msgspec.structs.replace(each, id=last))
    return tuple(found)


def _spelt(texts: Iterable[str]) -> set[bytes]:
    """Texts, and as they stand in JSON within a text: results of tools are often that."""
    found = {
        *texts,
        *(json.dumps(text, ensure_ascii=ascii_)[1:-1] for text in texts for ascii_ in (True, False)),
    }
    return {each.encode("utf-8", "surrogatepass") for each in found}


def _change(archive: Archive, what: Purging, records: Sequence[PurgeRecord]) -> Change:
    operations = tuple(AppendRecord(PATH, _line(each), each.id) for each in records)
    named = {*what.sessions, *(session_id for session_id, _ in what.exchanges)}
    trailers = [("Action", ACTION)]
    if len(named) == 1 and not what.texts:
        session_id = named.pop()
        text = subject(session_id, ACTION)
        trailers.insert(0, ("Session", session_id))
    else:
        counts = [("sessions", what.sessions), ("exchanges", what.exchanges), ("texts", what.texts)]
        text = f"{ACTION} {', '.join(f'{name}: {len(each)}' for name, each in counts if each)}"
    return Change(operations, subject=text, trailers=tuple(trailers), time=archive.clock())


def _line(record: PurgeRecord) -> bytes:
    fields = msgspec.to_builtins(record)
    del fields["unknown"]
    return encode_object({key: value for key, value in fields.items() if value})
