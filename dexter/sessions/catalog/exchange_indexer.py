"""The exchanges of sessions in a catalog, as a tree has them: what is new is read, what is gone goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import gitstore
from dexter.sessions.catalog.exchange_rows import Body, digest_of, facts_row
from dexter.sessions.catalog.exchange_writing import (
    add_bodies,
    add_exchanges,
    forget,
    forget_name,
    note_file,
    note_session,
    number_of,
)
from dexter.sessions.errors import SessionDamaged
from dexter.sessions.notices import Damage, SessionNotice
from dexter.sessions.reading.reading import read_metadata, read_steps
from dexter.sessions.reading.session_files import history_files, read, step_files
from dexter.sessions.records.history_lines import parse_history
from dexter.sessions.records.identifiers import is_session_id
from dexter.sessions.records.records import SessionExchange
from dexter.sessions.records.steps import Step, ToolStep

if TYPE_CHECKING:
    import sqlite3

MOST_SEARCHED = 1_000_000
"""Characters of a result that can be found; of a longer one the beginning."""


class ExchangeIndexer:
    """Makes rows of the exchanges of each session; of a session that grew, only of the lines that are new.

    A session whose history can't be read has no rows, is looked at each time, and is told in `notices`.

    Args:
        results: Whether to index what tools returned.
    """

    def __init__(self, *, results: bool) -> None:
        self._results = results
        self._damages: dict[str, tuple[SessionNotice, ...]] = {}

    @property
    def notices(self) -> tuple[SessionNotice, ...]:
        """What could not be read."""
        return tuple(notice for told in self._damages.values() for notice in told)

    def put(
        self,
        connection: sqlite3.Connection,
        snapshot: gitstore.Snapshot,
        entry: gitstore.Entry,
        before: gitstore.Entry | None,
    ) -> bool:
        """See `gitstore.catalogs.following.Indexer`."""
        if not entry.is_directory or not is_session_id(entry.name):
            if before is not None:
                self.remove(connection, before)
            return True
        self._damages.pop(entry.name, None)
        number = number_of(connection, entry.name, before)
        try:
            if number is not None and not self._bring_on(connection, snapshot, entry, number):
                forget(connection, number)
                number = None
            if number is None:
                self._begin(connection, snapshot, entry)
        except SessionDamaged as damage:
            self._damages[entry.name] = (Damage(entry.name, damage.place, damage.reason),)
            return False
        return True

    def remove(self, connection: sqlite3.Connection, before: gitstore.Entry) -> None:
        """See `gitstore.catalogs.following.Indexer`."""
        number = number_of(connection, before.name, None)
        if number is not None:
            forget(connection, number)

    def _begin(
        self, connection: sqlite3.Connection, snapshot: gitstore.Snapshot, entry: gitstore.Entry
    ) -> None:
        """Index a session that has no rows. If it can't be read it still has none."""
        contents = [
            (path, read(snapshot, entry.name, path) or b"") for path in history_files(snapshot, entry.name)
        ]
        title, tags = name_of(snapshot, entry.name)
        number = (connection.execute("SELECT MAX(number) FROM session").fetchone()[0] or 0) + 1
        known: set[str] = set()
        for path, content in contents:
            known |= self._add(connection, snapshot, (entry.name, number), known, parse_history(content)[0])
            note_file(connection, snapshot, number, path, content)
        note_session(connection, entry, number, title, tags)

    def _bring_on(
        self, connection: sqlite3.Connection, snapshot: gitstore.Snapshot, entry: gitstore.Entry, number: int
    ) -> bool:
        """Index what a session has got since; False if it is not what it was plus something at its end."""
        known = {
            row[0]: row[1:]
            for row in connection.execute(
                "SELECT path, blob, length, digest FROM file WHERE session = ?", (number,)
            )
        }
        paths = history_files(snapshot, entry.name)
        if not known.keys() <= set(paths) or [path for path in paths if path in known] != paths[: len(known)]:
            return False
        ids = dict(connection.execute("SELECT id, steps FROM exchange WHERE session = ?", (number,)))
        if self._results and not self._same_steps(snapshot, entry.name, ids):
            return False
        for path in paths:
            blob, length, digest = known.get(path, ("", 0, digest_of(b"")))
            if snapshot.file_id(path) == blob:
                continue
            content = read(snapshot, entry.name, path) or b""
            if not 0 <= length <= len(content) or digest_of(content[:length]) != digest:
                return False
            new = parse_history(content[length:])[0]
            added = self._add(connection, snapshot, (entry.name, number), ids.keys(), new)
            ids |= dict.fromkeys(added)
            note_file(connection, snapshot, number, path, content)
        forget_name(connection, number)
        title, tags = name_of(snapshot, entry.name)
        note_session(connection, entry, number, title, tags)
        return True

    def _same_steps(self, snapshot: gitstore.Snapshot, session_id: str, known: dict[str, str | None]) -> bool:
        now = step_files(snapshot, session_id)
        return all(now.get(exchange_id) == steps for exchange_id, steps in known.items())

    def _add(
        self,
        connection: sqlite3.Connection,
        snapshot: gitstore.Snapshot,
        session: tuple[str, int],
        known: Iterable[str],
        exchanges: Sequence[SessionExchange],
    ) -> set[str]:
        """Index exchanges whose ids the session has not yet, and return these."""
        session_id, number_of_session = session
        there = set(known)
        new = [each for each in exchanges if each.id not in there]
        files = step_files(snapshot, session_id) if self._results and new else {}
        first = connection.execute("SELECT MAX(number) FROM exchange").fetchone()[0] or 0
        numbers = range(first + 1, first + 1 + len(new))
        results = [
            self._results_of(snapshot, session_id, each.id) if each.id in files else "" for each in new
        ]
        bodies = [Body(each.asked, each.answer, result) for each, result in zip(new, results, strict=True)]
        facts = [
            facts_row((number, number_of_session), each, files.get(each.id))
            for number, each in zip(numbers, new, strict=True)
        ]
        add_exchanges(connection, facts)
        add_bodies(connection, numbers, bodies, session_id)
        return {each.id for each in new}

    def _results_of(self, snapshot: gitstore.Snapshot, session_id: str, exchange_id: str) -> str:
        """What the tools of an exchange were asked and returned; what can't be read is left out and told."""
        try:
            steps = read_steps(snapshot, session_id, exchange_id)
        except SessionDamaged as damage:
            told = self._damages.get(session_id, ())
            self._damages[session_id] = (*told, Damage(session_id, damage.place, damage.reason))
            return ""
        return results_in(steps)


def name_of(snapshot: gitstore.Snapshot, session_id: str) -> tuple[str, str]:
    """The title and the tags of a session as rows have them. Raises SessionDamaged."""
    metadata, _ = read_metadata(snapshot, session_id)
    return metadata.title or "", "\n".join(metadata.tags)


def exchanges_by_id(contents: Iterable[bytes]) -> dict[str, SessionExchange]:
    """The exchanges that rows are made of, given the files of a history in order: of a long one its line."""
    found: dict[str, SessionExchange] = {}
    for content in contents:
        for each in parse_history(content)[0]:
            found.setdefault(each.id, each)
    return found


def results_in(steps: Iterable[Step]) -> str:
    """What tools were asked and returned, as it is searched."""
    tools = [step for step in steps if isinstance(step, ToolStep)]
    asked = [" ".join(str(value) for value in step.arguments.values()) for step in tools]
    return "\n".join(
        f"{step.name} {arguments}\n{step.result[:MOST_SEARCHED]}"
        for step, arguments in zip(tools, asked, strict=True)
    )
