"""What may be in a remote although nobody would put it there: too much, another time, half of something."""

from pathlib import Path

import pytest

from dexter.sessions import SessionManager
from gitstore.committing import sifting
from tests.support.remotes import serve
from tests.support.remotes.hostile import (
    DIRECTORY,
    FILE,
    commit,
    document,
    line,
    rows,
    session,
    tree,
    with_sessions,
)
from tests.support.remotes.scene import BAD, LATE, Run, Scene, bomb, git_of, in_turn, inside, large, linked
from tests.support.sessions import git, is_sound, make_session, save


def test_a_folder_that_is_said_to_be_a_file_is_left_out_or_nothing_is_taken(scene: Scene, way: str) -> None:
    scene.grow({BAD: inside(scene.far, (FILE, b"x", tree(scene.far, [])))})
    if way == "direct":
        code, sessions, _ = scene.sync()
        assert (code, sessions["badbad00"]["became"]) == (1, "set aside")
        scene.holds()
        return
    code, out, err = scene.run(scene.home, "sessions", "sync")  # git itself takes no half of such a history
    assert (code, out) == (1, "")
    assert "what is here is safe" in err
    assert is_sound(scene.home)


@pytest.mark.parametrize("limit", [("MOST_FILES", 50), ("MOST_BYTES", 5000), ("DEEPEST", 3)])
def test_too_much_beside_the_sessions_is_told_and_nothing_changes(
    limit: tuple[str, int], tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, most = limit
    with serve("folder", tmp_path / "served") as served:
        scene = Scene(tmp_path, served, run)
        before = git(scene.home, "rev-parse", "main")
        foreign = (
            bomb(scene.far)
            if name != "MOST_BYTES"
            else tree(scene.far, [inside(scene.far, large(scene.far))])
        )
        scene.grow({}, ((DIRECTORY, b"zz", foreign),))
        monkeypatch.setattr(sifting, name, most)
        code, out, err = run(scene.home, "sessions", "sync")
        assert (code, out) == (1, "")
        assert f"it sends too much (more than {most:,} " in err
        assert git(scene.home, "rev-parse", "main") == before
        assert is_sound(scene.home)


def test_a_session_from_the_future_is_listed_last_and_told_and_not_gone_on_with(
    tmp_path: Path, run: Run
) -> None:
    with serve("folder", tmp_path / "served") as served:
        scene = Scene(tmp_path, served, run)
        files: dict[str, bytes | None] = {**KEPT["metadata of the year 9999"]}
        scene.grow({BAD: (DIRECTORY, BAD, session(scene.far, BAD.decode(), **files))})
        scene.sync()
        code, out, err = run(scene.home, "sessions", "list")
        assert code == 0
        assert [each.split()[0] for each in out.splitlines()[1:5]][-1] == "badbad00"
        assert "in the future" in err
        assert run(scene.home, "--continue", "--print", "And 2+2?")[0] == 0
        with SessionManager(scene.home) as manager:
            assert [each.query for each in manager.show("badbad00").exchanges] == ["from the future"]


def test_a_commit_from_the_end_of_time_is_taken_and_shown(scene: Scene) -> None:
    scene.grow({})
    root = git_of(scene.far, "rev-parse", "main^{tree}")
    who = b"Eve \x1b[31m\xe2\x80\xae <eve@x> 99999999999999999 +9999"
    message = b"\x1b]0;owned\x07subject\n\nSession: shared00\nAction: \x1b[2Jexchange\nExchange: ../../x"
    commit(scene.far, root, git_of(scene.far, "rev-parse", "main"), who=who, message=message)
    code, sessions, _ = scene.sync()
    assert (code, sessions["goodgood"]["became"]) == (0, "new")
    scene.holds()
    for command in (
        ("log",),
        ("log", "--json"),
        ("log", "shared00"),
        ("list", "--at", "2026-01-01"),
        ("verify",),
    ):
        code, out, err = scene.run(scene.home, "sessions", *command)
        assert code == 0 or command == ("verify",), (command, err)
        assert "\x1b" not in out + err
        assert "\u202e" not in out + err
    make_session(scene.home, "goes on")
    assert scene.sync()[0] == 0
    assert is_sound(scene.home)


@pytest.mark.parametrize("lost", [False, True])
def test_a_merge_in_a_hostile_history_brings_nothing_back(scene: Scene, *, lost: bool) -> None:
    """What a merge of git's lost is put right, but not with what can be in no tree."""
    far = scene.far
    first = git_of(far, "rev-parse", "main")
    side = scene.grow({})
    commit(far, git_of(far, "rev-parse", f"{first}^{{tree}}"), first, message=b"other side")
    bad = inside(far, linked(far, b"/etc/passwd"))
    many = DIRECTORY, b"manymany", session(far, "manymany", [(DIRECTORY, b"steps", bomb(far))])
    other = with_sessions(far, {BAD: bad, b"manymany": many})
    cli = rows(far, f"{side}:cli") | ({} if lost else rows(far, f"{other}:cli"))
    root = [row for name, row in rows(far, side).items() if name != b"cli"]
    commit(far, tree(far, [*root, (DIRECTORY, b"cli", tree(far, cli.values()))]), side, other)
    code, sessions, _ = scene.sync()
    assert code == 0
    became = {name: each["became"] for name, each in sessions.items()}
    bad_ones = {} if lost else {"badbad00": "set aside", "manymany": "set aside"}
    assert became == {"goodgood": "new"} | bad_ones
    assert scene.ids() == {"shared00", "onlyhere", "goodgood"}
    scene.holds()
    assert "badbad00" not in git(scene.home, "ls-tree", "-r", "--name-only", "main")
    before = git(scene.home, "rev-parse", "main")
    assert scene.sync()[0] == 0
    assert git(scene.home, "rev-parse", "main") == before


KEPT: dict[str, dict[str, bytes]] = {
    "metadata that are none": {"metadata": b'{"id": nonsense'},
    "metadata of another session": {"metadata": document("another0")},
    "metadata with numbers without end": {"metadata": document("badbad00")[:-1] + b', "x": 1e999, "y": NaN}'},
    "metadata with a number of 100,000 digits": {
        "metadata": document("badbad00")[:-1] + b', "resumeCount": ' + b"9" * 100_000 + b"}"
    },
    "metadata nested too deeply": {
        "metadata": document("badbad00")[:-1] + b', "x": ' + b'{"a":' * 600 + b"1" + b"}" * 601
    },
    "metadata of the year 9999": {
        "metadata": document("badbad00", updatedAt=253_402_300_799_999, createdAt=253_402_300_799_999),
        "history": line(LATE, "from the future", timestamp=253_402_300_799_999),
    },
    "a time that no calendar has": {"history": line(LATE) + line(LATE[:-1] + "3", timestamp=10**18)},
    "an id that can be none": {"history": line(LATE) + line("../../../out") + line("a" * 100) + line("")},
    "the very last id": {"history": line(LATE) + line("ffffffff-ffff-7fff-bfff-ffffffffffff", parentId=LATE)},
    "control characters": {
        "metadata": document("badbad00", title="\x1b]0;owned\x07\x1b[2J\u202e", tags=["\x1b[31m", "a\nb"]),
        "history": line(LATE, "\x1b[2J\x1b]8;;http://x\x07 \u202e", answer="\x9b31m \x07", error="\x1b[1m"),
    },
    "lines nested too deeply": {
        "history": line(LATE) + b'{"id": "x", "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    },
    "a first line that is long": {"history": line(LATE, answer="long " * 4000)},
    "a first line that is none": {"history": b"nonsense\n" + line(LATE)},
    "lines of all kinds": {"history": line(LATE) + b"\0\0\0\n[]\n" + b"\xff\xfe\n" + b"{" * 5000 + b"\n"},
}


@pytest.mark.parametrize(("name", "pair"), in_turn(KEPT), indirect=["pair"])
def test_what_can_be_read_of_a_session_is_shown_and_gone_on_with(name: str, scene: Scene) -> None:
    files: dict[str, bytes | None] = {**KEPT[name]}
    scene.grow({BAD: (DIRECTORY, BAD, session(scene.far, BAD.decode(), **files))})
    code, sessions, _ = scene.sync()
    assert (code, sessions["badbad00"]["became"]) == (0, "new")
    scene.holds()
    commands = [
        ("list",), ("list", "--json"), ("show", "badbad00"), ("show", "badbad00", "--json"),
        ("log", "badbad00"),
        ("export", "badbad00"), ("export", "badbad00", "--format", "json"), ("search", "1+1"), ("verify",),
        ("stats",), ("tag", "badbad00", "--add", "seen"), ("rename", "badbad00", "new"),
        ("log",), ("stats", "--json"), ("list", "--at", "main"),
    ]  # fmt: skip
    for command in commands:
        code, out, err = scene.run(scene.home, "sessions", *command)
        assert code in {0, 1}, (command, err)
        assert "\x1b" not in out + err, command
        assert "\x9b" not in out + err, command
        assert "\u202e" not in out + err, command
    with SessionManager(scene.home) as manager:
        manager.resume("badbad00")
        saved = save(manager, "and on")
    with SessionManager(scene.home) as manager:
        view = manager.show("badbad00")
        assert saved.exchange.id in {each.id for each in view.exchanges}
        manager.resume("badbad00")
        further = save(manager, "and further")
        assert further.exchange.id != saved.exchange.id
        found = {each.id: each for each in manager.show("badbad00").exchanges}
        assert found[further.exchange.id].parent_id == saved.exchange.id
    assert is_sound(scene.home)
    assert scene.sync()[0] == 0
