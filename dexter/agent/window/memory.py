"""What of a session a run may know: its exchanges, their steps, their summaries."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from dexter.errors import DexterError
from dexter.sessions import SessionExchange, Step
from dexter.sessions.records.compactions import Compaction, best

if TYPE_CHECKING:  # a prompt waits for no repository
    from dexter.sessions import ResumedSession, SessionManager

CompactionsOf = Callable[[], Sequence[Compaction]]
StepsOf = Callable[[str], Sequence[Step]]


def no_steps(exchange_id: str) -> Sequence[Step]:  # noqa: ARG001
    """No steps for any exchange."""
    return ()


def no_compactions() -> Sequence[Compaction]:
    """Nothing that stands for exchanges."""
    return ()


class Memory(msgspec.Struct, frozen=True):
    """The exchanges of a session, oldest first, whatever their status.

    `steps_of` loads the steps of an exchange by its id; it is asked only for exchanges that may go into a
    request in full. `summaries` holds, by exchange id, summaries that are newer than the exchange's own.
    `compactions_of` loads what may stand for the first exchanges, `made` is what came to that since.
    """

    exchanges: tuple[SessionExchange, ...] = ()
    steps_of: StepsOf = no_steps
    summaries: Mapping[str, str] = {}
    compactions_of: CompactionsOf = no_compactions
    made: tuple[Compaction, ...] = ()

    def followed_by(self, exchange: SessionExchange, steps: Sequence[Step]) -> "Memory":
        """This memory with one more exchange at its end, whose steps are at hand."""
        earlier = self.steps_of
        kept = tuple(steps)

        def steps_of(exchange_id: str) -> Sequence[Step]:
            return kept if exchange_id == exchange.id else earlier(exchange_id)

        return msgspec.structs.replace(self, exchanges=(*self.exchanges, exchange), steps_of=steps_of)

    def summarised(self, summaries: Mapping[str, str]) -> "Memory":
        """This memory with newer summaries, by exchange id."""
        return msgspec.structs.replace(self, summaries={**self.summaries, **summaries}) if summaries else self

    def compacted(self, made: Sequence[Compaction]) -> "Memory":
        """This memory with more that may stand for its first exchanges."""
        return msgspec.structs.replace(self, made=(*self.made, *made)) if made else self

    @property
    def compaction(self) -> Compaction | None:
        """What stands for most of the exchanges, beginning with the first; None if nothing does."""
        return best((*self.compactions_of(), *self.made), self.exchanges) if self.exchanges else None

    def summary_of(self, exchange: SessionExchange) -> str | None:
        """The newest summary of an exchange, None if there is none."""
        return self.summaries.get(exchange.id) or exchange.summary


def remembered(manager: "SessionManager", resumed: "ResumedSession") -> Memory:
    """What the agent may know of a session that goes on; steps are read when they are needed, once each."""
    session_id = resumed.metadata.id

    @cache
    def steps_of(exchange_id: str) -> Sequence[Step]:
        try:
            return manager.steps(exchange_id, session_id=session_id)
        except DexterError:
            # Without its tool results an exchange is still worth remembering; `show` tells what is damaged.
            return ()

    @cache
    def compactions_of() -> Sequence[Compaction]:
        try:
            return manager.compactions(session_id)
        except DexterError:
            return ()

    return Memory(resumed.path, steps_of, compactions_of=compactions_of)
