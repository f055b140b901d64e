"""The built-in model in the model library's form, so that all around it is the same as with any other."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence

from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model
from pydantic_ai.models.function import (
    AgentInfo,
    DeltaThinkingCalls,
    DeltaThinkingPart,
    DeltaToolCall,
    DeltaToolCalls,
    FunctionModel,
)

from dexter.models.catalogue import OFFLINE
from dexter.models.offline import Call, Earlier, Plan, Result, phrase, plan

_PIECES = re.compile(r"\S+\s*|\s+")


def offline_model() -> Model:
    """The built-in model, which streams, calls tools and can be cancelled."""
    return FunctionModel(stream_function=_answer, model_name=OFFLINE)


async def _answer(
    messages: list[ModelMessage], info: AgentInfo
) -> AsyncIterator[str | DeltaToolCalls | DeltaThinkingCalls]:
    query, earlier, results = _read(messages)
    # In a thread: a query may be a megabyte of text.
    made = await asyncio.to_thread(plan, query, earlier)
    there = {tool.name for tool in info.function_tools}
    callable_now = [call for call in made.calls if call.name in there]
    if callable_now and not results:
        if made.reading:
            yield {0: DeltaThinkingPart(content=made.reading)}
        yield {
            number: DeltaToolCall(call.name, json.dumps(call.arguments), tool_call_id=f"offline_{number}")
            for number, call in enumerate(callable_now, start=1)
        }
        return
    text = phrase(made, _in_order(made, results))
    for piece in _PIECES.findall(text):
        yield piece
        await asyncio.sleep(0)


def _in_order(made: Plan, results: Sequence[Result]) -> list[Result]:
    """One result per planned call; a call whose tool is not there has none to show."""
    left = list(results)
    found: list[Result] = []
    for call in made.calls:
        match = next((result for result in left if result.name == call.name), None)
        if match is not None:
            left.remove(match)
        found.append(match or Result(call.name, "this tool is not available here", ok=False))
    return found


def _read(messages: Sequence[ModelMessage]) -> tuple[str, list[Earlier], list[Result]]:
    """The question, the exchanges before it, and the results of the calls made for it."""
    asked: list[str] = []
    answers: list[str] = []
    calls: list[list[Call]] = []
    results: list[Result] = []
    for message in messages:
        for part in message.parts:
            if isinstance(part, UserPromptPart):
                asked.append(str(part.content))
                answers.append("")
                calls.append([])
                results = []
            elif isinstance(part, ToolReturnPart):
                value = part.model_response_str()
                results.append(Result(part.tool_name, value, ok=part.outcome == "success"))
            elif isinstance(part, ToolCallPart) and calls:
                calls[-1].append(Call(part.tool_name, part.args_as_dict()))
        if isinstance(message, ModelResponse) and answers:
            answers[-1] = "".join(part.content for part in message.parts if isinstance(part, TextPart))
    earlier = [
        Earlier(query, answer, tuple(made))
        for query, answer, made in zip(asked[:-1], answers[:-1], calls[:-1], strict=True)
    ]
    return (asked[-1] if asked else ""), earlier, results
