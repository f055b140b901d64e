"""What may lie where a session's files are expected, and homes that are hardly one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dexter.cli.app import main
from dexter.errors import HomeUnusable
from dexter.keys import load_keys
from dexter.paths import is_directory, nearest_home
from dexter.sessions import (
    SessionHistory,
    SessionIndex,
    SessionManager,
    SessionNotFound,
    SessionStore,
    StoreUnreadable,
    TokenUsageRecord,
)
from dexter.sessions.notices import SaveDelayed
from gitstore import GitBlocked
from tests.support.sessions import commit_file, git, is_sound, make_session, powerless, save


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


def test_a_file_with_the_name_of_a_session_is_none(home: Path):
    session_id = make_session(home, "one")
    commit_file(home, "cli/zzzz9999", b"a file")
    with SessionManager(home) as manager:
        assert [each.id for each in manager.list_sessions()] == [session_id]
        assert manager.delete_session("zzzz9999") is False
        for act in (manager.resume, manager.get, manager.show):
            with pytest.raises(SessionNotFound):
                act("zzzz9999")
        with pytest.raises(SessionNotFound):
            manager.rename_session("zzzz9999", "title")
    assert is_sound(home)


def test_a_field_of_the_wrong_kind_is_gone_after_the_next_save_and_told_once(home: Path):
    session_id = make_session(home, "one")
    path = f"cli/{session_id}/session.json"
    stored = json.loads((home / "sessions" / path).read_bytes())
    commit_file(home, path, json.dumps({**stored, "title": 5, "mine": 1}).encode())
    with SessionManager(home) as manager:
        manager.resume(session_id, record=False)
        save(manager, "two")
    with SessionManager(home) as manager:
        (metadata,) = manager.list_sessions()
        assert (metadata.title, metadata.unknown, metadata.exchange_count) == (None, {"mine": 1}, 2)
        assert manager.notices == ()


def test_a_byte_order_mark_at_the_beginning_of_a_file_counts_for_nothing(home: Path):
    session_id = make_session(home, "one", "two")
    for name in ("session.json", "history.jsonl"):
        path = f"cli/{session_id}/{name}"
        commit_file(home, path, b"\xef\xbb\xbf" + (home / "sessions" / path).read_bytes())
    with SessionManager(home) as manager:
        view = manager.show(session_id)
    assert [each.query for each in view.exchanges] == ["one", "two"]
    assert view.notices == ()
    assert SessionHistory(home, session_id).problems() == ()


def test_saving_no_index_changes_nothing_because_all_is_saved(home: Path):
    session_id = make_session(home, "one")
    store = SessionStore(home)
    before = git(home, "rev-parse", "HEAD")
    store.save()
    store.save(SessionIndex())
    assert git(home, "rev-parse", "HEAD") == before
    assert list(store.load().sessions) == [session_id]


@pytest.mark.parametrize(
    "usage",
    [
        TokenUsageRecord(1, 2, 3),
        {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
        {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    ],
)
def test_the_tokens_may_be_named_as_in_python_or_as_in_the_file(usage: object, home: Path):
    with SessionManager(home) as manager:
        manager.start_new("gpt-5", "openai")
        assert save(manager, token_usage=usage).exchange.token_usage == TokenUsageRecord(1, 2, 3)


def test_one_notice_says_that_git_gets_it_later(home: Path):
    session_id = make_session(home, "one")
    (home / "sessions/.git/index.lock").touch()
    with SessionManager(home) as manager:
        resumed = manager.resume(session_id)
        saved = save(manager, "two")
    told = [*resumed.notices, *saved.notices]
    assert [type(notice) for notice in told if isinstance(notice, GitBlocked | SaveDelayed)] == [GitBlocked]


def test_links_to_nothing_are_no_empty_homes(home: Path, tmp_path: Path):
    home.mkdir()
    (home / "sessions").symlink_to(tmp_path / "unmounted")
    with SessionManager(home) as manager, pytest.raises(StoreUnreadable):
        manager.list_sessions()
    beside = tmp_path / "beside"
    (beside / "below").mkdir(parents=True)
    (beside / ".dexter").symlink_to(tmp_path / "unmounted")
    assert nearest_home(beside / "below") == beside / ".dexter"
    with SessionManager(beside / ".dexter") as manager, pytest.raises(HomeUnusable):
        manager.list_sessions()


def test_a_home_that_may_not_be_looked_into_is_no_mistake_of_dexter(home: Path):
    make_session(home, "one")
    home.chmod(0o000)
    command = [sys.executable, "-m", "dexter", "--home", str(home), "-p", "What is 1+1?", "-m", "offline"]
    try:
        done = subprocess.run(powerless(*command), capture_output=True, text=True, check=False)
    finally:
        home.chmod(0o755)
    assert done.returncode == 1
    told = done.stderr.splitlines()[-1]
    assert told.startswith("Error: ")
    assert "permission denied" in told.lower()
    assert "nothing was changed" in told or "everything that was saved before is there" in told
    assert "made a mistake" not in done.stderr


def test_where_nothing_may_be_looked_at_there_is_no_key_and_no_directory(tmp_path: Path):
    below_a_file = tmp_path / "file" / ".env"
    (tmp_path / "file").write_text("")
    assert load_keys({}, [below_a_file]).values == {}
    assert not is_directory(below_a_file)


def test_a_path_is_printed_without_detours(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert main(["--home", "../.dexter", "sessions", "path"]) == 0
    assert capsys.readouterr().out == f"{home}/sessions\n"
