"""Google's generateContent protocol, as its server speaks it."""

import json
from collections.abc import Iterator
from typing import Any

from tests.support.servers.asked import Asked
from tests.support.servers.openai import as_text
from tests.support.servers.replies import Fail, Reply, pieces

CONTENT_TYPE = "text/event-stream"
_WHY = {"stop": "STOP", "tools": "STOP", "length": "MAX_TOKENS", "refused": "SAFETY"}
_STATUSES = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


def read(body: dict[str, Any], model: str, *, streamed: bool) -> Asked:
    """What a request asks."""
    query = ""
    results: list[str] = []
    for content in body.get("contents", []):
        for part in content.get("parts", []):
            if content.get("role") == "user" and "text" in part:
                query, results = part["text"], []
            if "functionResponse" in part:
                results.append(json.dumps(part["functionResponse"].get("response")))
    offered = body.get("tools") or []
    tools = [each["name"] for tool in offered for each in tool.get("functionDeclarations", [])]
    mode = ((body.get("toolConfig") or {}).get("functionCallingConfig") or {}).get("mode")
    return Asked(query, () if mode == "NONE" else tuple(tools), tuple(results), stream=streamed, model=model)


def stream(reply: Reply, model: str) -> Iterator[bytes]:
    """The pieces of a streamed answer."""
    for piece in pieces(reply.reasoning):
        yield _chunk(model, [{"text": piece, "thought": True}])
    for piece in pieces(reply.text):
        yield _chunk(model, [{"text": piece}])
    yield _chunk(model, _calls(reply), finish=_WHY[reply.ended], usage=_usage(reply))


def whole(reply: Reply, model: str) -> dict[str, Any]:
    """An answer that is not streamed."""
    parts = [{"text": reply.text}, *_calls(reply)] if reply.text else _calls(reply)
    return _body(model, parts, _WHY[reply.ended], _usage(reply))


def error(fail: Fail) -> tuple[int, dict[str, Any]]:
    """The status and body of an error; a wrong key is a 400 here."""
    status = {401: 400, 529: 503}.get(fail.status, fail.status)
    message = fail.message or f"failed as it was told, with {fail.status}"
    details: list[dict[str, Any]] = []
    if fail.status == 401:
        message = "API key not valid. Please pass a valid API key."
        details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    if fail.code == "context":
        message = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."
    kind = _STATUSES.get(status, "UNKNOWN")
    return status, {"error": {"code": status, "message": message, "status": kind, "details": details}}


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [{"functionCall": {"name": call.name, "args": json.loads(as_text(call))}} for call in reply.calls]


def _chunk(
    model: str, parts: list[dict[str, Any]], finish: str | None = None, usage: dict[str, int] | None = None
) -> bytes:
    return b"data: " + json.dumps(_body(model, parts, finish, usage)).encode() + b"\r\n\r\n"


def _body(
    model: str, parts: list[dict[str, Any]], finish: str | None, usage: dict[str, int] | None
) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    body: dict[str, Any] = {"candidates": [candidate], "modelVersion": model, "responseId": "test"}
    return body | ({"usageMetadata": usage} if usage else {})


def _usage(reply: Reply) -> dict[str, int]:
    taken = reply.input_tokens + reply.cache_read
    usage = {
        "promptTokenCount": taken,
        "candidatesTokenCount": reply.output_tokens,
        "totalTokenCount": taken + reply.output_tokens,
    }
    return usage | ({"cachedContentTokenCount": reply.cache_read} if reply.cache_read else {})
