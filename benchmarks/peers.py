"""Peers: others that keep an exchange, each as its users would have it do so.

A peer is a function that keeps one more exchange; it returns once its own promise holds.
"""

import json
import os
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dexter.sessions import SessionExchange

Keep = Callable[[str, SessionExchange], object]
"""Keeps an exchange of the session with that id."""


def git(path: Path, *arguments: str) -> str:
    """What git prints in a repository."""
    done = subprocess.run(["git", "-C", str(path), *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def clone(ours: Path, copy: Path) -> Path:
    """A repository of plain git's with the same content, for others to commit to."""
    git(ours.parent, "clone", "-q", "--no-local", str(ours), str(copy))
    git(copy, "config", "user.name", "Bench")
    git(copy, "config", "user.email", "bench@example.invalid")
    return copy


def write_files(repository: Path, session: str, exchange: SessionExchange) -> list[str]:
    """Write what an exchange changes, as a plain program would, and return the paths."""
    folder = repository / "cli" / session
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "history.jsonl").open("ab") as history:
        history.write(exchange.to_line() + b"\n")
    document: dict[str, Any] = {"id": session, "exchangeCount": 0}
    if (folder / "session.json").exists():
        document = json.loads((folder / "session.json").read_bytes())
    document |= {"updatedAt": exchange.timestamp, "lastQuery": exchange.query[:100], "heads": [exchange.id]}
    document["exchangeCount"] += 1
    (folder / "session.json").write_text(json.dumps(document, indent=2) + "\n")
    return [f"cli/{session}/history.jsonl", f"cli/{session}/session.json"]


def with_git(repository: Path) -> Keep:
    """Files written, `git add`, `git commit`: what people do by hand."""

    def keep(session: str, exchange: SessionExchange) -> None:
        git(repository, "add", "--", *write_files(repository, session, exchange))
        git(repository, "commit", "-q", "-m", f"{session}: {exchange.query}")

    return keep


def with_pygit2(repository: Path) -> Keep:
    """The same with libgit2, in process."""
    import pygit2

    opened = pygit2.Repository(str(repository))

    def keep(session: str, exchange: SessionExchange) -> None:
        index = opened.index
        index.read()
        for path in write_files(repository, session, exchange):
            index.add(path)
        index.write()
        who = pygit2.Signature("Bench", "bench@example.invalid")
        message = f"{session}: {exchange.query}\n"
        opened.create_commit("HEAD", who, who, message, index.write_tree(), [opened.head.target])

    return keep


def with_dulwich(repository: Path) -> Keep:
    """The same with dulwich's own add and commit, in process."""
    from dulwich import porcelain

    who = b"Bench <bench@example.invalid>"

    def keep(session: str, exchange: SessionExchange) -> None:
        paths = [str(repository / path) for path in write_files(repository, session, exchange)]
        porcelain.add(str(repository), paths)  # type: ignore[no-untyped-call, unused-ignore]
        message = f"{session}: {exchange.query}"
        porcelain.commit(str(repository), message.encode(), author=who, committer=who)

    return keep


def with_lines(path: Path) -> Keep:
    """One line written to a file and flushed with fdatasync: the least that survives a power cut."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    flush = getattr(os, "fdatasync", os.fsync)

    def keep(session: str, exchange: SessionExchange) -> None:
        del session
        os.write(descriptor, exchange.to_line() + b"\n")
        flush(descriptor)

    return keep


def with_sqlite(path: Path) -> Keep:
    """One row in a database with a write-ahead log and full synchronisation."""
    database = sqlite3.connect(path, isolation_level=None, timeout=30)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE IF NOT EXISTS exchange (id TEXT PRIMARY KEY, session TEXT, line BLOB)")

    def keep(session: str, exchange: SessionExchange) -> None:
        line = exchange.to_line()
        database.execute("INSERT INTO exchange VALUES (?, ?, ?)", (exchange.id, session, line))

    return keep
