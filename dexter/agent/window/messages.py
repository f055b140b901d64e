"""Earlier exchanges as the model library's messages, in a form that every provider accepts.

Requests and responses alternate, nothing is blank, each tool call has its result in the message that
follows, and ids and names have only characters that all providers allow.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from dexter.agent.window.parts import LEFT_OUT
from dexter.agent.window.tokens import cut, estimate
from dexter.agent.window.turns import PER_MESSAGE, Round, Turn

# Some providers refuse a call whose result is empty.
NOTHING = "[nothing]"

_EPOCH = datetime.fromtimestamp(0, UTC)
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_-]")


def to_messages(turns: Sequence[Turn]) -> list[ModelMessage]:
    """The messages of earlier exchanges, oldest first: the same list for the same turns."""
    messages: list[ModelMessage] = []
    for number, turn in enumerate(turns, start=1):
        messages.append(ModelRequest(parts=[UserPromptPart(turn.query, timestamp=_EPOCH)]))
        for step, each in enumerate(turn.rounds, start=1):
            messages.extend(_round(each, f"{number}_{step}"))
        messages.append(ModelResponse(parts=[TextPart(turn.answer)], timestamp=_EPOCH))
    return messages


def tokens_of(messages: Sequence[ModelMessage]) -> int:
    """What messages cost in a request, estimated."""
    return sum(PER_MESSAGE + sum(part_tokens(part) for part in message.parts) for message in messages)


def within(messages: list[ModelMessage], budget: int) -> list[ModelMessage]:
    """The messages with the oldest tool results of the running query left out until they fit, or as they are.

    Only results shrink, so what is sent stays valid; the newest results stay whole as long as possible.

    Args:
        messages: All messages of the next request, the question that runs somewhere in the middle.
        budget: Tokens.
    """
    over = tokens_of(messages) - budget
    if over <= 0:
        return messages
    shorter = list(messages)
    for index, message in enumerate(messages):
        if over <= 0:
            break
        if not isinstance(message, ModelRequest):
            continue
        for place, part in enumerate(message.parts):
            size = part_tokens(part)
            if over > 0 and isinstance(part, ToolReturnPart) and size > 2 * estimate(LEFT_OUT):
                keep = cut(part.model_response_str(), max(size - over - PER_MESSAGE, 0)) or LEFT_OUT
                less = with_text(part, keep)
                shorter[index] = with_part(shorter[index], place, less)
                over -= size - part_tokens(less)
    return shorter


def with_text(part: ToolReturnPart, text: str) -> ToolReturnPart:
    """A result with another text."""
    return ToolReturnPart(
        part.tool_name,
        text,
        part.tool_call_id,
        metadata=part.metadata,
        outcome=part.outcome,
        timestamp=part.timestamp,
    )


def with_part(message: ModelMessage, place: int, part: ToolReturnPart) -> ModelMessage:
    """A request with another result in place of one."""
    if not isinstance(message, ModelRequest):
        return message
    parts = list(message.parts)
    parts[place] = part
    return ModelRequest(
        parts=parts,
        timestamp=message.timestamp,
        instructions=message.instructions,
        run_id=message.run_id,
        conversation_id=message.conversation_id,
    )


def _round(each: Round, number: str) -> list[ModelMessage]:
    names = [f"call_{number}_{place}" for place in range(1, len(each.calls) + 1)]
    tools = [_NOT_A_NAME.sub("_", call.name)[:64] or "tool" for call in each.calls]
    said = [TextPart(each.text)] if each.text else []
    calls = [
        ToolCallPart(tool, call.arguments, tool_call_id=name)
        for tool, call, name in zip(tools, each.calls, names, strict=True)
    ]
    results = [
        ToolReturnPart(
            tool,
            call.result.strip() or NOTHING,
            name,
            metadata=call.reference,
            outcome="success" if call.ok else "failed",
            timestamp=_EPOCH,
        )
        for tool, call, name in zip(tools, each.calls, names, strict=True)
    ]
    further = [UserPromptPart(each.further, timestamp=_EPOCH)] if each.further else []
    return [
        ModelResponse(parts=[*said, *calls], timestamp=_EPOCH),
        ModelRequest(parts=[*results, *further]),
    ]


def part_tokens(part: object) -> int:
    """What a part of a message costs in a request, estimated."""
    match part:
        case UserPromptPart(content=str(text)) | TextPart(content=text):
            return estimate(text)
        case ToolCallPart():
            return estimate(part.args_as_json_str()) + estimate(part.tool_name) + PER_MESSAGE
        case ToolReturnPart():
            return estimate(part.model_response_str()) + PER_MESSAGE
        case _:
            return PER_MESSAGE
