"""The exchanges of all sessions in the catalog: their words, their texts, and what can be counted of them."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

import gitstore
from dexter.sessions import words
from dexter.sessions.errors import SessionDamaged
from dexter.sessions.identifiers import is_session_id
from dexter.sessions.layout import ROOT
from dexter.sessions.notices import Damage, SessionNotice
from dexter.sessions.reading import (
    history_files,
    parse_history,
    read_metadata,
    read_steps,
    sessions_in,
    step_files,
)
from dexter.sessions.records import SessionExchange, ToolStep
from gitstore import following

if TYPE_CHECKING:
    import sqlite3

_TABLES = (
    *following.TABLES,
    """CREATE TABLE session (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tree BLOB NOT NULL, exchanges INTEGER NOT NULL,
        title TEXT NOT NULL, tags TEXT NOT NULL, sum INTEGER NOT NULL)""",
    """CREATE TABLE file (
        session INTEGER NOT NULL, path TEXT NOT NULL, blob TEXT NOT NULL, length INTEGER NOT NULL,
        digest BLOB NOT NULL, PRIMARY KEY (session, path)) WITHOUT ROWID""",
    """CREATE TABLE exchange (
        number INTEGER PRIMARY KEY, session INTEGER NOT NULL, id TEXT NOT NULL, timestamp INTEGER NOT NULL,
        provider TEXT, model TEXT NOT NULL, status TEXT NOT NULL, duration INTEGER NOT NULL,
        input INTEGER, output INTEGER, steps TEXT, sum INTEGER NOT NULL, UNIQUE (session, id))""",
    "CREATE INDEX exchange_time ON exchange (timestamp DESC, id)",
    "CREATE TABLE body (number INTEGER PRIMARY KEY, content BLOB NOT NULL, sum INTEGER NOT NULL)",
    f"""CREATE VIRTUAL TABLE words USING fts5(
        query, answer, results, session, content='', tokenize="{words.TOKENIZER}")""",
    f"""CREATE VIRTUAL TABLE names USING fts5(title, tags, content='', tokenize="{words.TOKENIZER}")""",
    "INSERT INTO words (words, rank) VALUES ('rank', 'bm25(3.0, 1.0, 1.0, 0.0)')",
    # Many new exchanges are sorted in memory, and what was sorted is merged seldom: two fifths less time.
    "INSERT INTO words (words, rank) VALUES ('hashsize', 16777216)",
    "INSERT INTO words (words, rank) VALUES ('automerge', 16)",
)
LIVE = gitstore.Schema("exchanges", 3, _TABLES)
"""Of sessions that are there, without what tools returned. Each `sum` is over its row."""
LIVE_WITH_RESULTS = gitstore.Schema("results", 3, _TABLES)
DELETED = gitstore.Schema("deleted-exchanges", 3, _TABLES)
DELETED_WITH_RESULTS = gitstore.Schema("deleted-results", 3, _TABLES)

_INSERT_FACTS = "INSERT INTO exchange VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MANY = 8
"""So many texts are worth a thread of their own."""
_CHANGED = -1
"""The length of a file whose next version must be read from its beginning."""


class Body(msgspec.Struct, frozen=True, array_like=True):
    """The texts of an exchange, as they are searched and shown."""

    query: str
    answer: str
    results: str = ""


class Facts(msgspec.Struct, frozen=True):
    """What can be counted of an exchange."""

    session_id: str
    exchange_id: str
    timestamp: int
    """When it ended, in epoch milliseconds."""
    provider: str | None
    """None if the exchange does not name it."""
    model: str
    status: str
    duration: int
    """Milliseconds."""
    input_tokens: int | None
    """None if it is not known."""
    output_tokens: int | None


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
        """See `gitstore.following.Indexer`."""
        if not entry.is_directory or not is_session_id(entry.name):
            if before is not None:
                self.remove(connection, before)
            return True
        self._damages.pop(entry.name, None)
        number = _number(connection, entry.name, before)
        try:
            if number is not None and not self._bring_on(connection, snapshot, entry, number):
                _forget(connection, number)
                number = None
            if number is None:
                self._begin(connection, snapshot, entry)
        except SessionDamaged as damage:
            self._damages[entry.name] = (Damage(entry.name, damage.place, damage.reason),)
            return False
        return True

    def remove(self, connection: sqlite3.Connection, before: gitstore.Entry) -> None:
        """See `gitstore.following.Indexer`."""
        number = _number(connection, before.name, None)
        if number is not None:
            _forget(connection, number)

    def _begin(
        self, connection: sqlite3.Connection, snapshot: gitstore.Snapshot, entry: gitstore.Entry
    ) -> None:
        """Index a session that has no rows. If it can't be read it still has none."""
        contents = [(path, _read(snapshot, entry.name, path)) for path in history_files(snapshot, entry.name)]
        title, tags = self._name(snapshot, entry.name)
        number = (connection.execute("SELECT MAX(number) FROM session").fetchone()[0] or 0) + 1
        known: set[str] = set()
        for path, content in contents:
            known |= self._add(connection, snapshot, (entry.name, number), known, parse_history(content)[0])
            _note_file(connection, snapshot, number, path, content)
        _note_session(connection, entry, number, title, tags)

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
            blob, length, digest = known.get(path, ("", 0, _digest(b"")))
            if snapshot.file_id(path) == blob:
                continue
            content = _read(snapshot, entry.name, path)
            if not 0 <= length <= len(content) or _digest(content[:length]) != digest:
                return False
            new = parse_history(content[length:])[0]
            added = self._add(connection, snapshot, (entry.name, number), ids.keys(), new)
            ids |= dict.fromkeys(added)
            _note_file(connection, snapshot, number, path, content)
        _forget_name(connection, number)
        title, tags = self._name(snapshot, entry.name)
        _note_session(connection, entry, number, title, tags)
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
        bodies = [Body(each.query, each.answer, result) for each, result in zip(new, results, strict=True)]
        facts = [
            _facts_row((number, number_of_session), each, files.get(each.id))
            for number, each in zip(numbers, new, strict=True)
        ]
        connection.executemany(_INSERT_FACTS, facts)
        _add_bodies(connection, numbers, bodies, session_id)
        return {each.id for each in new}

    def _results_of(self, snapshot: gitstore.Snapshot, session_id: str, exchange_id: str) -> str:
        """What the tools of an exchange were asked and returned; what can't be read is left out and told."""
        try:
            steps = read_steps(snapshot, session_id, exchange_id)
        except SessionDamaged as damage:
            told = self._damages.get(session_id, ())
            self._damages[session_id] = (*told, Damage(session_id, damage.place, damage.reason))
            return ""
        tools = [step for step in steps if isinstance(step, ToolStep)]
        return "\n".join(
            f"{step.name} {' '.join(str(value) for value in step.arguments.values())}\n{step.result}"
            for step in tools
        )

    def _name(self, snapshot: gitstore.Snapshot, session_id: str) -> tuple[str, str]:
        metadata, _ = read_metadata(snapshot, session_id)
        return metadata.title or "", "\n".join(metadata.tags)


