"""A model that tries again, in the open, what its provider could not take at the moment."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.exceptions import ModelContextWindowExceededError
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from dexter.agent.failures import failure_of, passing, wait_asked_for
from dexter.agent.fitting import Fitting
from dexter.agent.limits import Limits
from dexter.agent.sentences import Failure

_WHAT = {
    Failure.RATE_LIMIT: "limits how often it answers",
    Failure.OVERLOADED: "is overloaded",
    Failure.BROKEN_THERE: "failed on its side",
    Failure.UNREACHABLE: "can't be reached",
}


@dataclass(init=False)
class PatientModel(WrapperModel):
    """Sends a request again if nothing of its answer has come; keeps it within the window.

    `tell` gets one line for each wait.
    """

    def __init__(
        self,
        wrapped: Model,
        *,
        provider_name: str,
        limits: Limits,
        fitting: Fitting,
        tell: Callable[[str], None],
    ) -> None:
        super().__init__(wrapped)
        self._provider_name = provider_name
        self._limits = limits
        self._fitting = fitting
        self._tell = tell

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        """As the library's; errors that may pass are met with at most `limits.retries` more attempts."""
        fitting = self._fitting.fit(messages)
        async with AsyncExitStack() as stack:
            attempt = 0
            while True:
                try:
                    opening = self.wrapped.request_stream(
                        fitting, model_settings, model_request_parameters, run_context
                    )
                    stream = await stack.enter_async_context(opening)
                    break
                except ModelContextWindowExceededError:
                    if not self._fitting.tighten():
                        raise
                    fitting = self._fitting.fit(messages)
                except Exception as error:
                    wait = self._wait(error, attempt)
                    if wait is None:
                        raise
                    attempt += 1
                    await asyncio.sleep(wait)
            yield stream

    def _wait(self, error: Exception, attempt: int) -> float | None:
        failure = failure_of(error)
        if attempt == self._limits.retries or not passing(failure):
            return None
        asked = wait_asked_for(error)
        wait = self._limits.first_wait * 2**attempt if asked is None else asked
        if wait > self._limits.longest_wait:
            return None
        again = f"trying again in {wait:.1f} s ({attempt + 1} of {self._limits.retries})"
        self._tell(f"{self._provider_name} {_WHAT[failure]}: {again}.")
        return wait
