"""Batches against a server on the loopback: who answers, and what a run prints."""

import json
from typing import Any

from tests.support.servers import ModelServer

MODEL = ("--model", "openai:demo")


def remote_of(server: ModelServer) -> dict[str, str]:
    """Variables that make the server the model."""
    return {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-batch-0123456789"}


def lines(out: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The results of `--json`, and the summary."""
    *results, last = map(json.loads, out.splitlines())
    summary: dict[str, Any] = last["summary"]
    return results, summary
