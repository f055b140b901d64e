"""A home, and a remote beside it that can be made to mean harm."""

import json
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from dexter.sessions import SessionManager
from tests.support.remotes import Served
from tests.support.remotes.hostile import (
    DIRECTORY,
    FILE,
    LINK,
    Row,
    line,
    put,
    session,
    tree,
    with_sessions,
)
from tests.support.sessions import is_sound, make_session
from tests.support.stores import leftovers

Run = Callable[..., tuple[int, str, str]]
BAD = b"badbad00"
LATE = "018bcfe5-6800-7000-8000-000000000002"


PAIRS = [(server, way) for server in ("folder", "http") for way in ("git", "direct")]
"""How the remote is reached: as a folder or from a server, with a `git` program or without."""


def in_turn(names: Iterable[str]) -> list[tuple[str, tuple[str, str]]]:
    """Each case by one of the ways, in turn: what is looked at afterwards is the same code."""
    return [(name, PAIRS[number % len(PAIRS)]) for number, name in enumerate(names)]


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


def linked(far: Path, target: bytes) -> Row:
    return LINK, b"link", put(far, "blob", target)


def inside(far: Path, row: Row) -> Row:
    return DIRECTORY, BAD, session(far, BAD.decode(), [row])


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


def git_of(far: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(far), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()
