"""The line of an exchange read the fast way: most lines are of the plainest form, and there are many."""

import msgspec

from dexter.sessions.records.identifiers import is_exchange_id
from dexter.sessions.records.records import (
    Count,
    FiguresRecord,
    FurtherRecord,
    Milliseconds,
    SessionExchange,
    Status,
    TokenUsageRecord,
)


class _PlainUsage(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    input_tokens: Count
    output_tokens: Count
    total_tokens: Count
    cache_read_tokens: Count = 0
    cache_write_tokens: Count = 0


class _PlainFigures(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    traced: Count = 0
    asked: Count = 0
    own: tuple[str, ...] = ()
    recalled: tuple[str, ...] = ()


class _PlainFurther(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    step: Count
    text: str


class _PlainExchange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The line of an exchange that has the fields which every one must have, and none that nobody knows."""

    id: str
    timestamp: Milliseconds
    query: str
    answer: str
    model: str
    status: Status
    duration: Count
    summary: str | None = None
    token_usage: _PlainUsage | None = None
    parent_id: str | msgspec.UnsetType | None = msgspec.UNSET
    provider: str | None = None
    error: str | None = None
    figures: _PlainFigures | None = None
    further: tuple[_PlainFurther, ...] = ()


_PLAIN = msgspec.json.Decoder(_PlainExchange)


def exchange_in(line: bytes) -> tuple[SessionExchange, bool] | None:
    """The exchange in a line of the plainest form, and whether it says what it follows, the fast way.

    Returns:
        None for every other line, sound or not: what it holds, `decode_object` and `from_fields` tell.
    """
    try:
        plain = _PLAIN.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not is_exchange_id(plain.id):
        return None
    usage, parent = plain.token_usage, plain.parent_id
    tokens = None
    if usage is not None:
        tokens = TokenUsageRecord(
            usage.input_tokens,
            usage.output_tokens,
            usage.total_tokens,
            usage.cache_read_tokens,
            usage.cache_write_tokens,
        )
    figures = plain.figures
    linked = parent is not msgspec.UNSET
    exchange = SessionExchange(
        id=plain.id,
        timestamp=plain.timestamp,
        query=plain.query,
        answer=plain.answer,
        summary=plain.summary,
        model=plain.model,
        status=plain.status,
        duration=plain.duration,
        token_usage=tokens,
        parent_id=parent if parent is not msgspec.UNSET else None,
        provider=plain.provider,
        error=plain.error,
        figures=None if figures is None else _figures(figures),
        further=tuple(FurtherRecord(each.step, each.text) for each in plain.further),
    )
    return exchange, linked


def _figures(plain: _PlainFigures) -> FiguresRecord:
    return FiguresRecord(plain.traced, plain.asked, plain.own, plain.recalled)
