"""Sixteen processes that save at the same time, each in a session of its own, beside others that can share.

Counted is what is acknowledged within some seconds; ours is in git by then. Afterwards git is asked whether
it has each of them, in a commit of its own.
"""

import argparse
import contextlib
import multiprocessing
import os
import queue
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks import peers
from benchmarks.filling import Writer, fill, names, open_store
from benchmarks.homes import Homes
from benchmarks.measure import Row, percentile
from benchmarks.saving import check, save
from dexter.sessions import SessionExchange

TEXTS = 50
PATIENCE = 120.0
"""Seconds that we wait for all to begin, or to end after their time."""


class Saved(NamedTuple):
    """What one process saved: how long each took, in seconds, and the ids; and when it began and ended."""

    times: list[float]
    ids: list[str]
    began: float
    ended: float


class Remembering(Writer):
    """Makes exchanges and knows the last one's id."""

    latest = ""

    def exchange(self, session: str) -> SessionExchange:
        """The next exchange of a session."""
        made = super().exchange(session)
        self.latest = made.id
        return made


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print the table and return what it comes to."""
    parser = argparse.ArgumentParser("processes", description=__doc__)
    parser.add_argument("--sessions", type=int, default=100, help="in the store before")
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each contender")
    asked = parser.parse_args(arguments)
    folder = homes.folder("processes")
    ours = folder / "ours"
    fill(ours, names(asked.sessions), Writer())
    beside = peers.clone(ours, folder / "git")
    before = _commits(ours)
    count, seconds = asked.processes, asked.seconds
    found = {
        "gitstore, until git has it": _together(_gitstore, ours, count, seconds),
        "SQLite, WAL, synchronous=FULL": _together(_sqlite, folder / "table.db", count, seconds),
    }
    try:
        found["git add, git commit, again until no lock"] = _together(_git, beside, count, seconds)
    except SystemExit:  # a process of the peer's got on for no whole minute: then there is no rate to tell
        print("git add and git commit: one of the processes did not get on within a minute")
    saved = next(iter(found.values()))
    _nothing_is_lost(ours, saved, before)
    print(f"{count} processes saving exchanges of 3 KB for {seconds:g} s, {asked.sessions} sessions before")
    print(f"{'':<58}{'saves/s':>9}{'p50 ms':>9}{'p99 ms':>9}")
    rates = []
    for name, rows in found.items():
        times = sorted(took for row in rows for took in row.times)
        rate = len(times) / (max(row.ended for row in rows) - min(row.began for row in rows))
        half, last = percentile(times, 50) * 1000, percentile(times, 99) * 1000
        print(f"{name:<58}{rate:>9.0f}{half:>9.1f}{last:>9.1f}")
        rates.append(f"{rate:,.0f} a second (p50 {half:.0f} ms, p99 {last:,.0f} ms)")
    total = sum(len(row.ids) for row in saved)
    print(f"git has all {total:,} of ours, each in a commit of its own\n")
    return [
        Row(
            f"{count} processes saving, {os.cpu_count()} cores",
            "300 saves a second, nothing lost",
            f"{rates[0]}, nothing of {total:,} lost",
            f"SQLite {rates[1]}; git {rates[2] if len(rates) > 2 else 'does not get on'}",
        )
    ]


class Task(NamedTuple):
    """What a process is to do: save in a place for so many seconds, together with the others."""

    run: "Start"
    place: Path
    seconds: float
    ready: Barrier
    results: "Queue[Saved]"


def _together(run: "Start", place: Path, count: int, seconds: float) -> list[Saved]:
    """Let so many processes save at once, and return what each of them saved."""
    context = multiprocessing.get_context("spawn")
    task = Task(run, place, seconds, context.Barrier(count), context.Queue())
    workers = [context.Process(target=_work, args=(task, number), daemon=True) for number in range(count)]
    for worker in workers:
        worker.start()
    found: list[Saved] = []
    end = time.monotonic() + 2 * PATIENCE + seconds
    try:
        while len(found) < count:
            with contextlib.suppress(queue.Empty):
                found.append(task.results.get(timeout=0.2))
                continue
            if time.monotonic() > end or any(worker.exitcode for worker in workers):
                raise SystemExit("a process that saves failed or did not end")
        for worker in workers:
            worker.join(PATIENCE)
    finally:
        for worker in workers:
            worker.kill()
    return found


def _work(task: Task, number: int) -> None:
    """One process: make ready, wait for the others, save until the time is over."""
    writer = Remembering(100 + number).prepare(TEXTS)
    session = session_of(number)
    with ExitStack() as stack:
        keep = task.run(task.place, writer, session, stack)
        task.ready.wait(PATIENCE)
        saved = Saved([], [], time.monotonic(), 0.0)
        now = saved.began
        while now < saved.began + task.seconds:
            keep()
            after = time.monotonic()
            saved.times.append(after - now)
            saved.ids.append(writer.latest)
            now = after
    task.results.put(saved._replace(ended=now))


def session_of(number: int) -> str:
    """The session of one of the processes."""
    return f"writer{number:02}"


Start = Callable[[Path, Remembering, str, ExitStack], Callable[[], object]]
"""Opens a place, which the stack closes, and returns what saves one more exchange there."""


def _gitstore(place: Path, writer: Remembering, session: str, stack: ExitStack) -> Callable[[], object]:
    store = stack.enter_context(open_store(place))
    return lambda: save(store, writer, session)


def _sqlite(place: Path, writer: Remembering, session: str, _: ExitStack) -> Callable[[], object]:
    keep = peers.with_sqlite(place)

    def keep_distinct() -> None:
        made = writer.exchange(session)
        keep(session, msgspec.structs.replace(made, id=f"{session}-{made.id}"))

    return keep_distinct


def _git(place: Path, writer: Remembering, session: str, _: ExitStack) -> Callable[[], object]:
    keep = peers.with_patient_git(place)
    return lambda: keep(session, writer.exchange(session))


def _commits(repository: Path) -> int:
    return int(peers.git(repository, "rev-list", "--count", "HEAD"))


def _nothing_is_lost(repository: Path, rows: Sequence[Saved], before: int) -> None:
    """Ask git for every exchange that was acknowledged, and for the number of commits."""
    kept = {
        msgspec.json.decode(line)["id"]
        for number in range(len(rows))
        for line in peers.git(repository, "show", f"HEAD:cli/{session_of(number)}/history.jsonl").splitlines()
    }
    total = sum(len(row.ids) for row in rows)
    if lost := {each for row in rows for each in row.ids} - kept:
        raise SystemExit(f"{len(lost)} of {total} acknowledged exchanges are not in git")
    if (made := _commits(repository) - before) != total:
        raise SystemExit(f"{total} saves made {made} commits")
    check(repository)
