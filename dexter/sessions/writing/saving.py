"""The one way an exchange gets into its session, whoever hands it in."""

from collections.abc import Sequence
from typing import NamedTuple

import gitstore
from dexter.secrets import Findings
from dexter.sessions.archive import Archive
from dexter.sessions.errors import SessionDamaged, StoreUnreadable
from dexter.sessions.reading.reading import read_metadata
from dexter.sessions.reading.session_files import is_there
from dexter.sessions.records.compactions import Summary
from dexter.sessions.records.records import SessionExchange, SessionMetadata
from dexter.sessions.records.steps import Step
from dexter.sessions.writing import changes
from dexter.sessions.writing.masking import masked_exchange, masked_steps


class Kept(NamedTuple):
    """An exchange as it was saved, what was masked in it and its steps, and what became of the change."""

    exchange: SessionExchange
    masked: Findings
    receipt: gitstore.Receipt


def save_exchange(
    archive: Archive,
    session_id: str,
    exchange: SessionExchange,
    steps: Sequence[Step] = (),
    *,
    summaries: Sequence[Summary] = (),
    recovered: bool = False,
) -> Kept:
    """Append an exchange to its session in one commit, with its steps and the metadata that follows from it.

    What is secret in its texts is masked; the summaries of other exchanges were when they came. A session
    that was deleted meanwhile comes back; one that never was begins. An exchange with that id in the session
    already means that this was done before: nothing changes.

    Raises:
        NotSaved: If it can't be written. Nothing was changed.
    """
    masks, masked = archive.masks, Findings()
    exchange = masked_exchange(exchange, masks, masked)
    steps = masked_steps(steps, masks, masked)
    _, mended = current_metadata(archive, session_id)
    change = changes.exchanged(
        session_id,
        exchange,
        steps,
        time=archive.clock(),
        summaries=summaries,
        mended=mended,
        recovered=recovered,
        limits=archive.limits,
    )
    return Kept(exchange, masked, archive.apply(change))


def current_metadata(
    archive: Archive, session_id: str
) -> tuple[SessionMetadata | None, SessionMetadata | None]:
    """The metadata of a session, None if it is not there; and what to write in place of a broken one."""
    try:
        snapshot = archive.snapshot()
        if snapshot is None or not is_there(snapshot, session_id):
            return None, None
        metadata, notices = read_metadata(snapshot, session_id)
    except (SessionDamaged, StoreUnreadable):
        # The repository's damage is no reason to refuse a new exchange; what can't be read is left as it is.
        return None, None
    return metadata, metadata if notices else None
