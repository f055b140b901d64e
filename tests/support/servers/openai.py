"""OpenAI's chat completions protocol, as servers speak it."""

import json
from collections.abc import Iterator
from typing import Any

from tests.support.servers.asked import Asked
from tests.support.servers.replies import Call, Fail, Reply, pieces

CONTENT_TYPE = "text/event-stream"
END = b"data: [DONE]\n\n"
_WHY = {"stop": "stop", "tools": "tool_calls", "length": "length", "refused": "content_filter"}
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
_TYPES = {401: "invalid_request_error", 429: "requests", 500: "server_error", 503: "server_error"}


def read(body: dict[str, Any]) -> Asked:
    """What a request asks."""
    query = ""
    results: list[str] = []
    for message in body.get("messages", []):
        if message["role"] == "user":
            query, results = _text(message["content"]), []
        elif message["role"] == "tool":
            results.append(_text(message["content"]))
    tools = [tool["function"]["name"] for tool in body.get("tools", [])]
    if body.get("tool_choice") == "none":
        tools = []
    return Asked(
        query, tuple(tools), tuple(results), stream=bool(body.get("stream")), model=body.get("model", "")
    )


def stream(reply: Reply, model: str) -> Iterator[bytes]:
    """The pieces of a streamed answer."""
    yield _chunk(model, {"role": "assistant", "content": ""})
    for piece in pieces(reply.reasoning):
        yield _chunk(model, {"reasoning_content": piece})
    for piece in pieces(reply.text):
        yield _chunk(model, {"content": piece})
    for place, call in enumerate(reply.calls):
        arguments = as_text(call)
        yield _chunk(model, {"tool_calls": [_call(place, call.name, arguments[:5])]})
        yield _chunk(model, {"tool_calls": [{"index": place, "function": {"arguments": arguments[5:]}}]})
    yield _chunk(model, {}, finish=_WHY[reply.ended])
    yield _chunk(model, None, usage=_usage(reply))
    yield END


def whole(reply: Reply, model: str) -> dict[str, Any]:
    """An answer that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = [
            {key: value for key, value in _call(place, call.name, as_text(call)).items() if key != "index"}
            for place, call in enumerate(reply.calls)
        ]
    choice = {"index": 0, "message": message, "finish_reason": _WHY[reply.ended]}
    return {**_head(model, "chat.completion"), "choices": [choice], "usage": _usage(reply)}


def error(fail: Fail) -> tuple[int, dict[str, Any]]:
    """The status and body of an error."""
    message = fail.message or f"failed as it was told, with {fail.status}"
    code = fail.code or _CODES.get(fail.status)
    if fail.code == "context":
        code = "context_length_exceeded"
        message = (
            "This model's maximum context length is 8192 tokens. Your messages resulted in 12000 tokens."
        )
    kind = _TYPES.get(fail.status, "invalid_request_error")
    return fail.status, {"error": {"message": message, "type": kind, "param": None, "code": code}}


def as_text(call: Call) -> str:
    """The arguments of a call as the text that is sent."""
    return call.arguments if isinstance(call.arguments, str) else json.dumps(dict(call.arguments))


def _call(place: int, name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"index": place, "id": f"call_{name}_{place}", "type": "function", "function": function}


def _chunk(
    model: str, delta: dict[str, Any] | None, finish: str | None = None, usage: dict[str, int] | None = None
) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = {**_head(model, "chat.completion.chunk"), "choices": choices, "usage": usage}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def _head(model: str, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-test", "object": kind, "created": 1_700_000_000, "model": model}


def _usage(reply: Reply) -> dict[str, Any]:
    taken = reply.input_tokens + reply.cache_read
    usage: dict[str, Any] = {
        "prompt_tokens": taken,
        "completion_tokens": reply.output_tokens,
        "total_tokens": taken + reply.output_tokens,
    }
    return usage | (
        {"prompt_tokens_details": {"cached_tokens": reply.cache_read}} if reply.cache_read else {}
    )


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or [])
