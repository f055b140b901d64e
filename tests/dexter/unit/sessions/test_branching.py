import json
from pathlib import Path

import pytest

from dexter.paths import Home
from dexter.sessions import (
    AmbiguousExchange,
    ExchangeNotFound,
    InMemoryChatHistory,
    SessionManager,
    ToolStep,
)
from dexter.sessions.health.verification import verify
from dexter.sessions.notices import SeveralHeads
from tests.support.sessions import commit_file, git, is_sound

STEP = ToolStep(1, "c1", "calculate", {"expression": "1+1"}, "2", True, 3)


def asked(manager: SessionManager, *queries: str) -> list[str]:
    return [
        manager.save_exchange(
            query=query, answer=f"answer to {query}", model="m", provider="p", steps=(STEP,)
        ).id
        for query in queries
    ]


@pytest.fixture
def manager(tmp_path: Path) -> SessionManager:
    manager = SessionManager(tmp_path / ".dexter", identity=("T", "t@example.invalid"))
    manager.start_new("m", "p", "aaaaaaaa")
    return manager


def test_a_fork_starts_with_the_exchanges_up_to_one_and_their_steps_and_leaves_the_source(
    manager: SessionManager,
):
    first, second, _ = asked(manager, "one", "two", "three")
    fork = manager.fork_session(second)
    assert [exchange.query for exchange in fork.exchanges] == ["one", "two"]
    (third,) = asked(manager, "another three")
    view = manager.show(fork.metadata.id)
    assert [exchange.id for exchange in view.exchanges] == [first, second, third]
    assert view.exchanges[-1].parent_id == second
    assert view.metadata.forked_from == {"sessionId": "aaaaaaaa", "exchangeId": second}
    assert view.metadata.exchange_count == 3
    assert manager.steps(first, session_id=fork.metadata.id) == (STEP,)
    assert [exchange.query for exchange in manager.show("aaaaaaaa").exchanges] == ["one", "two", "three"]
    assert [event.action for event in manager.log(fork.metadata.id)] == ["exchange", "forked"]


def test_after_a_rewind_the_next_exchange_follows_the_earlier_one_and_nothing_is_lost(
    manager: SessionManager,
):
    first, second = asked(manager, "one", "two")
    assert [exchange.id for exchange in manager.rewind_session(first)] == [first]
    (third,) = asked(manager, "instead of two")
    exchanges = {exchange.id: exchange for exchange in manager.show("aaaaaaaa").exchanges}
    assert exchanges[third].parent_id == first
    assert set(exchanges) == {first, second, third}
    assert [event.action for event in manager.log("aaaaaaaa")] == [
        "exchange",
        "rewound",
        "exchange",
        "exchange",
        "created",
    ]


def test_a_rewind_is_remembered_until_something_is_asked(manager: SessionManager, tmp_path: Path):
    first, _ = asked(manager, "one", "two")
    manager.rewind_session(first)
    manager.close()
    with SessionManager(tmp_path / ".dexter", identity=("T", "t@example.invalid")) as later:
        later.resume("aaaaaaaa")
        assert later.follows == first
        (third,) = asked(later, "three")
    with SessionManager(tmp_path / ".dexter", identity=("T", "t@example.invalid")) as latest:
        latest.resume("aaaaaaaa")
        assert latest.follows == third


def test_an_exchange_that_is_not_there_changes_nothing(manager: SessionManager):
    asked(manager, "one")
    before = [event.commit for event in manager.log()]
    for act in (manager.rewind_session, manager.fork_session):
        with pytest.raises(ExchangeNotFound):
            act("no-such-id")
    assert [event.commit for event in manager.log()] == before


def entries(home: Path, session_id: str) -> dict[str, str]:
    """The id of what git has under each name of a session's directory."""
    rows = (line.split() for line in git(home, "ls-tree", f"HEAD:cli/{session_id}").splitlines())
    return {name: identifier for _, _, identifier, name in rows}


