"""What is under way when the power is cut, as records of every change of the disk."""

import itertools
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gitstore import Change, RemoveDirectory, Store
from tests.support.disks import Disk, Event
from tests.support.erasers import Striking
from tests.support.recorder import RecordingFiles
from tests.support.stores import WHO, another_boot, exchange, git, open_store

NAME = "sessions"
"""The store's folder, below the one that is recorded."""
PURGED = "bbbbbbbb"
"""The session that goes in the record of a purge."""
_EPOCH = 1_700_000_000.0
_MOST_SAVES = 200


@dataclass(frozen=True)
class Step:
    """One change: an exchange, and with it perhaps the deletion of another session."""

    session: str
    number: int
    removes: str | None = None

    def change(self) -> Change:
        made = exchange(self.session, self.number, "How does it go on? " * (1 + self.number % 7))
        more = (RemoveDirectory(f"cli/{self.removes}"),) if self.removes else ()
        return Change((*made.operations, *more), made.subject, trailers=made.trailers)


BEFORE = tuple(Step(session, number) for session in ("aaaaaaaa", "bbbbbbbb") for number in range(3))


@dataclass(frozen=True)
class Record:
    """One run: what was on the disk, each change of it, and what the program was told meanwhile."""

    name: str
    start: Disk
    events: list[Event]
    steps: tuple[Step, ...] = ()
    """By the numbers in the marks."""
    since: int = 0
    """The first number of events after which it is to be cut."""
    saved: frozenset[Step] = frozenset()
    """What was acknowledged before it began."""
    begun: frozenset[Step] = frozenset()
    """What had been begun by then, and perhaps not acknowledged."""
    created: bool = True
    """Whether there is a store from the start."""

    def told(self, at: int) -> tuple[frozenset[Step], frozenset[Step]]:
        """What was acknowledged, and what was begun, after so many events."""
        marks = [event.mark for event in self.events[:at] if event.mark]
        done = frozenset(self.steps[number] for what, number in marks if what == "done")
        begun = frozenset(self.steps[number] for what, number in marks if what == "begun")
        return self.saved | done, self.begun | begun | self.saved


Recorder = Callable[[Path], RecordingFiles]


def _clock() -> Callable[[], float]:
    ticks = itertools.count()
    return lambda: _EPOCH + next(ticks) / 1000


def template(folder: Path) -> Path:
    """Make a folder with a store of two sessions, for the records to start from."""
    top = folder / "template"
    top.mkdir()
    with open_store(top / NAME, clock=_clock()) as store:
        for step in BEFORE:
            assert store.apply(step.change()).commit
    return top


class _Run:
    """A recorded run over a copy of a folder."""

    def __init__(self, top: Path, recorder: Recorder) -> None:
        self.path = top / NAME
        self.files = recorder(top)
        self.steps: list[Step] = []

    def open(self) -> Store:
        return Store.open(self.path, identity=WHO, files=self.files, clock=_clock())

    def apply(self, store: Store, step: Step, *, wait: bool = True) -> None:
        number = len(self.steps)
        self.steps.append(step)
        self.files.mark("begun", number)
        store.apply(step.change(), wait=wait)
        self.files.mark("done", number)

    def record(self, name: str, since: int = 0, until: int | None = None) -> Record:
        files = self.files
        return Record(name, files.start, files.events[:until], tuple(self.steps), since, frozenset(BEFORE))


def create(folder: Path, _: Path, recorder: Recorder = RecordingFiles) -> Record:
    """A store is made where there is none."""
    top = folder / "create"
    top.mkdir(exist_ok=True)
    run = _Run(top, recorder)
    with run.open() as store:
        run.apply(store, Step("aaaaaaaa", 1))
    found = run.record("create")
    return Record("create", found.start, found.events, found.steps, created=False)


def one_save(folder: Path, start: Path, recorder: Recorder = RecordingFiles) -> Record:
    """One exchange is saved, then a session is made and another deleted in one change; then closing."""
    run = _Run(_copy(start, folder / "save"), recorder)
    with run.open() as store:
        run.apply(store, Step("aaaaaaaa", 3))
        run.apply(store, Step("cccccccc", 1, removes="bbbbbbbb"))
    return run.record("save")


def one_turn(folder: Path, start: Path, recorder: Recorder = RecordingFiles) -> Record:
    """Three writers have saved; the turn of one takes the changes of all. All close."""
    run = _Run(_copy(start, folder / "turn"), recorder)
    first, second, third = run.open(), run.open(), run.open()
    run.apply(first, Step("aaaaaaaa", 3), wait=False)
    run.apply(second, Step("aaaaaaaa", 4), wait=False)
    run.apply(second, Step("cccccccc", 1), wait=False)
    since = len(run.files.events)
    run.apply(third, Step("bbbbbbbb", 3))
    run.apply(first, Step("cccccccc", 2))
    for store in (second, first, third):
        store.close()
    return run.record("turn", since)


def consolidation(folder: Path, start: Path, recorder: Recorder = RecordingFiles) -> Record:
    """A save after which packs are written anew as one, and the old ones go."""
    run = _Run(_copy(start, folder / "consolidation"), recorder)
    with run.open() as store:
        for number in range(3, _MOST_SAVES):
            since = len(run.files.events)
            run.apply(store, Step("aaaaaaaa", number))
            removed = [event.name for event in run.files.events[since:] if event.call == "unlink"]
            if sum(name.endswith(".pack") for name in removed) >= 2:
                return run.record("consolidation", since, len(run.files.events))
    raise AssertionError("no packs were folded")


def purge(folder: Path, start: Path, recorder: Recorder = RecordingFiles) -> Record:
    """A session is taken out of all history while somebody else has the store open and has just saved."""
    top = folder / "purge"
    run = _Run(top if top.exists() else _loosen(_copy(start, top)), recorder)
    with run.open() as other, run.open() as store:
        run.apply(other, Step("aaaaaaaa", 3))
        since = len(run.files.events)
        store.purge(Striking(sessions=(PURGED,)))
        found = run.record("purge", since, len(run.files.events))
    kept = frozenset(step for step in BEFORE if step.session != PURGED)
    return replace(found, saved=kept, begun=frozenset(BEFORE))


def recovery(
    folder: Path, saved: frozenset[Step], begun: frozenset[Step], recorder: Recorder = RecordingFiles
) -> Record:
    """What a power cut left is opened: the record of that, to be cut again."""
    run = _Run(folder, recorder)
    created = (run.path / ".git").exists()
    with another_boot(), open_store(run.path, files=run.files, clock=later):
        pass
    return Record("recovery", run.files.start, run.files.events, saved=saved, begun=begun, created=created)


def later() -> float:
    """The time after the power came back: an hour after anything that is on the disk."""
    return time.time() + 3600


SCENARIOS: dict[str, Callable[[Path, Path, Recorder], Record]] = {
    "create": create, "save": one_save, "turn": one_turn, "consolidation": consolidation,
    "purge": purge,
}  # fmt: skip


def prepare(folder: Path, start: Path) -> None:
    """Make the copies that the scenarios work on, so that they themselves do nothing past the seam."""
    for name in SCENARIOS:
        if name == "create":
            (folder / name).mkdir()
        else:
            shutil.copytree(start, folder / name)
    _loosen(folder / "purge")


def _loosen(top: Path) -> Path:
    """Put a loose object beside the packs that tells of what is purged."""
    git(top / NAME, "hash-object", "-w", "--stdin", stdin=f"of {PURGED}\n".encode())
    return top


def _copy(start: Path, to: Path) -> Path:
    if not to.exists():
        shutil.copytree(start, to)
    return to
