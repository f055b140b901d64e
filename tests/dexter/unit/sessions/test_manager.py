import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dexter.sessions import (
    AmbiguousSession,
    InMemoryChatHistory,
    InvalidRecord,
    MomentNotFound,
    SessionManager,
    SessionNotFound,
    SessionPresent,
    ToolStep,
)
from dexter.sessions.notices import MetadataRebuilt, SeveralHeads
from dexter.sessions.writing.changes import SUBJECT_LENGTH, subject
from tests.support.sessions import TOOL, commit_file, git, is_sound, make_session, save


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


def stored(home: Path, session_id: str) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((home / "sessions/cli" / session_id / "session.json").read_bytes())
    return loaded


def test_making_a_manager_and_looking_makes_nothing(home: Path):
    with SessionManager(home) as manager:
        assert manager.list_sessions() == []
        assert manager.deleted_sessions() == []
        assert manager.log() == []
        assert manager.search("x") == []
        with pytest.raises(SessionNotFound):
            manager.resume("a7k3m9x2")
    assert not home.exists()


def test_a_new_session_is_in_git_at_once_and_ignored_by_a_repository_around_it(home: Path):
    with SessionManager(home) as manager:
        metadata = manager.start_new("gpt-5", "openai")
        assert manager.list_sessions() == [metadata]
    assert git(home, "log", "-1", "--format=%s|%(trailers:only,separator=%x2C)") == (
        f"{metadata.id}: created|Session: {metadata.id},Action: created\n"
    )
    assert (home / ".gitignore").read_text() == "*\n"
    assert is_sound(home)


def test_a_session_starts_with_the_id_that_was_shown(home: Path):
    with SessionManager(home) as manager:
        assert manager.start_new("m", "p", "a7k3m9x2").id == "a7k3m9x2"
        with pytest.raises(SessionPresent):
            manager.start_new("m", "p", "a7k3m9x2")
        with pytest.raises(InvalidRecord):
            manager.start_new("m", "p", "../../x")


def test_a_saved_exchange_is_one_commit_with_its_line_steps_and_metadata(home: Path):
    with SessionManager(home) as manager:
        session_id = manager.start_new("gpt-5", "openai").id
        first = save(manager, "What is AAPL's P/E ratio?\nsecond line", steps=[TOOL], summary="s")
        second = save(manager, "And MSFT?", model="gpt-6", provider="azure")
    assert git(home, "rev-list", "--count", "HEAD") == "4\n"
    log = git(home, "log", "--format=%H %s|%(trailers:only,separator=%x2C)").splitlines()
    assert log[1] == (
        f"{first.commit} {session_id}: What is AAPL's P/E ratio?|Session: {session_id},Action: exchange,"
        f"Exchange: {first.id},Status: complete,Model: gpt-5,Tokens: 30"
    )
    assert log[0].startswith(f"{second.commit} {session_id}: And MSFT?|")
    lines = [
        json.loads(line) for line in git(home, "show", f"main:cli/{session_id}/history.jsonl").splitlines()
    ]
    assert lines[0]["tokenUsage"] == {"inputTokens": 10, "outputTokens": 20, "totalTokens": 30}
    assert [line["parentId"] for line in lines] == [None, first.id]
    assert (
        json.loads(git(home, "show", f"main:cli/{session_id}/steps/{first.id}.jsonl"))["callId"] == "call-1"
    )
    metadata = stored(home, session_id)
    assert (metadata["exchangeCount"], metadata["model"], metadata["provider"]) == (2, "gpt-6", "azure")
    assert (metadata["firstQuery"], metadata["lastQuery"]) == (
        "What is AAPL's P/E ratio? second line",
        "And MSFT?",
    )
    assert metadata["updatedAt"] == second.exchange.timestamp
    assert is_sound(home)


