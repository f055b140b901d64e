"""Measuring side by side: each contender in turn, the least of ten rounds counts, and ratios are printed."""

import os
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

ROUNDS = 10


def least(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the shortest time of some rounds, in seconds."""
    return min(timed(run) for _ in range(rounds))


def timed(run: Callable[[], object]) -> float:
    """Return how long one call takes, in seconds."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def in_turn(
    contenders: Sequence[Callable[[], object]], rounds: int = ROUNDS, *, warm: int = 1
) -> list[list[float]]:
    """Return the sorted times of each contender, in seconds.

    They run one after the other in each round, so that a busy moment of the machine meets all of them; some
    more rounds before warm what can be warm. Before each the disk gets what others wrote: who flushes would
    wait for that, too, who doesn't would leave it to the next.
    """
    times: list[list[float]] = [[] for _ in contenders]
    for number in range(warm + rounds):
        for row, run in zip(times, contenders, strict=True):
            if hasattr(os, "sync"):
                os.sync()
            took = timed(run)
            if number >= warm:
                row.append(took)
    return [sorted(row) for row in times]


def show(title: str, names: Sequence[str], times: Sequence[Sequence[float]]) -> None:
    """Print a table: least and median in milliseconds, and each least as a multiple of the first one."""
    print(title)
    print(f"{'':<58}{'min ms':>9}{'median':>9}{'ratio':>8}")
    base = times[0][0]
    for name, row in zip(names, times, strict=True):
        print(f"{name:<58}{row[0] * 1000:>9.2f}{row[len(row) // 2] * 1000:>9.2f}{row[0] / base:>8.2f}")
    print()


def percentile(times: Sequence[float], percent: float) -> float:
    """Return the time that so many percent of the sorted times do not exceed."""
    return times[min(len(times) - 1, int(len(times) * percent / 100))]


def spread(title: str, names: Sequence[str], times: Sequence[Sequence[float]]) -> None:
    """Print sorted times: least, p50 and p99 in milliseconds, and each p50 as a multiple of the first."""
    print(title)
    print(f"{'':<58}{'min ms':>9}{'p50':>9}{'p99':>9}{'ratio':>8}")
    base = percentile(times[0], 50)
    for name, row in zip(names, times, strict=True):
        least_, middle, last = row[0], percentile(row, 50), percentile(row, 99)
        figures = f"{least_ * 1000:>9.2f}{middle * 1000:>9.2f}{last * 1000:>9.2f}{middle / base:>8.2f}"
        print(f"{name:<58}{figures}")
    print()


def middle(times: Sequence[float]) -> str:
    """The median of sorted times as people read it."""
    took = percentile(times, 50) * 1000
    return f"{took:.1f} ms" if took < 100 else f"{took:,.0f} ms"


class Row(NamedTuple):
    """One line of the table in docs/benchmarks.md."""

    what: str
    asked: str
    reached: str
    beside: str = ""
    """The peers, as multiples of ours or in their own figures."""

    def __str__(self) -> str:
        """The line as markdown."""
        return f"| {self.what} | {self.asked} | {self.reached} | {self.beside} |"


def megabytes(size: float) -> str:
    """Bytes as people read them, in units of 1,000,000."""
    return f"{size / 1e6:.2f} MB"
