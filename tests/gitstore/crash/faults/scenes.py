"""What is under way when a call fails, and what must hold then."""

import importlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gitstore import GitstoreError, NotPurged, Store
from gitstore.disk.files import Files
from tests.gitstore.crash.power import scenarios
from tests.gitstore.crash.power.holding import exchanges, hold, hold_purge
from tests.gitstore.crash.power.scenarios import BEFORE, NAME, PURGED, Step
from tests.support.disks import Cut
from tests.support.erasers import Striking, everything
from tests.support.recorder import RecordingFiles
from tests.support.stores import WHO


@dataclass
class Outcome:
    """What a program was told while calls failed."""

    saved: set[Step] = field(default_factory=set)
    begun: set[Step] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    purged: bool = False
    """Whether it was told that something is nowhere any more."""


Scene = Callable[[Path, Files, Outcome], None]


def _open(top: Path, files: Files) -> Store:
    return Store.open(top / NAME, identity=WHO, files=files, clock=scenarios.later)


def _apply(store: Store, step: Step, outcome: Outcome, *, wait: bool = True) -> None:
    outcome.begun.add(step)
    try:
        receipt = store.apply(step.change(), wait=wait)
    except GitstoreError as error:
        outcome.errors.append(type(error).__name__)
        return
    assert receipt.commit or receipt.delayed, receipt
    outcome.saved.add(step)
    _look(store, outcome)


def _look(store: Store, outcome: Outcome) -> None:
    """Read all there is: what was saved is there, or an error says that it cannot be read."""
    try:
        now = store.snapshot()
        found = exchanges({path: now.read(path) or b"" for path in now.files()})
        told = [entry.commit for entry in store.log()]
    except GitstoreError as error:
        outcome.errors.append(type(error).__name__)
        return
    assert told
    gone = {step.removes for step in outcome.begun if (step.session, step.number) in found}
    missing = [
        step
        for step in outcome.saved
        if (step.session, step.number) not in found and step.session not in gone
    ]
    assert not missing, f"a reader does not see {missing}"


def _opened(top: Path, files: Files, outcome: Outcome, *steps: Step) -> None:
    try:
        with _open(top, files) as store:
            _look(store, outcome)
            for step in steps:
                _apply(store, step, outcome)
    except GitstoreError as error:
        outcome.errors.append(type(error).__name__)


def save(top: Path, files: Files, outcome: Outcome) -> None:
    """A store is opened, two changes are saved, it is closed."""
    _opened(top, files, outcome, Step("aaaaaaaa", 3), Step("cccccccc", 1, removes="bbbbbbbb"))


def create(top: Path, files: Files, outcome: Outcome) -> None:
    """A store is made, and used at once."""
    _opened(top, files, outcome, Step("aaaaaaaa", 1))


def turn(top: Path, files: Files, outcome: Outcome) -> None:
    """One writer's turn takes the changes of three."""
    stores: list[Store] = []
    plan = ((Step("aaaaaaaa", 3), False), (Step("cccccccc", 1), False), (Step("bbbbbbbb", 3), True))
    for step, wait in plan:
        try:
            stores.append(_open(top, files))
        except GitstoreError as error:
            outcome.errors.append(type(error).__name__)
            continue
        _apply(stores[-1], step, outcome, wait=wait)
    for store in reversed(stores):
        store.close()


def consolidation(top: Path, files: Files, outcome: Outcome) -> None:
    """A save after which packs are written anew as one."""
    _opened(top, files, outcome, Step("aaaaaaaa", 900), Step("aaaaaaaa", 901))


def recovery(top: Path, files: Files, outcome: Outcome) -> None:
    """A store is opened that was left in the middle of a turn."""
    _opened(top, files, outcome)


def purge(top: Path, files: Files, outcome: Outcome) -> None:
    """A session is taken out of all history."""
    try:
        with _open(top, files) as store:
            try:
                found = store.purge(Striking(sessions=(PURGED,)))
            except NotPurged as error:
                outcome.errors.append(type(error).__name__)
                there = PURGED in store.snapshot().names("cli")
                assert there != error.moved, f"told that it is {'' if error.moved else 'not '}gone"
            else:
                assert PURGED not in store.snapshot().names("cli")
                outcome.purged = not found.left  # a file that can't be read counts as edited, and is named
            _apply(store, Step("aaaaaaaa", 3), outcome)
    except GitstoreError as error:
        outcome.errors.append(type(error).__name__)


SCENES: dict[str, Scene] = {
    "create": create, "save": save, "turn": turn, "consolidation": consolidation, "recovery": recovery,
    "purge": purge,
}  # fmt: skip


class Stage:
    """The folders that the scenes begin with, and what is saved in each."""

    def __init__(self, folder: Path) -> None:
        """Make them below a folder."""
        importlib.import_module("gitstore.purging.operation")  # not while reading fails
        self.folder = folder
        start = scenarios.template(folder)
        (folder / "begin-create").mkdir()
        for name in ("save", "turn", "purge"):
            shutil.copytree(start, folder / f"begin-{name}")
        self.saved: dict[str, frozenset[Step]] = dict.fromkeys(SCENES, frozenset(BEFORE))
        self.saved["create"] = frozenset()
        self.saved["purge"] = frozenset(step for step in BEFORE if step.session != PURGED)
        record = scenarios.one_turn(folder, start)
        moved = next(at for at, event in enumerate(record.events, 1) if event.to and event.to[1] == "main")
        disk = record.start
        for event in record.events[:moved]:
            disk = disk if event.mark else disk.after(event)
        cut = Cut(disk)
        cut.image(cut.kept()).write(folder / "begin-recovery")
        self.saved["recovery"], self.begun = record.told(moved)
        self.saved["consolidation"] = self._before_a_consolidation(start)

    def _before_a_consolidation(self, start: Path) -> frozenset[Step]:
        """Save until the next save folds packs; leave the store as it is before that one."""
        probe = scenarios.consolidation(self.folder, start, RecordingFiles)
        top = self.folder / "begin-consolidation"
        shutil.copytree(start, top)
        with _open(top, Files()) as store:
            for step in probe.steps[:-1]:
                assert store.apply(step.change()).commit
        return frozenset((*BEFORE, *probe.steps[:-1]))

    def play(self, name: str, top: Path, files: Files) -> Outcome:
        """Play a scene in a copy of its folder. Raises whatever is no error of gitstore's."""
        outcome = self.set(name, top)
        SCENES[name](top, files, outcome)
        return outcome

    def set(self, name: str, top: Path) -> Outcome:
        """Copy the folder of a scene, and return what was saved in it."""
        shutil.copytree(self.folder / f"begin-{name}", top)
        begun = {"recovery": self.begun, "purge": frozenset(BEFORE)}.get(name, self.saved[name])
        return Outcome(set(self.saved[name]), set(begun))

    def hold(self, name: str, top: Path, outcome: Outcome, *, with_git: bool) -> None:
        """Hold a store to its promise when the failures have ended."""
        hold(
            top, frozenset(outcome.saved), frozenset(outcome.begun), created=name != "create",
            with_git=with_git, go_on=True,
        )  # fmt: skip
        if name == "purge":
            assert not outcome.purged or PURGED.encode() not in everything(top / NAME), "it is not nowhere"
            hold_purge(top)
