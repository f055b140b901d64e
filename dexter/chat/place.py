"""Where a chat is: a session, what it has there, and what it becomes when something is added."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from dexter.agent.window.memory import Memory
from dexter.models.choice import ModelChoice
from dexter.sessions import SessionExchange, SessionMetadata, Step

if TYPE_CHECKING:  # a new chat's first prompt does not wait for it
    from dexter.sessions.records.transcript import Transcript


class Place(msgspec.Struct, frozen=True):
    """Where the chat is.

    `stored` is whether the session is in the repository. `exchanges` are all that it has there as far as this
    chat knows, sorted by id, and `count` the number of complete ones; `memory` has those that lead to where
    the session goes on.
    """

    session_id: str
    stored: bool = False
    memory: Memory = Memory()
    title: str | None = None
    count: int = 0
    exchanges: tuple[SessionExchange, ...] = ()

    @property
    def complete(self) -> int:
        """The number of exchanges that count."""
        return sum(1 for exchange in self.exchanges if exchange.status == "complete")

    @property
    def follows(self) -> str | None:
        """The exchange that the next one follows, None at the beginning."""
        return self.memory.exchanges[-1].id if self.memory.exchanges else None

    def answered(self, exchange: SessionExchange, memory: Memory) -> "Place":
        """This place with one more exchange, after which the model knows this."""
        return replace(
            self,
            memory=memory,
            count=self.count + (exchange.status == "complete"),
            exchanges=(*self.exchanges, exchange),
        )

    def followed_by(self, exchange: SessionExchange, steps: Sequence[Step]) -> "Place":
        """This place with one more exchange, which nobody else knows."""
        return replace(
            self,
            memory=self.memory.followed_by(exchange, steps),
            exchanges=(*self.exchanges, exchange),
        )

    def new_in(self, exchanges: Sequence[SessionExchange]) -> list[SessionExchange]:
        """Those of some exchanges that are not known here."""
        seen = {exchange.id for exchange in self.exchanges}
        return [exchange for exchange in exchanges if exchange.id not in seen]

    def joined_by(self, added: Sequence[SessionExchange], metadata: SessionMetadata) -> "Place":
        """This place with exchanges that another chat added, in the order of all."""
        return replace(
            self,
            memory=replace(self.memory, exchanges=_in_order((*self.memory.exchanges, *added))),
            title=metadata.title,
            count=metadata.exchange_count,
            exchanges=_in_order((*self.exchanges, *added)),
        )

    def transcript(self, choice: ModelChoice, now: int) -> "Transcript":
        """What is remembered here as if it were stored; `now` is in epoch milliseconds."""
        from dexter.sessions.records.deriving import derived  # noqa: PLC0415  as above
        from dexter.sessions.records.transcript import Transcript  # noqa: PLC0415  as above

        exchanges = self.memory.exchanges
        began = exchanges[0].timestamp if exchanges else now
        bare = SessionMetadata(self.session_id, began, began, model=choice.model, provider=choice.provider)
        steps = {each.id: tuple(self.memory.steps_of(each.id)) for each in exchanges}
        return Transcript(derived(bare, exchanges), exchanges, steps)


def _in_order(exchanges: Sequence[SessionExchange]) -> tuple[SessionExchange, ...]:
    return tuple(sorted(exchanges, key=lambda exchange: exchange.id))
