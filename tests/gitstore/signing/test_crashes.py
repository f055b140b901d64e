"""Death and failure at every call that signing makes: it is signed or not, and all else stays."""

import errno
import shutil
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from gitstore import Identity, SigningFailed, Store
from gitstore.signing import sign
from tests.support.signing import allowed, by_ssh, configure, needs_ssh, ssh_key
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

pytestmark = needs_ssh


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], Path]:
    """A store with something to sign, as often as it is asked for."""
    first = tmp_path / "first"
    key = ssh_key(tmp_path)
    with open_store(first) as store:
        save(store, "aaaaaaaa", 1)
        save(store, "aaaaaaaa", 2)
    names = allowed(tmp_path, ("test.person@example.invalid", key))
    configure(first, gpg_format="ssh", gpg_ssh_allowedSignersFile=str(names), user_signingKey=str(key))

    def copy(name: str) -> Path:
        shutil.copytree(first, tmp_path / name, symlinks=True)
        git(tmp_path / name, "update-index", "-q", "--refresh")
        return tmp_path / name

    return copy


def seal(store: Store) -> None:
    key = Path(git(store.path, "config", "user.signingKey").strip())

    def signer(content: bytes, who: Identity) -> bytes:
        return sign(content, who, by_ssh(store.path, key), ask=False)

    store.sign(signer)


def points(made: Callable[[str], Path]) -> Iterator[int]:
    """The calls to die or to fail at."""
    watched = WatchedFiles()
    with open_store(made("whole"), files=watched) as store:
        before = watched.count
        seal(store)
        last = watched.count - before
    return takewhile(lambda at: at <= last, every(2))


def holds(path: Path, what: str) -> bool:
    """Whether the store is whole, and signed; it is signed in any case afterwards."""
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
        signed = "signed" in git(path, "log", "--format=%s", "HEAD~1")
        seal(store)
    assert leftovers(path) == [], what
    judge(path, [("aaaaaaaa", 1), ("aaaaaaaa", 2), ("aaaaaaaa", 3)])
    git(path, "verify-commit", "HEAD")
    return signed


def test_death_at_any_call_leaves_it_signed_or_not(made: Callable[[str], Path]) -> None:
    seen: list[bool] = []
    for at in points(made):
        path = made(f"at-{at}")

        def work(path: Path = path, at: int = at) -> None:
            files = DyingFiles(0, half=True)
            store = open_store(path, files=files)
            files.at = files.count + at
            seal(store)

        assert in_child(work) == 9
        seen.append(holds(path, f"at call {at}"))
    assert sorted(seen) == seen
    assert set(seen) == {False, True}


def test_a_disk_that_fails_at_any_call_is_told_unless_it_is_signed(made: Callable[[str], Path]) -> None:
    for at in points(made):
        path = made(f"fails-{at}")
        files = FailingFiles(0, errno.ENOSPC, for_good=True)
        store = open_store(path, files=files)
        files.at = files.count + at
        failed = False
        try:
            seal(store)
        except SigningFailed:
            failed = True
        finally:
            files.at, files.for_good = 0, False
            store.close()
        assert failed != holds(path, f"at call {at}"), f"at call {at}: {files.calls}"
