"""What a turn leaves when it fails or dies, and how the next one brings it to its end."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from gitstore import Change, Damaged, Delay, EditsLeft, GitBlocked, RemoveDirectory, Unreadable
from gitstore.changes.journal import scan
from gitstore.disk.files import Files
from gitstore.history import history
from gitstore.turns.turns import SETTLED, TURN
from tests.support.stores import (
    WatchedFiles,
    another_boot,
    exchange,
    git,
    ids,
    judge,
    leftovers,
    open_store,
    save,
)
from tests.support.telling import Telling

HISTORY = "cli/aaaaaaaa/history.jsonl"


class Refusing(Files):
    """A disk that refuses to put a file in place, by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def rename(self, old: str | Path, new: str | Path, **options: Any) -> None:
        if self.name and Path(new).name.endswith(self.name):
            raise OSError(errno.EIO, "Input/output error")
        super().rename(old, new, **options)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        for number in (1, 2):
            save(store, "aaaaaaaa", number)
    return path


def kinds(path: Path) -> list[int]:
    return [found.type for found in scan((path / ".git/gitstore/turns").read_bytes()).frames]


def unsettle(path: Path) -> None:
    """Let the last turn be one whose owner was killed before it could note that it was done."""
    *_, last, done = scan((path / ".git/gitstore/turns").read_bytes()).frames
    assert done.type == SETTLED
    os.truncate(path / ".git/gitstore/turns", last.end)


@pytest.mark.parametrize("name", ["index", "history.jsonl"])
def test_git_is_kept_out_of_the_index_while_the_branch_is_ahead_of_it(path: Path, name: str) -> None:
    files = Refusing("")
    store = open_store(path, files=files)
    files.name = name
    receipt = save(store, "aaaaaaaa", 3)
    assert receipt.commit == git(path, "rev-parse", "main").strip(), "the branch has it"
    (notice,) = store.notices
    assert isinstance(notice, GitBlocked)
    assert notice.reason is Delay.NOT_WRITABLE
    lock = path / ".git/index.lock"
    assert lock.exists()
    (path / "notes.txt").write_text("mine")
    git(path, "add", "notes.txt", succeeds=False)
    assert git(path, "ls-files", "notes.txt") == ""
    assert save(store, "aaaaaaaa", 4).delayed is Delay.NOT_WRITABLE, "it is finished before anything is begun"
    assert lock.exists()
    assert ids(path, "aaaaaaaa") == ["000001", "000002", "000003"]
    files.name = ""
    assert save(store, "aaaaaaaa", 5).commit
    store.close()
    assert not lock.exists()
    (path / "notes.txt").unlink()
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3, 4, 5)])


@pytest.mark.parametrize("name", [".pack", ".idx", "main"])
def test_the_index_is_given_back_if_the_branch_did_not_move(path: Path, name: str) -> None:
    files = Refusing(name)
    with open_store(path, files=files) as store:
        tip = git(path, "rev-parse", "main")
        assert save(store, "aaaaaaaa", 3).delayed is Delay.NOT_WRITABLE
        assert git(path, "rev-parse", "main") == tip
        assert [each for each in leftovers(path) if not each.endswith(".wal")] == []
        files.name = ""
        assert save(store, "aaaaaaaa", 4).commit
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3, 4)])


def test_whatever_the_dead_left_is_cleared_away_by_the_next_turn(path: Path) -> None:
    ours = path / ".git/gitstore"
    for folder in ("locks", "stage", "stage/folder"):
        (ours / folder).mkdir(exist_ok=True)
    for rank, name in enumerate(("refs/heads/main", "config", "index")):
        (ours / f"locks/1-{rank}").touch()
        (path / f".git/{name}.lock").hardlink_to(ours / f"locks/1-{rank}")
    for name in ("locks/1-nothing", "stage/pack-1.pack", "stage/folder/file"):
        (ours / name).touch()
    (pack, *_) = (path / ".git/objects/pack").glob("*.pack")
    pack.with_suffix(".keep").hardlink_to(ours / "keep")
    watched = WatchedFiles()
    with open_store(path, files=watched) as store:
        store.apply(exchange("aaaaaaaa", 3), wait=False)
        store.settle()
        assert store.notices == ()
        assert git(path, "config", "gc.auto").strip() == "0"
        assert [each for each in leftovers(path) if not each.endswith(".wal")] == []
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])
    assert pack.exists()


