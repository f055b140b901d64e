"""Searching many exchanges in process, and what the index costs, beside a scan and a table of FTS5."""

import argparse
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.filling import Writer, open_store
from benchmarks.homes import RARE, Homes
from benchmarks.measure import Row, in_turn, middle, percentile, show, timed
from dexter.sessions import SessionManager, Wanted, parse_query
from dexter.sessions.archive import Archive
from dexter.sessions.reading.reading import read_exchanges
from dexter.sessions.reading.session_files import session_ids

QUERIES = {"a rare word": "item7", "a common word": "margin", "a phrase": '"million against"'}
UPKEEP = 20
"""Exchanges that are added, each of them searched for at once."""


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print the tables and return what they come to."""
    parser = argparse.ArgumentParser("catalog", description=__doc__)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--exchanges", type=int, default=50, help="in each session")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    home = homes.filled(asked.sessions, asked.exchanges)
    shutil.rmtree(home / "catalog", ignore_errors=True)
    count = asked.sessions * asked.exchanges
    database = homes.folder("catalog") / "peer.db"
    with sqlite3.connect(database) as peer, SessionManager(home) as manager:
        peer.execute("CREATE VIRTUAL TABLE log USING fts5(query, answer)")
        print(f"the catalog made from nothing, {count:,} exchanges: {timed(manager.usage):.1f} s")
        _fill_peer(peer, home)
        print(f"a full-text table filled from memory: {database.stat().st_size / 1e6:.0f} MB\n")
        rows = [
            Row(
                f"search over {count:,} exchanges, in process, {name}",
                "50 ms",
                *_search(manager, peer, query, asked.rounds),
            )
            for name, query in QUERIES.items()
        ]
        scan = timed(lambda: sum("item7" in answer.split() for _, answer in _scan(home)))
        print(f"a plain scan of all exchanges: {scan * 1000:,.0f} ms\n")
        rows.append(_upkeep(manager, home))
    peer.close()
    return rows


def _search(manager: SessionManager, peer: sqlite3.Connection, query: str, rounds: int) -> tuple[str, str]:
    """Search ours and the peer for the same; what ours comes to, and the peer."""
    wanted = Wanted(parse_query(query))
    statement = "SELECT *, snippet(log, 1, '', '', '', 30) FROM log WHERE log MATCH ? ORDER BY rank LIMIT 20"
    runs = [lambda: manager.look_up(wanted), lambda: peer.execute(statement, (query,)).fetchall()]
    times = in_turn(runs, rounds)
    hits = manager.look_up(wanted)
    many = f"{len(hits.hits)} hits{' and more' if hits.more else ''}"
    show(f"a search for {query}: {many}", ["catalog", "a full-text table of the rows"], times)
    return f"{middle(times[0])}, {many}", f"FTS5 table {middle(times[1])}"


def _upkeep(manager: SessionManager, home: Path) -> Row:
    """Search after each new exchange, and again when nothing is new: what lies between is upkeep."""
    writer, wanted = Writer(9, rare=RARE).prepare(UPKEEP), Wanted(parse_query("item7"))
    stale: list[float] = []
    fresh: list[float] = []
    with open_store(home / "sessions") as store:
        for number in range(UPKEEP):
            store.apply(writer.change(f"upkeep{number % 3:02}"))
            stale.append(timed(lambda: manager.look_up(wanted)))
            fresh.append(timed(lambda: manager.look_up(wanted)))
    times = [sorted(fresh), sorted(stale)]
    show("a search", ["nothing new since the last", "one new exchange since the last"], times)
    cost = (percentile(times[1], 50) - percentile(times[0], 50)) * 1000
    return Row("index upkeep per exchange", "5 ms", f"{cost:.1f} ms")


def _fill_peer(peer: sqlite3.Connection, home: Path) -> None:
    peer.executemany("INSERT INTO log VALUES (?, ?)", _scan(home))
    peer.commit()


def _scan(home: Path) -> Iterator[tuple[str, str]]:
    with Archive(home) as archive:
        snapshot = archive.snapshot()
        assert snapshot is not None
        for name in session_ids(snapshot):
            for each in read_exchanges(snapshot, name)[0]:
                yield each.query, each.answer
