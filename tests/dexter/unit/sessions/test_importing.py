"""What comes from elsewhere: it begins here or is added, and nothing that is here changes."""

import threading
from pathlib import Path

import msgspec
import pytest

from dexter.sessions import SessionExchange, SessionManager, SessionPresent, ToolStep, Transcript
from dexter.sessions.writing.importing import IMPORTED
from tests.support.sessions import commit_file, git, is_sound, save
from tests.support.transcripts import exchange, transcript

ONE, TWO, THREE = exchange(1, "one"), exchange(2, "two"), exchange(3, "three")
STEP = ToolStep(1, "c1", "calculate", {"expression": "1+1"}, "2", True, 3)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


@pytest.fixture
def manager(home: Path) -> SessionManager:
    return SessionManager(home, identity=("T", "t@example.invalid"))


def here(manager: SessionManager) -> Transcript:
    """The session as it is stored."""
    return manager.transcript("a7k3m9x2")[0]


def test_a_session_begins_in_one_commit_and_a_second_one_changes_nothing(manager: SessionManager, home: Path):
    whole = transcript(ONE, TWO, title="T", tags=("x",), steps={ONE.id: (STEP,)})
    done = manager.import_session(whole, "a\nfile.json \x1b[31m")
    assert (done.created, done.added, done.present) == (True, (ONE.id, TWO.id), 0)
    assert done.commit == git(home, "rev-parse", "HEAD").strip()
    assert git(home, "log", "-1", "--format=%B").strip().splitlines() == [
        "a7k3m9x2: imported from a",
        "",
        "Session: a7k3m9x2",
        "Action: imported",
    ]
    before = git(home, "rev-parse", "HEAD")
    again = manager.import_session(whole, "a file.json")
    assert again.changes_nothing
    assert again.present == 2
    assert git(home, "rev-parse", "HEAD") == before
    assert here(manager).metadata == whole.metadata
    assert is_sound(home)


def test_a_dry_look_says_what_would_be_done_and_makes_nothing(manager: SessionManager, home: Path):
    done = manager.import_session(transcript(ONE), "x", dry=True)
    assert (done.created, done.added, done.commit) == (True, (ONE.id,), None)
    assert not home.exists()


def test_of_a_session_that_is_here_only_what_is_missing_is_added(manager: SessionManager, home: Path):
    manager.import_session(transcript(ONE, title="mine"), "x")
    manager.resume("a7k3m9x2")
    own = save(manager, "asked here").exchange
    other = msgspec.structs.replace(ONE, answer="another answer")
    done = manager.import_session(transcript(other, TWO, THREE, title="theirs", steps={TWO.id: (STEP,)}), "x")
    assert (done.created, done.added, done.present) == (False, (TWO.id, THREE.id), 1)
    assert done.different == (ONE.id,)
    found = here(manager)
    assert found.exchanges == (ONE, TWO, THREE, own)
    assert found.metadata.title == "mine"
    assert set(found.heads) == {THREE.id, own.id}
    assert (found.metadata.exchange_count, found.metadata.last_query) == (4, "asked here")
    assert found.steps[TWO.id] == (STEP,)
    stored = manager.show("a7k3m9x2").stored
    assert stored is not None
    assert msgspec.structs.replace(stored, heads=tuple(sorted(stored.heads))) == found.metadata
    assert is_sound(home)


def test_an_exchange_that_was_missing_in_the_middle_is_no_head(manager: SessionManager):
    manager.import_session(transcript(ONE, THREE), "x")
    manager.import_session(transcript(ONE, TWO, THREE), "x")
    view = manager.show("a7k3m9x2")
    assert view.heads == (THREE.id,)
    assert view.stored is not None
    assert view.stored.heads == (THREE.id,)


def test_a_newer_summary_is_no_difference(manager: SessionManager):
    manager.import_session(transcript(ONE), "x")
    done = manager.import_session(transcript(msgspec.structs.replace(ONE, summary="s")), "x")
    assert done.different == ()


def test_broken_metadata_is_mended_when_something_is_added(manager: SessionManager, home: Path):
    manager.import_session(transcript(ONE), "x")
    manager.close()
    commit_file(home, "cli/a7k3m9x2/session.json", b"{")
    manager.import_session(transcript(ONE, TWO), "x")
    view = manager.show("a7k3m9x2")
    assert view.stored == view.metadata
    assert view.metadata.exchange_count == 2


def test_a_deleted_session_comes_back_with_what_is_imported(manager: SessionManager):
    manager.import_session(transcript(ONE, TWO), "x")
    manager.delete_session("a7k3m9x2")
    assert manager.import_session(transcript(ONE), "x").created
    assert here(manager).exchanges == (ONE,)


def test_an_id_that_belongs_to_another_session_is_refused(manager: SessionManager):
    foreign = {IMPORTED: {"from": "codex", "id": "1"}}
    manager.import_session(transcript(ONE), "x")
    with pytest.raises(SessionPresent):
        manager.import_session(transcript(TWO, unknown=foreign), "x")
    assert here(manager).exchanges == (ONE,)


def test_two_who_import_at_once_lose_nothing_and_double_nothing(home: Path):
    many = [exchange(number, str(number)) for number in range(1, 30)]
    with SessionManager(home, identity=("T", "t@example.invalid")) as first:
        first.import_session(transcript(many[0]), "x")
    parts: list[list[SessionExchange]] = [many[:20], many[10:], many[:1] + many[5:25]]
    start = threading.Barrier(len(parts))

    def work(part: list[SessionExchange]) -> None:
        with SessionManager(home, identity=("T", "t@example.invalid")) as own:
            start.wait()
            own.import_session(transcript(*part), "x")

    threads = [threading.Thread(target=work, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with SessionManager(home) as manager:
        view = manager.show("a7k3m9x2")
    assert list(view.exchanges) == many
    assert view.stored == view.metadata
    assert is_sound(home)