def test_a_rewind_to_before_the_first_exchange_is_remembered_and_begins_anew(
    manager: SessionManager, tmp_path: Path
):
    with pytest.raises(ExchangeNotFound):
        manager.rewind_session(None)
    first, second = asked(manager, "one", "two")
    assert manager.rewind_session(None) == ()
    manager.close()
    with SessionManager(tmp_path / ".dexter", identity=("T", "t@example.invalid")) as later:
        history = InMemoryChatHistory()
        resumed = later.resume("aaaaaaaa", history)
        assert (resumed.path, history.messages, later.follows) == ((), [], None)
        (third,) = asked(later, "anew")
        view = later.show("aaaaaaaa")
    assert [exchange.parent_id for exchange in view.exchanges] == [None, first, None]
    assert view.heads == (third, second)
    assert is_sound(tmp_path / ".dexter")


def test_a_session_goes_on_from_any_exchange_that_is_named_behind_an_at(
    manager: SessionManager, tmp_path: Path
):
    first, second = asked(manager, "one", "two")
    history = InMemoryChatHistory()
    resumed = manager.resume(f"aaaa@{first}", history)
    assert [exchange.query for exchange in resumed.path] == ["one"]
    assert [exchange.query for exchange in resumed.exchanges] == ["one", "two"]
    assert [message.query for message in history.messages] == ["one"]
    (third,) = asked(manager, "three")
    assert manager.show("aaaaaaaa").exchanges[-1].parent_id == first
    commits = git(tmp_path / ".dexter", "rev-list", "--count", "main")
    for text, error in ((first[:4], AmbiguousExchange), ("x", ExchangeNotFound), ("", ExchangeNotFound)):
        with pytest.raises(error):
            manager.resume(f"aaaa@{text}")
    assert git(tmp_path / ".dexter", "rev-list", "--count", "main") == commits
    (told,) = manager.resume("aaaa").notices
    assert told == SeveralHeads("aaaaaaaa", (third, second), told.named)
    assert manager.resume(f"aaaa@{second}").notices == ()


def test_of_going_back_nothing_is_written_until_something_is_asked(manager: SessionManager, tmp_path: Path):
    first, _ = asked(manager, "one", "two")
    commits = git(tmp_path / ".dexter", "rev-list", "--count", "main")
    assert [exchange.id for exchange in manager.go_on_after(first)] == [first]
    with pytest.raises(ExchangeNotFound):
        manager.go_on_after("no-such-id")
    assert git(tmp_path / ".dexter", "rev-list", "--count", "main") == commits
    asked(manager, "three")
    assert manager.show("aaaaaaaa").exchanges[-1].parent_id == first


def test_a_fork_of_a_whole_session_shares_all_of_its_files_with_it(manager: SessionManager, tmp_path: Path):
    home = tmp_path / ".dexter"
    asked(manager, "one", "two", "three")
    manager.add_summary(manager.follows or "", "a better summary")
    asked(manager, "four")
    manager.rename_session("aaaaaaaa", "T")
    manager.tag_session("aaaaaaaa", ["x"])
    manager.resume("aaaaaaaa")
    fork = manager.fork("aaaaaaaa")
    before, after = entries(home, "aaaaaaaa"), entries(home, fork.id)
    assert before.pop("session.json") != after.pop("session.json")
    assert before == after
    assert set(after) == {"history.jsonl", "steps", "summaries.jsonl"}
    stored = manager.show(fork.id)
    assert stored.stored == fork
    assert (fork.title, fork.tags, fork.resume_count, fork.last_resumed_at) == ("T", ("x",), 0, None)
    assert stored.notices == ()
    assert verify(Home(home)).problems == ()
    assert is_sound(home)


def test_a_fork_of_some_of_the_exchanges_has_their_lines_as_they_are_and_nothing_else(
    manager: SessionManager, tmp_path: Path
):
    home = tmp_path / ".dexter"
    first, second = asked(manager, "one", "two")
    manager.add_summary(second, "a better summary")
    manager.rewind_session(first)
    asked(manager, "three")
    fork = manager.fork("aaaaaaaa", second)
    lines = (home / f"sessions/cli/{fork.id}/history.jsonl").read_bytes()
    assert (home / "sessions/cli/aaaaaaaa/history.jsonl").read_bytes().startswith(lines)
    view = manager.show(fork.id)
    assert [exchange.summary for exchange in view.exchanges] == [None, "a better summary"]
    steps = home / f"sessions/cli/{fork.id}/steps"
    assert sorted(path.stem for path in steps.iterdir()) == [first, second]
    assert verify(Home(home)).problems == ()