def test_only_complete_exchanges_are_counted(home: Path):
    session_id = make_session(home, "a")
    with SessionManager(home) as manager:
        manager.resume(session_id)
        save(manager, "b", status="error", answer="")
        save(manager, "c", status="interrupted", answer="par")
        assert manager.get(session_id).exchange_count == 1
        assert manager.get(session_id).last_query == "c"


def test_a_wrong_status_is_refused_and_nothing_is_written(home: Path):
    with SessionManager(home) as manager:
        session_id = manager.start_new("m", "p").id
        with pytest.raises(InvalidRecord):
            save(manager, status="done")
        assert manager.show(session_id).exchanges == ()


def test_resuming_replays_the_complete_exchanges_and_goes_on_after_the_last(home: Path):
    session_id = make_session(home, "a?", "b?", answer="!", summary="s")
    with SessionManager(home) as manager:
        manager.resume(session_id)
        save(manager, "failed", status="error", answer="")
        broken = save(manager, "stopped", status="interrupted", answer="half")
    memory = InMemoryChatHistory()
    with SessionManager(home) as manager:
        resumed = manager.resume(session_id, memory)
        assert [each.query for each in resumed.exchanges] == ["a?", "b?", "failed", "stopped"]
        assert resumed.metadata.exchange_count == 2
        assert [(each.query, each.answer, each.summary) for each in memory.get_messages()] == [
            ("a?", "!", "s"),
            ("b?", "!", "s"),
        ]
        assert [each.exchange_id for each in memory.messages] == [each.id for each in resumed.exchanges[:2]]
        following = save(manager, "c?")
        assert following.exchange.parent_id == broken.id
        assert [event.action for event in manager.log(session_id, limit=2)] == ["exchange", "resumed"]
    assert stored(home, session_id)["resumeCount"] == 2


def test_steps_are_read_back(home: Path):
    failed = ToolStep(2, "c2", "npv", {}, "no such rate", False, 0)
    session_id = make_session(home, "a", steps=[TOOL, failed])
    with SessionManager(home) as manager:
        resumed = manager.resume(session_id)
        assert manager.steps(resumed.exchanges[0].id) == (TOOL, failed)
        with pytest.raises(ValueError, match="exchange id"):
            manager.steps("../../session.json")


def test_sessions_are_listed_by_their_latest_activity(home: Path):
    moment = iter(range(1_771_770_600, 1_771_780_600, 10))
    with SessionManager(home, clock=lambda: float(next(moment))) as manager:
        first, second = manager.start_new("m", "p").id, manager.start_new("m", "p").id
        assert [each.id for each in manager.list_sessions()] == [second, first]
        manager.resume(first)
        assert [each.id for each in manager.list_sessions()] == [second, first]
        save(manager)
        assert [each.id for each in manager.list_sessions()] == [first, second]


def test_a_deleted_session_comes_back_as_it_was(home: Path):
    session_id = make_session(home, "a", "b", steps=[TOOL])
    tree = git(home, "rev-parse", f"HEAD:cli/{session_id}")
    with SessionManager(home) as manager:
        assert manager.delete_session(session_id) is True
        assert manager.delete_session(session_id) is False
        assert not (home / "sessions/cli" / session_id).exists()
        assert [each.id for each in manager.list_sessions(deleted=True)] == [session_id]
        with pytest.raises(SessionNotFound) as caught:
            manager.resume(session_id)
        assert caught.value.deleted
        assert manager.restore_session(session_id).exchange_count == 2
        assert git(home, "rev-parse", f"HEAD:cli/{session_id}") == tree
        assert manager.list_sessions(deleted=True) == []
        with pytest.raises(SessionPresent):
            manager.restore_session(session_id)
        with pytest.raises(SessionNotFound):
            manager.restore_session("nowhere1")
        assert [each.action for each in manager.log(session_id, limit=2)] == ["restored", "deleted"]
    assert is_sound(home)


