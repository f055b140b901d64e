"""Opening a long session in process, and adding to one whose files are full, beside the least that could.

The peer reads the same history from the work tree and parses each line with the standard library.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.homes import Homes
from benchmarks.measure import Row, in_turn, middle, show
from dexter.sessions import (
    Archive,
    InMemoryChatHistory,
    SessionExchange,
    SessionManager,
    SessionMetadata,
    new_exchange_id,
)
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.records.steps import Step, ToolStep
from dexter.sessions.writing import changes
from dexter.sessions.writing.keeping import exchange_kept
from gitstore import AppendRecord, Change, Identity, Operation, Store, UpdateDocument
from gitstore.disk.segments import FILE_LIMIT

EXCHANGES = 1_000
TEXT = "Revenue grew by seven percent, margins held, and the backlog covers the next four quarters.\n\n" * 31
"""About 3 KB, as a usual answer."""


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print the tables and return what they come to."""
    parser = argparse.ArgumentParser("opening", description=__doc__)
    parser.add_argument("--exchanges", type=int, default=EXCHANGES)
    parser.add_argument("--files", type=int, default=5, help="full files of the history to add to")
    asked = parser.parse_args(arguments)
    rows = _opening(homes.folder("opening"), asked.exchanges)
    _adding(homes.folder("adding"), asked.files)
    return rows


def make_long_session(home: Path, exchanges: int = EXCHANGES, answer: str = TEXT) -> str:
    """Make a session of many exchanges, every third with a tool call, in one commit; return its id."""
    path: list[SessionExchange] = []
    for number in range(exchanges):
        before = path[-1].id if path else None
        path.append(
            SessionExchange(
                id=new_exchange_id(before, 1_771_770_600_000 + number),
                timestamp=1_771_770_600_000 + number,
                query=f"What was the operating margin of year {number}?",
                answer=answer,
                summary=f"Margin of year {number}.",
                model="offline",
                duration=1200,
                parent_id=before,
                provider="offline",
            )
        )
    called = {exchange.id for exchange in path[::3]}

    def steps_of(exchange_id: str) -> tuple[Step, ...]:
        call = ToolStep(1, "call-1", "growth_rate", {"first": "100"}, "0.07 " * 100, ok=True, duration=3)
        return (call,) if exchange_id in called else ()

    now = time.time()
    origin = {"sessionId": "aaaaaaaa", "exchangeId": path[-1].id}
    metadata = SessionMetadata(
        "bbbbbbbb", int(now * 1000), int(now * 1000), model="offline", forked_from=origin
    )
    with Archive(home, identity=lambda: ("Bench", "bench@example.invalid")) as archive:
        paths = SessionPaths(metadata.id)
        operations: list[Operation] = [UpdateDocument(paths.metadata, set=changes.document(metadata))]
        for exchange in path:
            operations += exchange_kept(paths, exchange, steps_of(exchange.id), archive.limits)
        archive.apply(changes.happened(metadata.id, "forked", "forked", operations, now))
    return metadata.id


def _opening(home: Path, exchanges: int) -> list[Row]:
    session_id = make_long_session(home, exchanges)
    history = home / "sessions" / "cli" / session_id / "history.jsonl"

    def peer() -> None:
        assert len([json.loads(line) for line in history.read_bytes().splitlines()]) == exchanges

    def shown() -> None:
        with SessionManager(home) as manager:
            assert len(manager.show(session_id).exchanges) == exchanges

    def resumed(*, record: bool) -> None:
        with SessionManager(home) as manager:
            manager.resume(session_id, InMemoryChatHistory(), record=record)

    def steps() -> None:
        with SessionManager(home) as manager:
            manager.all_steps(manager.show(session_id))

    names = [
        "read the file, json.loads of each line",
        "SessionManager.show (asked: 50)",
        "SessionManager.resume, not written down (asked: 50)",
        "SessionManager.resume, in a commit of its own",
        "SessionManager.show with the steps of all",
    ]
    runs = [peer, shown, lambda: resumed(record=False), lambda: resumed(record=True), steps]
    times = in_turn(runs)
    show(f"a session of {exchanges} exchanges of 3 KB opened in process", names, times)
    what = f"a session of {exchanges:,} exchanges of 3 KB opened in process"
    return [
        Row(what, "50 ms", f"{middle(times[1])}; to go on {middle(times[2])}", f"json {middle(times[0])}")
    ]


def _adding(path: Path, files: int) -> None:
    """Add records to a history that has begun, one that is nearly full, and one in its sixth file."""
    number = iter(range(10**6, 10**7))
    with Store.open(path, identity=Identity("Bench", "bench@example.invalid")) as store:
        for name, size in (
            ("begun", 1 << 20),
            ("full", FILE_LIMIT - (1 << 20)),
            ("many", files * FILE_LIMIT),
        ):
            _append(store, name, range(size // 2_900))
        assert len(store.snapshot().segments("many/history.jsonl")) == files + 1
        show(
            "a record of 3 KB added to a history, until git has it",
            ["1 MB long", "7 MB long, nearly full", f"{files} full files and one that has begun"],
            in_turn(
                [
                    lambda: _append(store, "begun", [next(number)]),
                    lambda: _append(store, "full", [next(number)]),
                    lambda: _append(store, "many", [next(number)]),
                ],
                rounds=5,
            ),
        )


def _append(store: Store, name: str, numbers: "range | list[int]") -> None:
    operations = []
    for number in numbers:
        record = json.dumps({"id": f"{number:08}", "answer": TEXT}).encode()
        operations.append(AppendRecord(f"{name}/history.jsonl", record, f"{number:08}"))
    assert store.apply(Change(tuple(operations), f"{name}: added")).commit
