"""A session as one value: what an export writes and an import reads."""

from collections.abc import Mapping

import msgspec

from dexter.sessions.records.deriving import heads
from dexter.sessions.records.records import SessionExchange, SessionMetadata
from dexter.sessions.records.steps import Step


class Transcript(msgspec.Struct, frozen=True):
    """A whole session: metadata, exchanges sorted by id, and the steps of each by its id."""

    metadata: SessionMetadata
    exchanges: tuple[SessionExchange, ...] = ()
    steps: Mapping[str, tuple[Step, ...]] = {}

    @property
    def heads(self) -> tuple[str, ...]:
        """The exchanges that nothing follows, the latest first: normally one."""
        return heads(self.exchanges)

    def steps_of(self, exchange: SessionExchange) -> tuple[Step, ...]:
        """The steps of an exchange, in order; none if it took none."""
        return self.steps.get(exchange.id, ())
