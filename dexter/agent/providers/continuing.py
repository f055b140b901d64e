"""An answer whose stream was cut, gone on with: one stream to who reads it, a few to the provider."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic_ai.messages import (
    FinalResultEvent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartEndEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    UserPromptPart,
)
from pydantic_ai.models import StreamedResponse
from pydantic_ai.usage import RequestUsage

from dexter.agent.prompts import GO_ON
from dexter.agent.providers.joining import Joint, anchor

Again = Callable[[str], AbstractAsyncContextManager[StreamedResponse]]
"""Asks for the rest of an answer of which there is this text, or for all of it if there is none."""
Forgiven = Callable[[Exception, int], Awaitable[bool]]
"""Whether an answer that was cut so is to be gone on with, told and waited for; the number counts from 0."""


def asking_for_the_rest(messages: list[ModelMessage], text: str) -> list[ModelMessage]:
    """The messages that ask for the rest of an answer; the same ones if there is nothing of it."""
    if not text.strip():
        return messages
    last = messages[-1]
    instructions = last.instructions if isinstance(last, ModelRequest) else None
    wish = UserPromptPart(GO_ON.format(words=anchor(text)))
    return [
        *messages,
        ModelResponse(parts=[TextPart(text)]),
        ModelRequest(parts=[wish], instructions=instructions),
    ]


@dataclass
class ContinuedStream(StreamedResponse):
    """A stream that, where it is cut, goes on with another one that is asked for the rest.

    `check` raises if a stream that ended did not come to its end.
    """

    stream: StreamedResponse
    again: Again
    forgiven: Forgiven
    check: Callable[[StreamedResponse], None]
    _kept: list[ModelResponsePart] = field(default_factory=list, init=False)
    _text: str = field(default="", init=False)
    _used: RequestUsage = field(default_factory=RequestUsage, init=False)
    _events: AsyncIterator[ModelResponseStreamEvent] | None = field(default=None, init=False)

    def __aiter__(self) -> AsyncIterator[ModelResponseStreamEvent]:
        """The events of all streams, as if they were one."""
        if self._events is None:
            self._events = self._get_event_iterator()
        return self._events

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        cut: Exception | None
        try:
            async for event in self.stream:
                self._mirror()
                yield event
            self.check(self.stream)
            cut = None
        except Exception as error:  # noqa: BLE001  whoever knows failures says which are forgiven
            cut = error
        number = 0
        while cut is not None:
            self._keep(self.stream.get())
            if not await self.forgiven(cut, number):
                raise cut
            number += 1
            try:
                async with self.again(self._text) as self.stream:
                    async for event in self._rest():
                        self._mirror()
                        yield event
                    self.check(self.stream)
                    cut = None
            except Exception as error:  # noqa: BLE001  as above
                cut = error
        self._mirror()
        self._finished = True

    async def _rest(self) -> AsyncIterator[ModelResponseStreamEvent]:
        """The events of a stream that goes on, without the text that was there before."""
        joint = Joint(self._text)
        before, place = len(self._text), len(self._kept)
        async for event in self.stream:
            match event:
                case PartStartEvent(part=TextPart(content=text)) if before:
                    new = joint.take(text)
                case PartDeltaEvent(delta=TextPartDelta(content_delta=text)) if before:
                    new = joint.take(text)
                case PartEndEvent(part=TextPart()) if before:
                    new = joint.end()
                case FinalResultEvent() if before:
                    continue
                case _:
                    yield event
                    continue
            if new:
                self._text += new
                yield PartDeltaEvent(index=place, delta=TextPartDelta(content_delta=new))
        if before and (new := joint.end()):
            self._text += new
            yield PartDeltaEvent(index=place, delta=TextPartDelta(content_delta=new))

    def _keep(self, response: ModelResponse) -> None:
        """Take over what there is of an answer that was cut; calls that were not whole are dropped."""
        self._used += self.stream.usage
        if self._text:
            return
        self._text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
        if self._text:
            self._kept = [part for part in response.parts if isinstance(part, ThinkingPart)]

    def _mirror(self) -> None:
        stream = self.stream
        self.finish_reason, self.state = stream.finish_reason, stream.state
        self.provider_response_id = stream.provider_response_id
        self.provider_details = stream.provider_details
        self.canonical_system = stream.canonical_system
        self.final_result_event = self.final_result_event or stream.final_result_event

    def get(self) -> ModelResponse:
        """The whole answer so far."""
        response = self.stream.get()
        if not self._text:
            return response
        rest = [part for part in response.parts if not isinstance(part, TextPart | ThinkingPart)]
        return replace(response, parts=[*self._kept, TextPart(self._text), *rest], usage=self.usage)

    @property
    def usage(self) -> RequestUsage:
        """What all of the streams took together."""
        return self._used + self.stream.usage

    async def close_stream(self) -> None:
        """Close the stream that runs."""
        await self.stream.close_stream()

    @property
    def model_name(self) -> str:
        """The model that answers."""
        return self.stream.model_name

    @property
    def provider_name(self) -> str | None:
        """The provider that answers."""
        return self.stream.provider_name

    @property
    def provider_url(self) -> str | None:
        """Where it answers."""
        return self.stream.provider_url

    @property
    def timestamp(self) -> datetime:
        """When it began to."""
        return self.stream.timestamp
