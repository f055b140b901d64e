"""What a power cut takes of files and index, which nobody waits for, is there again after the restart."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gitstore import Change, RemoveDirectory
from gitstore.disk import boots
from gitstore.disk.files import Files
from gitstore.git.index import Index
from gitstore.kinds import BLOB, identify
from gitstore.turns import restart, turns
from tests.support.stores import WatchedFiles, another_boot, exchange, git, judge, open_store, save

HISTORY = "cli/aaaaaaaa/history.jsonl"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        for number in range(3):
            assert save(store, "aaaaaaaa", number).commit
    return path


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-40])


def blank(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:9] + bytes(len(content) - 9))


def empty(file: Path) -> None:
    file.write_bytes(b"")


def earlier(file: Path) -> None:
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:2]))


LOSSES = (cut, blank, empty, earlier, Path.unlink)


def clean(path: Path) -> None:
    assert git(path, "status", "--porcelain") == ""


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
@pytest.mark.parametrize("name", [HISTORY, "cli/aaaaaaaa/session.json", "cli/aaaaaaaa/steps/000002.jsonl"])
def test_a_file_that_was_lost_or_torn_is_written_again(
    path: Path, name: str, lose: Callable[[Path], None]
) -> None:
    wanted = (path / name).read_bytes()
    lose(path / name)
    with another_boot():
        with open_store(path) as store:
            assert (path / name).read_bytes() == wanted
            assert store.notices == ()
        clean(path)
        judge(path, [("aaaaaaaa", number) for number in range(3)])


@pytest.mark.parametrize("lose", LOSSES[:3] + LOSSES[4:], ids=lambda lose: lose.__name__)
def test_an_index_that_was_lost_or_torn_is_made_again(path: Path, lose: Callable[[Path], None]) -> None:
    lose(path / ".git/index")
    with another_boot(), open_store(path):
        clean(path)
    assert not (path / ".git/gitstore/quarantine").exists()
    judge(path, [("aaaaaaaa", number) for number in range(3)])


def test_an_index_that_vouches_for_a_file_without_its_content_is_not_believed(path: Path) -> None:
    wanted = (path / HISTORY).read_bytes()
    blank(path / HISTORY)
    os.utime(path / HISTORY, ns=(0, 0))  # long before the index
    index = Index((path / ".git/index").read_bytes())
    index.set(HISTORY, identify(BLOB, wanted), (path / HISTORY).stat())
    (path / ".git/index").write_bytes(index.encode())
    clean(path)
    with another_boot(), open_store(path):
        assert (path / HISTORY).read_bytes() == wanted
        clean(path)


def test_an_index_of_an_earlier_turn_is_no_wish_of_a_person(path: Path) -> None:
    shutil.copy(path / ".git/index", path.parent / "index")
    with open_store(path) as store:
        assert save(store, "aaaaaaaa", 3).commit
        assert save(store, "bbbbbbbb", 1).commit
    os.replace(path.parent / "index", path / ".git/index")
    assert git(path, "status", "--porcelain") != ""
    with another_boot(), open_store(path):
        clean(path)


def test_what_was_deleted_and_is_back_goes_again(path: Path) -> None:
    shutil.copytree(path / "cli/aaaaaaaa", path.parent / "aaaaaaaa")
    with open_store(path) as store:
        assert save(store, "bbbbbbbb", 1).commit
        assert store.apply(Change((RemoveDirectory("cli/aaaaaaaa"),), "aaaaaaaa: deleted")).commit
    shutil.copytree(path.parent / "aaaaaaaa", path / "cli/aaaaaaaa")
    with another_boot(), open_store(path):
        assert not (path / "cli/aaaaaaaa").exists()
        clean(path)


@pytest.mark.parametrize("size", [-1, 100_000, 10])
def test_a_long_file_that_lost_its_end_gets_it_back(tmp_path: Path, size: int) -> None:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        for number in range(60):
            assert store.apply(exchange("aaaaaaaa", number, "x" * 3000)).commit
    wanted = (path / HISTORY).read_bytes()
    os.truncate(path / HISTORY, size % len(wanted))
    with another_boot(), open_store(path):
        assert (path / HISTORY).read_bytes() == wanted
    clean(path)


def test_a_persons_edits_are_left(path: Path) -> None:
    (path / HISTORY).write_bytes(b'{"id": "mine"}\n')
    (path / "cli/aaaaaaaa/steps/000001.jsonl").write_bytes(b'{"step": 2}\n')
    with another_boot():
        with open_store(path) as store:
            assert store.snapshot().read(HISTORY) != b'{"id": "mine"}\n'
        assert (path / HISTORY).read_bytes() == b'{"id": "mine"}\n'
        assert git(path, "status", "--porcelain").splitlines() == [
            f" M {HISTORY}",
            " M cli/aaaaaaaa/steps/000001.jsonl",
        ]
        with open_store(path) as store:
            assert save(store, "aaaaaaaa", 3).left == (HISTORY,)


def test_what_a_person_staged_or_committed_is_left(path: Path) -> None:
    (path / HISTORY).write_bytes(b"")
    git(path, "add", HISTORY)
    (path / "cli/aaaaaaaa/session.json").write_bytes(b"{}\n")
    git(path, "commit", "-q", "-m", "mine", "cli/aaaaaaaa/session.json")
    with another_boot(), open_store(path):
        assert git(path, "status", "--porcelain") == f"M  {HISTORY}\n"
        assert (path / "cli/aaaaaaaa/session.json").read_bytes() == b"{}\n"


def test_with_another_branch_checked_out_it_waits_until_ours_is_back(path: Path) -> None:
    cut(path / HISTORY)
    git(path, "symbolic-ref", "HEAD", "refs/heads/other")
    with another_boot():
        with open_store(path) as store:
            assert save(store, "bbbbbbbb", 1).commit
        assert git(path, "show", f"main:{HISTORY}") != (path / HISTORY).read_text()
        git(path, "symbolic-ref", "HEAD", "refs/heads/main")
        git(path, "checkout", "-q", "main", "--", "cli/bbbbbbbb")
        with open_store(path):
            clean(path)


def test_it_is_looked_into_once(path: Path) -> None:
    with another_boot():
        with open_store(path):
            pass
        index = (path / ".git/index").stat()
        watched = WatchedFiles()
        with open_store(path, files=watched):
            pass
        assert watched.calls == []
        assert (path / ".git/index").stat().st_ino == index.st_ino


def test_before_turns_are_forgotten_their_files_are_flushed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_COMPACT_AT", 2000)
    watched = WatchedFiles()
    with open_store(path, files=watched) as store:
        for number in range(3, 12):
            assert save(store, "aaaaaaaa", number).commit
    log = turns.TurnLog(watched, path / ".git/gitstore")
    assert len(log.recent()) < 4
    assert watched.calls.count("flush") > 8 * 9, "of a save five, and of each file that forgotten turns made"
    judge(path, [("aaaaaaaa", number) for number in range(12)])


def test_where_the_system_does_not_tell_its_runs_apart_everything_is_flushed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flushes() -> int:
        watched = WatchedFiles()
        with open_store(path, files=watched) as store:
            watched.calls.clear()
            assert save(store, "aaaaaaaa", 50 + len(git(path, "log", "--oneline").splitlines())).commit
        return watched.calls.count("flush") + watched.calls.count("flush_directory")

    lazily = flushes()
    monkeypatch.setattr(boots, "current", lambda: None)
    assert flushes() >= lazily + 5
    with another_boot():
        cut(path / HISTORY)
        with open_store(path):
            assert git(path, "status", "--porcelain") == f" M {HISTORY}\n", "nothing can have been lost"


def test_a_run_of_the_system_has_a_name_where_it_tells(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert boots.current() == boots.current()
    monkeypatch.setattr(boots, "_ID", tmp_path / "none")
    assert boots.current() is None


def test_what_a_person_added_at_the_end_is_left(path: Path) -> None:
    for name in (HISTORY, "cli/aaaaaaaa/session.json"):
        with (path / name).open("ab") as file:
            file.write(b'{"id": "mine"}\n')
    with another_boot(), open_store(path):
        pass
    for name in (HISTORY, "cli/aaaaaaaa/session.json"):
        assert (path / name).read_bytes().endswith(b'{"id": "mine"}\n')


def test_an_index_that_still_has_what_was_deleted_is_no_wish_to_have_it(path: Path) -> None:
    with open_store(path) as store:
        assert save(store, "bbbbbbbb", 1).commit
        shutil.copy(path / ".git/index", path.parent / "index")
        assert store.apply(Change((RemoveDirectory("cli/aaaaaaaa"),), "aaaaaaaa: deleted")).commit
    os.replace(path.parent / "index", path / ".git/index")
    assert git(path, "status", "--porcelain") != ""
    with another_boot(), open_store(path):
        clean(path)
        assert not (path / "cli/aaaaaaaa").exists()


def test_a_link_in_place_of_a_file_is_a_persons(path: Path) -> None:
    elsewhere = path.parent / "elsewhere"
    shutil.move(path / HISTORY, elsewhere)
    cut(elsewhere)
    content = elsewhere.read_bytes()
    (path / HISTORY).symlink_to(elsewhere)
    with another_boot(), open_store(path) as store:
        assert store.notices == ()
        assert (path / HISTORY).is_symlink()
        assert elsewhere.read_bytes() == content


def test_a_folder_in_place_of_a_file_is_a_persons(path: Path) -> None:
    (path / HISTORY).unlink()
    (path / HISTORY).mkdir()
    cut(path / "cli/aaaaaaaa/session.json")
    with another_boot(), open_store(path) as store:
        assert store.notices == ()
        assert (path / HISTORY).is_dir()
    assert git(path, "status", "--porcelain") == f" D {HISTORY}\n"


def test_what_is_written_again_is_flushed_before_it_is_put_in_place(path: Path) -> None:
    cut(path / "cli/aaaaaaaa/session.json")
    watched = WatchedFiles()
    with another_boot(), open_store(path, files=watched):
        pass
    calls = watched.calls
    first, last = calls.index("rename"), len(calls) - 1 - calls[::-1].index("rename")
    assert "flush" in calls[:first], "the file"
    assert calls[first:last].count("flush") >= 1, "the index"
    assert calls[last:].count("flush_directory") >= 2, "their folders"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux shows what is open")
def test_flushing_meets_each_file_the_index_and_all_folders_above(path: Path, tmp_path: Path) -> None:
    class Noting(Files):
        def __init__(self) -> None:
            self.flushed: set[str] = set()

        def flush(self, descriptor: int) -> None:
            self.flushed.add(str(Path(f"/proc/self/fd/{descriptor}").readlink().relative_to(tmp_path)))

        def flush_directory(self, folder: str | Path) -> None:
            self.flushed.add(f"{Path(folder).relative_to(tmp_path)}/")

    noting = Noting()
    restart.flush(noting, path / ".git", [HISTORY, "cli/gone/history.jsonl"])
    assert noting.flushed == {
        "sessions/.git/index",
        f"sessions/{HISTORY}",
        "sessions/",
        "sessions/.git/",
        "sessions/cli/",
        "sessions/cli/aaaaaaaa/",
    }