def check_sessions(connection: sqlite3.Connection, covered: bytes) -> dict[int, tuple[str, str, int]]:
    """The sessions in the catalog by number: id, title, count of exchanges.

    Raises:
        Doubt: If they are not those of the tree, or a row is damaged.
    """
    rows = connection.execute(
        "SELECT number, id, tree, exchanges, title, tags, sum FROM session ORDER BY id"
    ).fetchall()
    made_from = b"".join([b"40000 %s\0%s" % (row[1].encode(), row[2]) for row in rows])
    if made_from != covered and made_from != sessions_in(covered):
        raise gitstore.Doubt
    for row in rows:
        if _sum(row[:-1]) != row[-1]:
            raise gitstore.Doubt
    return {number: (identifier, title, count) for number, identifier, _, count, title, _, _ in rows}


def checked_session(
    connection: sqlite3.Connection, number: int, snapshot: gitstore.Snapshot
) -> tuple[str, str]:
    """The id and the title of one session.

    Raises:
        Doubt: If the tree has another one, or the row is damaged.
    """
    row = connection.execute(
        "SELECT number, id, tree, exchanges, title, tags, sum FROM session WHERE number = ?", (number,)
    ).fetchone()
    if row is None or _sum(row[:-1]) != row[-1]:
        raise gitstore.Doubt
    if snapshot.directory_id(f"{ROOT}/{row[1]}") != row[2].hex():
        raise gitstore.Doubt
    return row[1], row[4]