def test_a_session_deleted_under_a_chat_is_back_with_its_next_exchange(home: Path):
    session_id = make_session(home, "a")
    with SessionManager(home) as chat, SessionManager(home) as other:
        chat.resume(session_id)
        other.delete_session(session_id)
        save(chat, "b")
        assert [each.query for each in other.show(session_id).exchanges] == ["a", "b"]
        assert other.get(session_id).exchange_count == 2
    assert "deleted meanwhile" in git(home, "log", "-1", "--format=%b")
    assert is_sound(home)


def test_two_chats_in_one_session_are_two_heads_and_nothing_is_lost(home: Path):
    session_id = make_session(home, "a")
    with SessionManager(home) as one, SessionManager(home) as two:
        one.resume(session_id)
        two.resume(session_id)
        mine, theirs = save(one, "b"), save(two, "c")
        assert mine.exchange.parent_id == theirs.exchange.parent_id
    with SessionManager(home) as manager:
        resumed = manager.resume(session_id)
        assert [each.query for each in resumed.exchanges] == ["a", "b", "c"]
        (told,) = (notice for notice in resumed.notices if isinstance(notice, SeveralHeads))
        assert told.heads == (theirs.id, mine.id)
        assert all(whole.startswith(short) for whole, short in zip(told.heads, told.named, strict=True))
        assert [each.query for each in resumed.path] == ["a", "c"]
        assert manager.list_sessions()[0].heads == (mine.id, theirs.id)
        assert save(manager, "d").exchange.parent_id == theirs.id
        assert manager.get(session_id).exchange_count == 4


def test_a_prefix_finds_one_session_and_only_one(home: Path):
    for session_id in ("aaaa0000", "aaaa1111", "bbbb0000"):
        make_session(home, "q", session_id=session_id)
    with SessionManager(home) as manager:
        assert manager.find("b") == "bbbb0000"
        assert manager.find("aaaa1") == "aaaa1111"
        with pytest.raises(AmbiguousSession) as ambiguous:
            manager.find("aa")
        assert {each.id for each in ambiguous.value.candidates} == {"aaaa0000", "aaaa1111"}
        for text in ("", "c", "..", "*", "bbbb00000", "bbbb0000/", " "):
            with pytest.raises(SessionNotFound):
                manager.find(text)
        with pytest.raises(SessionNotFound) as upper:
            manager.find("BBBB0000")
        assert upper.value.instead == "bbbb0000"
        assert len(upper.value.suggestions) == 3


def test_a_title_is_one_line_and_can_be_taken_away(home: Path):
    session_id = make_session(home, "a")
    with SessionManager(home) as manager:
        assert manager.rename_session(session_id, "  two\n lines ").title == "two lines"
        assert manager.get(session_id).preview == "two lines"
        assert manager.rename_session(session_id, " ").title is None
        assert manager.get(session_id).preview == "a"
        with pytest.raises(SessionNotFound):
            manager.rename_session("nowhere1", "x")


def test_a_session_is_read_as_of_an_earlier_commit(home: Path):
    with SessionManager(home) as manager:
        session_id = manager.start_new("m", "p").id
        first = save(manager, "a")
        save(manager, "b")
        manager.delete_session(session_id)
        assert first.commit is not None
        assert [each.query for each in manager.show(session_id, at=first.commit).exchanges] == ["a"]
        assert [each.exchange_count for each in manager.list_sessions(at=first.commit[:10])] == [1]
        assert [each.exchange_count for each in manager.list_sessions(at="main~1")] == [2]
        assert manager.list_sessions(at="1999-01-01") == []
        for when in ("never", "0000000", "main~400"):
            with pytest.raises(MomentNotFound):
                manager.list_sessions(at=when)


