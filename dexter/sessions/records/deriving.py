"""What follows from the exchanges of a session: its heads, and what its metadata says of them."""

from collections.abc import Sequence

import msgspec

from dexter.sessions.records.records import InvalidRecord, SessionExchange, SessionMetadata, preview


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


def rebuilt(
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
