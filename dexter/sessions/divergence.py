"""From where on two sessions differ: what both have, and what each has alone."""

from collections.abc import Sequence

import msgspec

from dexter.sessions.records.records import SessionExchange


class Divergence(msgspec.Struct, frozen=True):
    """The exchanges that two sessions have in common, by their ids, and those of each alone; oldest first."""

    common: tuple[SessionExchange, ...]
    first: tuple[SessionExchange, ...]
    second: tuple[SessionExchange, ...]


def compare(one: Sequence[SessionExchange], other: Sequence[SessionExchange]) -> Divergence:
    """How the exchanges of two sessions differ. An exchange never changes: the same id is the same one."""
    mine, theirs = ({exchange.id for exchange in each} for each in (one, other))
    return Divergence(
        tuple(exchange for exchange in one if exchange.id in theirs),
        tuple(exchange for exchange in one if exchange.id not in theirs),
        tuple(exchange for exchange in other if exchange.id not in mine),
    )
