"""Power cuts: each state of the disk that POSIX allows, opened and held to the promise.

python -m tests.gitstore.crash.power.campaign [--samples 100000] [--seed 1] [--every 64] [--processes 2]
    [--only save turn] [--folder /dev/shm]

With `--again save:123` one sample is run again: what did not get through is printed, reduced to what matters.
"""

import argparse
import multiprocessing
import operator
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.gitstore.crash.power import scenarios
from tests.gitstore.crash.power.holding import hold, hold_purge
from tests.gitstore.crash.power.scenarios import NAME, Record
from tests.support.disks import Cut, State, moments

FIRST = tuple(scenarios.SCENARIOS)
ALL = (*FIRST, "recovery")
_CHUNK = 40
_SECOND_CUTS = 10
"""How many cuts of one recovery are tried."""


@dataclass
class Tally:
    """What a part of a campaign came to."""

    tried: Counter[str] = field(default_factory=Counter)
    """States by scenario, each counted as often as it was drawn."""
    distinct: set[bytes] = field(default_factory=set)
    with_git: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.tried += other.tried
        self.distinct |= other.distinct
        self.with_git += other.with_git
        self.broken += other.broken


class Campaign:
    """The records of all scenarios, and what can be asked of their cuts."""

    def __init__(self, folder: Path, seed: int, only: Iterable[str] = ALL) -> None:
        """Record all scenarios below a folder."""
        self.folder = folder
        self.seed = seed
        self.only = tuple(only)
        start = scenarios.template(folder)
        names = FIRST if "recovery" in self.only else [name for name in FIRST if name in self.only]
        self.records = {
            name: scenarios.SCENARIOS[name](folder, start, scenarios.RecordingFiles) for name in names
        }
        self.cuts = {
            name: moments(record.start, record.events, partial(operator.le, record.since))
            for name, record in self.records.items()
        }

    def samples(self, name: str, numbers: Iterable[int]) -> Tally:
        """Try some samples of a scenario; each number stands for the same one always."""
        tally = Tally()
        for number in numbers:
            if name == "recovery":
                self._recoveries(number, tally)
            else:
                record, at, state = self.drawn(name, number)
                self._one(record, at, self.cuts[name][at], state, tally, f"{name}:{number}")
        return tally

    def drawn(self, name: str, number: int) -> tuple[Record, int, State]:
        """Return the moment and the state that a number stands for."""
        chance = random.Random(f"{self.seed}-{name}-{number}")
        cuts = self.cuts[name]
        at = chance.choice(list(cuts))
        return self.records[name], at, cuts[at].sample(chance)

    def every(self, name: str, most: int) -> tuple[Tally, int, int]:
        """Try all states of the moments that have `most` of them or fewer; count these moments, and all."""
        tally = Tally()
        few = {at: cut for at, cut in self.cuts[name].items() if cut.count() <= most}
        for at, cut in few.items():
            for number, state in enumerate(cut.every()):
                self._one(self.records[name], at, cut, state, tally, f"{name}@{at}/{number}")
        return tally, len(few), len(self.cuts[name])

    def _recoveries(self, number: int, tally: Tally) -> None:
        """Record the recovery from one state, and cut it again at several moments."""
        chance = random.Random(f"{self.seed}-recovery-{number}")
        source = chance.choice(FIRST)
        record, at, state = self.drawn(source, number)
        saved, begun = record.told(at)
        with tempfile.TemporaryDirectory(dir=self.folder) as temporary:
            top = Path(temporary) / "first"
            self.cuts[source][at].image(state).write(top)
            if not (top / NAME / ".git").exists():
                return  # the store is made anew: that is "create"
            try:
                second = scenarios.recovery(top, saved, begun)
            except Exception as error:  # noqa: BLE001  whatever it is, it is a finding
                tally.broken.append(f"recovery:{number}: {type(error).__name__}: {error}")
                return
        cuts = moments(second.start, second.events)
        for again in range(_SECOND_CUTS):
            moment = chance.choice(list(cuts))
            self._one(
                second, moment, cuts[moment], cuts[moment].sample(chance), tally, f"recovery:{number}.{again}"
            )

    def _one(  # noqa: PLR0917  what stands for one state
        self, record: Record, at: int, cut: Cut, state: State, tally: Tally, name: str
    ) -> None:
        image = cut.image(state)
        saved, begun = record.told(at)
        digest = image.digest() + bytes((len(saved), len(begun)))
        tally.tried[record.name] += 1
        if digest in tally.distinct:
            return
        tally.distinct.add(digest)
        with_git = digest[0] % 32 == 0
        tally.with_git += with_git
        if (problem := self.problem(record, at, cut, state, with_git=with_git)) is not None:
            tally.broken.append(f"{name}: {problem}")

    def problem(
        self, record: Record, at: int, cut: Cut, state: State, *, with_git: bool = True
    ) -> str | None:
        """Hold one state to the promise; return what is broken, or None."""
        image = cut.image(state)
        saved, begun = record.told(at)
        top = Path(tempfile.mkdtemp(dir=self.folder)) / "disk"
        try:
            image.write(top)
            hold(
                top,
                saved,
                begun,
                created=record.created,
                with_git=with_git,
                go_on=with_git or image.digest()[0] % 4 == 0,
            )
            if record.name == "purge" and (with_git or image.digest()[0] % 4 == 1):
                hold_purge(top)
        except Exception as error:  # noqa: BLE001  whatever it is, it is a finding
            return f"{type(error).__name__}: {error}"
        finally:
            shutil.rmtree(top.parent)
        return None


