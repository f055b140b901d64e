"""What it costs to save an exchange of 3 KB beside what others take to keep it.

First until it is acknowledged (it survives kill -9 and a power cut), then until git has the commit and
`git status` is clean. How that grows: `scale`.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.filling import Writer, fill, names, open_store
from benchmarks.homes import Homes
from benchmarks.measure import Row, in_turn, middle, percentile, spread
from benchmarks.saving import check, each, keeping, save


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print the tables and return what they come to."""
    parser = argparse.ArgumentParser("save", description=__doc__)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=40, help="saves of each contender")
    parser.add_argument("--acknowledged", type=int, default=500, help="saves of each in the first table")
    asked = parser.parse_args(arguments)
    folder = homes.folder("save")
    return [
        *_acknowledging(folder, asked.sessions, asked.acknowledged),
        *_saving(folder, asked.sessions, asked.rounds),
    ]


def _acknowledging(folder: Path, sessions: int, rounds: int) -> list[Row]:
    """Compare what makes an exchange safe (journal and flush) with the least that could."""
    ids, writer = names(sessions), Writer().prepare(min(200, 4 * rounds))
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
            each(ids, lambda session: store.apply(writer.change(session), wait=False)),
            each(ids, lambda session: lines(session, writer.exchange(session))),
            each(ids, lambda session: table(session, writer.exchange(session))),
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
    """Compare the save until git has it with others that make a commit, and with llm's own store."""
    ours, ids, writer = folder / "ours", names(sessions), Writer().prepare(6 * rounds)
    fill(ours, ids, writer)
    makers = {
        "git add, git commit": peers.with_git,
        "pygit2: add, write, commit": peers.with_pygit2,
        "dulwich: porcelain.add, commit": peers.with_dulwich,
    }
    others = {
        name: make(peers.clone(ours, folder / f"peer-{number}"))
        for number, (name, make) in enumerate(makers.items())
    }
    if (llm := peers.with_llm(folder / "logs.db")) is not None:
        others["llm: prompt, response.log_to_db"] = llm
    else:
        print("llm is not installed and left out; `make bench-peers` installs it\n")
    with open_store(ours) as store:
        contenders = [each(ids, lambda session: save(store, writer, session))]
        contenders += [keeping(keep, writer, ids) for keep in others.values()]
        times = in_turn(contenders, rounds, warm=5)
    check(ours)
    labels = ["gitstore, until git has it and git status is clean", *others]
    spread(f"an exchange of 3 KB saved, {sessions} sessions", labels, times)
    beside = ", ".join(
        f"{name.split(':')[0]} {middle(row)}" for name, row in zip(others, times[1:], strict=True)
    )
    reached = f"{percentile(times[0], 50) / percentile(times[1], 50):.2f} ({middle(times[0])})"
    what = f"save until git has it, {sessions:,} sessions"
    return [Row(what, "0.5 of git add + git commit", reached, beside)]
