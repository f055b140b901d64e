"""The way of one exchange: the query to disk, the run, its events to screen and scratchpad, the save.

Used by the chat, by `--print` and by piped input. Knows no screen: `show` is handed in.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from dexter.agent import (
    Agent,
    Event,
    Finished,
    Memory,
    Outcome,
    Run,
)
from dexter.agent.checks.tracing import Earlier, trace
from dexter.drafting import Drafting
from dexter.models.offline import summarise
from dexter.sessions import (
    Draft,
    SavedExchange,
    SessionExchange,
    SessionManager,
    new_exchange_id,
)
from dexter.summaries import Summaries

MOST_TRACED = 200
"""Earlier exchanges whose steps are read, the newest first, to find where a figure comes from."""


@dataclass(frozen=True)
class Answered:
    """What became of a query.

    `exchange` is the exchange as it was saved, or as it would have been without a manager. `saved` is None
    without a manager. `memory` is what the next query may know. `bug` is dexter's own fault, for the log.
    """

    outcome: Outcome
    exchange: SessionExchange
    memory: Memory
    saved: SavedExchange | None = None
    bug: BaseException | None = None


async def ask(
    query: str,
    *,
    manager: SessionManager | None,
    agent: Agent,
    memory: Memory,
    show: Callable[[Event], None],
    started: Callable[[Run], None] | None = None,
    further: Callable[[], Sequence[str]] = lambda: (),
    summaries: Summaries | None = None,
    clock: Callable[[], float] = time.time,
) -> Answered:
    """Ask one query and save what came of it, whatever that is: an answer, an error, an interruption.

    The query is on disk before the model is asked. When this returns, the exchange is saved. After a crash
    on the way, the next start finds the query with the steps and the text it had reached.

    Args:
        query: What the user typed, not blank.
        manager: Where it is saved; its session has been started or resumed. None stores nothing.
        agent: Who answers.
        memory: The exchanges before.
        show: Called with each event as it happens; `Finished` comes before the exchange is saved.
        started: Called with the run, so that somebody can cancel it.
        further: Gives what the user said since, and not again; called between two rounds of tools.
        summaries: Who asks the model for a summary afterwards; None keeps the one made from the text.
        clock: Epoch seconds.

    Raises:
        NotSaved: If the query or the exchange can't be written; the answer has been shown all the same.
    """
    if summaries is not None:
        memory = memory.compacted(summaries.compactions(manager))
        memory = memory.summarised(summaries.hand_in(manager))
    draft = None
    if manager is not None:
        draft = manager.begin_exchange(query, agent.choice.model, agent.choice.provider)
    with _given_back(draft):
        run = agent.start(query, memory, _hearing(further, draft))
        if started is not None:
            started(run)
        outcome = await _followed(run, show, draft, _Asked(query, memory))
        summary = summarise(query, outcome.answer) if outcome.answer else None
        saved = None
        if manager is not None:
            # In a thread, because another process may be writing: the screen and its keys stay alive.
            saved = await asyncio.to_thread(
                manager.save_exchange,
                query=query,
                answer=outcome.answer,
                summary=summary,
                model=outcome.model,
                provider=outcome.provider,
                status=outcome.status,
                duration=outcome.duration,
                token_usage=outcome.usage,
                steps=outcome.steps,
                error=outcome.error,
                draft=draft,
                figures=outcome.figures,
                further=outcome.further,
            )
    exchange = saved.exchange if saved else unsaved(query, outcome, memory, clock, summary)
    if summaries is not None:
        summaries.request(agent, exchange, manager.session_id if manager else None)
    memory = memory.followed_by(exchange, outcome.steps)
    if summaries is not None:
        summaries.compact(agent, memory, manager.session_id if manager else None)
    return Answered(outcome, exchange, memory, saved, run.bug)


def _hearing(further: Callable[[], Sequence[str]], draft: Draft | None) -> Callable[[int], Sequence[str]]:
    """Gives a run what the user said since, which is on disk by then."""

    def hear(step: int) -> Sequence[str]:
        said = further()
        for text in said:
            if draft is not None:
                draft.further(step, text)
        return said

    return hear


@contextmanager
def _given_back(draft: Draft | None) -> Iterator[None]:
    """Let go of the draft in the end, so that the next start recovers what was not saved."""
    try:
        yield
    finally:
        if draft is not None:
            draft.close()


@dataclass(frozen=True)
class _Asked:
    query: str
    memory: Memory

    def traced(self, outcome: Outcome) -> Outcome:
        """The outcome of a whole answer with where its figures come from."""
        if outcome.status != "complete":
            return outcome
        earlier = (
            Earlier(
                exchange.asked,
                self.memory.steps_of(exchange.id),
                exchange.figures.recalled if exchange.figures else (),
            )
            for exchange in reversed(self.memory.exchanges[-MOST_TRACED:])
        )
        said = "\n".join((self.query, *(each.text for each in outcome.further)))
        figures = trace(
            outcome.answer,
            said,
            outcome.steps,
            earlier,
            offered=outcome.recalled,
            known={exchange.id for exchange in self.memory.exchanges},
        )
        return msgspec.structs.replace(outcome, figures=figures)


async def _followed(run: Run, show: Callable[[Event], None], draft: Draft | None, asked: _Asked) -> Outcome:
    """How a run ends, with all of its events shown and kept on the way."""
    drafting = Drafting(draft)
    async for event in run:
        await drafting.take(event)
        if isinstance(event, Finished):
            # In a thread: what the tools gave may be megabytes.
            event = Finished(await asyncio.to_thread(asked.traced, event.outcome))  # noqa: PLW2901
        show(event)
        if isinstance(event, Finished):
            return event.outcome
    raise AssertionError("the last event of a run is Finished")


def unsaved(
    query: str, outcome: Outcome, memory: Memory, clock: Callable[[], float], summary: str | None = None
) -> SessionExchange:
    """The exchange that would have been saved.

    Args:
        query: What was asked.
        outcome: How its run ended.
        memory: The exchanges before.
        clock: Epoch seconds.
        summary: Of the answer, if there is one.
    """
    parent = memory.exchanges[-1].id if memory.exchanges else None
    now = round(clock() * 1000)
    return SessionExchange(
        id=new_exchange_id(parent, now),
        timestamp=now,
        query=query,
        answer=outcome.answer,
        summary=summary,
        model=outcome.model,
        status=outcome.status,
        duration=outcome.duration,
        token_usage=outcome.usage,
        parent_id=parent,
        provider=outcome.provider,
        error=outcome.error,
        figures=outcome.figures,
        further=outcome.further,
    )