_campaign: Campaign | None = None


def _part(task: tuple[str, int, int]) -> Tally:
    """Run a part of the campaign that the parent process prepared."""
    assert _campaign is not None
    name, first, last = task
    if last < 0:
        tally, few, of = _campaign.every(name, first)
        tally.tried[f"{name}: {few} of {of} moments in full"] = sum(tally.tried.values())
        return tally
    return _campaign.samples(name, range(first, last))


def run(
    campaign: Campaign, samples: int, every: int, processes: int, limit: float | None = None
) -> Iterator[Tally]:
    """Run a campaign in several processes; yield what each part came to.

    Args:
        campaign: With all records made.
        samples: How many, over all scenarios.
        every: Moments with as many states or fewer are tried in full, besides.
        processes: How many.
        limit: Seconds after which no new part is begun.
    """
    global _campaign  # noqa: PLW0603  what a fork inherits
    _campaign = campaign
    names = campaign.only
    tasks: list[tuple[str, int, int]] = []
    if every:
        tasks += [(name, every, -1) for name in names if name != "recovery"]
    each = -(-samples // len(names))
    parts = []
    for name in names:
        count = -(-each // _SECOND_CUTS) if name == "recovery" else each
        step = max(1, _CHUNK // _SECOND_CUTS) if name == "recovery" else _CHUNK
        parts.append([(name, at, min(at + step, count)) for at in range(0, count, step)])
    while any(parts):  # in turn, so that a campaign that is cut short has tried some of each
        tasks += [part.pop(0) for part in parts if part]
    until = None if limit is None else time.monotonic() + limit
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        for tally in pool.imap_unordered(_part, tasks):
            yield tally
            if until is not None and time.monotonic() > until:
                pool.terminate()
                return


def again(campaign: Campaign, which: str) -> int:
    """Run one sample again, and reduce what did not get through to what matters."""
    name, _, number = which.partition(":")
    record, at, state = campaign.drawn(name, int(number))
    cut = campaign.cuts[name][at]
    problem = campaign.problem(record, at, cut, state)
    print(f"after {at} of {len(record.events)} events of {name}: {problem}")
    for event in record.events[max(0, at - 8) : at]:
        print(f"  {event.call} {event.name} {event.to or ''} {event.mark or ''}")
    if problem is None:
        return 0
    print("reduced:")
    least = cut.reduce(state, lambda trial: campaign.problem(record, at, cut, trial) is not None)
    for line in cut.describe(least):
        print(f"  {line}")
    print(f"  then: {campaign.problem(record, at, cut, least)}")
    return 1


def main() -> int:
    """Run a campaign as asked on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=64, help="moments with so few states are tried in full")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--only", nargs="+", choices=ALL, default=ALL)
    parser.add_argument("--folder", type=Path, help="where disks are built; /dev/shm where there is one")
    parser.add_argument("--again", metavar="SCENARIO:NUMBER")
    options = parser.parse_args()
    memory = Path("/dev/shm")
    base = options.folder or (memory if memory.is_dir() else None)
    started = time.monotonic()
    whole = Tally()
    with tempfile.TemporaryDirectory(prefix="power-cut-", dir=base) as temporary:
        campaign = Campaign(Path(temporary), options.seed, options.only)
        if options.again:
            return again(campaign, options.again)
        told = started
        for tally in run(campaign, options.samples, options.every, options.processes):
            whole.add(tally)
            for line in tally.broken[:3]:
                print(f"broken: {line}", flush=True)
            if time.monotonic() - told > 10:
                told = time.monotonic()
                _tell(whole, told - started)
    _tell(whole, time.monotonic() - started)
    for name, count in sorted(whole.tried.items()):
        print(f"  {count:8,} {name}")
    return 1 if whole.broken else 0


def _tell(tally: Tally, seconds: float) -> None:
    states = sum(count for name, count in tally.tried.items() if ":" not in name)
    print(
        f"{states:,} states ({len(tally.distinct):,} distinct, {tally.with_git:,} with git), "
        f"{len(tally.broken)} broken, {seconds:.0f} s",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
