"""What a folder may hold when a store is opened there."""

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gitstore import (
    FolderAdopted,
    FormatTooNew,
    NotAStore,
    NotSaved,
    ReadOnly,
    Store,
    StoreClosed,
    StoreNotFound,
)
from tests.support.stores import WHO, exchange, git, ids, in_child, judge, open_store, save, start_child


def test_a_missing_folder_becomes_a_store_that_git_knows(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "sessions"
    with open_store(path) as store:
        assert store.notices == ()
    assert git(path, "symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert git(path, "ls-files").split() == [".gitattributes", "gitstore.json"]
    assert json.loads((path / "gitstore.json").read_text()) == {"format": 1}
    assert git(path, "check-attr", "merge", "text", "--", "cli/x/history.jsonl").splitlines() == [
        "cli/x/history.jsonl: merge: union",
        "cli/x/history.jsonl: text: unset",
    ]
    judge(path)


@pytest.mark.parametrize("make", [False, True])
def test_opening_without_creating_makes_nothing(tmp_path: Path, make: bool) -> None:
    path = tmp_path / "sessions"
    if make:
        path.mkdir()
    with pytest.raises(StoreNotFound) as caught:
        open_store(path, create=False)
    assert caught.value.path == path
    assert path.exists() == make
    assert not make or not list(path.iterdir())


def test_opening_a_store_to_read_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        save(store, "aaaaaaaa", 1)
    before = {str(name): name.lstat().st_mtime_ns for name in path.rglob("*")}
    with open_store(path, create=False) as store:
        assert store.snapshot().names("cli") == ["aaaaaaaa"]
        assert [entry.action for entry in store.log("cli/aaaaaaaa")] == ["exchange"]
    assert {str(name): name.lstat().st_mtime_ns for name in path.rglob("*")} == before


def test_many_processes_that_open_at_once_make_one_store(tmp_path: Path) -> None:
    path = tmp_path / "sessions"

    def work(number: int) -> None:
        with open_store(path) as store:
            assert save(store, "aaaaaaaa", number).commit

    children = [start_child(partial(work, number)) for number in range(8)]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
    assert git(path, "rev-list", "--count", "HEAD").strip() == "9"
    judge(path, [("aaaaaaaa", number) for number in range(8)])


def test_files_without_a_repository_are_adopted_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        save(store, "aaaaaaaa", 1)
    shutil.rmtree(path / ".git")
    content = (path / "cli/aaaaaaaa/history.jsonl").read_bytes()
    with open_store(path, create=False) as store:
        assert store.notices == (FolderAdopted(str(path), 3),)
        assert store.snapshot().read("cli/aaaaaaaa/history.jsonl") == content
        save(store, "aaaaaaaa", 2)
    assert ids(path, "aaaaaaaa") == ["000001", "000002"]
    judge(path, [("aaaaaaaa", 1)])


def _foreign(path: Path, *arguments: str) -> None:
    path.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", *arguments, str(path)], check=True)


def test_what_is_not_ours_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "letter.txt").write_text("mine")
    _foreign(tmp_path / "repository")
    (tmp_path / "repository" / "code.py").write_text("mine")
    git(tmp_path / "repository", "add", ".")
    git(tmp_path / "repository", "commit", "-qm", "mine")
    _foreign(tmp_path / "empty-repository")
    _foreign(tmp_path / "sha256", "--object-format=sha256")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / ".git").mkdir()
    (tmp_path / "pointer").mkdir()
    (tmp_path / "pointer" / ".git").write_text("gitdir: ../repository/.git\n")
    for name in (
        "file",
        "file/below",
        "files",
        "repository",
        "empty-repository",
        "sha256",
        "broken",
        "pointer",
    ):
        before = sorted(str(found) for found in tmp_path.rglob("*"))
        with pytest.raises(NotAStore) as caught:
            open_store(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
        assert caught.value.reason
        assert sorted(str(found) for found in tmp_path.rglob("*")) == before


def test_a_bare_repository_and_a_reftable_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    with open_store(path):
        pass
    git(path, "config", "core.bare", "true")
    with pytest.raises(NotAStore, match="bare"):
        open_store(path)
    git(path, "config", "core.bare", "false")
    with (path / ".git" / "config").open("a") as config:
        config.write("[extensions]\n\trefStorage = reftable\n")
    with pytest.raises(NotAStore, match="reftable"):
        open_store(path)


@pytest.mark.parametrize("git_is_there", [True, False])
def test_a_newer_format_is_refused(tmp_path: Path, git_is_there: bool) -> None:
    path = tmp_path / "sessions"
    with open_store(path):
        pass
    (path / "gitstore.json").write_text('{"format": 2}\n')
    git(path, "commit", "-qam", "newer")
    if not git_is_there:
        shutil.rmtree(path / ".git")
    with pytest.raises(FormatTooNew) as caught:
        open_store(path)
    assert (caught.value.found, caught.value.known) == (2, 1)
    assert (path / ".git").exists() == git_is_there


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user to be refused by the system")
def test_a_folder_that_may_not_be_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        save(store, "aaaaaaaa", 1)
    for found in (tmp_path, *tmp_path.rglob("*")):
        found.chmod(0o555 if found.is_dir() else 0o444)
    for above in tmp_path.parents:
        if above != Path("/") and above != Path("/tmp"):
            above.chmod(0o755)

    def work() -> None:
        os.setuid(65534)
        with open_store(path) as store:
            assert store.snapshot().names("cli") == ["aaaaaaaa"]
            with pytest.raises(ReadOnly):
                save(store, "aaaaaaaa", 2)
            assert store.snapshot().files("cli/aaaaaaaa/steps") == ["cli/aaaaaaaa/steps/000001.jsonl"]
        with pytest.raises(ReadOnly):
            open_store(tmp_path / "other")

    assert in_child(work) == 0
    for found in (tmp_path, *tmp_path.rglob("*")):
        found.chmod(0o755)


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "sessions", identity=lambda: WHO)
    store.close()
    store.close()
    for use in (store.snapshot, lambda: store.apply(exchange("aaaaaaaa", 1)), lambda: store.resolve("HEAD")):
        with pytest.raises(StoreClosed):
            use()


def test_a_folder_that_another_process_makes_between_two_looks_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sessions"
    plain = Path.stat

    def made_after(look: Callable[[], Any]) -> Any:
        try:
            return look()
        finally:
            if not os.path.isdir(path):  # noqa: PTH112  pathlib is what is watched here
                os.mkdir(path)  # noqa: PTH102

    def late(self: Path, **options: Any) -> os.stat_result:
        return made_after(lambda: plain(self, **options)) if self == path else plain(self, **options)

    def is_folder(self: Path) -> bool:
        there = partial(os.path.isdir, self)
        return made_after(there) if self == path else there()

    monkeypatch.setattr(Path, "stat", late)
    monkeypatch.setattr(Path, "is_dir", is_folder)
    with open_store(path) as store:
        assert store.notices == ()
    judge(path)


def test_a_folder_that_cannot_be_listed_while_a_store_is_made_is_not_taken_for_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sessions"
    plain, failed = os.scandir, []

    def scandir(folder: Any = ".") -> Any:
        if not failed and Path(folder) == path and (path / "gitstore.json").exists():
            failed.append(folder)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return plain(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(NotSaved):
        open_store(path)
    assert failed
    assert not (path / ".git").exists()
    with open_store(path) as store:
        assert save(store, "aaaaaaaa", 1).commit
    judge(path, [("aaaaaaaa", 1)])
