from pathlib import Path

import pytest

from dexter.errors import UsageError
from dexter.sessions import SessionManager, SessionNotFound, SessionStore, Wanted, parse_query
from dexter.sessions.tags import name_of
from tests.support.sessions import git, make_session


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / ".dexter"
    make_session(home, "one", session_id="aaaaaaaa")
    return home


def test_when_a_title_was_changed_grows_although_the_clock_goes_back(home: Path):
    moment = [2_000_000.0]
    with SessionManager(home, clock=lambda: moment[0]) as manager:
        assert manager.get("aaaaaaaa").title_changed_at is None
        assert manager.rename_session("aaaaaaaa", "T").title_changed_at == 2_000_000_000
        moment[0] = 1_000_000.0
        assert manager.rename_session("aaaaaaaa", "U").title_changed_at == 2_000_000_001
        assert manager.rename_session("aaaaaaaa", "").title_changed_at == 2_000_000_002
        manager.undo()
        assert manager.get("aaaaaaaa").title_changed_at == 2_000_000_003
        moment[0] = 3_000_000.0
        assert manager.rename_session("aaaaaaaa", "V").title_changed_at == 3_000_000_000
    with SessionStore(home) as store:
        store.update("aaaaaaaa", title="W")
        changed = store.load().sessions["aaaaaaaa"].title_changed_at
    assert changed is not None
    assert changed > 3_000_000_000


def test_tags_are_given_and_taken_in_one_commit_and_found(home: Path):
    with SessionManager(home) as manager:
        assert manager.tag_session("aaaaaaaa") == ()
        assert manager.tag_session("aaaaaaaa", ["  to\x1b\tread ", "tech", "tech"]) == ("to read", "tech")
        assert manager.tag_session("aaaaaaaa", ["later"], ["tech", "never"]) == ("to read", "later")
        commit = git(home, "rev-parse", "main")
        assert manager.tag_session("aaaaaaaa", ["later"], ["tech"]) == ("to read", "later")
        assert git(home, "rev-parse", "main") == commit
        assert [event.text for event in manager.log(limit=2)] == [
            "tagged +later, -tech",
            "tagged +to read, +tech",
        ]
        assert manager.log(limit=1)[0].action == "tagged"
        assert manager.list_sessions()[0].tags == ("to read", "later")
        assert manager.look_up(Wanted(parse_query("later"))).hits[0].session_id == "aaaaaaaa"


def test_what_is_no_tag_changes_nothing(home: Path):
    commit = git(home, "rev-parse", "main")
    with SessionManager(home) as manager:
        for add, remove in ((["ok", " \n"], []), (["x" * 65], []), (["a b"], ["a  b"])):
            with pytest.raises(UsageError):
                manager.tag_session("aaaaaaaa", add, remove)
        with pytest.raises(SessionNotFound):
            manager.tag_session("bbbbbbbb", ["x"])
    assert git(home, "rev-parse", "main") == commit


def test_a_tag_has_no_character_that_a_terminal_obeys():
    assert name_of("a\x1b[2J\u202eb\x00c\ud800\u2028") == "a [2J b c"
    assert len(name_of("ä" * 64)) == 64