def all_facts(connection: sqlite3.Connection, covered: bytes) -> list[Facts]:
    """What can be counted of all exchanges, in the order of session and exchange ids.

    Raises:
        Doubt: If a row is damaged, or there are more or fewer than there should be.
    """
    sessions = check_sessions(connection, covered)
    counted = dict.fromkeys(sessions, 0)
    facts: list[tuple[str, str, Facts]] = []
    for row in connection.execute(
        "SELECT number, session, id, timestamp, provider, model, status, duration, input, output, steps, sum"
        " FROM exchange"
    ):
        if _sum(row[:-1]) != row[-1]:
            raise gitstore.Doubt
        counted[row[1]] += 1
        session_id = sessions[row[1]][0]
        facts.append((session_id, row[2], Facts(session_id, *row[2:10])))
    if any(counted[number] != count for number, (_, _, count) in sessions.items()):
        raise gitstore.Doubt
    return [each for _, _, each in sorted(facts, key=lambda fact: fact[:2])]


def facts_and_body(connection: sqlite3.Connection, number: int) -> tuple[int, Facts, Body]:
    """The session's number, facts (without the session's id) and texts of an exchange.

    Raises:
        Doubt: If there is no such row, or it is damaged.
    """
    row = connection.execute(
        "SELECT number, session, id, timestamp, provider, model, status, duration, input, output, steps, sum"
        " FROM exchange WHERE number = ?",
        (number,),
    ).fetchone()
    packed = connection.execute(
        "SELECT number, content, sum FROM body WHERE number = ?", (number,)
    ).fetchone()
    if row is None or packed is None or _sum(row[:-1]) != row[-1] or _sum(packed[:-1]) != packed[-1]:
        raise gitstore.Doubt
    return row[1], Facts("", *row[2:10]), unpack(packed[1])


def _number(connection: sqlite3.Connection, name: str, before: gitstore.Entry | None) -> int | None:
    row = connection.execute("SELECT number, tree FROM session WHERE id = ?", (name,)).fetchone()
    known = before is not None and is_session_id(name) and before.is_directory
    if known and before is not None and (row is None or row[1] != bytes.fromhex(before.id)):
        raise gitstore.Doubt
    return None if row is None else int(row[0])


def _note_session(
    connection: sqlite3.Connection, entry: gitstore.Entry, number: int, title: str, tags: str
) -> None:
    """Write the row of a session in place of the one it may have.

    Here and for files: not by REPLACE, before which SQLite has the words that wait in memory written out.
    """
    count = connection.execute("SELECT COUNT(*) FROM exchange WHERE session = ?", (number,)).fetchone()[0]
    row = (number, entry.name, bytes.fromhex(entry.id), count, title, tags)
    connection.execute("DELETE FROM session WHERE number = ?", (number,))
    connection.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, _sum(row)))
    connection.execute(
        "INSERT INTO names (rowid, title, tags) VALUES (?, ?, ?)",
        (number, words.prepare(title), words.prepare(tags)),
    )


def _note_file(
    connection: sqlite3.Connection, snapshot: gitstore.Snapshot, session: int, path: str, content: bytes
) -> None:
    # A line without its end may still grow: then all of it is read again.
    length = len(content) if content.endswith(b"\n") or not content else _CHANGED
    row = (session, path, snapshot.file_id(path) or "", length, _digest(content))
    connection.execute("DELETE FROM file WHERE session = ? AND path = ?", (session, path))
    connection.execute("INSERT INTO file VALUES (?, ?, ?, ?, ?)", row)


