"""What it costs to save an exchange of 3 KB beside what others take to keep it.

First until it is acknowledged (it survives kill -9 and a power cut), then until git has the commit and
`git status` is clean, with few sessions, and with few and with many exchanges in the session.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.filling import Writer, fill, names, open_store
from benchmarks.measure import Row, in_turn, percentile, spread
from gitstore import Store


def main(arguments: Sequence[str] = ()) -> list[Row]:
    """Print the tables and return what they come to."""
    parser = argparse.ArgumentParser("save", description=__doc__)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=40, help="saves of each contender")
    parser.add_argument("--acknowledged", type=int, default=500, help="saves of each in the first table")
    parser.add_argument("--exchanges", type=int, default=1000, help="in the long session")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="dexter-save-") as folder:
        return [
            *_acknowledging(Path(folder), asked.sessions, asked.acknowledged),
            *_saving(Path(folder), asked.sessions, asked.rounds),
            *_growing(Path(folder), asked.sessions, asked.exchanges, asked.rounds),
        ]


def _acknowledging(folder: Path, sessions: int, rounds: int) -> list[Row]:
    """Compare what makes an exchange safe (journal and flush) with the least that could."""
    ids, writer = names(sessions), Writer().prepare(200)
    fill(folder / "acknowledged", ids, writer)
    flush = getattr(os, "fdatasync", os.fsync)
    with open_store(folder / "acknowledged") as store, (folder / "bare").open("ab", buffering=0) as bare:
        lines = peers.with_lines(folder / "lines.jsonl")
        table = peers.with_sqlite(folder / "table.db")

        def write() -> None:
            bare.write(line)
            flush(bare.fileno())

        line = writer.exchange(ids[0]).to_line() + b"\n"
        contenders: list[Callable[[], object]] = [
            write,
            _each(ids, lambda session: store.apply(writer.change(session), wait=False)),
            _each(ids, lambda session: lines(session, writer.exchange(session))),
            _each(ids, lambda session: table(session, writer.exchange(session))),
        ]
        times = in_turn(contenders, rounds)
    labels = [
        "write and fdatasync of the same bytes",
        "gitstore's journal",
        "a JSONL file, write and fdatasync",
        "SQLite, WAL, synchronous=FULL",
    ]
    spread(f"an exchange of 3 KB, until it is acknowledged, {sessions} sessions", labels, times)
    base, ours = (percentile(row, 50) for row in times[:2])
    last = percentile(times[1], 99) * 1000
    others = ", ".join(
        f"{label} {percentile(row, 50) / base:.2f}"
        for label, row in zip(("JSONL", "SQLite"), times[2:], strict=True)
    )
    return [
        Row("save acknowledged, p50", "3 times write + fdatasync", f"{ours / base:.2f} times", others),
        Row(
            "save acknowledged, p99",
            "10 ms",
            f"{last:.1f} ms",
            f"bare {percentile(times[0], 99) * 1000:.1f} ms",
        ),
    ]


def _saving(folder: Path, sessions: int, rounds: int) -> list[Row]:
    return saving(folder, sessions, rounds, asked="0.5 of git add + git commit")


def saving(folder: Path, sessions: int, rounds: int, *, asked: str) -> list[Row]:
    """Compare the save until git has it, at a number of sessions, with others that make a commit."""
    ours, ids, writer = folder / f"ours-{sessions}", names(sessions), Writer().prepare(200)
    fill(ours, ids, writer)
    makers = {
        "git add, git commit": peers.with_git,
        "pygit2: add, write, commit": peers.with_pygit2,
        "dulwich: porcelain.add, commit": peers.with_dulwich,
    }
    others = [
        make(peers.clone(ours, folder / f"peer-{sessions}-{number}"))
        for number, make in enumerate(makers.values())
    ]
    with open_store(ours) as store:
        contenders = [_each(ids, lambda session: _save(store, writer, session))]
        contenders += [_keeping(keep, writer, ids) for keep in others]
        times = in_turn(contenders, rounds)
    _check(ours)
    labels = ["gitstore, until git has it and git status is clean", *makers]
    spread(f"an exchange of 3 KB saved, {sessions} sessions", labels, times)
    middle = [percentile(row, 50) for row in times]
    ratios = ", ".join(
        f"{name.split(':')[0]} {each * 1000:.1f} ms" for name, each in zip(makers, middle[1:], strict=True)
    )
    reached = f"{middle[0] / middle[1]:.2f} ({middle[0] * 1000:.1f} ms)"
    return [Row(f"save until git has it, {sessions:,} sessions", asked, reached, ratios)]


def _growing(folder: Path, sessions: int, exchanges: int, rounds: int) -> list[Row]:
    """Compare a save in a session of few exchanges with one in a session of many."""
    ours, ids, writer = folder / "growing", names(sessions), Writer().prepare(200)
    short, long = "short001", "long0001"
    few = max(1, min(10, exchanges // 2))
    fill(ours, ids, writer)
    fill(ours, [short], writer, exchanges=few)
    fill(ours, [long], writer, exchanges=exchanges)
    keep = peers.with_git(peers.clone(ours, folder / "growing-git"))
    with open_store(ours) as store:
        times = in_turn(
            [
                lambda: _save(store, writer, short),
                lambda: _save(store, writer, long),
                lambda: keep(short, writer.exchange(short)),
                lambda: keep(long, writer.exchange(long)),
            ],
            rounds,
        )
    _check(ours)
    labels = [
        f"gitstore, a session of {few} exchanges and more",
        f"gitstore, a session of {exchanges}",
        f"git add, git commit, {few} and more",
        f"git add, git commit, {exchanges}",
    ]
    spread(f"the same in a short and in a long session, {sessions} sessions", labels, times)
    middle = [percentile(row, 50) for row in times]
    what = f"the same, growth from {few} to {exchanges:,} exchanges"
    return [
        Row(what, "3 times", f"{middle[1] / middle[0]:.2f} times", f"git {middle[3] / middle[2]:.2f} times")
    ]


def _each(ids: Sequence[str], save: Callable[[str], object]) -> Callable[[], object]:
    """Save in one session after the other."""
    turn = iter(range(10**9))
    return lambda: save(ids[next(turn) * 7 % len(ids)])


def _keeping(keep: peers.Keep, writer: Writer, ids: Sequence[str]) -> Callable[[], object]:
    return _each(ids, lambda session: keep(session, writer.exchange(session)))


def _save(store: Store, writer: Writer, session: str) -> None:
    receipt = store.apply(writer.change(session))
    if receipt.commit is None:
        raise SystemExit(f"git does not have the change: {receipt}")


def _check(repository: Path) -> None:
    """Let git say that what was measured is sound: a quick save that loses something is no figure."""
    if changed := peers.git(repository, "status", "--porcelain"):
        raise SystemExit(f"git status is not clean:\n{changed}")
    peers.git(repository, "fsck", "--full", "--strict")
