"""Histories that git refuses: another one is made without what it refuses, the same on each machine."""

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.support.remotes.hostile import (
    DIRECTORY,
    FILE,
    LINK,
    Row,
    commit,
    put,
    rows,
    session,
    tree,
)
from tests.support.remotes.scene import BAD, Scene, deep, git_of, in_turn, inside
from tests.support.sessions import git, is_sound

NAMES = [
    *(b".git", b".GIT", b".Git ", b".git.", b"git~1", b"GIT~1", b".git::$INDEX_ALLOCATION", b"..", b"."),
    *(".g\u200cit".encode(), "\ufeff.git".encode(), b"a/b", b"../../../out", b"/etc/x", b"x\\.git"),
]
TRAP = b'[submodule "x"]\n\tpath = x\n\turl = -u./payload\n'


def named(far: Path, name: bytes) -> Row:
    return inside(far, (FILE, name, put(far, "blob", b"x")))


def of_two(far: Path, *names: bytes) -> Row:
    files = [(FILE, name, put(far, "blob", b"%d" % number)) for number, name in enumerate(names)]
    return DIRECTORY, BAD, tree(far, files, ordered=False)


REFUSED: dict[str, Callable[[Path], Row]] = {
    **{f"the name {name!r}": partial(named, name=name) for name in NAMES},
    "folders without end": lambda far: inside(far, (DIRECTORY, b"deep", deep(far, 3000))),
    "a name twice": lambda far: of_two(far, b"a", b"a"),
    "names out of order": lambda far: of_two(far, b"b", b"a"),
    "a trap": lambda far: inside(far, (FILE, b".gitmodules", put(far, "blob", TRAP))),
    "a link for a list": lambda far: inside(far, (LINK, b".gitmodules", put(far, "blob", b"/etc/x"))),
}


@pytest.mark.parametrize(("name", "pair"), in_turn(REFUSED), indirect=["pair"])
def test_of_a_history_that_git_refuses_the_good_sessions_come(name: str, scene: Scene) -> None:
    if name == "folders without end":
        subprocess.run(["git", "-C", str(scene.far), "config", "core.maxTreeDepth", "5000"], check=True)
    bad = REFUSED[name](scene.far)
    there = scene.grow({BAD: bad})
    code, sessions, found = scene.sync()
    assert code == 1
    assert sessions["badbad00"]["became"] == "set aside"
    assert sessions["goodgood"]["became"] == "new"
    assert found["pushed"] is False
    assert found["refused"]
    assert scene.ids() == {"shared00", "onlyhere", "goodgood"}
    scene.holds()
    before = git(scene.home, "rev-parse", "main")
    assert (scene.far / "refs/heads/main").read_text().strip() == there
    code, sessions, _ = scene.sync()
    assert (code, sessions["badbad00"]["became"]) == (1, "set aside")
    assert git(scene.home, "rev-parse", "main") == before
    text = scene.run(scene.home, "sessions", "sync")[1]
    assert "Nothing is pushed to origin" in text
    assert "\x1b" not in text


def test_what_grows_behind_a_bad_commit_comes_each_time_and_is_deleted_once(scene: Scene) -> None:
    first = scene.grow({BAD: named(scene.far, b".git")})
    scene.sync()
    git(scene.home, "status")
    scene.run(scene.home, "sessions", "delete", "goodgood", "--yes")
    two = scene.new_home("two")
    scene.sync(two)
    tip = git(two, "rev-parse", "main")
    assert tip.strip() != first
    cli = rows(scene.far, "main:cli")
    new = DIRECTORY, b"newer000", session(scene.far, "newer000")
    root = tree(scene.far, [*(row for name, row in rows(scene.far, "main").items() if name != b"cli"),
                            (DIRECTORY, b"cli", tree(scene.far, [*cli.values(), new]))])  # fmt: skip
    commit(scene.far, root, first)
    assert scene.sync()[1]["newer000"]["became"] == "new"
    assert scene.ids() == {"shared00", "onlyhere", "newer000"}
    assert scene.sync(two)[1]["newer000"]["became"] == "new"
    assert scene.ids(two) == {"shared00", "goodgood", "newer000"}
    for home in (scene.home, two):
        assert is_sound(home)


@pytest.mark.parametrize(
    "who",
    [
        b"Eve <eve@x> 99999999999999999999999999 +0000",
        b"<eve@x> 1 +0000",
        b"E<v>e <a@b> 007 +0000",
        b"Eve <a\0b> 1 +0000",
    ],
)
def test_a_commit_that_git_refuses_is_made_anew(who: bytes, scene: Scene) -> None:
    scene.grow({})
    root = git_of(scene.far, "rev-parse", "main^{tree}")
    commit(scene.far, root, git_of(scene.far, "rev-parse", "main"), who=who)
    code, sessions, found = scene.sync()
    assert (code, sessions["goodgood"]["became"]) == (1, "new")
    assert found["refused"]
    scene.holds()


def test_a_remote_that_cannot_send_all_it_names_is_told_and_nothing_changes(scene: Scene) -> None:
    before = git(scene.home, "rev-parse", "main")
    scene.grow({BAD: inside(scene.far, (FILE, b"x", "0" * 40))})
    code, out, err = scene.run(scene.home, "sessions", "sync")
    assert (code, out) == (1, "")
    assert "what is here is safe" in err
    assert git(scene.home, "rev-parse", "main") == before
    assert is_sound(scene.home)
