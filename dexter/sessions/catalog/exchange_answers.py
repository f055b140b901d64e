"""What a catalog of exchanges answers: each row is looked at before it is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gitstore
from dexter.sessions.catalog.exchange_rows import Body, Facts, sum_of, unpack
from dexter.sessions.reading.session_files import sessions_in
from dexter.sessions.records.layout import ROOT

if TYPE_CHECKING:
    import sqlite3


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
        if sum_of(row[:-1]) != row[-1]:
            raise gitstore.Doubt
    return {number: (identifier, title, count) for number, identifier, _, count, title, _, _ in rows}


def checked_session(
    connection: sqlite3.Connection, number: int, snapshot: gitstore.Snapshot
) -> tuple[str, str, tuple[str, ...]]:
    """The id, the title and the tags of one session.

    Raises:
        Doubt: If the tree has another one, or the row is damaged.
    """
    row = connection.execute(
        "SELECT number, id, tree, exchanges, title, tags, sum FROM session WHERE number = ?", (number,)
    ).fetchone()
    if row is None or sum_of(row[:-1]) != row[-1]:
        raise gitstore.Doubt
    if snapshot.directory_id(f"{ROOT}/{row[1]}") != row[2].hex():
        raise gitstore.Doubt
    return row[1], row[4], tuple(filter(None, row[5].split("\n")))


def all_facts(connection: sqlite3.Connection, covered: bytes) -> list[Facts]:
    """What can be counted of all exchanges, in the order of session and exchange ids.

    Raises:
        Doubt: If a row is damaged, or there are more or fewer than there should be.
    """
    sessions = check_sessions(connection, covered)
    counted = dict.fromkeys(sessions, 0)
    facts: list[tuple[str, str, Facts]] = []
    for row in connection.execute(
        "SELECT number, session, id, timestamp, provider, model, status, duration, input, output, read,"
        " written, steps, sum"
        " FROM exchange"
    ):
        if sum_of(row[:-1]) != row[-1]:
            raise gitstore.Doubt
        counted[row[1]] += 1
        session_id = sessions[row[1]][0]
        facts.append((session_id, row[2], Facts(session_id, *row[2:12])))
    if any(counted[number] != count for number, (_, _, count) in sessions.items()):
        raise gitstore.Doubt
    return [each for _, _, each in sorted(facts, key=lambda fact: fact[:2])]


def facts_and_body(connection: sqlite3.Connection, number: int) -> tuple[int, Facts, Body]:
    """The session's number, facts (without the session's id) and texts of an exchange.

    Raises:
        Doubt: If there is no such row, or it is damaged.
    """
    row = connection.execute(
        "SELECT number, session, id, timestamp, provider, model, status, duration, input, output, read,"
        " written, steps, sum"
        " FROM exchange WHERE number = ?",
        (number,),
    ).fetchone()
    packed = connection.execute(
        "SELECT number, content, sum FROM body WHERE number = ?", (number,)
    ).fetchone()
    if row is None or packed is None or sum_of(row[:-1]) != row[-1] or sum_of(packed[:-1]) != packed[-1]:
        raise gitstore.Doubt
    return row[1], Facts("", *row[2:12]), unpack(packed[1])
