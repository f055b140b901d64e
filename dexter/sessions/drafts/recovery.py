"""Queries whose process died become exchanges with the status interrupted: once, whoever looks first."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import gitstore
from dexter.errors import DexterError
from dexter.sessions.archive import Archive
from dexter.sessions.notices import Recovered
from dexter.sessions.records.encoding import storable
from dexter.sessions.records.identifiers import new_exchange_id
from dexter.sessions.records.records import SessionExchange

if TYPE_CHECKING:
    from dexter.sessions.drafts.remains import Remains


def recover(archive: Archive) -> tuple[Recovered, ...]:
    """Save what dead processes left of their queries; what can't be saved now stays for the next time.

    A process that dies in here leaves everything as it was, or the exchange saved under the id that the
    next one uses too.
    """
    if not _is_any_left(archive):
        return ()
    from dexter.sessions.drafts.remains import abandoned  # noqa: PLC0415  for most there is nothing to recover

    recovered: list[Recovered] = []
    for remains in abandoned(archive.home):
        try:
            with suppress(DexterError):
                exchange = _save(archive, remains)
                if exchange is not None:
                    recovered.append(Recovered(remains.query.session_id, exchange.id, exchange.query))
                remains.draft.end("interrupted")
        finally:
            remains.draft.close()
    return tuple(recovered)


def _is_any_left(archive: Archive) -> bool:
    """Whether there is a marker of a query, of a process that died or of one that runs."""
    try:
        return any(archive.home.running.iterdir())
    except OSError:
        return False


def _save(archive: Archive, remains: Remains) -> SessionExchange | None:
    """The exchange as it was saved, or None if that had been done before the process died."""
    from dexter.sessions.writing.saving import current_metadata, save_exchange  # noqa: PLC0415  as above

    query = remains.query
    exchange_id = remains.exchange_id
    if exchange_id is None:
        metadata, _ = current_metadata(archive, query.session_id)
        last = metadata.last_exchange_id if metadata else None
        exchange_id = new_exchange_id(last or query.parent_id, remains.ended)
        remains.draft.saving(exchange_id)
    exchange = SessionExchange(
        id=exchange_id,
        timestamp=remains.ended,
        query=storable(query.text),
        answer=remains.answer,
        model=query.model,
        status="interrupted",
        duration=remains.ended - query.started,
        parent_id=query.parent_id,
        provider=query.provider,
        further=remains.further,
    )
    kept = save_exchange(archive, query.session_id, exchange, remains.steps, recovered=True)
    return kept.exchange if kept.receipt.outcome is gitstore.Outcome.APPLIED else None