def test_a_line_that_says_not_what_it_follows_says_it_in_a_fork_that_leaves_out_the_line_before(
    manager: SessionManager, tmp_path: Path
):
    home = tmp_path / ".dexter"
    (first,) = asked(manager, "one")
    manager.close()
    path = "cli/aaaaaaaa/history.jsonl"
    line = json.loads((home / "sessions" / path).read_bytes())
    other = {**line, "id": f"{first}-b", "parentId": first}
    implied = {key: value for key, value in line.items() if key != "parentId"} | {"id": f"{first}-c"}
    third = {**line, "id": f"{first}-d", "parentId": None}
    content = b"".join(json.dumps(each).encode() + b"\r\n" for each in (line, other, implied, third))
    commit_file(home, path, content)
    with SessionManager(home, identity=("T", "t@example.invalid")) as later:
        fork = later.fork("aaaaaaaa", f"{first}-c")
        exchanges = later.show(fork.id).exchanges
        assert [exchange.id for exchange in exchanges] == [first, f"{first}-b", f"{first}-c"]
        late = later.fork("aaaaaaaa", f"{first}-d")
        assert [exchange.parent_id for exchange in later.show(late.id).exchanges] == [None]
    assert is_sound(home)


def test_a_long_exchange_is_whole_in_a_fork(manager: SessionManager, tmp_path: Path):
    long = "word " * 600_000
    ids = [manager.save_exchange(query=query, answer=long, model="m").id for query in ("one", "two", "three")]
    for at in (None, ids[1]):
        fork = manager.fork("aaaaaaaa", at)
        assert all(exchange.answer == long for exchange in manager.show(fork.id).exchanges)
    assert verify(Home(tmp_path / ".dexter")).problems == ()


def test_where_two_sessions_part_is_told_by_their_exchanges(manager: SessionManager):
    first, second = asked(manager, "one", "two")
    fork = manager.fork_session(first)
    (third,) = asked(manager, "other two")
    found = manager.compare("aaaaaaaa", fork.metadata.id)
    assert [each.id for each in found.common] == [first]
    assert [each.id for each in found.first] == [second]
    assert [each.id for each in found.second] == [third]
    same = manager.compare("aaaaaaaa", "aaaaaaaa")
    assert (len(same.common), same.first, same.second) == (2, (), ())


def test_a_fork_of_what_git_does_not_have_yet_is_there_once_it_has(manager: SessionManager, tmp_path: Path):
    home = tmp_path / ".dexter"
    asked(manager, "one")
    lock = home / "sessions/.git/index.lock"
    lock.touch()
    asked(manager, "two")
    fork = manager.fork("aaaaaaaa")
    assert git(home, "ls-tree", "HEAD", "cli/").count(fork.id) == 0
    lock.unlink()
    asked(manager, "three")
    view = manager.show(fork.id)
    assert [exchange.query for exchange in view.exchanges] == ["one", "two"]
    assert git(home, "ls-tree", "HEAD", "cli/").count(fork.id) == 1
    assert verify(Home(home)).problems == ()


def test_an_exchange_comes_last_although_its_session_was_deleted_meanwhile_and_the_clock_is_behind(
    tmp_path: Path,
) -> None:
    now = [2_000_000_000.0]
    home, who = tmp_path / ".dexter", ("T", "t@example.invalid")
    with SessionManager(home, identity=who, clock=lambda: now[0]) as manager:
        manager.start_new("m", "p", "aaaaaaaa")
        asked(manager, "one")
        manager.rewind_session(None)
    now[0] -= 86_400.0
    with SessionManager(home, identity=who, clock=lambda: now[0]) as manager:
        manager.resume("aaaaaaaa")
        with SessionManager(home, identity=who) as another:
            another.delete_session("aaaaaaaa")
        asked(manager, "instead of one")
        assert [each.query for each in manager.show("aaaaaaaa").exchanges] == ["one", "instead of one"]