def test_a_turn_that_is_finished_leaves_what_a_person_committed_since(path: Path) -> None:
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
    unsettle(path)
    (path / "cli/aaaaaaaa/session.json").write_text("mine\n")
    git(path, "commit", "-qam", "mine")
    git(path, "rm", "-q", "cli/aaaaaaaa/steps/000003.jsonl")
    git(path, "commit", "-qm", "not wanted")
    with open_store(path) as store:
        assert store.notices == ()
        assert (path / "cli/aaaaaaaa/session.json").read_text() == "mine\n"
        assert not (path / "cli/aaaaaaaa/steps/000003.jsonl").exists()
        assert kinds(path)[-2:] == [TURN, SETTLED]
    assert git(path, "status", "--porcelain") == ""
    assert git(path, "show", "main:cli/aaaaaaaa/session.json") == "mine\n"


def test_a_turn_that_is_finished_says_which_files_a_person_edited_since(path: Path) -> None:
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
    unsettle(path)
    (path / HISTORY).write_text("mine\n")
    with open_store(path) as store:
        assert store.notices == (EditsLeft((HISTORY,)),)
    assert (path / HISTORY).read_text() == "mine\n"
    assert git(path, "status", "--porcelain") == f" M {HISTORY}\n"


@pytest.mark.parametrize("index", ["as before", "gone"])
def test_a_turn_is_finished_though_files_and_index_are_as_before_it(path: Path, index: str) -> None:
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
        store.apply(Change((RemoveDirectory("cli/aaaaaaaa/steps"),), "aaaaaaaa: steps deleted"))
    unsettle(path)
    git(path, "checkout", "-q", "main~1", "--", "cli/aaaaaaaa/steps")
    if index == "gone":
        (path / ".git/index").unlink()
    watched = WatchedFiles()
    with open_store(path, files=watched) as store:
        assert store.notices == ()
        assert not (path / "cli/aaaaaaaa/steps").exists()
    assert git(path, "status", "--porcelain") == ""


def test_with_another_branch_checked_out_a_turn_is_finished_without_files_and_index(path: Path) -> None:
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
    unsettle(path)
    git(path, "checkout", "-q", "-b", "other", "main~1")
    index = (path / ".git/index").read_bytes()
    with open_store(path) as store:
        assert kinds(path)[-1] == SETTLED
        assert store.snapshot().read("cli/aaaaaaaa/steps/000003.jsonl") is not None
    assert (path / ".git/index").read_bytes() == index
    assert not (path / "cli/aaaaaaaa/steps/000003.jsonl").exists()
    git(path, "checkout", "-q", "main")
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])


def test_a_turn_that_git_took_out_of_the_history_before_it_was_settled_is_void_and_taken_again(
    path: Path,
) -> None:
    files = Refusing("")
    store = open_store(path, files=files)
    store.apply(exchange("aaaaaaaa", 3), wait=False)
    files.name = "index"
    assert store.settle() is Delay.NOT_WRITABLE
    git(path, "update-ref", "refs/heads/main", "main~1")
    files.name = ""
    assert store.settle() is None
    assert ids(path, "aaaaaaaa") == ["000001", "000002", "000003"]
    store.close()
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])


def test_when_what_a_restart_took_cannot_be_written_again_git_gets_its_index_back(path: Path) -> None:
    wanted = (path / HISTORY).read_bytes()
    (path / HISTORY).write_bytes(b"")
    with another_boot():
        with open_store(path, files=Refusing("history.jsonl")) as store:
            (notice,) = store.notices
            assert isinstance(notice, GitBlocked)
            assert notice.reason is Delay.NOT_WRITABLE
            assert not (path / ".git/index.lock").exists()
        assert 19 not in kinds(path), "it has to be looked into again"
        with open_store(path) as store:
            assert store.notices == ()
        assert kinds(path)[-1] == 19
        assert (path / HISTORY).read_bytes() == wanted
        judge(path, [("aaaaaaaa", 1), ("aaaaaaaa", 2)])


