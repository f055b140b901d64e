"""A session that comes from elsewhere: it begins here, or gets what it lacks. Nothing is replaced."""

from collections.abc import Sequence

import msgspec

import gitstore
from dexter.secrets import Findings, Masks, counts
from dexter.sessions.archive import Archive
from dexter.sessions.errors import NotSaved, SessionPresent
from dexter.sessions.looking import show
from dexter.sessions.reading.reading import SessionView
from dexter.sessions.reading.session_files import is_there
from dexter.sessions.records.continuing import DEFAULT, Limits
from dexter.sessions.records.deriving import derived
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.outcomes import ImportedSession
from dexter.sessions.records.records import SessionExchange, SessionMetadata
from dexter.sessions.records.transcript import Transcript
from dexter.sessions.writing import changes
from dexter.sessions.writing.keeping import exchange_kept
from dexter.sessions.writing.masking import masked_exchange, masked_metadata, masked_steps
from gitstore import Change, Operation, Require, UpdateDocument

IMPORTED = "imported"
"""A field of metadata and of exchanges that other programs wrote: `from` and `id` say which and what."""
_TRIES = 5


def import_session(
    archive: Archive, transcript: Transcript, origin: str, *, dry: bool = False
) -> ImportedSession:
    """Begin a session, or add to it the exchanges that it does not have, in one commit.

    What is secret in them and in their steps is masked, whatever masked it elsewhere.

    Args:
        archive: Where to.
        transcript: All of it; ids must be valid.
        origin: Where it comes from, in words for the commit.
        dry: Only say what would be done.

    Raises:
        SessionPresent: If another session has that id.
        SessionDamaged: If the session is there and can't be read.
        NotSaved: If it can't be written. Nothing was changed.
    """
    masks = archive.masks
    origin = masks.mask(origin).text
    for _ in range(_TRIES):
        masked = Findings()
        metadata = masked_metadata(_said(transcript), masks, masked)
        known = _known(archive, metadata)
        if known is not None:
            masked.clear()  # of its metadata nothing is written
        clean = _masked(msgspec.structs.replace(transcript, metadata=metadata), known, masks, masked)
        change, done = _plan(clean, known, origin, archive)
        done = msgspec.structs.replace(done, masked=counts(masked))
        if change is None or dry:
            return done
        receipt = archive.apply(change)
        if receipt.outcome is gitstore.Outcome.APPLIED:
            return msgspec.structs.replace(done, commit=receipt.commit)
        # Somebody began, deleted or imported it in between: what is missing is another question now.
    raise NotSaved("other processes change this session all the time")


def imported(
    transcript: Transcript,
    origin: str,
    time: float,
    *,
    known: SessionView | None = None,
    limits: Limits = DEFAULT,
) -> Change | None:
    """The change that brings in what is not there yet; None if all of it is there.

    Args:
        transcript: The whole session.
        origin: Where it comes from, in words.
        time: When, in epoch seconds.
        known: The session as it is there, None if it is not.
        limits: How long lines and files may get.
    """
    metadata, paths = transcript.metadata, SessionPaths(transcript.metadata.id)
    new = _missing(transcript, known)
    if known is not None and not new:
        return None
    operations: list[Operation] = [Require(paths.directory, present=known is not None)]
    if known is None:
        whole = derived(metadata, transcript.exchanges)
        operations.append(UpdateDocument(paths.metadata, set=changes.document(whole)))
    for exchange in new:
        operations += exchange_kept(paths, exchange, transcript.steps_of(exchange), limits)
    if known is not None:
        operations += _added(paths, known, new)
    return Change(
        tuple(operations),
        changes.subject(metadata.id, f"imported from {origin}"),
        trailers=(("Session", metadata.id), ("Action", "imported")),
        time=time,
    )


def _said(transcript: Transcript) -> SessionMetadata:
    """The metadata without what follows from the exchanges, where what is secret may be cut."""
    if not transcript.exchanges:
        return transcript.metadata
    return msgspec.structs.replace(transcript.metadata, first_query=None, last_query=None)


def _masked(
    transcript: Transcript, known: SessionView | None, masks: Masks, findings: Findings
) -> Transcript:
    """The exchanges without secrets, with the steps of those that are not here; only these are counted."""
    new = {each.id for each in _missing(transcript, known)}
    return msgspec.structs.replace(
        transcript,
        exchanges=tuple(
            masked_exchange(each, masks, findings if each.id in new else Findings())
            for each in transcript.exchanges
        ),
        steps={
            owner: masked_steps(steps, masks, findings)
            for owner, steps in transcript.steps.items()
            if owner in new
        },
    )


def _plan(
    transcript: Transcript, known: SessionView | None, origin: str, archive: Archive
) -> tuple[Change | None, ImportedSession]:
    change = imported(transcript, origin, archive.clock(), known=known, limits=archive.limits)
    here = {each.id: each for each in known.exchanges} if known is not None else {}
    done = ImportedSession(
        transcript.metadata.id,
        created=known is None,
        added=tuple(each.id for each in _missing(transcript, known)),
        present=sum(each.id in here for each in transcript.exchanges),
        different=tuple(
            each.id
            for each in transcript.exchanges
            if each.id in here and not _same(each, here[each.id], archive.masks)
        ),
    )
    return change, done


def _same(one: SessionExchange, here: SessionExchange, masks: Masks) -> bool:
    """Whether one that is masked differs from the one here in no more than the summary, which may come later.

    Nor does it if the one here is only older than masks.
    """
    one, other = (msgspec.structs.replace(each, summary=None) for each in (one, here))
    return one == other or one == masked_exchange(other, masks, Findings())


def _missing(transcript: Transcript, known: SessionView | None) -> list[SessionExchange]:
    here = {each.id for each in known.exchanges} if known is not None else set()
    return [each for each in transcript.exchanges if each.id not in here]


def _added(paths: SessionPaths, known: SessionView, new: Sequence[SessionExchange]) -> list[Operation]:
    """What exchanges change in the metadata of a session that is there, so that other writers still count."""
    operations: list[Operation] = []
    if known.stored is None:
        operations.append(changes.whole(paths, known.metadata))
    for exchange in new:
        operations += changes.counted(paths, exchange)
    # One that was missing in the middle is no head: what follows it was there before.
    followed = {each.parent_id for each in (*known.exchanges, *new)}
    inner = [each.id for each in new if each.id in followed]
    if inner:
        operations.append(UpdateDocument(paths.metadata, remove_from_set={"heads": inner}))
    return operations


def _known(archive: Archive, metadata: SessionMetadata) -> SessionView | None:
    """The session as it is there.

    Raises:
        SessionPresent: If it was imported from something else, or not at all.
    """
    snapshot = archive.snapshot()
    if snapshot is None or not is_there(snapshot, metadata.id):
        return None
    known = show(archive, metadata.id)
    theirs, ours = (_source(each) for each in (metadata, known.metadata))
    if theirs is not None and theirs != ours:
        raise SessionPresent(metadata.id)
    return known


def _source(metadata: SessionMetadata) -> tuple[object, object] | None:
    field = metadata.unknown.get(IMPORTED)
    return (field.get("from"), field.get("id")) if isinstance(field, dict) else None
