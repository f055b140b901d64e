"""One turn: what all journals hold becomes commits on the tip that is there now, and the branch moves.

Who works here holds the gate, a lock that the system frees when its owner dies. Order of writing: pack and
index flushed -> turn flushed -> branch moved (compare-and-set) and its folder flushed -> files and git's
index -> turn settled -> `.keep` removed -> journals of the dead deleted. A crash between any two of these is
decided by the next holder of the gate, from the log of turns alone.
"""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from gitstore import commits, consolidation, gitlock, journal, locking, operations, packs, refs, repository
from gitstore.editing import Editor, Touched, differences
from gitstore.errors import Damaged
from gitstore.files import Files
from gitstore.gitlock import Taken
from gitstore.history import History
from gitstore.index import UnknownIndex
from gitstore.journal import Saved
from gitstore.objects import COMMIT, ObjectReader
from gitstore.packs import Packed
from gitstore.turns import Result, Standing, Turn, TurnLog
from gitstore.values import (
    BranchElsewhere,
    Delay,
    EditsLeft,
    GitBlocked,
    JournalDamaged,
    JournalRecovered,
    Notice,
    Outcome,
)
from gitstore.worktree import Place, WorkTree, place

_TRIES = 20
_LONGEST = 0.1
"""Seconds spent on building one turn: with a long backlog, what is done is in git before the next part is
begun."""


class Pending(msgspec.Struct, frozen=True):
    """A change that is saved and not yet in git."""

    journal: str
    end: int
    saved: Saved


class Taking(msgspec.Struct):
    """What one look at all journals found."""

    pending: list[Pending]
    offsets: dict[str, int]
    """Of each journal that is there: how far it is in git now."""
    orphans: list[Path]
    """Journals whose owners are gone."""
    damaged: list[tuple[str, int, bytes]]


class _Built(msgspec.Struct):
    tip: str
    editor: Editor
    commits: list[Packed]
    offsets: dict[str, int]
    results: dict[str, list[Result]]
    stopped: Damaged | None
    last: Saved | None
    recovered: int = 0
    complete: bool = True
    """Whether there was time for all that is pending."""


