import errno
import shutil
import threading
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

from gitstore import errors
from gitstore.disk.files import Files
from gitstore.git import remotes
from gitstore.transport import Fetched, Limits, Pushed, Transport
from tests.support.remotes import silent
from tests.support.remotes.copies import access, bare, given, sound, store, tip
from tests.support.stores import (
    DyingFiles,
    FailingFiles,
    WatchedFiles,
    git,
    in_child,
    judge,
    leftovers,
    open_store,
    save,
)
from tests.support.sweeps import every


def worlds(tmp_path: Path, way: str) -> Callable[[str], Path]:
    """A store with something to fetch, as often as it is asked for."""
    far = bare(tmp_path / "far.git")
    one = given(store(tmp_path / "one", 1), far)
    two = store(tmp_path / "two", 9, url=str(far))
    Transport(two / ".git", access(way)).fetch("far")
    given(store(one, 2), far)

    def made(name: str) -> Path:
        shutil.copytree(two, tmp_path / name, symlinks=True)
        git(tmp_path / name, "update-index", "-q", "--refresh")
        return tmp_path / name

    return made


def test_death_at_any_call_of_a_fetch_leaves_what_the_next_turn_clears(way: str, tmp_path: Path) -> None:
    made = worlds(tmp_path, way)
    watched = WatchedFiles()
    before = tip(tmp_path / "two", "refs/remotes/far/main")
    latest = tip(tmp_path / "far.git")
    path = made("whole")
    assert Transport(path / ".git", access(way), files=watched).fetch("far").tip == latest
    for at in takewhile(lambda at: at <= watched.count, every(2)):
        path = made(f"at-{at}")

        def work(path: Path = path, at: int = at) -> None:
            Transport(path / ".git", access(way), files=DyingFiles(at, half=True)).fetch("far")

        assert in_child(work) == 9
        assert tip(path, "refs/remotes/far/main") in {before, latest}
        git(path, "fsck", "--full", "--strict")
        with open_store(path) as opened:
            save(opened, "one", 10)
        assert leftovers(path) == [], f"at call {at}: {watched.calls[at - 1]}"
        found = Transport(path / ".git", access(way)).fetch("far")
        assert (found.tip, found.rewound) == (latest, False)
        sound(path)
        judge(path, [("one", 9), ("one", 10)])
        shutil.rmtree(path)


def test_a_disk_that_fails_at_any_call_is_told(way: str, tmp_path: Path) -> None:
    made = worlds(tmp_path, way)
    latest = tip(tmp_path / "far.git")
    watched = WatchedFiles()
    Transport(made("whole") / ".git", access(way), files=watched).fetch("far")
    for at in takewhile(lambda at: at <= watched.count, every(3)):
        path = made(f"at-{at}")
        failing = FailingFiles(at, errno.ENOSPC)
        reason = None
        try:
            Transport(path / ".git", access(way), files=failing).fetch("far")
        except errors.NotSaved as error:
            reason = error.reason
        assert (tip(path, "refs/remotes/far/main") == latest) if reason is None else "No space" in reason
        with open_store(path) as opened:
            save(opened, "one", 10)
        assert Transport(path / ".git", access(way)).fetch("far").tip == latest
        assert leftovers(path) == []
        git(path, "fsck", "--full", "--strict")
        shutil.rmtree(path)


def test_others_save_while_a_remote_is_waited_for(way: str, tmp_path: Path) -> None:
    with silent() as port:
        path = store(tmp_path / "one", url=f"git://127.0.0.1:{port}/far.git")
        caught: list[Exception] = []

        def wait() -> None:
            try:
                Transport(path / ".git", access(way), limits=Limits(silence=2)).fetch("far")
            except errors.RemoteSilent as error:
                caught.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        with open_store(path) as opened:
            for number in range(1, 5):
                assert save(opened, "one", number).delayed is None
        assert waiting.is_alive()
        waiting.join()
        assert len(caught) == 1
    judge(path, [("one", number) for number in range(1, 5)])


def test_two_fetches_at_once_are_no_harm(way: str, tmp_path: Path) -> None:
    path = worlds(tmp_path, way)("both")
    latest = tip(tmp_path / "far.git")
    found: list[Fetched] = []

    def act() -> None:
        found.append(Transport(path / ".git", access(way)).fetch("far"))

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.tip for each in found] == [latest] * 4
    sound(path)


def test_death_while_a_folder_is_pushed_to_leaves_it_sound(tmp_path: Path) -> None:
    watched = WatchedFiles()

    def world(name: str) -> tuple[Path, Path]:
        far = bare(tmp_path / f"{name}.git")
        return given(store(tmp_path / name, 1, url=str(far)), far), far

    def push(path: Path, files: Files) -> Pushed | object:
        new = tip(path)
        assert new is not None
        opened = Transport(path / ".git", access("direct"), files=files)
        return opened.push("far", new, tip(tmp_path / f"{path.name}.git"))

    path, far = world("whole")
    store(path, 2)
    push(path, watched)
    for at in takewhile(lambda at: at <= watched.count, every(3)):
        path, far = world(f"at-{at}")
        before = tip(far)
        store(path, 2)

        def work(path: Path = path, at: int = at) -> None:
            push(path, DyingFiles(at, half=True))

        assert in_child(work) == 9
        assert tip(far) in {before, tip(path)}
        git(far, "fsck", "--full", "--strict")
        if not list(far.rglob("main.lock")):  # as git itself leaves one when it is killed
            if tip(far) == before:
                assert isinstance(push(path, Files()), Pushed)
            assert tip(far) == tip(path)
        remotes.find(path / ".git", "far")
