"""The network is cut after each message of a meeting, from the first until one goes through.

Each time the user is told in one sentence, nothing is lost or half, and the next meeting puts all right.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dexter.cli.app import main
from dexter.cli.equipping import reaching
from dexter.sessions import SessionManager
from tests.support.remotes import Served, missing, serve
from tests.support.remotes.copies import WAYS
from tests.support.remotes.messages import Splitter, relayed
from tests.support.sessions import git, make_session, save
from tests.support.stores import leftovers
from tests.support.sweeps import every

Run = Callable[[Path], tuple[int, str]]
HERE = ("asked before", "asked here", "and here")
THERE = ("asked there",)
_MEMORY = Path("/dev/shm")  # flushing is not what is tried here
_EACH = {"daemon": 5, "http": 3, "ssh": 29}
"""The network is cut after so many messages, and after so many more."""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cut-", dir=_MEMORY if _MEMORY.is_dir() else None) as found:
        yield Path(found)


@pytest.fixture(params=WAYS)
def run(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Meets a home's remote by the command, with a git program or as if there was none."""
    if request.param != "git":
        monkeypatch.setattr(reaching.shutil, "which", lambda _: None)

    def run_(home: Path) -> tuple[int, str]:
        code = main(["--home", str(home), "sessions", "sync"])
        out, err = capsys.readouterr()
        return code, err if code else out

    return run_


@pytest.fixture(params=["daemon", "http", "ssh"])
def served(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    if reason := missing(request.param):
        pytest.skip(reason)
    with serve(request.param, folder / request.param) as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found


def meet_at(home: Path, url: str) -> None:
    """Let the remote of a home be elsewhere."""
    git(home, "config", "remote.far.url", url)


def worlds(folder: Path, served: Served) -> Callable[[int], tuple[Path, Path, Path]]:
    """Two homes that have something for each other, and what is between them, as often as asked for."""
    one, two, far = folder / "one", folder / "two", folder / "far.git"
    session = make_session(one, HERE[0])
    shutil.copytree(one, two)
    subprocess.run(["git", "init", "-q", "--bare", str(far)], check=True)
    git_far("config", "http.receivepack", "true", far=far)
    for home, queries in ((one, HERE[1:]), (two, THERE)):
        git(home, "remote", "add", "far", str(far))
        with SessionManager(home) as manager:
            manager.resume(session)
            for query in queries:
                save(manager, query)
    git(two, "push", "-q", "far", "main")
    git(two, "update-ref", "-d", "refs/remotes/far/main")

    def made(number: int) -> tuple[Path, Path, Path]:
        here, there = folder / f"{number}/one", folder / f"{number}/two"
        between = served.root / f"far-{number}.git"
        for source, target in ((one, here), (two, there), (far, between)):
            shutil.copytree(source, target, symlinks=True)
        return here, there, between

    return made


def git_far(*arguments: str, far: Path) -> str:
    done = subprocess.run(["git", "-C", str(far), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def sound(home: Path, queries: set[str]) -> None:
    """A home has just these exchanges, each once, and nothing lies about."""
    git(home, "fsck", "--full", "--strict")
    assert git(home, "status", "--porcelain") == ""
    assert leftovers(home / "sessions") == []
    assert not (home / "sessions/.git/gitstore/fetching").exists()
    with SessionManager(home) as manager:
        (session,) = manager.list_sessions()
        found = [each.query for each in manager.show(session.id).exchanges]
    assert sorted(found) == sorted(queries)


def answers_late(served: Served) -> bool:
    """Whether what lies between the taking of a push and its answer is no message that can be told."""
    return not served.prefix.startswith("http")


def test_a_meeting_that_is_cut_after_any_message_is_told_and_mended_by_the_next(
    folder: Path, served: Served, run: Run
) -> None:
    made = worlds(folder, served)
    assert served.port is not None
    mine, all_ = set(HERE), {*HERE, *THERE}
    taken_untold = 0
    for most in every(_EACH[served.root.name], first=0):
        one, two, far = made(most)
        before = git_far("rev-parse", "main", far=far)
        direct = served.url(far.name)
        with relayed(served.port, most) as relay:
            meet_at(one, direct.replace(f":{served.port}", f":{relay.port}"))
            code, said = run(one)
            whole = not relay.is_cut
        now = git_far("rev-parse", "main", far=far)
        if code:
            assert code == 1
            assert said.startswith("Error: far ("), said
            # To a cut between a host's question for a password and git's answer git says that it failed.
            assert "it can't be reached (" in said or "Authentication failed" in said, said
            assert said.count("\n") == 1
            taken_untold += now != before
        git_far("fsck", "--full", "--strict", far=far)
        joined = len(git(one, "log", "--format=%p", "-1").split()) == 2
        sound(one, all_ if joined else mine)
        assert now in {before, git(one, "rev-parse", "main").strip()}
        meet_at(one, direct)
        meet_at(two, direct)
        for home in (one, two):
            again, told = run(home)
            assert again == 0, told
            sound(home, all_)
        tips = {git(home, "rev-parse", "main") for home in (one, two)} | {
            git_far("rev-parse", "main", far=far) + "\n"
        }
        assert len(tips) == 1
        for left in (one.parent, far):
            shutil.rmtree(left)
        if whole:
            assert code == 0
            break
        assert most < 1000
    assert most > 8, "the relay cut nothing"
    assert taken_untold or answers_late(served), "no push was cut between its taking and its answer"


def test_what_is_a_message_is_told_by_its_length_or_its_head() -> None:
    splitter = Splitter()
    assert splitter.split(b"0006ab00000") == [b"0006ab", b"0000"]
    assert splitter.split(b"006cd") == [b"0006cd"]
    assert splitter.split(b"PACK\0\0") == [b"PACK\0\0"]
    assert splitter.split(b"00ff of a pack") == [b"00ff of a pack"]
    head = b"HTTP/1.1 200 OK\r\nHost: x\r\n\r\n"
    assert splitter.split(head + b"0005a00") == [head, b"0005a"]
    assert splitter.split(b"") == [b"00"]