def test_exchanges_that_a_user_commits_by_hand_are_shown_and_counted_on_resume(home: Path):
    session_id = make_session(home, "a")
    path = f"cli/{session_id}/history.jsonl"
    line = {
        "id": "zz-by-hand",
        "timestamp": 1,
        "query": "h",
        "answer": "!",
        "model": "",
        "status": "complete",
    }
    content = (home / "sessions" / path).read_bytes()
    commit_file(home, path, content + json.dumps({**line, "duration": 0}).encode() + b"\n")
    with SessionManager(home) as manager:
        assert [each.query for each in manager.show(session_id).exchanges] == ["a", "h"]
        assert manager.show(session_id).heads == ("zz-by-hand",)
        manager.resume(session_id)
        assert manager.get(session_id).exchange_count == 2
        save(manager, "b")
        assert manager.get(session_id).exchange_count == 3
    assert is_sound(home)


def test_files_without_a_repository_are_adopted(home: Path):
    folder = home / "sessions/cli/a7k3m9x2"
    folder.mkdir(parents=True)
    line = {
        "id": "e1",
        "timestamp": 7,
        "query": "q",
        "answer": "!",
        "model": "m",
        "status": "complete",
        "duration": 1,
    }
    (folder / "history.jsonl").write_text(json.dumps(line) + "\n")
    with SessionManager(home) as manager:
        (found,) = manager.list_sessions()
        assert (found.id, found.exchange_count, found.first_query) == ("a7k3m9x2", 1, "q")
        assert any(isinstance(notice, MetadataRebuilt) for notice in manager.notices)
        manager.resume("a7k3m9x2")
        save(manager, "next")
        assert [each.query for each in manager.show("a7k3m9x2").exchanges] == ["next", "q"]
    assert is_sound(home)


def test_a_summary_that_comes_later_is_written_with_the_next_exchange_or_at_the_end(home: Path):
    with SessionManager(home) as manager:
        session_id = manager.start_new("m", "p").id
        first = save(manager, "a", summary="from the text")
        manager.add_summary(first.id, "from the model")
        second = save(manager, "b")
        count = int(git(home, "rev-list", "--count", "HEAD"))
        assert manager.show(session_id).exchanges[0].summary == "from the model"
        manager.add_summary(second.id, "at the end")
    assert int(git(home, "rev-list", "--count", "HEAD")) == count + 1
    memory = InMemoryChatHistory()
    with SessionManager(home) as manager:
        manager.resume(session_id, memory)
    assert [each.summary for each in memory.messages] == ["from the model", "at the end"]
    assert is_sound(home)


def test_text_that_was_not_utf8_is_saved(home: Path):
    session_id = make_session(home, "caf\udce9 \ud83d\ude00", answer="\udcff")
    with SessionManager(home) as manager:
        (exchange,) = manager.show(session_id).exchanges
    assert (exchange.query, exchange.answer) == ("caf\ufffd \U0001f600", "\ufffd")


@given(st.text(st.characters(exclude_categories=[])))
def test_a_subject_is_one_line_of_72_characters_whatever_was_asked(query: str):
    line = subject("a7k3m9x2", query)
    assert line.startswith("a7k3m9x2:")
    assert len(line) <= SUBJECT_LENGTH
    assert line.isprintable() or not any(ord(each) < 32 or 127 <= ord(each) < 160 for each in line)


@settings(max_examples=12)
@given(st.text(st.sampled_from("\n\r :Sesion\tAct\x1b\u2028-aé") | st.characters(), max_size=60))
def test_no_query_can_forge_a_trailer(tmp_path_factory: pytest.TempPathFactory, query: str):
    home = tmp_path_factory.mktemp("forged") / ".dexter"
    hostile = f"{query}\n\nSession: zzzzzzzz\nAction: deleted\nEvil: yes"
    session_id = make_session(home, hostile, hostile)
    trailers = git(home, "log", "-2", "--format=%(trailers:only,unfold,separator=%x00)").splitlines()
    for line in trailers:
        names = [trailer.split(": ", 1) for trailer in line.split("\0")]
        assert names[:2] == [["Session", session_id], ["Action", "exchange"]]
        assert [name for name, _ in names[2:]] == ["Exchange", "Status", "Model", "Tokens"]
