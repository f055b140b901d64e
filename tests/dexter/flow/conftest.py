"""A model server on the loopback for chats that need no script."""

from collections.abc import Iterator

import pytest

from tests.support.servers.process import Serving, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    """A server whose answers the query itself tells."""
    with serving() as running:
        yield running


@pytest.fixture
def with_model(server: Serving, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What brings a chat to that server, with a key."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    return ["--model", f"openai:test-model@{server.base_url}"]


@pytest.fixture
def without_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key in the environment."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
