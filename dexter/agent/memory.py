"""What of a session a run may know: its exchanges, their steps, their summaries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dexter.sessions import SessionExchange, Step

StepsOf = Callable[[str], Sequence[Step]]


def no_steps(exchange_id: str) -> Sequence[Step]:  # noqa: ARG001
    """No steps for any exchange."""
    return ()


@dataclass(frozen=True)
class Memory:
    """The exchanges of a session, oldest first, whatever their status.

    `steps_of` loads the steps of an exchange by its id; it is asked only for exchanges that may go into a
    request in full. `summaries` holds, by exchange id, summaries that are newer than the exchange's own.
    """

    exchanges: tuple[SessionExchange, ...] = ()
    steps_of: StepsOf = no_steps
    summaries: Mapping[str, str] = field(default_factory=dict)

    def followed_by(self, exchange: SessionExchange, steps: Sequence[Step]) -> "Memory":
        """This memory with one more exchange at its end, whose steps are at hand."""
        earlier = self.steps_of
        kept = tuple(steps)

        def steps_of(exchange_id: str) -> Sequence[Step]:
            return kept if exchange_id == exchange.id else earlier(exchange_id)

        return replace(self, exchanges=(*self.exchanges, exchange), steps_of=steps_of)

    def summarised(self, summaries: Mapping[str, str]) -> "Memory":
        """This memory with newer summaries, by exchange id."""
        return replace(self, summaries={**self.summaries, **summaries}) if summaries else self

    def summary_of(self, exchange: SessionExchange) -> str | None:
        """The newest summary of an exchange, None if there is none."""
        return self.summaries.get(exchange.id) or exchange.summary