class Committer:
    """Takes turns for one repository; all of its methods but `standing` and `overlay` need the gate."""

    def __init__(
        self, files: Files, git_directory: Path, reader: ObjectReader, clock: Callable[[], float]
    ) -> None:
        self._files = files
        self._git = git_directory
        self._reader = reader
        self._clock = clock
        self._ours = git_directory / "gitstore"
        self.log = TurnLog(files, self._ours)
        self._known_lock: tuple[int, int] | None = None

    @property
    def journals(self) -> Path:
        """The folder of the journals."""
        return self._ours / "journal"

    def standing(self) -> Standing:
        """Read how far the journals are in git, as seen from where the branch is."""
        tip = repository.tip_of(self._git)
        return self.log.standing(lambda commit: self._contains(tip, commit))

    def turn(self, own: str | None) -> tuple[Notice, ...]:
        """Bring into git what is saved, and finish what a crash left half done.

        Args:
            own: The name of the caller's journal, which is not an orphan.

        Returns:
            What a person might want to know. `GitBlocked` is among it if something stays in the journals.
        """
        notices: list[Notice] = []
        try:
            self._turn(own, notices)
        except Taken as taken:
            reason = Delay.INDEX_LOCKED if taken.path.name == "index.lock" else Delay.BRANCH_LOCKED
            self._known_lock = _identity(taken.path)
            notices.append(GitBlocked(reason, str(taken.path)))
        except _BlockedError as blocked:
            notices.append(GitBlocked(blocked.reason, blocked.detail))
        except Damaged as damaged:
            notices.append(GitBlocked(Delay.DAMAGED, str(damaged)))
        except UnknownIndex as unknown:
            notices.append(GitBlocked(Delay.INDEX_UNKNOWN, str(unknown)))
        except OSError as error:
            notices.append(GitBlocked(Delay.NOT_WRITABLE, str(error)))
        return tuple(notices)

    def overlay(self, tip: str, standing: Standing) -> tuple[Editor, int]:
        """Return the tree of a tip with all that is saved and not yet in git, and how many changes those are.

        Raises:
            Damaged: The tip cannot be read. A change that cannot be applied is left out.
        """
        taking = self._look(standing, own=None, lock=False)
        editor = Editor(self._reader, commits.parents(self._reader.commit(tip))[0])
        count = 0
        for item in taking.pending:
            trial = editor.copy()
            try:
                operations.apply_change(
                    item.saved.change, trial, self._reader, History(self._reader, tip).last_tree
                )
            except Damaged:
                continue
            editor = trial
            count += 1
        return editor, count

    def _turn(self, own: str | None, notices: list[Notice]) -> None:
        self._clear()
        standing = self.standing()
        if standing.turn and not standing.settled:
            self._follow(standing.turn, notices)
        gitlock.clear(self._files, self._git, [self._git / "index"])
        repository.configure(self._files, self._git)
        moved = 0
        while moved < _TRIES:
            try:
                if self._attempt(self.standing(), own, notices):
                    break
            except refs.Moved:
                moved += 1
        else:
            raise _BlockedError(Delay.MOVING, "the branch moved each time")
        if self.log.stamp() != (0, 0):
            consolidation.run(self._files, self._git, self._reader)

    def _attempt(self, standing: Standing, own: str | None, notices: list[Notice]) -> bool:
        """Make one attempt on the tip of this moment; False if there may be more to take."""
        taking = self._look(standing, own, lock=True)
        self._set_aside(taking, notices)
        if not taking.pending:
            self._drop(taking.orphans, taking.offsets)
            return True
        tip = repository.tip_of(self._git)
        tree, head = self._lock_tree(tip)
        try:
            built = self._build(tip, standing, taking)
            touched = self._commit(tip, built, follow=tree is not None)
            left = self._follow_now(tree, touched, built)
        except BaseException:
            if tree:
                self._let_go(tree, tip)
            raise
        if tree:
            tree.release()
        elif touched:
            notices.append(BranchElsewhere(head))
        if left:
            notices.append(EditsLeft(left))
        if built.recovered:
            notices.append(JournalRecovered(built.recovered))
        self._drop(taking.orphans, built.offsets)
        if built.stopped:
            raise built.stopped
        return built.complete

    def _lock_tree(self, tip: str) -> tuple[WorkTree | None, str]:
        """Lock index and work tree if our branch is checked out; return them, and what HEAD names."""
        where, head = place(self._git)
        if where is Place.PENDING:
            raise _BlockedError(Delay.MERGE, head)
        if where is Place.ELSEWHERE:
            return None, head
        tree = WorkTree(self._files, self._git)
        tree.lock(self._patience(self._git / "index.lock"), lambda: self._tracked(tip))
        return tree, head

    def _tracked(self, tip: str) -> list[tuple[str, str]]:
        """Return path and blob of each file of a commit."""
        root = commits.parents(self._reader.commit(tip))[0]
        return [
            (item.path, item.after)
            for item in differences(self._reader.tree, None, root)
            if item.after is not None
        ]

    def _build(self, tip: str, standing: Standing, taking: Taking) -> _Built:
        """Make a commit of each change, in memory."""
        root = commits.parents(self._reader.commit(tip))[0]
        results = {name: found for name, found in _results(standing).items() if name in taking.offsets}
        built = _Built(tip, Editor(self._reader, root), [], dict(taking.offsets), results, None, None)
        stopped: set[str] = set()
        orphans = {path.name for path in taking.orphans}
        for name in {item.journal for item in taking.pending}:
            built.results[name] = []
        until = time.monotonic() + _LONGEST
        for item in taking.pending:
            if item.journal in stopped:
                continue
            if built.commits and time.monotonic() > until:
                built.complete = False
                break
            trial = built.editor.copy()
            change = item.saved.change
            try:
                applied = operations.apply_change(
                    change, trial, self._reader, History(self._reader, tip).last_tree
                )
                after = trial.finish()
            except Damaged as damaged:
                built.stopped = damaged
                stopped.add(item.journal)
                continue
            commit = None
            outcome = applied.outcome
            if outcome is Outcome.APPLIED and after == root:
                outcome = Outcome.ALREADY
            if outcome is Outcome.APPLIED:
                built.editor, root = trial, after
                packed = self._make_commit(built.tip, after, item.saved, applied.notes)
                built.commits.append(packed)
                built.tip = commit = packed.id
                built.last = item.saved
                built.recovered += item.journal in orphans
            built.results[item.journal].append(Result(item.end, outcome, commit, applied.reason))
            built.offsets[item.journal] = item.end
        return built

    def _make_commit(self, parent: str, tree: str, saved: Saved, notes: tuple[str, ...]) -> Packed:
        change = saved.change
        body = "\n\n".join(text for text in (change.body, *notes) if text)
        when = saved.time if change.time is None else change.time
        message = commits.compose(change.subject, body, change.trailers)
        return packs.packed(
            COMMIT,
            commits.make(
                tree,
                (parent,),
                author=saved.author,
                authored=when,
                committed=max(self._clock(), when),
                message=message,
            ),
        )

    def _commit(self, tip: str, built: _Built, *, follow: bool) -> list[Touched]:
        """Write pack and turn, and move the branch; return what changed in the tree."""
        if not built.commits:
            if any(built.results.get(name) for name in built.offsets):
                turn = Turn(tip, tip, built.offsets, built.results, [], None, follow=False)
                self.log.write(turn)
                self.log.settle(turn)
            return []
        before = commits.parents(self._reader.commit(tip))[0]
        after = commits.parents(built.commits[-1].content)[0]
        touched = differences(built.editor.load_tree, before, after)
        self._wait(self._git / f"{refs.BRANCH}.lock")
        pack = packs.install(self._files, self._git, packs.encode(arrange(built.commits, built.editor)))
        assert built.last is not None  # noqa: S101
        who = commits.signature(built.last.author, self._clock())
        try:
            self.log.write(Turn(tip, built.tip, built.offsets, built.results, touched, pack, follow=follow))
            refs.move(
                self._files,
                self._git,
                expected=tip,
                new=built.tip,
                who=who,
                why=f"gitstore: {len(built.commits)} saved",
                patience=self._patience(self._git / f"{refs.BRANCH}.lock"),
            )
        except BaseException:
            packs.withdraw(self._files, self._git, pack)
            raise
        for item in (*built.commits, *built.editor.new_objects.values()):
            self._reader.remember(item.id, item.kind, item.content)
        return touched

    def _follow_now(self, tree: WorkTree | None, touched: list[Touched], built: _Built) -> tuple[str, ...]:
        """Let files and index follow a move that was just made, and settle the turn."""
        if not touched:
            return ()
        left: tuple[str, ...] = ()
        if tree is not None:
            left = tree.follow(touched, lambda identifier: built.editor.load_blob(identifier, identifier))
        self._settle()
        return left

    def _let_go(self, tree: WorkTree, tip: str) -> None:
        """Give the index back, unless the branch has moved on and left it behind."""
        try:
            behind = refs.read(self._git) != tip
        except Damaged:
            behind = True
        if behind:
            tree.abandon()
        else:
            tree.release()

    def _follow(self, turn: Turn, notices: list[Notice]) -> None:
        """Finish what a turn left undone whose branch has moved, and whose owner died or failed."""
        if turn.follow and place(self._git)[0] is Place.HERE:
            tree = WorkTree(self._files, self._git)
            tree.lock(self._patience(self._git / "index.lock"), lambda: self._tracked(turn.before))
            try:
                left = tree.follow(self._still(turn), self._reader.blob)
            except BaseException:
                tree.abandon()
                raise
            if left:
                notices.append(EditsLeft(left))
        self._settle()

    def _still(self, turn: Turn) -> list[Touched]:
        """Return what the turn touched, as far as the branch has not gone on since (by a user's commit)."""
        root = commits.parents(self._reader.commit(repository.tip_of(self._git)))[0]
        editor = Editor(self._reader, root)
        found = []
        for item in turn.touched:
            entry = editor.entry(item.path)
            if (entry.id if entry else None) == item.after:
                found.append(item)
        return found

    def _settle(self) -> None:
        standing = self.standing()
        if standing.turn is None:
            return
        self.log.settle(standing.turn)
        if standing.turn.pack:
            packs.release(self._files, self._git, standing.turn.pack)

    def _clear(self) -> None:
        """Remove what the dead left: locks of ours (not the index's), staged files, guards of packs."""
        gitlock.clear(self._files, self._git, [self._git / refs.BRANCH, self._git / "config"])
        gitlock.sweep(self._files, self._git, self._git / "index")
        stage = self._ours / "stage"
        if stage.is_dir():
            for path in stage.iterdir():
                self._files.discard(path)
        for name in packs.guarded(self._git):
            packs.withdraw(self._files, self._git, name)

    def _look(self, standing: Standing, own: str | None, *, lock: bool) -> Taking:
        """Read what all journals hold beyond what is in git."""
        taking = Taking([], {}, [], [])
        runs: list[list[Pending]] = []
        for path in journal.list_journals(self.journals):
            start = standing.offsets.get(path.name, 0)
            try:
                if lock and path.name != own and not locking.locked_by_another(path):
                    taking.orphans.append(path)
                with path.open("rb") as file:
                    file.seek(start)
                    scan = journal.scan(file.read())
            except FileNotFoundError:
                continue
            taking.offsets[path.name] = start
            run, end = [], start
            for low, high in scan.damaged:
                with path.open("rb") as file:
                    file.seek(start + low)
                    taking.damaged.append((path.name, start + low, file.read(high - low)))
            for frame in scan.frames:
                end = start + frame.end
                try:
                    run.append(Pending(path.name, end, journal.decode(frame.payload)))
                except msgspec.MsgspecError:
                    taking.damaged.append((path.name, end, frame.payload))
            runs.append(run)
        taking.pending = _in_order(runs)
        return taking

    def _set_aside(self, taking: Taking, notices: list[Notice]) -> None:
        """Keep what could not be read in a journal as a file of its own, once."""
        folder = self._ours / "quarantine"
        for name, at, content in taking.damaged:
            path = folder / f"{name}-{at}"
            if path.exists():
                continue
            self._files.make_directories(folder)
            self._files.replace(path, content, stage=folder / f"{name}-{at}.new")
            notices.append(JournalDamaged(str(path), len(content)))

    def _drop(self, orphans: list[Path], offsets: dict[str, int]) -> None:
        """Delete the journals whose owners are gone and that are in git as far as they were acknowledged."""
        for path in orphans:
            with contextlib.suppress(FileNotFoundError):
                content = path.read_bytes()
                if not journal.scan(content, offsets.get(path.name, 0)).frames:
                    self._files.discard(path)

    def _patience(self, lock: Path) -> float:
        """Return how long to wait for a lock: a second, but hardly at all for one we waited for before."""
        return 0.02 if self._known_lock is not None and _identity(lock) == self._known_lock else 1.0

    def _wait(self, lock: Path) -> None:
        """Wait until a lock is free, before work is done that would be in vain."""
        probe = gitlock.GitLock(self._files, self._git, lock.with_suffix(""))
        if lock.exists():
            probe.take(patience=self._patience(lock))
            probe.release()

    def _contains(self, tip: str, commit: str) -> bool:
        try:
            return History(self._reader, tip).contains(commit)
        except Damaged:
            return False


class _BlockedError(Exception):
    def __init__(self, reason: Delay, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def arrange(made: list[Packed], editor: Editor) -> list[Packed]:
    """Put a turn's objects in the order of a pack: of each path the newest whole, older ones as deltas."""
    by_place: dict[str, list[Packed]] = {}
    for item in editor.new_objects.values():
        by_place.setdefault(editor.places[item.id], []).append(item)
    found = list(made)
    for versions in by_place.values():
        newest = versions[-1]
        found.append(newest)
        found += [msgspec.structs.replace(item, base=newest.id) for item in reversed(versions[:-1])]
    return found


def _in_order(runs: list[list[Pending]]) -> list[Pending]:
    """Merge the journals by time, each in its own order even if the clock was set back meanwhile."""
    keyed = []
    for run in runs:
        latest = float("-inf")
        for item in run:
            latest = max(latest, item.saved.time)
            keyed.append((latest, item.journal, item.end, item))
    return [row[3] for row in sorted(keyed, key=lambda row: row[:3])]


def _results(standing: Standing) -> dict[str, list[Result]]:
    return standing.turn.results if standing.turn else {}


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
