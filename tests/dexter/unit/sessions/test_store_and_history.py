import json
from pathlib import Path

import msgspec
import pytest

from dexter.sessions import (
    InvalidRecord,
    SessionExchange,
    SessionHistory,
    SessionIndex,
    SessionMetadata,
    SessionNotFound,
    SessionPresent,
    SessionStore,
    new_exchange_id,
)
from tests.support.sessions import commit_file, git, is_sound, make_session

A = SessionMetadata("a7k3m9x2", 1_771_770_600_000, 1_771_770_600_000, model="gpt-5", provider="openai")
B = msgspec.structs.replace(A, id="b3n8p2q1", updated_at=A.updated_at + 1)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


def an_exchange(number: int = 1, **fields: object) -> SessionExchange:
    base = SessionExchange(
        new_exchange_id(None, 1_771_770_600_000 + number), 5, "q", "a", model="m", duration=1
    )
    return msgspec.structs.replace(base, **fields)


def test_reading_makes_nothing(home: Path):
    store = SessionStore(home)
    assert store.load() == SessionIndex()
    assert store.list() == []
    assert store.get("a7k3m9x2") is None
    assert store.delete("a7k3m9x2") is False
    assert SessionHistory(home, "a7k3m9x2").load() == []
    assert not home.exists()


def test_a_created_session_is_found_listed_and_loaded(home: Path):
    store = SessionStore(home)
    store.create(A)
    store.create(B)
    assert store.get(A.id) == A
    assert store.list() == [B, A]
    assert SessionStore(home).load() == SessionIndex(version=1, sessions={A.id: A, B.id: B})
    assert is_sound(home)


def test_creating_a_session_twice_changes_nothing(home: Path):
    store = SessionStore(home)
    store.create(A)
    with pytest.raises(SessionPresent):
        store.create(msgspec.structs.replace(A, title="other"))
    assert store.get(A.id) == A


def test_update_sets_what_is_named_and_keeps_the_rest(home: Path):
    store = SessionStore(home)
    store.create(msgspec.structs.replace(A, unknown={"colour": "red"}))
    assert store.update(A.id, title="T").title == "T"
    store.update(A.id, {"exchangeCount": 4, "last_query": "q"})
    store.update(A.id, {"title": None})
    found = store.get(A.id)
    assert found is not None
    assert (found.title, found.exchange_count, found.last_query) == (None, 4, "q")
    assert found.unknown == {"colour": "red"}


def test_a_wrong_update_changes_nothing(home: Path):
    store = SessionStore(home)
    store.create(A)
    with pytest.raises(InvalidRecord):
        store.update(A.id, exchange_count="many")
    with pytest.raises(ValueError, match="id"):
        store.update(A.id, id="b3n8p2q1")
    with pytest.raises(SessionNotFound):
        store.update("b3n8p2q1", title="x")
    assert store.list() == [A]


def test_delete_takes_the_session_away_once(home: Path):
    store = SessionStore(home)
    store.create(A)
    assert store.delete(A.id) is True
    assert store.delete(A.id) is False
    assert store.get(A.id) is None
    assert is_sound(home)


def test_saving_an_index_creates_and_updates_and_never_deletes(home: Path):
    store = SessionStore(home)
    store.create(A)
    before = git(home, "rev-list", "--count", "HEAD")
    store.save(store.load())
    assert git(home, "rev-list", "--count", "HEAD") == before
    store.save(SessionIndex(sessions={B.id: B}))
    store.save(SessionIndex(sessions={B.id: msgspec.structs.replace(B, title="T")}))
    assert {each.id: each.title for each in store.list()} == {A.id: None, B.id: "T"}


@pytest.mark.parametrize("session_id", ["", "..", "../../x", "ABCDEFGH", "a7k3m9x2\n", "a7k3m9x", "a/b/c/d/"])
def test_what_is_no_id_never_becomes_a_path(home: Path, session_id: str):
    with pytest.raises(ValueError, match="session id"):
        SessionHistory(home, session_id)
    assert SessionStore(home).get(session_id) is None
    assert SessionStore(home).delete(session_id) is False
    with pytest.raises(InvalidRecord):
        SessionStore(home).create(msgspec.structs.replace(A, id=session_id))
    assert not home.exists()


