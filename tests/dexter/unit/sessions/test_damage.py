"""A repository from which an object is gone: the rest is read and written, and what is lost is named."""

from pathlib import Path

import pytest

from dexter.cli.app import main
from dexter.sessions import SessionDamaged, SessionManager, StoreUnreadable
from dexter.sessions.notices import Damage
from tests.support.sessions import TOOL, commit_file, git, make_session, save


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


def lose(home: Path, name: str) -> None:
    """Take the loose object away that a revision names."""
    identifier = git(home, "rev-parse", name).strip()
    (home / "sessions/.git/objects" / identifier[:2] / identifier[2:]).unlink()


@pytest.fixture
def damaged(home: Path) -> str:
    """The id of a session whose history is lost; there is another one that is sound."""
    session_id = make_session(home, "lost", session_id="aaaa0000")
    make_session(home, "sound", session_id="bbbb0000")
    path = f"cli/{session_id}/history.jsonl"
    commit_file(home, path, (home / "sessions" / path).read_bytes() + b"\n")
    lose(home, f"HEAD:{path}")
    return session_id


def test_a_session_that_can_not_be_read_is_never_shown_as_empty(
    home: Path, damaged: str, capsys: pytest.CaptureFixture[str]
):
    with SessionManager(home) as manager:
        assert [each.id for each in manager.list_sessions()] == ["bbbb0000", damaged]
        with pytest.raises(SessionDamaged) as caught:
            manager.show(damaged)
        assert "history.jsonl" in caught.value.place
        assert [each.query for each in manager.show("bbbb0000").exchanges] == ["sound"]
        assert [hit.session_id for hit in manager.search("sound lost")] == ["bbbb0000"]
    assert main(["--home", str(home), "sessions", "show", damaged]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"Error: Session {damaged} can't be read (")
    assert len(err.splitlines()) == 1


def test_a_session_of_which_nothing_can_be_read_is_named(home: Path, capsys: pytest.CaptureFixture[str]):
    session_id = make_session(home, "lost", session_id="aaaa0000")
    make_session(home, "sound", session_id="bbbb0000")
    paths = [f"cli/{session_id}/session.json", f"cli/{session_id}/history.jsonl"]
    for path in paths:
        commit_file(home, path, (home / "sessions" / path).read_bytes() + b"\n")
    for path in paths:
        lose(home, f"HEAD:{path}")
    assert main(["--home", str(home), "sessions", "list"]) == 0
    out, err = capsys.readouterr()
    assert "bbbb0000" in out
    assert f"Session {session_id} is damaged" in err


def test_the_other_sessions_go_on(home: Path, damaged: str):
    with SessionManager(home) as manager:
        manager.resume("bbbb0000")
        saved = save(manager, "next")
        assert saved.commit is not None
    with SessionManager(home) as manager:
        assert [each.query for each in manager.show("bbbb0000").exchanges] == ["sound", "next"]


def test_a_tree_that_is_lost_is_an_error_and_not_an_empty_list(
    home: Path, damaged: str, capsys: pytest.CaptureFixture[str]
):
    commit_file(home, "cli/cccc0000/history.jsonl", b"")
    lose(home, "HEAD:cli")
    with SessionManager(home) as manager, pytest.raises(StoreUnreadable):
        manager.list_sessions()
    assert main(["--home", str(home), "sessions", "list"]) == 1
    assert capsys.readouterr().err.startswith("Error: The sessions in ")


def test_steps_that_are_lost_are_told_and_the_others_are_read(home: Path):
    with SessionManager(home) as manager:
        manager.start_new("gpt-5", "openai", "aaaa0000")
        lost, kept = (save(manager, query, steps=[TOOL]).id for query in ("lost", "kept"))
    path = f"cli/aaaa0000/steps/{lost}.jsonl"
    commit_file(home, path, (home / "sessions" / path).read_bytes() + b"\n")
    lose(home, f"HEAD:{path}")
    with SessionManager(home) as manager:
        steps, notices = manager.all_steps(manager.show("aaaa0000"))
    assert steps == {kept: (TOOL,)}
    assert [notice.place for notice in notices if isinstance(notice, Damage)] == [path]
