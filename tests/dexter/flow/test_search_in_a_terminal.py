"""`/search` as a person meets it: in a pseudo-terminal, with a model server on the loopback."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers.process import Serving, serving
from tests.support.terminal import CTRL_D, Terminal

pytestmark = pytest.mark.terminal


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving() as running:
        yield running


def test_a_search_service_is_chosen_with_its_key_in_the_chat_and_remembered(
    server: Serving, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    with Terminal(["--model", f"openai:test-model@{server.base_url}"]) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("/search")
        chat.wait_for("Who shall search the web first?")
        chat.type("tav")
        chat.wait_for("1 of ")
        chat.enter("")
        chat.wait_for("Tavily needs a key")
        chat.type("tvly-0123456789abcdef")
        chat.wait_for("*********************")
        chat.enter("")
        chat.wait_for("Web search: Tavily.")
        chat.enter("/search bing")
        chat.wait_for("There is no such search service")
        chat.type(CTRL_D)
        chat.wait_for_end()
        assert "tvly-0123456789" not in chat.raw
    assert json.loads(Path(".dexter/settings.json").read_bytes())["searchProvider"] == "tavily"
    assert Path(".env").read_text() == "TAVILY_API_KEY=tvly-0123456789abcdef\n"
