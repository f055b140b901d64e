"""What all journals hold and git has not yet, in the order in which it was saved."""

import contextlib
import os
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gitstore.changes import journal
from gitstore.changes.journal import Saved
from gitstore.disk import locking
from gitstore.disk.files import Files
from gitstore.values import JournalDamaged

GATHERING = 0.004
"""Seconds that others are waited for, at most: less than a turn takes."""
_AT_WORK = 0.1
"""Seconds between two changes of a program that saves one after the other."""


class Pending(msgspec.Struct, frozen=True):
    """A change that is saved and not yet in git."""

    journal: str
    end: int
    saved: Saved


class _Run(msgspec.Struct, frozen=True):
    """The changes of one journal."""

    changes: list[Pending]
    cut: bool
    """Whether it holds more."""


class Taking(msgspec.Struct):
    """What one look at all journals found."""

    pending: list[Pending]
    offsets: dict[str, int]
    """Of each journal that is there: how far it is in git now."""
    orphans: list[Path]
    """Journals whose owners are gone."""
    damaged: list[tuple[str, int, bytes]]
    complete: bool = True
    """Whether this is all that there is."""


def look(
    folder: Path, offsets: dict[str, int], *, own: str | None, orphans: bool, most: int | None = None
) -> Taking:
    """Read what all journals hold beyond what is in git.

    Args:
        folder: Of the journals.
        offsets: How far each is in git; one that is not named is not in git at all.
        own: The name of the caller's journal, which is no orphan.
        orphans: Whether to find out which owners are gone.
        most: Bytes to read of each journal, if more are not needed; at least one whole change is read.
    """
    taking = Taking([], {}, [], [])
    runs: list[_Run] = []
    for path in journal.list_journals(folder):
        start = offsets.get(path.name, 0)
        try:
            if orphans and path.name != own and not locking.locked_by_another(path):
                taking.orphans.append(path)
            content, cut = _content(path, start, most)
        except FileNotFoundError:
            continue
        taking.offsets[path.name] = start
        runs.append(_Run(_run(path.name, start, content, taking), cut))
    taking.pending = _in_order(runs)
    taking.complete = not any(run.cut for run in runs)
    return taking


def gather(folder: Path, own: str, offsets: Mapping[str, int], until: float) -> None:
    """Give others who are saving just now a moment to bring their next change: one turn for all costs less.

    Who saves alone waits for nobody.

    Args:
        folder: Of the journals.
        own: The name of the caller's journal, in which a change waits.
        offsets: How far each journal is in git.
        until: When the moment is over, by the monotonic clock.
    """
    while True:
        sizes, times = {}, {}
        for path in journal.list_journals(folder):
            with contextlib.suppress(OSError):
                status = os.stat(path)  # noqa: PTH116  of each at each turn
                sizes[path.name], times[path.name] = status.st_size, status.st_mtime
        busy = [name for name, time_ in times.items() if abs(time_ - times.get(own, 0.0)) < _AT_WORK]
        if all(sizes[name] > offsets.get(name, 0) for name in busy) or time.monotonic() > until:
            return
        time.sleep(GATHERING / 8)


def set_aside(files: Files, folder: Path, taking: Taking) -> list[JournalDamaged]:
    """Keep what could not be read in a journal as files of their own, once.

    Raises:
        OSError: It could not be kept; the journals must stay.
    """
    found = []
    for name, at, content in taking.damaged:
        path = folder / f"{name}-{at}"
        if not path.exists():
            files.make_directories(folder)
            files.replace(path, content, stage=folder / f"{name}-{at}.new")
            found.append(JournalDamaged(str(path), len(content)))
    return found


def drop(files: Files, orphans: list[Path], offsets: dict[str, int]) -> None:
    """Delete the journals whose owners are gone and that are in git as far as they were acknowledged.

    Each is locked meanwhile: the owner of one that was only just made may be about to lock it, and finds out
    then that it is gone.
    """
    for path in orphans:
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                content = path.read_bytes() if locking.try_lock(descriptor) else None
                if content is not None and not journal.scan(content, offsets.get(path.name, 0)).frames:
                    files.discard(path)
            finally:
                os.close(descriptor)


def _run(name: str, start: int, content: bytes, taking: Taking) -> list[Pending]:
    """Return the changes of one journal, and note what is none of them."""
    scan = journal.scan(content)
    taking.damaged += [(name, start + low, content[low:high]) for low, high in scan.damaged]
    run = []
    for frame in scan.frames:
        try:
            run.append(Pending(name, start + frame.end, journal.decode(frame.payload)))
        except msgspec.MsgspecError:
            taking.damaged.append((name, start + frame.end, frame.payload))
    return run


def _content(path: Path, start: int, most: int | None) -> tuple[bytes, bool]:
    """Return what a journal holds from an offset on, and whether that was cut off."""
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(start)
        if most is None or size - start < most:  # the usual case, without a buffer for the other
            return file.read(max(0, size - start)) or b"", False
        content = file.read(most)
        while len(content) >= most:
            frames = journal.scan(content).frames
            if frames:
                more = bool(file.read(1))
                return (content[: frames[-1].end], True) if more else (content, False)
            added = file.read(most)
            if not added:
                break
            content += added
            most = len(content)
        return content, False


def _in_order(runs: list[_Run]) -> list[Pending]:
    """Merge the journals by time, each in its own order even if the clock was set back meanwhile.

    Where a journal was cut off, what others saved later has to wait for the rest of it.
    """
    keyed = []
    horizon = float("inf")
    for run in runs:
        latest = float("-inf")
        for item in run.changes:
            latest = max(latest, item.saved.time)
            keyed.append((latest, item.journal, item.end, item))
        if run.cut:
            horizon = min(horizon, latest)
    return [row[3] for row in sorted(keyed, key=lambda row: row[:3]) if row[0] <= horizon]
