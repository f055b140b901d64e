import json
import threading
from pathlib import Path

import pytest

from dexter.paths import Home
from dexter.secrets import Masks
from dexter.terminal.typed import MOST, TypedQueries


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / ".dexter")


def stored(home: Home) -> list[dict[str, object]]:
    messages: list[dict[str, object]] = json.loads(home.messages_file.read_bytes())["messages"]
    return messages


def test_the_newest_query_comes_first_in_the_file_and_last_in_the_list(home: Home):
    typed = TypedQueries(home, clock=lambda: 1771769400.5)
    typed.add("first")
    typed.add("second")
    typed.answer("second", "an answer")
    assert [message["userMessage"] for message in stored(home)] == ["second", "first"]
    assert stored(home)[0] | {"id": ""} == {
        "id": "",
        "timestamp": "2026-02-22T14:10:00.500Z",
        "userMessage": "second",
        "agentResponse": "an answer",
    }
    assert stored(home)[1]["agentResponse"] is None
    assert TypedQueries(home).load() == ["first", "second"]


def test_a_query_typed_twice_in_a_row_comes_back_once(home: Home):
    typed = TypedQueries(home)
    for query in ("a", "a", "b", "a"):
        typed.add(query)
    assert typed.load() == ["a", "b", "a"]


def test_two_chats_that_type_at_once_lose_nothing(home: Home):
    def chat(name: str) -> None:
        typed = TypedQueries(home)
        for number in range(25):
            typed.add(f"{name}{number}")

    chats = [threading.Thread(target=chat, args=(name,)) for name in "abcd"]
    for each in chats:
        each.start()
    for each in chats:
        each.join()
    assert {message["userMessage"] for message in stored(home)} == {
        f"{n}{i}" for n in "abcd" for i in range(25)
    }
    assert [path.name for path in home.messages_file.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"messages": 1}', b"\x00" * 10, b'"\xff"', b"[" * 100_000]
)
def test_an_unreadable_list_is_kept_aside_and_a_new_one_begun(home: Home, content: bytes):
    home.messages_file.parent.mkdir(parents=True)
    home.messages_file.write_bytes(content)
    typed = TypedQueries(home)
    assert typed.load() == []
    assert home.messages_file.read_bytes() == content
    typed.add("a query")
    assert typed.load() == ["a query"]
    (aside,) = home.messages_file.parent.glob("chat_history.json.unreadable-*")
    assert aside.read_bytes() == content
    assert typed.trouble is not None
    assert aside.name in typed.trouble


def test_entries_that_are_none_are_passed_over(home: Home):
    home.messages_file.parent.mkdir(parents=True)
    home.messages_file.write_text('{"messages": [1, {"userMessage": 2}, {"id": "x", "userMessage": "good"}]}')
    assert TypedQueries(home).load() == ["good"]


def test_the_list_does_not_grow_without_end(home: Home):
    entries = [
        {"id": str(number), "userMessage": f"q{number}", "agentResponse": None} for number in range(MOST)
    ]
    home.messages_file.parent.mkdir(parents=True)
    home.messages_file.write_text(json.dumps({"messages": entries}))
    TypedQueries(home).add("newest")
    assert len(stored(home)) == MOST
    assert stored(home)[0]["userMessage"] == "newest"


def test_half_a_surrogate_pair_survives(home: Home):
    typed = TypedQueries(home)
    typed.add("half \ud83d of it")
    assert typed.load() == ["half \ud83d of it"]


def test_a_list_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path):
    (tmp_path / ".dexter").write_text("a file")
    typed = TypedQueries(Home(tmp_path / ".dexter"))
    typed.add("a query")
    assert typed.load() == []
    assert typed.trouble is not None
    assert "sessions are safe" in typed.trouble


def test_keys_in_what_was_typed_and_answered_are_not_in_the_file(tmp_path: Path):
    home = Home(tmp_path / ".dexter")
    typed = TypedQueries(home, masks=lambda: Masks.of({"SOME_API_KEY": "a key of no form 1"}))
    typed.add("Is it a key of no form 1?")
    typed.answer("Is it a key of no form 1?", "No, AKIAIOSFODNN7EXAMPLE.")
    assert typed.load() == ["Is it [masked: some key]?"]
    assert "No, [masked: aws key id]." in home.messages_file.read_text()
