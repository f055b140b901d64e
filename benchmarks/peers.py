"""Peers: others that keep an exchange, each as its users would have it do so.

A peer is a function that keeps one more exchange; it returns once its own promise holds.
"""

import json
import os
import random
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dexter.sessions import SessionExchange

Keep = Callable[[str, SessionExchange], object]
"""Keeps an exchange of the session with that id."""
PATIENCE = 60.0
"""Seconds until somebody who finds a lock gives up."""


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


def with_patient_git(repository: Path) -> Keep:
    """The same beside others that do it, too: each command again until nobody has a lock in its way.

    The commit names its paths, or it would take along what others have added.
    """

    def keep(session: str, exchange: SessionExchange) -> None:
        paths = write_files(repository, session, exchange)
        message = f"{session}: {exchange.query}"
        for command in (("add", "--", *paths), ("commit", "-q", "-m", message, "--", *paths)):
            _until_free(repository, *command)

    return keep


def _until_free(repository: Path, *command: str) -> None:
    before = time.monotonic()
    while True:
        try:
            git(repository, *command)
        except subprocess.CalledProcessError as error:
            if time.monotonic() - before > PATIENCE:
                raise SystemExit(f"git {command[0]} found a lock for {PATIENCE} s: {error.stderr}") from None
            time.sleep(random.uniform(0.001, 0.02))  # noqa: S311  so that they do not meet again
        else:
            return


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
        porcelain.add(str(repository), paths)  # type: ignore[no-untyped-call, unused-ignore]  # typed in some releases
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


def _begin_log(database: sqlite3.Connection) -> None:
    """Turn the write-ahead log on; of several at once SQLite refuses some, for all their patience."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            database.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def with_sqlite(path: Path) -> Keep:
    """One row in a database with a write-ahead log and full synchronisation."""
    database = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)
    _begin_log(database)
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE IF NOT EXISTS exchange (id TEXT PRIMARY KEY, session TEXT, line BLOB)")

    def keep(session: str, exchange: SessionExchange) -> None:
        line = exchange.to_line()
        database.execute("INSERT INTO exchange VALUES (?, ?, ?)", (exchange.id, session, line))

    return keep


def with_llm(path: Path) -> Keep | None:
    """A row of each kind that `llm` writes of a response, in its database; None if it is not installed."""
    try:
        import llm
        import sqlite_utils
        from llm.migrations import migrate
    except ImportError:
        return None

    class Said(llm.Model):  # type: ignore[misc, unused-ignore]  # Any where llm is not installed
        """A model that answers with what it is asked for."""

        model_id = "bench"
        answer = ""

        def execute(self, *_: object, **__: object) -> Iterator[str]:
            yield self.answer

    database = sqlite_utils.Database(path)
    migrate(database)  # type: ignore[no-untyped-call, unused-ignore]  # as above
    model = Said()
    conversations: dict[str, Any] = {}

    def keep(session: str, exchange: SessionExchange) -> None:
        model.answer = exchange.answer
        conversation = conversations.setdefault(session, model.conversation())
        response = conversation.prompt(exchange.query)
        response.text()
        response.log_to_db(database)
        conversation.responses.clear()  # or it would hand all of them to the model each time

    return keep
