"""A model that tries again, in the open, what its provider could not take at the moment.

Then it asks the user's second model, if there is one; and it goes on with answers whose stream was cut.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.exceptions import ModelConnectionError, ModelContextWindowExceededError
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from dexter.agent.limits import Limits
from dexter.agent.providers.continuing import ContinuedStream, asking_for_the_rest
from dexter.agent.providers.failures import cut_off, down, failure_of, passing, wait_asked_for
from dexter.agent.sentences import Failure
from dexter.agent.window.fitting import Fitting
from dexter.models.choice import ModelChoice

_WHAT = {
    Failure.RATE_LIMIT: "limits how often it answers",
    Failure.OVERLOADED: "is overloaded",
    Failure.BROKEN_THERE: "failed on its side",
    Failure.UNREACHABLE: "can't be reached",
    Failure.SILENT: "does not answer",
    Failure.CUT_OFF: "breaks the connection off",
}


@dataclass(frozen=True)
class Candidate:
    """A model that can be asked; `budget` is how many tokens a request may have."""

    choice: ModelChoice
    model: Model
    budget: int


@dataclass(init=False)
class PatientModel(WrapperModel):
    """Sends a request again if nothing of its answer has come; keeps it within the window."""

    def __init__(
        self,
        first: Candidate,
        *,
        limits: Limits,
        fitting: Fitting,
        tell: Callable[[str], None],
        second: Callable[[], Awaitable[Candidate | None]] | None = None,
        switched: Callable[[ModelChoice], None] = lambda _: None,
    ) -> None:
        """A patient model.

        Args:
            first: Who is asked.
            limits: How often, and how long is waited.
            fitting: Makes requests fit the window.
            tell: Gets one line for each wait and each change.
            second: Makes the one to go on with if the first is down; None if there is none that can be asked.
            switched: Told when it is the second one that is asked from now on.
        """
        super().__init__(first.model)
        self._asked = first
        self._limits = limits
        self._fitting = fitting
        self._tell = tell
        self._second = second
        self._switched = switched

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        """As the library's; a failure that may pass is met with more attempts, one that stays by the second.

        An answer that is cut in its middle goes on at most `limits.continuations` times.
        """

        @asynccontextmanager
        async def opened(text: str) -> AsyncGenerator[StreamedResponse]:
            asked = asking_for_the_rest(messages, text)
            async with AsyncExitStack() as stack:
                yield await self._open(stack, asked, model_settings, model_request_parameters, run_context)

        async with opened("") as stream:
            yield ContinuedStream(
                model_request_parameters,
                stream=stream,
                again=opened,
                forgiven=self._goes_on,
                check=self._check_end,
            )

    async def _open(
        self,
        stack: AsyncExitStack,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None,
    ) -> StreamedResponse:
        attempt = 0
        fitting = self._fitting.fit(messages)
        while True:
            try:
                opening = self._asked.model.request_stream(fitting, model_settings, parameters, run_context)
                return await stack.enter_async_context(opening)
            except ModelContextWindowExceededError:
                if not self._fitting.tighten():
                    raise
                fitting = self._fitting.fit(messages)
                continue
            except Exception as error:
                wait = self._wait(error, attempt)
                if wait is None:
                    if not await self._switches(error):
                        raise
                    attempt = 0
                    fitting = self._fitting.fit(messages)
                    continue
            attempt += 1
            await asyncio.sleep(wait)

    def _wait(self, error: Exception, attempt: int) -> float | None:
        failure = failure_of(error)
        # A connection that broke off before anything of the answer came: the same request may well succeed.
        if attempt == self._limits.retries or not (passing(failure) or failure is Failure.CUT_OFF):
            return None
        asked = wait_asked_for(error)
        wait = self._limits.first_wait * 2**attempt if asked is None else asked
        if wait > self._limits.longest_wait:
            return None
        again = f"trying again in {wait:.1f} s ({attempt + 1} of {self._limits.retries})"
        self._tell(f"{self._asked.choice.provider_name} {_WHAT[failure]}: {again}.")
        return wait

    async def _switches(self, error: Exception) -> bool:
        """Go on with the second model from now on, if the first is down and there is one."""
        failure = failure_of(error)
        second = await self._second() if down(failure) and self._second else None
        if second is None or second.choice == self._asked.choice:
            return False
        name = f"{second.choice.model} ({second.choice.provider_name})"
        self._tell(f"{self._asked.choice.provider_name} {_WHAT[failure]}: going on with {name}.")
        self._asked, self.wrapped = second, second.model
        self._fitting.narrow(second.budget)
        self._switched(second.choice)
        return True

    async def _goes_on(self, error: Exception, number: int) -> bool:
        """Whether an answer that was cut is gone on with; told, and waited for."""
        if number >= self._limits.continuations or not cut_off(failure_of(error)):
            return False
        count = f"{number + 1} of {self._limits.continuations}"
        self._tell(f"The connection to {self._asked.choice.provider_name} broke off: going on ({count}).")
        await asyncio.sleep(self._limits.first_wait * 2**number)
        return True

    def _check_end(self, stream: StreamedResponse) -> None:
        """Raise if a stream that ended did not come to its end, however politely it ended."""
        if stream.finish_reason is None and not self._asked.choice.offline:
            raise ModelConnectionError(self._asked.choice.model, "the stream has no end", phase="read")