def _facts_row(
    numbers: tuple[int, int], exchange: SessionExchange, steps: str | None
) -> tuple[str | int | None, ...]:
    usage = exchange.token_usage
    row = (
        *numbers,
        exchange.id,
        exchange.timestamp,
        exchange.provider,
        exchange.model,
        exchange.status,
        exchange.duration,
        usage.input_tokens if usage else None,
        usage.output_tokens if usage else None,
        steps,
    )
    return (*row, _sum(row))


def _add_bodies(
    connection: sqlite3.Connection, numbers: Sequence[int], bodies: Sequence[Body], session_id: str
) -> None:
    """Keep texts and index their words; of many one thread packs while the other indexes."""
    if len(bodies) < _MANY:
        _index(connection, numbers, bodies, session_id)
        packed = _packed(bodies)
    else:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  what is seldom needed

        with ThreadPoolExecutor(1) as other:
            packing = other.submit(_packed, bodies)
            _index(connection, numbers, bodies, session_id)
            packed = packing.result()
    rows = [
        (number, content, _sum((number, content))) for number, content in zip(numbers, packed, strict=True)
    ]
    connection.executemany("INSERT INTO body VALUES (?, ?, ?)", rows)


def _index(
    connection: sqlite3.Connection, numbers: Sequence[int], bodies: Sequence[Body], session_id: str
) -> None:
    connection.executemany(
        "INSERT INTO words (rowid, query, answer, results, session) VALUES (?, ?, ?, ?, ?)",
        [(number, *_indexed(body), session_id) for number, body in zip(numbers, bodies, strict=True)],
    )


def _packed(bodies: Sequence[Body]) -> list[bytes]:
    return [zlib.compress(msgspec.msgpack.encode(body), 1) for body in bodies]


def _forget(connection: sqlite3.Connection, session: int) -> None:
    """Take all rows of a session away; the index is told what it was made from."""
    _forget_name(connection, session)
    name = connection.execute("SELECT id FROM session WHERE number = ?", (session,)).fetchone()[0]
    for number, packed, total in connection.execute(
        "SELECT number, content, sum FROM body WHERE number IN"
        " (SELECT number FROM exchange WHERE session = ?)",
        (session,),
    ).fetchall():
        if _sum((number, packed)) != total:
            raise gitstore.Doubt
        connection.execute(
            "INSERT INTO words (words, rowid, query, answer, results, session)"
            " VALUES ('delete', ?, ?, ?, ?, ?)",
            (number, *_indexed(unpack(packed)), name),
        )
        connection.execute("DELETE FROM body WHERE number = ?", (number,))
    connection.execute("DELETE FROM exchange WHERE session = ?", (session,))
    connection.execute("DELETE FROM file WHERE session = ?", (session,))
    connection.execute("DELETE FROM session WHERE number = ?", (session,))


def _forget_name(connection: sqlite3.Connection, session: int) -> None:
    title, tags = connection.execute(
        "SELECT title, tags FROM session WHERE number = ?", (session,)
    ).fetchone()
    connection.execute(
        "INSERT INTO names (names, rowid, title, tags) VALUES ('delete', ?, ?, ?)",
        (session, words.prepare(title), words.prepare(tags)),
    )


def _indexed(body: Body) -> tuple[str, str, str]:
    return words.prepare(body.query), words.prepare(body.answer), words.prepare(body.results)


def unpack(packed: bytes) -> Body:
    """The texts in a row. Raises Doubt if there are none."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(packed), type=Body)
    except zlib.error:
        raise gitstore.Doubt from None


def _sum(row: Sequence[Any]) -> int:
    return zlib.crc32(msgspec.msgpack.encode(row))


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=20).digest()


def _read(snapshot: gitstore.Snapshot, session_id: str, path: str) -> bytes:
    try:
        return snapshot.read(path) or b""
    except gitstore.Damaged as error:
        raise SessionDamaged(session_id, error.place, error.reason) from error
