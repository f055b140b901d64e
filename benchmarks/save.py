"""What it costs to save an exchange, until git has the commit and `git status` is clean, beside git's own.

The peer writes the same three files and runs `git add` and `git commit` in a repository with the same
content.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import in_turn, show
from gitstore import AppendRecord, Change, Identity, PutFile, Store, UpdateDocument

SESSIONS = 100
EXCHANGES = 3
TEXT = "Revenue grew by seven percent, margins held, and the backlog covers the next four quarters. " * 32
"""About 3 KB, as a usual answer."""


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory(prefix="dexter-save-") as folder:
        _saving(Path(folder), sessions=SESSIONS)
        _acknowledging(Path(folder))
        _reading(Path(folder) / "ours-100")


def _saving(folder: Path, *, sessions: int) -> None:
    ours, peer = folder / f"ours-{sessions}", folder / f"git-{sessions}"
    store = _filled(ours, sessions)
    _git(folder, "clone", "-q", "--no-local", str(ours), str(peer))
    _git(peer, "config", "user.name", "Bench")
    _git(peer, "config", "user.email", "bench@example.invalid")
    number = iter(range(1000, 10**6))
    times = in_turn(
        [
            lambda: _save(store, sessions // 2, next(number)),
            lambda: _commit(peer, sessions // 2, next(number)),
        ]
    )
    store.close()
    assert not _git(ours, "status", "--porcelain")
    _git(ours, "fsck", "--full", "--strict")
    show(
        f"an exchange of 3 KB saved, {sessions} sessions: journal, commit, work tree and index",
        ["gitstore, until git status is clean", "three files written, git add, git commit"],
        times,
    )


def _acknowledging(folder: Path) -> None:
    """Compare what makes an exchange safe (journal and flush) with the least that could."""
    store = _filled(folder / "acknowledged", 1)
    number = iter(range(1000, 10**6))
    line = _line(1)
    with (folder / "plain.jsonl").open("ab", buffering=0) as plain:

        def bare() -> None:
            plain.write(line)
            os.fdatasync(plain.fileno())

        def ours() -> None:
            store.apply(_change(0, next(number)), wait=False)

        show(
            "the same, until it is acknowledged (survives kill -9 and a power cut)",
            ["write and fdatasync of the same bytes", "gitstore's journal"],
            in_turn([bare, ours], rounds=50),
        )
    store.close()


def _reading(path: Path) -> None:
    def look(read: Callable[[Store], object]) -> None:
        with Store.open(path, identity=Identity("Bench", "bench@example.invalid"), create=False) as store:
            read(store)

    def documents(store: Store) -> None:
        now = store.snapshot()
        for name in now.names("cli"):
            assert now.read(f"cli/{name}/session.json")

    names = ["open", f"open, and read the documents of {SESSIONS} sessions", "git log -100, a process"]
    runs = [
        lambda: look(lambda store: store.notices),
        lambda: look(documents),
        lambda: _git(path, "log", "-100"),
    ]
    show("opening a store anew and reading it, in process", names, in_turn(runs))


def _filled(path: Path, sessions: int) -> Store:
    store = Store.open(path, identity=Identity("Bench", "bench@example.invalid"))
    for session in range(sessions):
        for number in range(EXCHANGES):
            store.apply(_change(session, number), wait=False)
    store.settle()
    return store


def _save(store: Store, session: int, number: int) -> None:
    assert store.apply(_change(session, number)).commit


def _commit(peer: Path, session: int, number: int) -> None:
    folder = peer / "cli" / _name(session)
    with (folder / "history.jsonl").open("ab") as history:
        history.write(_line(number))
    (folder / "steps" / f"{number:08}.jsonl").write_bytes(b'{"step": 1}\n')
    document = json.loads((folder / "session.json").read_bytes())
    document["count"] += 1
    (folder / "session.json").write_text(json.dumps(document, indent=2) + "\n")
    _git(peer, "add", str(folder))
    _git(peer, "commit", "-q", "-m", "an exchange")


def _change(session: int, number: int) -> Change:
    folder = f"cli/{_name(session)}"
    return Change(
        (
            AppendRecord(f"{folder}/history.jsonl", _line(number).rstrip(), f"{number:08}"),
            PutFile(f"{folder}/steps/{number:08}.jsonl", b'{"step": 1}\n'),
            UpdateDocument(f"{folder}/session.json", set={"id": _name(session)}, increase={"count": 1}),
        ),
        f"{_name(session)}: an exchange",
        trailers=(("Session", _name(session)), ("Action", "exchange")),
    )


def _line(number: int) -> bytes:
    return json.dumps({"id": f"{number:08}", "query": "How is it?", "answer": TEXT}).encode() + b"\n"


def _name(session: int) -> str:
    return f"s{session:07}"


def _git(path: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(path), *arguments], check=True, capture_output=True, text=True
    ).stdout
