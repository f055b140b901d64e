"""Machines: schedules drawn from a seed, played one after the other against the oracle.

python -m tests.dexter.machines.campaign [--schedules 1000] [--seed 1] [--first 0] [--processes 2] [--kills]
    [--length 1]

With `--again SEED:NUMBER` one schedule is played again, reduced to what matters and printed as text; with
`--play "TEXT"` a text is played.
"""

import argparse
import multiprocessing
import sys
import time
import traceback
from collections import Counter

from tests.dexter.machines.playing import play, problem, reduced
from tests.dexter.machines.schedules import Schedule, drawn

_CHUNK = 20
Part = tuple[int, int, int, bool, int]
Result = tuple[Counter[str], list[str]]


def part(task: Part) -> Result:
    """Play some schedules; what they were, and what was wrong."""
    seed, first, last, kills, length = task
    counts: Counter[str] = Counter()
    broken: list[str] = []
    for number in range(first, last):
        schedule = drawn(seed, number, kills=kills, length=length)
        found = problem(schedule)
        counts["schedules"] += 1
        counts[f"{len(schedule.skews)} machines"] += 1
        counts["judged by git"] += schedule.judged
        for step in schedule.steps:
            counts[f"step {step.kind}"] += 1
            counts["steps that may die"] += step.dies != 0
        if found is not None:
            broken.append(f"{seed}:{number}: {found.splitlines()[0][:300]}\n  {schedule}")
    return counts, broken


def again(schedule: Schedule) -> int:
    """Play one schedule, and reduce what is wrong with it."""
    try:
        world = play(schedule)
    except Exception:  # noqa: BLE001  whatever it is, it is what was asked for
        traceback.print_exc()
        least = reduced(schedule)
        print(f"reduced:\n  {least}\n  {problem(least)}")
        return 1
    print(f"nothing is wrong; {world.deaths} processes died")
    return 0


def main() -> int:
    """Run a campaign as asked on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number to begin with")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    parser.add_argument(
        "--kills", action="store_true", help="SIGKILL at some moment in place of a chosen call"
    )
    parser.add_argument("--length", type=int, default=1, help="so many times the usual steps")
    parser.add_argument("--again", metavar="SEED:NUMBER")
    parser.add_argument("--play", metavar="TEXT")
    options = parser.parse_args()
    if options.play:
        return again(Schedule.parse(options.play))
    if options.again:
        seed, _, number = options.again.partition(":")
        return again(drawn(int(seed), int(number), kills=options.kills, length=options.length))
    started = told = time.monotonic()
    last = options.first + options.schedules
    tasks = [
        (options.seed, at, min(at + _CHUNK, last), options.kills, options.length)
        for at in range(options.first, last, _CHUNK)
    ]
    counts: Counter[str] = Counter()
    broken = 0
    with multiprocessing.get_context("fork").Pool(options.processes, maxtasksperchild=50) as pool:
        for some, problems in pool.imap_unordered(part, tasks):
            counts += some
            broken += len(problems)
            for line in problems:
                print(f"broken: {line}", flush=True)
            if time.monotonic() - told > 10:
                told = time.monotonic()
                _tell(counts, broken, told - started)
    _tell(counts, broken, time.monotonic() - started)
    for name, count in sorted(counts.items()):
        print(f"  {count:9,} {name}")
    return 1 if broken else 0


def _tell(counts: Counter[str], broken: int, seconds: float) -> None:
    print(
        f"{counts['schedules']:,} schedules, {broken} broken, {seconds:.0f} s "
        f"({counts['schedules'] / seconds:.1f} a second)",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
