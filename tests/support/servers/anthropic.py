"""Anthropic's messages protocol, as its server speaks it."""

import json
from collections.abc import Iterator
from typing import Any

from tests.support.servers.asked import Asked
from tests.support.servers.openai import as_text
from tests.support.servers.replies import Fail, Reply, pieces

CONTENT_TYPE = "text/event-stream"
SIGNATURE = "c2lnbmVk"
"""Reasoning is signed; only with its signature may it go back beside the tools' results."""
_WHY = {"stop": "end_turn", "tools": "tool_use", "length": "max_tokens", "refused": "refusal"}
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


def read(body: dict[str, Any]) -> Asked:
    """What a request asks."""
    query = ""
    results: list[str] = []
    for message in body.get("messages", []):
        content = message["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if message["role"] == "user" and any(part["type"] == "text" for part in parts):
            query, results = "".join(part.get("text", "") for part in parts), []
        results += [_result(part) for part in parts if part["type"] == "tool_result"]
    tools = [tool["name"] for tool in body.get("tools", [])]
    if body.get("tool_choice", {}).get("type") == "none":
        tools = []
    return Asked(
        query, tuple(tools), tuple(results), stream=bool(body.get("stream")), model=body.get("model", "")
    )


def stream(reply: Reply, model: str) -> Iterator[bytes]:
    """The pieces of a streamed answer."""
    message = {**_message(model), "content": [], "stop_reason": None, "stop_sequence": None}
    message["usage"] = {**_taken(reply), "output_tokens": 1}
    yield _event("message_start", message=message)
    place = 0
    for kind, key, text in (("thinking", "thinking", reply.reasoning), ("text", "text", reply.text)):
        if text:
            block: dict[str, Any] = {"type": kind, key: ""} | (
                {"signature": ""} if kind == "thinking" else {}
            )
            yield _event("content_block_start", index=place, content_block=block)
            for piece in pieces(text):
                yield _event("content_block_delta", index=place, delta={"type": f"{kind}_delta", key: piece})
            if kind == "thinking":
                signature = {"type": "signature_delta", "signature": SIGNATURE}
                yield _event("content_block_delta", index=place, delta=signature)
            yield _event("content_block_stop", index=place)
            place += 1
    for number, call in enumerate(reply.calls):
        block = {"type": "tool_use", "id": f"toolu_{number}", "name": call.name, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": as_text(call)}
        yield _event("content_block_start", index=place, content_block=block)
        yield _event("content_block_delta", index=place, delta=delta)
        yield _event("content_block_stop", index=place)
        place += 1
    ended = {"stop_reason": _WHY[reply.ended], "stop_sequence": None}
    yield _event("message_delta", delta=ended, usage={"output_tokens": reply.output_tokens})
    yield _event("message_stop")


def whole(reply: Reply, model: str) -> dict[str, Any]:
    """An answer that is not streamed."""
    content: list[dict[str, Any]] = [{"type": "text", "text": reply.text}] if reply.text else []
    content += [
        {"type": "tool_use", "id": f"toolu_{number}", "name": call.name, "input": json.loads(as_text(call))}
        for number, call in enumerate(reply.calls)
    ]
    usage = {**_taken(reply), "output_tokens": reply.output_tokens}
    why = _WHY[reply.ended]
    return {**_message(model), "content": content, "stop_reason": why, "stop_sequence": None, "usage": usage}


def error(fail: Fail) -> tuple[int, dict[str, Any]]:
    """The status and body of an error."""
    message = fail.message or f"failed as it was told, with {fail.status}"
    if fail.code == "context":
        message = "prompt is too long: 250000 tokens > 200000 maximum"
    kind = _TYPES.get(fail.status, "api_error")
    return fail.status, {"type": "error", "error": {"type": kind, "message": message}}


def error_in_stream(fail: Fail) -> bytes:
    """The event of an error that comes when the stream has begun."""
    _, body = error(fail)
    return b"event: error\ndata: " + json.dumps(body).encode() + b"\n\n"


def _taken(reply: Reply) -> dict[str, int]:
    """What was taken in: here those of the cache stand beside the others."""
    return {
        "input_tokens": reply.input_tokens,
        "cache_creation_input_tokens": reply.cache_written,
        "cache_read_input_tokens": reply.cache_read,
    }


def _message(model: str) -> dict[str, Any]:
    return {"id": "msg_test", "type": "message", "role": "assistant", "model": model}


def _event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def _result(part: dict[str, Any]) -> str:
    content = part.get("content") or ""
    return content if isinstance(content, str) else "".join(each.get("text", "") for each in content)
