"""A remote that means harm: what is bad is set aside and told, the rest comes, nothing else is touched."""

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest

from dexter.cli import reaching
from dexter.cli.app import main
from dexter.sessions import SessionManager
from gitstore import sifting
from gitstore.transport import Access
from tests.support.remotes import Served, missing, serve
from tests.support.remotes.hostile import (
    DIRECTORY,
    FILE,
    LINK,
    REPOSITORY,
    Row,
    commit,
    document,
    line,
    put,
    rows,
    session,
    tree,
    with_sessions,
)
from tests.support.sessions import git, is_sound, make_session, save
from tests.support.stores import leftovers

Run = Callable[..., tuple[int, str, str]]
BAD = b"badbad00"
LATE = "018bcfe5-6800-7000-8000-000000000002"


PAIRS = [(server, way) for server in ("folder", "http") for way in ("git", "direct")]
"""How the remote is reached: as a folder or from a server, with a `git` program or without."""


def in_turn(names: Iterable[str]) -> list[tuple[str, tuple[str, str]]]:
    """Each case by one of the ways, in turn: what is looked at afterwards is the same code."""
    return [(name, PAIRS[number % len(PAIRS)]) for number, name in enumerate(names)]


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request: pytest.FixtureRequest) -> tuple[str, str]:
    server, way = request.param
    return server, way


@pytest.fixture
def way(pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    if pair[1] == "direct":
        monkeypatch.setattr(reaching, "access", lambda _: Access(None, dict(os.environ)))
    return pair[1]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_(home: Path, *arguments: str) -> tuple[int, str, str]:
        code = main(["--home", str(home), *arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return run_


@pytest.fixture
def served(pair: tuple[str, str], tmp_path: Path) -> Iterator[Served]:
    if reason := missing(pair[0]):
        pytest.skip(reason)
    with serve(pair[0], tmp_path / "served") as found:
        yield found


class Scene:
    """A home with a session that a remote has, too, and with one of its own; and the remote."""

    def __init__(self, tmp_path: Path, served: Served, run: Run) -> None:
        self.far = served.root / "far.git"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(self.far)], check=True)
        subprocess.run(["git", "-C", str(self.far), "config", "http.receivepack", "true"], check=True)
        self.url = served.url()
        self.run = run
        self.tmp = tmp_path
        self.home = self.new_home("one")
        self.shared = make_session(self.home, "shared query", session_id="shared00")
        assert run(self.home, "sessions", "sync")[0] == 0
        make_session(self.home, "only here", session_id="onlyhere")

    def new_home(self, name: str) -> Path:
        home = self.tmp / name / ".dexter"
        assert self.run(home, "sessions", "remote", "add", "origin", self.url)[0] == 0
        return home

    def good(self) -> Row:
        return DIRECTORY, b"goodgood", session(self.far, "goodgood", history=line(LATE, "a good query"))

    def grow(self, sessions: dict[bytes, Row], top: tuple[Row, ...] = ()) -> str:
        """Let the remote have a good session more, and others."""
        return with_sessions(self.far, {b"goodgood": self.good(), **sessions}, top)

    def sync(self, home: Path | None = None) -> tuple[int, dict[str, dict[str, object]], dict[str, object]]:
        """Exit code, what became of each session, and all that was printed, as JSON."""
        code, out, err = self.run(home or self.home, "sessions", "sync", "--json")
        assert not err, err
        found = json.loads(out)
        assert "error" not in found, found
        return code, {each["id"]: each for each in found.get("sessions", ())}, found

    def ids(self, home: Path | None = None) -> set[str]:
        out = self.run(home or self.home, "sessions", "list", "--json")[1]
        return {each["id"] for each in json.loads(out)["sessions"]}

    def holds(self, home: Path | None = None) -> None:
        """Own sessions are as they were, the good one came, all is sound, nothing lies elsewhere."""
        home = home or self.home
        assert is_sound(home)
        assert leftovers(home / "sessions") == []
        assert {"goodgood", "shared00"} <= self.ids(home)
        for path in (home / "sessions").rglob("*"):
            assert not path.is_symlink(), path
        assert {each.name for each in self.tmp.iterdir()} <= {"one", "two", "three", "served", "cwd"}
        with SessionManager(home) as manager:
            assert [each.query for each in manager.show("shared00").exchanges][:1] == ["shared query"]
            assert [each.query for each in manager.show("goodgood").exchanges] == ["a good query"]


@pytest.fixture
def scene(tmp_path: Path, served: Served, run: Run, way: str) -> Scene:
    return Scene(tmp_path, served, run)


def deep(far: Path, depth: int) -> str:
    current = tree(far, [(FILE, b"f", put(far, "blob", b"x"))])
    for _ in range(depth):
        current = tree(far, [(DIRECTORY, b"d", current)])
    return current


def bomb(far: Path) -> str:
    current = tree(far, [(FILE, b"f%d" % number, put(far, "blob", b"x")) for number in range(10)])
    for _ in range(9):
        current = tree(far, [(DIRECTORY, b"d%d" % number, current) for number in range(10)])
    return current


def huge(far: Path) -> str:
    large = put(far, "blob", b"\0" * (20 << 20))
    return tree(far, [(FILE, b"f%02d" % number, large) for number in range(60)])


def large(far: Path) -> Row:
    return FILE, b"large", put(far, "blob", bytes(6000))


def linked(far: Path, target: bytes) -> Row:
    return LINK, b"link", put(far, "blob", target)


def inside(far: Path, row: Row) -> Row:
    return DIRECTORY, BAD, session(far, BAD.decode(), [row])


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


def git_of(far: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(far), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


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
