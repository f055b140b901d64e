"""What a save costs while the store grows: in more and more sessions, and in one of more and more exchanges.

A save is an exchange of 3 KB, until git has the commit and `git status` is clean; beside each store stands a
repository with the same content, to which `git add` and `git commit` save the same. All of them save in turn.
"""

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from benchmarks import peers
from benchmarks.filling import Writer, fill, names, open_store
from benchmarks.homes import Homes
from benchmarks.measure import Row, in_turn, middle, percentile, spread
from benchmarks.saving import check, each, keeping, save
from gitstore import Store

SIZES = (100, 1_000, 10_000)
WARM = 5
"""Saves before: the first in a store just made pays once for what lies there."""
_ASKED = {100: "0.5 of git add + git commit", 10_000: "0.125 of git add + git commit"}


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print the tables and return what they come to."""
    parser = argparse.ArgumentParser("scale", description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="*", default=list(SIZES), help="a store of each size")
    parser.add_argument("--rounds", type=int, default=50, help="saves of each")
    parser.add_argument("--exchanges", type=int, default=1000, help="in the long session")
    asked = parser.parse_args(arguments)
    return [
        *_by_sessions(homes, asked.sessions, asked.rounds),
        *_by_exchanges(homes, min(100, *asked.sessions), asked.exchanges, asked.rounds),
    ]


def _by_sessions(homes: Homes, sizes: Sequence[int], rounds: int) -> list[Row]:
    """Save in stores of several sizes, and with git beside each of them."""
    folder, writer = homes.folder("scale"), Writer(2).prepare(min(200, 10 * rounds))
    ours = [homes.filled(size) / "sessions" for size in sizes]
    contenders: list[Callable[[], object]] = []
    labels: list[str] = []
    with ExitStack() as stack:
        for size, path in zip(sizes, ours, strict=True):
            ids = names(size)
            keep = peers.with_git(peers.clone(path, folder / str(size)))
            store = stack.enter_context(open_store(path))
            contenders += [each(ids, saving(store, writer)), keeping(keep, writer, ids)]
            labels += [f"gitstore, {size:,} sessions", f"git add, git commit, {size:,} sessions"]
        times = in_turn(contenders, rounds, warm=WARM)
    for path in ours:
        check(path)
    spread("an exchange of 3 KB saved until git has it, in stores of several sizes", labels, times)
    rows = []
    for size, mine, other in zip(sizes, times[::2], times[1::2], strict=True):
        ratio = percentile(mine, 50) / percentile(other, 50)
        reached = f"{ratio:.3f} ({middle(mine)}, p99 {percentile(mine, 99) * 1000:.1f} ms)"
        what = f"save until git has it, beside git alone, {size:,} sessions"
        rows.append(Row(what, _ASKED.get(size, "reported"), reached, f"git {middle(other)}"))
    for number, size in enumerate(sizes):
        if number:
            growth = [percentile(times[2 * number + who], 50) / percentile(times[who], 50) for who in (0, 1)]
            what = f"the same, growth from {sizes[0]:,} to {size:,} sessions"
            target = "3 times" if size == 10_000 else "reported"
            rows.append(Row(what, target, f"{growth[0]:.2f} times", f"git {growth[1]:.2f} times"))
    return rows


def _by_exchanges(homes: Homes, sessions: int, exchanges: int, rounds: int) -> list[Row]:
    """Compare a save in a session of few exchanges with one in a session of many."""
    folder, ids, writer = homes.folder("growing"), names(sessions), Writer(3).prepare(min(200, 10 * rounds))
    ours, short, long = folder / "ours", "short001", "long0001"
    few = max(1, min(10, exchanges // 2))
    fill(ours, ids, writer)
    fill(ours, [short], writer, exchanges=few)
    fill(ours, [long], writer, exchanges=exchanges)
    keep = peers.with_git(peers.clone(ours, folder / "git"))
    with open_store(ours) as store:
        runs = [
            each([session], run)
            for run in (saving(store, writer), lambda session: keep(session, writer.exchange(session)))
            for session in (short, long)
        ]
        times = in_turn(runs, rounds, warm=WARM)
    check(ours)
    labels = [
        f"gitstore, a session of {few} exchanges and more",
        f"gitstore, a session of {exchanges}",
        f"git add, git commit, {few} and more",
        f"git add, git commit, {exchanges}",
    ]
    spread(f"the same in a short and in a long session, {sessions} sessions", labels, times)
    half = [percentile(row, 50) for row in times]
    what = f"the same, growth from {few} to {exchanges:,} exchanges in a session"
    return [
        Row(
            what,
            "3 times",
            f"{half[1] / half[0]:.2f} times ({middle(times[0])}, {middle(times[1])})",
            f"git {half[3] / half[2]:.2f} times",
        )
    ]


def saving(store: Store, writer: Writer) -> Callable[[str], object]:
    """Save the next exchange of a session until git has it."""
    return lambda session: save(store, writer, session)
