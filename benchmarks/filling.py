"""Stores to measure on: sessions and exchanges as dexter saves them, made fast, the same every time."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import msgspec

from benchmarks.prose import Prose
from dexter.sessions import SessionExchange, TokenUsageRecord, new_exchange_id
from dexter.sessions.writing.changes import exchanged
from gitstore import Change, Identity, Revive, Store
from gitstore.disk.files import Files

WHO = Identity("Bench", "bench@example.invalid")
ANSWER = 2600
"""Characters of an answer, so that its line in the history has 3 KB."""
BEGAN = 1_790_000_000_000
"""When the first exchange was, epoch milliseconds."""
_BATCH = 100
"""Sessions that come into an empty store in one commit."""
_SETTLED = 200
"""Commits that are made in one turn, where each exchange is one."""


class Writer:
    """Makes exchanges that follow each other in their sessions, and the changes that dexter makes of them."""

    def __init__(self, seed: int = 1, *, answer: int = ANSWER, distinct: int = 10_000, rare: int = 0) -> None:
        """Begin with a seed; after so many distinct texts, which take their time, they come again.

        Of so many `rare` words ("item0" and on) each answer has one more, in turn: something to search for.
        """
        self._prose = Prose(seed)
        self._answer = answer
        self._distinct = distinct
        self._rare = rare
        self._texts: list[tuple[str, str]] = []
        self._count = 0
        self._last: dict[str, str] = {}
        self._now = BEGAN

    def exchange(self, session: str) -> SessionExchange:
        """The next exchange of a session; its line has about 3 KB unless it was asked otherwise."""
        self._now += 60_000
        identifier = new_exchange_id(self._last.get(session), self._now)
        query, answer = self._text()
        if self._rare:
            answer = f"{answer} item{self._count % self._rare}"
        made = SessionExchange(
            id=identifier,
            timestamp=self._now,
            query=query,
            answer=answer,
            summary=None,
            model="claude-sonnet-4-5",
            status="complete",
            duration=1200,
            token_usage=TokenUsageRecord(900, 650, 1550),
            parent_id=self._last.get(session),
            provider="anthropic",
        )
        self._last[session] = identifier
        return made

    def _text(self) -> tuple[str, str]:
        if len(self._texts) < self._distinct:
            self._texts.append((self._prose.question(), self._prose.text(self._answer)))
        self._count += 1
        return self._texts[(self._count - 1) % len(self._texts)]

    def prepare(self, count: int) -> Self:
        """Write so many texts now, so that nobody who measures waits for them."""
        self._distinct = count
        while len(self._texts) < count:
            self._texts.append((self._prose.question(), self._prose.text(self._answer)))
        return self

    def change(self, session: str) -> Change:
        """The next exchange of a session as the change that saves it."""
        made = self.exchange(session)
        return exchanged(session, made, (), time=made.timestamp / 1000)


def session_name(number: int) -> str:
    """A session id for a number below 2.8 billion; neighbours do not stand beside each other in the tree."""
    digits = "abcdefghijklmnopqrstuvwxyz0123456789"
    value = number * 1_000_003 % 36**6
    return "s" + "".join(digits[value // 36**place % 36] for place in range(6)) + "x"


def names(count: int) -> list[str]:
    """The ids of the first so many sessions."""
    return [session_name(number) for number in range(count)]


class Hasty(Files):
    """A disk that is never waited for: only to set up what is then measured."""

    def flush(self, descriptor: int) -> None:
        """Leave it to the system."""

    def flush_directory(self, path: str | Path) -> None:
        """Leave it to the system."""


def open_store(path: Path) -> Store:
    """The store in a folder, made if need be."""
    return Store.open(path, identity=WHO)


def fill(path: Path, sessions: Sequence[str], writer: Writer, *, exchanges: int = 1) -> None:
    """Give each session its first exchanges: many sessions share a commit, so that this is quick."""
    per_commit = max(1, max(_BATCH, len(sessions) // 20) * 10 // max(10, exchanges))
    with Store.open(path, identity=WHO, files=Hasty()) as store:
        for start in range(0, len(sessions), per_commit):
            batch = sessions[start : start + per_commit]
            parts = [writer.change(session) for session in batch for _ in range(exchanges)]
            # None of them can have been deleted, and to find that out takes a look through history for each.
            operations = tuple(
                each for part in parts for each in part.operations if not isinstance(each, Revive)
            )
            store.apply(msgspec.structs.replace(parts[0], operations=operations), wait=False)
    if hasattr(os, "sync"):
        os.sync()  # or what is measured next would wait for it


def fill_commits(path: Path, sessions: Sequence[str], writer: Writer, commits: int) -> None:
    """Make a store in which each exchange is a commit, packed."""
    with Store.open(path, identity=WHO, files=Hasty()) as store:
        for number in range(commits):
            change = writer.change(sessions[number % len(sessions)])
            plain = tuple(each for each in change.operations if not isinstance(each, Revive))
            store.apply(msgspec.structs.replace(change, operations=plain), wait=False)
            if number % _SETTLED == _SETTLED - 1:
                store.settle()
        store.settle()
        store.pack()
