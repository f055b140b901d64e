"""Sessions that can be none: they are set aside and told, the rest comes, nothing else is touched."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dexter.sessions import SessionManager
from tests.support.remotes.hostile import (
    DIRECTORY,
    FILE,
    LINK,
    REPOSITORY,
    Row,
    commit,
    line,
    put,
    rows,
    session,
    tree,
)
from tests.support.remotes.scene import BAD, LATE, Scene, bomb, huge, in_turn, inside, linked
from tests.support.sessions import git, save

SET_ASIDE: dict[str, tuple[Callable[[Path], Row], str]] = {
    "a link in it": (lambda far: inside(far, linked(far, b"/etc/passwd")), "symbolic link"),
    "a link for its history": (
        lambda far: (
            DIRECTORY,
            BAD,
            session(
                far, BAD.decode(), [(LINK, b"history.jsonl", put(far, "blob", b"../../../out"))], history=None
            ),
        ),
        "symbolic link",
    ),
    "a link in its place": (lambda far: (LINK, BAD, put(far, "blob", b"../..")), "something else"),
    "another repository in it": (
        lambda far: inside(far, (REPOSITORY, b"sub", "1" * 40)),
        "another repository",
    ),
    "another repository in its place": (lambda _: (REPOSITORY, BAD, "1" * 40), "something else"),
    "too many files": (lambda far: inside(far, (DIRECTORY, b"steps", bomb(far))), "files"),
    "files that are too large together": (lambda far: inside(far, (DIRECTORY, b"big", huge(far))), "larger"),
    "names that no screen shows": (
        lambda far: inside(far, (FILE, b"a\x1b[31m\nb", put(far, "blob", b"x"))),
        "control characters",
    ),
    "names with a way out elsewhere": (
        lambda far: inside(far, (FILE, b"..\\..\\x", put(far, "blob", b"x"))),
        "backslash",
    ),
    "nothing that can be read": (
        lambda far: (
            DIRECTORY,
            BAD,
            session(far, BAD.decode(), metadata=b"{", history=b"\xff\0nonsense\n{}\n"),
        ),
        "no line",
    ),
    "neither metadata nor history": (
        lambda far: (DIRECTORY, BAD, session(far, BAD.decode(), metadata=b"[" * 90_000, history=None)),
        "neither",
    ),
}


@pytest.mark.parametrize(("name", "pair"), in_turn(SET_ASIDE), indirect=["pair"])
def test_a_session_that_can_be_none_is_set_aside_and_the_rest_comes(name: str, scene: Scene) -> None:
    make, why = SET_ASIDE[name]
    scene.grow({BAD: make(scene.far)})
    code, sessions, found = scene.sync()
    assert code == 0
    assert sessions["badbad00"]["became"] == "set aside"
    assert why in str(sessions["badbad00"]["reason"])
    assert sessions["goodgood"]["became"] == "new"
    assert (found["setAside"], found["pushed"]) == (1, True)
    assert scene.ids() == {"shared00", "onlyhere", "goodgood"}
    scene.holds()
    assert (
        git(scene.home, "rev-parse", "main")
        == subprocess.run(
            ["git", "-C", str(scene.far), "rev-parse", "main"], capture_output=True, text=True, check=True
        ).stdout
    )
    before = git(scene.home, "rev-parse", "main")
    assert scene.sync()[2]["pushed"] is False
    assert git(scene.home, "rev-parse", "main") == before
    two = scene.new_home("two")
    assert scene.sync(two)[0] == 0
    assert scene.ids(two) == scene.ids()
    assert git(two, "rev-parse", "main") == before


def test_two_machines_that_meet_the_same_make_the_same_commit_of_it(scene: Scene) -> None:
    two = scene.new_home("two")
    bad = SET_ASIDE["a link in it"][0](scene.far)
    scene.run(two, "sessions", "sync")
    tips = []
    scene.grow({BAD: bad})
    for home in (two, scene.home):
        before = subprocess.run(
            ["git", "-C", str(scene.far), "rev-parse", "main"], capture_output=True, text=True, check=True
        ).stdout
        assert scene.sync(home)[1]["badbad00"]["became"] == "set aside"
        tips.append(git(home, "rev-parse", "main"))
        subprocess.run(
            ["git", "-C", str(scene.far), "update-ref", "refs/heads/main", before.strip()], check=True
        )
    three = scene.new_home("three")
    assert scene.sync(three)[1]["badbad00"]["became"] == "set aside"
    assert git(three, "rev-parse", "main") == tips[0] != tips[1]
    for home in (two, scene.home, two, three, scene.home):
        scene.sync(home)
    assert len({git(home, "rev-parse", "main") for home in (scene.home, two, three)}) == 1
    assert scene.ids(three) == {"shared00", "onlyhere", "goodgood"}
    for home in (scene.home, two, three):
        scene.holds(home)


def test_of_a_session_that_became_bad_there_what_is_here_stays(scene: Scene) -> None:
    with SessionManager(scene.home) as manager:
        manager.resume("shared00")
        save(manager, "and here")
    spoiled = session(scene.far, "shared00", [linked(scene.far, b"/etc")])
    scene.grow({b"shared00": (DIRECTORY, b"shared00", spoiled)})
    assert scene.sync()[1]["shared00"]["became"] == "set aside"
    with SessionManager(scene.home) as manager:
        assert [each.query for each in manager.show("shared00").exchanges] == ["shared query", "and here"]
    scene.holds()
    two = scene.new_home("two")
    scene.sync(two)
    assert git(two, "rev-parse", "main") == git(scene.home, "rev-parse", "main")


def test_the_last_sound_state_of_a_session_that_became_bad_is_taken(scene: Scene) -> None:
    first = session(scene.far, "worse000", history=line(LATE, "sound"))
    scene.grow({b"worse000": (DIRECTORY, b"worse000", first)})
    scene.grow({b"worse000": (REPOSITORY, b"worse000", "1" * 40)})
    assert scene.sync()[1]["worse000"]["became"] == "set aside"
    with SessionManager(scene.home) as manager:
        assert [each.query for each in manager.show("worse000").exchanges] == ["sound"]
    scene.holds()


def test_a_link_in_the_place_of_all_sessions_takes_none_away(scene: Scene) -> None:
    scene.grow({})
    root = rows(scene.far, "main")
    others = [row for name, row in root.items() if name != b"cli"]
    made = tree(scene.far, [*others, (LINK, b"cli", put(scene.far, "blob", b"/etc"))])
    commit(scene.far, made, (scene.far / "refs/heads/main").read_text().strip())
    code, sessions, _ = scene.sync()
    assert (code, sessions["cli"]["became"]) == (0, "set aside")
    assert scene.ids() == {"shared00", "onlyhere", "goodgood"}
    scene.holds()
