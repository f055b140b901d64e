"""Listing and searching many sessions, beside a plain scan and a full-text table of uncompressed rows."""

import shutil
import sqlite3
import tempfile
from pathlib import Path

from benchmarks.corpus import fill
from benchmarks.measure import in_turn, show, timed
from dexter.sessions import SessionManager, Wanted, parse_query
from dexter.sessions.archive import Archive
from dexter.sessions.reading import read_exchanges, session_ids

SESSIONS, EXCHANGES = 200, 50
QUERY = "item777"


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory(prefix="dexter-catalog-") as folder:
        home = Path(folder) / ".dexter"
        fill(home, SESSIONS, EXCHANGES)
        shutil.rmtree(home / "catalog")
        peer = sqlite3.connect(Path(folder) / "peer.db")
        peer.execute("CREATE VIRTUAL TABLE log USING fts5(query, answer)")
        with SessionManager(home) as manager:
            print(f"made from nothing, {SESSIONS * EXCHANGES} exchanges: {timed(manager.usage):.1f} s\n")
            peer.executemany("INSERT INTO log VALUES (?, ?)", _scan(home))
            peer.commit()
            wanted = Wanted(parse_query(QUERY))
            runs = [
                lambda: manager.look_up(wanted),
                lambda: peer.execute(
                    "SELECT *, snippet(log, 1, '', '', '', 30) FROM log WHERE log MATCH ?"
                    " ORDER BY rank LIMIT 20",
                    (QUERY,),
                ).fetchall(),
                lambda: [row for row in _scan(home) if QUERY in row[1]],
            ]
            show("a rare word", ["catalog", "a full-text table of the rows", "plain scan"], in_turn(runs, 3))
        peer.close()


def _scan(home: Path) -> list[tuple[str, str]]:
    with Archive(home) as archive:
        snapshot = archive.snapshot()
        assert snapshot is not None
        return [
            (each.query, each.answer)
            for name in session_ids(snapshot)
            for each in read_exchanges(snapshot, name)[0]
        ]