def test_appended_exchanges_are_lines_in_the_work_tree_and_in_git(home: Path):
    history = SessionHistory(home, A.id)
    exchanges = [an_exchange(number) for number in range(3)]
    for exchange in exchanges:
        history.append(exchange)
    assert history.load() == exchanges
    lines = (home / "sessions/cli" / A.id / "history.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [each.id for each in exchanges]
    assert git(home, "show", f"main:cli/{A.id}/history.jsonl").encode().splitlines() == lines
    assert is_sound(home)


def test_appending_begins_a_session_whose_metadata_follow_from_it(home: Path):
    SessionHistory(home, A.id).append(an_exchange(1, query="first", timestamp=10))
    SessionHistory(home, A.id).append(an_exchange(2, query="second", timestamp=20, status="error"))
    found = SessionStore(home).get(A.id)
    assert found is not None
    assert (found.first_query, found.last_query, found.exchange_count) == ("first", "second", 1)
    assert (found.created_at, found.updated_at) == (9, 20)


def test_appending_the_same_exchange_again_changes_nothing(home: Path):
    history = SessionHistory(home, A.id)
    exchange = an_exchange(1)
    history.append(exchange)
    history.append(exchange)
    assert len(history.load()) == 1


def test_a_wrong_exchange_is_refused_before_anything_is_written(home: Path):
    with pytest.raises(InvalidRecord):
        SessionHistory(home, A.id).append(an_exchange(1, status="done"))
    assert not home.exists()


def test_lines_that_are_no_exchanges_are_left_out_told_and_stay(home: Path):
    session_id = make_session(home, "one", "two")
    path = f"cli/{session_id}/history.jsonl"
    content = (home / "sessions" / path).read_bytes()
    broken = b"not json\n" + content + b'{"id":"x"}\n\0\0\0\n' + b'{"id": "torn'
    commit_file(home, path, broken)
    history = SessionHistory(home, session_id)
    assert [each.query for each in history.load()] == ["one", "two"]
    (problem,) = history.problems()
    assert [number for number, _ in problem.lines] == [1, 4, 5, 6]
    history.append(an_exchange(99, query="three"))
    assert {each.query for each in history.load()} == {"one", "two", "three"}
    kept = (home / "sessions" / path).read_bytes()
    for piece in (b"not json\n", b'{"id":"x"}\n', b"\0\0\0\n", b'{"id": "torn'):
        assert piece in kept


def test_unknown_fields_in_the_metadata_file_survive_every_change(home: Path):
    session_id = make_session(home, "one")
    path = f"cli/{session_id}/session.json"
    fields = json.loads((home / "sessions" / path).read_bytes())
    commit_file(home, path, json.dumps({**fields, "colour": {"is": "red"}}).encode())
    SessionStore(home).update(session_id, title="T")
    SessionHistory(home, session_id).append(an_exchange(1))
    assert json.loads((home / "sessions" / path).read_bytes())["colour"] == {"is": "red"}


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"id": 5}', b"\0\0", b'{"id":"zzzzzzzz"}'])
def test_a_session_with_missing_or_broken_metadata_is_there_and_mends(home: Path, content: bytes | None):
    session_id = make_session(home, "one", "two")
    commit_file(home, f"cli/{session_id}/session.json", content)
    (found,) = SessionStore(home).list()
    assert (found.id, found.exchange_count, found.first_query, found.last_query) == (
        session_id,
        2,
        "one",
        "two",
    )
    SessionHistory(home, session_id).append(an_exchange(10**13, query="three"))
    mended = json.loads((home / "sessions/cli" / session_id / "session.json").read_bytes())
    assert (mended["id"], mended["exchangeCount"], mended["lastQuery"]) == (session_id, 3, "three")


def test_what_is_sound_in_broken_metadata_is_kept(home: Path):
    session_id = make_session(home, "one")
    fields = {"id": session_id, "title": "T", "createdAt": "yesterday", "tags": ["x"], "colour": "red"}
    commit_file(home, f"cli/{session_id}/session.json", json.dumps(fields).encode())
    (found,) = SessionStore(home).list()
    assert (found.title, found.tags, found.unknown, found.exchange_count) == (
        "T",
        ("x",),
        {"colour": "red"},
        1,
    )
