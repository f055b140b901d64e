"""How rows of sessions and exchanges come into a catalog and go, with the words in its index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import gitstore
from dexter.sessions.catalog import words
from dexter.sessions.catalog.exchange_rows import Body, file_row, pack, session_row, sum_of, unpack
from dexter.sessions.records.identifiers import is_session_id

if TYPE_CHECKING:
    import sqlite3

_MANY = 8
"""So many texts are worth a thread of their own."""


def number_of(connection: sqlite3.Connection, name: str, before: gitstore.Entry | None) -> int | None:
    """The number of a session that has rows.

    Args:
        connection: To the catalog.
        name: The session's id.
        before: What the rows were made from, if they should be there.

    Raises:
        Doubt: If they are not there, or were made from something else.
    """
    row = connection.execute("SELECT number, tree FROM session WHERE id = ?", (name,)).fetchone()
    known = before is not None and is_session_id(name) and before.is_directory
    if known and before is not None and (row is None or row[1] != bytes.fromhex(before.id)):
        raise gitstore.Doubt
    return None if row is None else int(row[0])


def note_session(
    connection: sqlite3.Connection, entry: gitstore.Entry, number: int, title: str, tags: str
) -> None:
    """Write the row of a session in place of the one it may have.

    Here and for files: not by REPLACE, before which SQLite has the words that wait in memory written out.
    """
    count = connection.execute("SELECT COUNT(*) FROM exchange WHERE session = ?", (number,)).fetchone()[0]
    row = session_row(number, entry, count, title, tags)
    connection.execute("DELETE FROM session WHERE number = ?", (number,))
    connection.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    connection.execute(
        "INSERT INTO names (rowid, title, tags) VALUES (?, ?, ?)",
        (number, words.prepare(title), words.prepare(tags)),
    )


def note_file(
    connection: sqlite3.Connection, snapshot: gitstore.Snapshot, session: int, path: str, content: bytes
) -> None:
    """Remember how far a file of a history is in the rows."""
    row = file_row(snapshot, session, path, content)
    connection.execute("DELETE FROM file WHERE session = ? AND path = ?", (session, path))
    connection.execute("INSERT INTO file VALUES (?, ?, ?, ?, ?)", row)


def add_exchanges(connection: sqlite3.Connection, rows: Sequence[Sequence[str | int | None]]) -> None:
    """Write rows of exchanges, without their texts."""
    connection.executemany("INSERT INTO exchange VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def add_bodies(
    connection: sqlite3.Connection, numbers: Sequence[int], bodies: Sequence[Body], session_id: str
) -> None:
    """Keep texts and index their words; of many one thread packs while the other indexes."""
    if len(bodies) < _MANY:
        _index(connection, numbers, bodies, session_id)
        packed = pack(bodies)
    else:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  what is seldom needed

        with ThreadPoolExecutor(1) as other:
            packing = other.submit(pack, bodies)
            _index(connection, numbers, bodies, session_id)
            packed = packing.result()
    rows = [
        (number, content, sum_of((number, content))) for number, content in zip(numbers, packed, strict=True)
    ]
    connection.executemany("INSERT INTO body VALUES (?, ?, ?)", rows)


def _index(
    connection: sqlite3.Connection, numbers: Sequence[int], bodies: Sequence[Body], session_id: str
) -> None:
    connection.executemany(
        "INSERT INTO words (rowid, query, answer, results, session) VALUES (?, ?, ?, ?, ?)",
        [(number, *_indexed(body), session_id) for number, body in zip(numbers, bodies, strict=True)],
    )


def forget(connection: sqlite3.Connection, session: int) -> None:
    """Take all rows of a session away; the index is told what it was made from."""
    forget_name(connection, session)
    name = connection.execute("SELECT id FROM session WHERE number = ?", (session,)).fetchone()[0]
    for number, packed, total in connection.execute(
        "SELECT number, content, sum FROM body WHERE number IN"
        " (SELECT number FROM exchange WHERE session = ?)",
        (session,),
    ).fetchall():
        if sum_of((number, packed)) != total:
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


def forget_name(connection: sqlite3.Connection, session: int) -> None:
    """Take the words of a title and of tags out of the index, which is told what it was made from."""
    title, tags = connection.execute(
        "SELECT title, tags FROM session WHERE number = ?", (session,)
    ).fetchone()
    connection.execute(
        "INSERT INTO names (names, rowid, title, tags) VALUES ('delete', ?, ?, ?)",
        (session, words.prepare(title), words.prepare(tags)),
    )


def _indexed(body: Body) -> tuple[str, str, str]:
    return words.prepare(body.query), words.prepare(body.answer), words.prepare(body.results)
