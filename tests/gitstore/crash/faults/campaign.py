"""Failing calls: each call of the disk fails in turn, in each way, once and for good.

python -m tests.gitstore.crash.faults.campaign [--step 1] [--processes 2] [--only save turn]
    [--folder /dev/shm]

With `--again "save write EIO once 12"` one failure is played again, with its traceback.
"""

import argparse
import errno
import gc
import itertools
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gitstore.disk.files import Files
from tests.gitstore.crash.faults.scenes import SCENES, Outcome, Stage
from tests.support.faults import NUMBERS, READING, FailingReads, TearingFiles, short_writes
from tests.support.stores import FailingFiles

_ENDLESS = 20_000
KINDS = ("change", "tear", "open", "read")
"""A changing call fails (of a write a third is done, or all but a byte); a reading one, at once or late."""


@dataclass(frozen=True)
class Fault:
    """Which call fails, and how."""

    scene: str
    kind: str
    number: int
    for_good: bool
    at: int

    def __str__(self) -> str:
        lasting = "lasting" if self.for_good else "once"
        return f"{self.scene} {self.kind} {errno.errorcode[self.number]} {lasting} {self.at}"

    @classmethod
    def parse(cls, text: str) -> "Fault":
        scene, kind, name, lasting, at = text.split()
        return cls(scene, kind, getattr(errno, name), lasting == "lasting", int(at))


def play(stage: Stage, fault: Fault, *, with_git: bool = False) -> bool:
    """Play a scene with one fault and hold the store to its promise; say whether there were so many calls.

    Raises:
        AssertionError: The promise is broken, or a descriptor stays open.
        Exception: Something else than an error of gitstore's came out of the door.
    """
    top = Path(tempfile.mkdtemp(prefix="at-", dir=stage.folder)) / "disk"
    try:
        before = _descriptors()
        outcome, met = _failing(stage, fault, top)
        gc.collect(0)
        assert _descriptors() <= before or _descriptors_after_collecting() <= before, (
            "a descriptor stays open"
        )
        stage.hold(fault.scene, top, outcome, with_git=with_git)
        return met
    finally:
        shutil.rmtree(top.parent)


def _failing(stage: Stage, fault: Fault, top: Path) -> tuple[Outcome, bool]:
    if fault.kind in {"change", "tear"}:
        disk = FailingFiles if fault.kind == "change" else TearingFiles
        files = disk(fault.at, fault.number, for_good=fault.for_good)
        outcome = stage.play(fault.scene, top, files)
        return outcome, files.count >= fault.at
    outcome = stage.set(fault.scene, top)
    late = fault.kind == "read"
    with FailingReads(top, fault.at, fault.number, for_good=fault.for_good, late=late) as failing:
        SCENES[fault.scene](top, Files(), outcome)
    return outcome, failing.met


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0


def _descriptors_after_collecting() -> int:
    gc.collect()
    return _descriptors()


def row(
    stage: Stage, scene: str, kind: str, number: int, *, for_good: bool, first: int = 1, step: int = 1
) -> Iterator[tuple[Fault, str | None]]:
    """Let the first call fail, then the next, until none is left; yield what is broken, or None."""
    for at in itertools.count(first, step):
        fault = Fault(scene, kind, number, for_good, at)
        try:
            met = play(stage, fault, with_git=at % 16 == 0)
        except Exception as error:  # noqa: BLE001  whatever it is, it is a finding
            yield fault, f"{type(error).__name__}: {error}"
            if at > _ENDLESS:
                return
            continue
        yield fault, None
        if not met:
            return


def rows(only: tuple[str, ...] = tuple(SCENES)) -> list[tuple[str, str, int, bool]]:
    """All that a campaign plays."""
    return [
        (scene, kind, number, for_good)
        for scene in only
        for kind in KINDS
        for number in (NUMBERS if kind in {"change", "tear"} else READING)
        for for_good in (False, True)
        if kind != "tear" or number in {errno.ENOSPC, errno.EIO}
    ]


_stage: Stage | None = None
_step = 1


def _part(task: tuple[str, str, int, bool]) -> list[tuple[Fault, str | None]]:
    assert _stage is not None
    scene, kind, number, for_good = task
    return list(row(_stage, scene, kind, number, for_good=for_good, step=_step))


def main() -> int:
    """Run a campaign as asked on the command line."""
    global _stage, _step
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--step", type=int, default=1, help="let only each STEPth call fail")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--only", nargs="+", choices=SCENES, default=tuple(SCENES))
    parser.add_argument("--folder", type=Path, help="where disks are built; /dev/shm where there is one")
    parser.add_argument("--again", metavar="FAULT")
    options = parser.parse_args()
    memory = Path("/dev/shm")
    base = options.folder or (memory if memory.is_dir() else None)
    started = time.monotonic()
    counts: Counter[str] = Counter()
    broken = 0
    with tempfile.TemporaryDirectory(prefix="faults-", dir=base) as temporary:
        _stage, _step = Stage(Path(temporary)), options.step
        if options.again:
            try:
                play(_stage, Fault.parse(options.again), with_git=True)
            except Exception:  # noqa: BLE001  whatever it is, it is what was asked for
                traceback.print_exc()
                return 1
            return 0
        for most in (1, 7):
            with short_writes(most):
                for scene in options.only:
                    top = Path(temporary) / f"short-{most}-{scene}"
                    _stage.hold(scene, top, _stage.play(scene, top, Files()), with_git=True)
                    counts[f"{scene}, short writes"] += 1
        told = started
        with multiprocessing.get_context("fork").Pool(options.processes) as pool:
            for found in pool.imap_unordered(_part, rows(tuple(options.only))):
                for fault, problem in found:
                    counts[f"{fault.scene}, {fault.kind}"] += 1
                    if problem is not None:
                        broken += 1
                        print(f"broken: {fault}: {problem}", flush=True)
                if time.monotonic() - told > 10:
                    told = time.monotonic()
                    print(f"{counts.total():,} faults, {broken} broken, {told - started:.0f} s", flush=True)
    print(f"{counts.total():,} faults, {broken} broken, {time.monotonic() - started:.0f} s")
    for name, count in sorted(counts.items()):
        print(f"  {count:8,} {name}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
