"""One run of the agent, as a stream of events that can be cancelled."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from dexter.agent.events import Event, Finished, Heard, Outcome, Status
from dexter.agent.recorder import Recorder
from dexter.agent.sentences import Failure
from dexter.models.choice import ModelChoice
from dexter.sessions import TokenUsageRecord


@dataclass(frozen=True)
class Ending:
    """How the work of a run ended by itself; `bug` is an exception that nobody foresaw, for the log."""

    status: Status
    usage: TokenUsageRecord | None = None
    error: str | None = None
    bug: BaseException | None = None
    failure: Failure | None = None


Hear = Callable[[int], Sequence[str]]
"""Gives what the user said since, for the model call with that number; whoever gets it has it for good."""


def hear_nothing(step: int) -> Sequence[str]:  # noqa: ARG001
    """Nobody says anything."""
    return ()


@dataclass
class Progress:
    """What the work tells its run: events through `emit`, the tokens used so far, and who helps.

    Through `hear` it gets what the user said meanwhile, which is told as an event then.
    """

    emit: Callable[[Event], None]
    hear: Hear = hear_nothing
    usage: TokenUsageRecord | None = None
    helpers: "list[Run]" = field(default_factory=list)
    choice: ModelChoice | None = None
    """The model that is asked, once it is another one than the run began with."""


Work = Callable[[Progress], Awaitable[Ending]]


class Run:
    """A run that has begun: iterate over it for its events; the last one is always `Finished`.

    It runs on whether or not anyone iterates, in the event loop that `start` was called in.
    """

    def __init__(
        self,
        work: Work,
        choice: ModelChoice,
        clock: Callable[[], float] = time.monotonic,
        hear: Hear = hear_nothing,
    ) -> None:
        self._choice = choice
        self._hears = hear
        self._clock = clock
        self._began = clock()
        self._recorder = Recorder()
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._outcome: Outcome | None = None
        self._delivered = False
        self._progress = Progress(self._emit, self._hear)
        self._loop = asyncio.get_running_loop()
        self._bug: BaseException | None = None
        self._task = self._loop.create_task(self._live(work))

    @property
    def choice(self) -> ModelChoice:
        """The model that is asked."""
        return self._choice

    @property
    def outcome(self) -> Outcome | None:
        """How the run ended, None as long as it runs."""
        return self._outcome

    @property
    def usage(self) -> TokenUsageRecord | None:
        """The tokens used so far, those of helpers among them; None as long as nobody counted any."""
        if self._outcome is not None:
            return self._outcome.usage
        return self._with_helpers(self._progress.usage)

    @property
    def bug(self) -> BaseException | None:
        """An exception that is dexter's own fault, for the log; the outcome says so in a sentence."""
        return self._bug

    def cancel(self) -> None:
        """End the run now, with status interrupted and the answer so far; does nothing once it has ended.

        Does not wait for the model or a tool to notice: their connections and threads are let go of behind.
        May be called from any thread.
        """
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        if here is self._loop:
            self._cancel()
        else:
            self._loop.call_soon_threadsafe(self._cancel)

    async def closed(self) -> None:
        """Return when everything that the run had open is let go of."""
        await asyncio.wait([self._task])

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        if self._delivered:
            raise StopAsyncIteration
        event = await self._events.get()
        self._delivered = isinstance(event, Finished)
        return event

    def _cancel(self) -> None:
        self._finish(Ending("interrupted", self._progress.usage))
        self._task.cancel()

    async def _live(self, work: Work) -> None:
        try:
            ending = await work(self._progress)
        except asyncio.CancelledError:
            # Somebody else's cancellation, such as the end of the event loop, ends the run too.
            self._finish(Ending("interrupted", self._progress.usage))
            raise
        except Exception as error:  # noqa: BLE001  whoever waits for the end must get one
            text = f"dexter failed ({type(error).__name__}), which is a bug: the session is safe, ask again."
            ending = Ending("error", self._progress.usage, text, bug=error, failure=Failure.BUG)
        self._finish(ending)

    def _hear(self, step: int) -> Sequence[str]:
        # What is said to a run that has ended waits for the next one.
        said = self._hears(step) if self._outcome is None else ()
        for text in said:
            self._emit(Heard(step, text))
        return said

    def _emit(self, event: Event) -> None:
        # What a cancelled run still brings is not part of its outcome.
        if self._outcome is None:
            self._recorder.take(event)
            self._events.put_nowait(event)

    def _finish(self, ending: Ending) -> None:
        if self._outcome is not None:
            return
        choice = self._progress.choice or self._choice
        outcome = self._recorder.outcome(
            ending.status,
            model=choice.model,
            provider=choice.provider,
            duration=round((self._clock() - self._began) * 1000),
            usage=self._with_helpers(ending.usage or self._progress.usage),
            error=ending.error,
            failure=ending.failure,
        )
        self._bug = ending.bug
        self._outcome = outcome
        self._events.put_nowait(Finished(outcome))

    def _with_helpers(self, own: TokenUsageRecord | None) -> TokenUsageRecord | None:
        used = [each for each in (own, *(run.usage for run in self._progress.helpers)) if each]
        return sum(used[1:], used[0]) if used else None
