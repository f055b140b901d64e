"""Whether a lock of git's was left by a git that died, as far as the system can tell."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

_PROCESSES = Path("/proc")


def left_behind(lock: Path, work_tree: Path, age: float, *, processes: Path = _PROCESSES) -> bool:
    """Say whether a lock is older than the system's start, or a minute old and no process can have it.

    None holds it open, and no git works there.

    A git with its editor open has closed the lock, but it stands in the work tree. Where the system shows no
    processes, or not all of a git's, nothing is taken for left behind.

    Args:
        lock: The lock file.
        work_tree: The folder of the repository.
        age: Of the lock, in seconds.
        processes: Where the system shows them.
    """
    if age > _uptime():
        return True
    if age < 60 or not (processes / "self").exists():
        return False
    try:
        wanted = lock.stat()
        place = work_tree.resolve()
        return not any(_holds(process, wanted, place) for process in _others(processes))
    except OSError:
        return False


def _uptime() -> float:
    """Return for how many seconds the system has run, where it tells: no process is older."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return float("inf") if clock is None else time.clock_gettime(clock) + 1


def _others(processes: Path) -> Iterator[Path]:
    for process in processes.iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            yield process


def _holds(process: Path, lock: os.stat_result, place: Path) -> bool:
    try:
        is_git = (process / "comm").read_text(errors="replace").startswith("git")
    except OSError:  # it ended
        return False
    try:
        if is_git and (process / "cwd").resolve().is_relative_to(place):
            return True
        return any(_is(descriptor, lock) for descriptor in (process / "fd").iterdir())
    except PermissionError:  # another user's
        return is_git
    except OSError:
        return False


def _is(descriptor: Path, lock: os.stat_result) -> bool:
    try:
        return os.path.samestat(descriptor.stat(), lock)
    except OSError:
        return False
