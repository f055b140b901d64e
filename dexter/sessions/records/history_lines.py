"""From the lines of a history and of summaries to what they record, wherever they come from."""

from collections.abc import Callable, Mapping

import msgspec

from dexter.sessions.records.continuing import Missing, Rest, is_cut, joined
from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.identifiers import is_exchange_id
from dexter.sessions.records.plain_lines import exchange_in
from dexter.sessions.records.records import InvalidRecord, SessionExchange

RestOf = Callable[[str], Rest]
"""Gives the rest of a line that was cut, by the id of its record."""


def parse_history(
    content: bytes,
) -> tuple[tuple[SessionExchange, ...], tuple[tuple[int, str], ...]]:
    """The exchanges in a history, sorted by id, and number and reason of every line that is none.

    An exchange that names no parent (not even null) follows the one before it. A line that is there twice,
    as a plain `git merge` may leave it, counts once.
    """
    history = History()
    skipped = history.take(content)
    return history.exchanges(), skipped


class History:
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


def _cut_record(fields: Mapping[str, object]) -> str | None:
    """The id of a record whose line was cut, None for all others."""
    owner = fields.get("id")
    return owner if isinstance(owner, str) and is_exchange_id(owner) and is_cut(fields) else None
