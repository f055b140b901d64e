"""The order of a repair: objects, then refs, then what is put on top, then index and leftovers."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from gitstore.changes.journal import Journal, Saved
from gitstore.checking import Look, look
from gitstore.committing.committer import Committer
from gitstore.committing.recovery import Recovery
from gitstore.disk.files import Files
from gitstore.errors import Damaged, NotAStore, NotSaved, ReadOnly
from gitstore.git import refs, repository
from gitstore.git.gate import Gate
from gitstore.git.gitlock import Taken
from gitstore.git.index import UnknownIndex
from gitstore.git.worktree import Place, WorkTree, place
from gitstore.objects.batch import Batch
from gitstore.objects.objects import ObjectReader
from gitstore.problems import Action, Kind, Problem, Progress, Report, silent
from gitstore.repairing import mending, objects
from gitstore.repairing import refs as mending_refs
from gitstore.repairing.workshop import Workshop
from gitstore.turns.turns import TurnLog
from gitstore.values import GitBlocked, Identity, Notice

_PATIENCE = 10.0
_ROUNDS = 8


class Outcome(msgspec.Struct, frozen=True):
    """What a repair did, and what is left."""

    actions: tuple[Action, ...]
    before: Report
    after: Report
    notices: tuple[Notice, ...] = ()
    quarantine: Path | None = None
    """Where bytes were set aside, if any were."""


def repair(
    path: Path,
    *,
    identity: Callable[[], Identity],
    clock: Callable[[], float],
    files: Files | None = None,
    network: float = 60.0,
    progress: Progress = silent,
) -> Outcome:
    """Make good what is wrong with the repository of a folder, as far as the bytes can be had.

    Args:
        path: The folder of the store; `path/.git` is the repository.
        identity: The author of a first commit, should no other be left.
        clock: Gives seconds since 1970.
        files: The disk.
        network: Seconds that a remote on another machine may take; 0: none is asked.
        progress: Told how far it is.

    Raises:
        StoreNotFound: There is none.
        NotAStore: Something else is there; nothing was changed. FormatTooNew: A newer program wrote it.
        NotSaved: The disk is full or failed, or somebody is committing for longer than 10 s; what was done is
            right, and doing it again goes on from there. ReadOnly says it more closely.
    """
    disk = Files() if files is None else files
    git = path / ".git"
    adopted = _check(path, disk, identity, clock)
    try:
        disk.make_directories(git / "gitstore")
        gate = Gate(disk, git / "gitstore")
        try:
            if not gate.wait(_PATIENCE):
                raise NotSaved("another process is committing")
            with gate:
                shop = Workshop(git, files=disk, clock=clock, identity=identity, progress=progress)
                if adopted is not None:
                    shop.did("rebuilt", ".git", f"it was missing; made anew from {adopted} files")
                return _Repair(shop).run(network)
        finally:
            gate.close()
    except PermissionError as error:
        raise ReadOnly(path) from error
    except OSError as error:
        raise NotSaved(error.strerror or str(error)) from error


def planned(problems: Iterable[Problem]) -> tuple[Action, ...]:
    """Return what a repair would do about each problem that it can make good."""
    return tuple(
        Action(
            "would repair",
            f"{problem.place}, line {problem.line}" if problem.line else problem.place,
            f"{problem.reason}: {problem.heal}",
        )
        for problem in problems
        if problem.heal is not None
    )


def _check(
    path: Path, files: Files, identity: Callable[[], Identity], clock: Callable[[], float]
) -> int | None:
    """Refuse what is not ours; return how many files a repository was made of if there was none."""
    try:
        return repository.find(path, files=files, who=identity, now=clock(), create=False).adopted
    except NotAStore:
        if not (path / ".git" / "gitstore").is_dir():
            raise
    return None


class _Repair:
    """One repair, under the gate."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._git = shop.git
        self._notices: list[Notice] = []

    def run(self, network: float) -> Outcome:
        first = found = self._look()
        journal = Journal(self._shop.files, self._git / "gitstore" / "journal")
        try:
            mending_refs.settle_files(self._shop, found)
            for _ in range(_ROUNDS):
                if not found.lost and not _has(found, Kind.REPOSITORY, Kind.PACK, Kind.COPY):
                    break
                more = objects.restore(self._shop, found, network)
                found = self._look()
                if not more:
                    break
            with self._leaving_locks():
                mending_refs.set_branch(self._shop, found, journal)
                mending_refs.mend_others(self._shop, found)
            mending_refs.mend_turns(self._shop, found)
            found = self._look()
            if _has(found, Kind.COPY):  # commits that the branch had to give up
                objects.restore(self._shop, found, 0)
                found = self._look()
            for saved in mending.lost_files(found, self._shop.clock()):
                journal.append(saved)
                self._tell(saved)
            self._turn(journal)
            for problem in first.report.problems:
                if problem.kind is Kind.LEFTOVER and not (self._git / problem.files[0]).exists():
                    self._shop.did("removed", problem.place, problem.reason)
        finally:
            journal.close()
        last = self._look()
        if _has(last, Kind.LEFTOVER, Kind.INDEX, Kind.REFLOG):
            self._tidy(last)
            with self._leaving_locks():
                mending_refs.mend_others(self._shop, last)
            last = self._look()
        folder = self._shop.quarantine.folder
        return Outcome(
            tuple(self._shop.actions),
            first.report,
            last.report,
            tuple(self._notices),
            folder if folder.exists() else None,
        )

    def _look(self) -> Look:
        return look(self._git, now=self._shop.clock(), progress=self._shop.progress, inside=True)

    def _turn(self, journal: Journal) -> None:
        """Let the committer bring into git what waits, and clear away what the dead left."""
        committer = Committer(self._shop.files, self._git, ObjectReader(self._git), self._shop.clock)
        for _ in range(2):  # a change that met damage is tried again, once that is mended
            self._notices = [*committer.turn(journal.name)]
            if not any(isinstance(notice, GitBlocked) for notice in self._notices):
                break
        with contextlib.suppress(Damaged):
            if journal.drained(committer.standing().offsets):
                journal.discard()

    def _tidy(self, found: Look) -> None:
        """Make the index anew if it cannot be read, and remove what the dead left."""
        with self._leaving_locks():
            for problem in found.report.problems:
                if problem.kind is Kind.LEFTOVER:
                    for name in problem.files:
                        self._shop.files.remove_tree(self._git / name)
                        self._shop.did("removed", f".git/{name}", problem.reason)
                elif problem.kind is Kind.INDEX and place(self._git)[0] is Place.HERE and found.tip:
                    self._index(problem, found)

    def _index(self, problem: Problem, found: Look) -> None:
        reader = ObjectReader(self._git)
        recovery = Recovery(
            self._shop.files, self._git, reader, TurnLog(self._shop.files, self._git / "gitstore")
        )
        tip = found.tip
        assert tip is not None  # noqa: S101
        tree = WorkTree(self._shop.files, self._git)
        self._shop.quarantine.copy("index", f"it {problem.reason}")
        try:
            tree.lock(1.0, lambda: recovery.tracked(tip))
            with Batch(self._shop.files) as batch:
                tree.prepare([], reader.blob, {}, batch)
            tree.follow()
        except (UnknownIndex, Damaged):
            return
        self._shop.did("rebuilt", ".git/index", f"it {problem.reason}; made anew from {refs.BRANCH}")

    @contextlib.contextmanager
    def _leaving_locks(self) -> Iterator[None]:
        try:
            yield
        except Taken as taken:
            self._shop.did("left", f".git/{taken.path.name}", "git, or a program beside it, holds this lock")

    def _tell(self, saved: Saved) -> None:
        for line in saved.change.body.splitlines():
            place_, _, detail = line.partition(" ")
            self._shop.did("committed", place_, detail)


def _has(found: Look, *kinds: Kind) -> bool:
    return any(problem.kind in kinds for problem in found.report.problems)