def test_files_of_a_turn_that_never_came_to_be_are_not_looked_after_when_the_system_was_restarted(
    path: Path,
) -> None:
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
    unsettle(path)
    git(path, "reset", "-q", "--hard", "main~1")
    assert len(ids(path, "aaaaaaaa")) == 2
    with another_boot(), open_store(path) as store:
        assert store.notices == ()
        assert ids(path, "aaaaaaaa") == ["000001", "000002"]
    judge(path, [("aaaaaaaa", 1), ("aaaaaaaa", 2)])


def test_what_a_restart_came_upon_and_may_not_be_written_is_told(path: Path) -> None:
    folder, elsewhere = path / "cli/aaaaaaaa", path.parent / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    torn = (path / HISTORY).read_bytes()[:20]
    (path / HISTORY).write_bytes(torn)
    with another_boot(), open_store(path) as store:
        (notice,) = store.notices
        assert isinstance(notice, EditsLeft)
        assert HISTORY in notice.paths
    assert (elsewhere / "history.jsonl").read_bytes() == torn


def test_what_a_finished_turn_writes_is_flushed_before_it_is_put_in_place(path: Path) -> None:
    with open_store(path, files=Refusing("history.jsonl")) as store:
        save(store, "aaaaaaaa", 3)
    files = Telling()
    with open_store(path, files=files):
        pass
    told = files.told[: files.at("rename history.jsonl")]
    written = {each.split()[1] for each in told if each.startswith("write")}
    flushed = {each.split()[1] for each in told if each.startswith("flush") and "folder" not in each}
    (unflushed,) = written - flushed
    assert len(flushed) == 3
    assert unflushed.startswith(f"{os.getpid()}-"), "the lock of the index, which is empty yet"
    assert any(each.startswith(f"flush {os.getpid()}-") for each in files.told)
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])


def test_a_turn_is_void_or_holds_as_the_branch_is_now(path: Path) -> None:
    git(path, "checkout", "-q", "-b", "other")  # so that files do not tell what was undone
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
        tip = git(path, "rev-parse", "main").strip()
        unsettle(path)
        for _ in range(2):
            assert store.snapshot().pending == 0
            assert store.snapshot().commit == tip
            git(path, "update-ref", "refs/heads/main", f"{tip}~1")
            now = store.snapshot()
            assert now.pending == 1
            assert b'"000003"' in (now.read(HISTORY) or b"")
            git(path, "update-ref", "refs/heads/main", tip)


@pytest.mark.parametrize("error", [Unreadable, Damaged])
def test_a_history_that_is_damaged_makes_a_turn_void_and_one_that_cannot_be_read_now_does_not(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Damaged]
) -> None:
    def fail(*_: object) -> bool:
        raise error("history", "of a test")

    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
        unsettle(path)
        git(path, "commit", "-q", "--allow-empty", "-m", "mine")
        with monkeypatch.context() as patched:
            patched.setattr(history.History, "contains", fail)
            if error is Unreadable:
                with pytest.raises(Unreadable):
                    store.snapshot()
            else:
                assert store.snapshot().pending == 1, "what is in git already is not applied again"


def test_git_is_kept_out_of_the_index_where_it_cannot_be_known_whether_the_branch_moved(path: Path) -> None:
    class Breaking(Files):
        def link(self, old: str | Path, new: str | Path) -> None:
            if Path(new).name == "main.lock":
                (path / ".git/refs/heads/main").write_text("no commit\n")
            super().link(old, new)

    tip = git(path, "rev-parse", "main")
    store = open_store(path, files=Breaking())
    assert save(store, "aaaaaaaa", 3).delayed is Delay.DAMAGED
    assert (path / ".git/index.lock").exists()
    (path / ".git/refs/heads/main").write_text(tip)
    with open_store(path) as other:
        save(other, "aaaaaaaa", 4)
    store.close()
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3, 4)])
