"""One turn: what all journals hold becomes commits on the tip that is there now, and the branch moves.

Who works here holds the gate, a lock that the system frees when its owner dies. Order of writing: pack, turn
and files aside, flushed together -> pack in place -> branch moved (compare-and-set) and its folder flushed ->
files and git's index -> turn settled -> `.keep` removed -> journals of the dead deleted. A crash between any
two of these is decided by the next holder of the gate, from the log of turns alone.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gitstore import (
    boots,
    commits,
    consolidation,
    gitlock,
    locking,
    packfolder,
    packs,
    pending,
    refs,
    repository,
    restart,
    rooms,
    strangers,
)
from gitstore.batch import Batch
from gitstore.building import Built, arrange, build, overlay
from gitstore.departed import Departed
from gitstore.editing import Editor, differences
from gitstore.errors import Damaged, NotJoined, NotPurged
from gitstore.files import Files
from gitstore.gitlock import Taken
from gitstore.halves import Halves
from gitstore.index import UnknownIndex
from gitstore.kinds import COMMIT
from gitstore.merge import Plain, Rules
from gitstore.objects import ObjectReader
from gitstore.packs import Packed
from gitstore.problems import Progress, silent
from gitstore.recovery import Recovery
from gitstore.turns import Result, Standing, Turn, TurnLog
from gitstore.values import (
    BranchElsewhere,
    Delay,
    EditsLeft,
    GitBlocked,
    Identity,
    Joining,
    JournalRecovered,
    Notice,
    Packing,
    Purged,
    PurgeUnfinished,
    PutRight,
)
from gitstore.watch import Watch
from gitstore.worktree import KeptIndex, Place, WorkTree, place

if TYPE_CHECKING:
    from gitstore.joining import Plan
    from gitstore.purging.eraser import Eraser
    from gitstore.righting import Righted

_TRIES = 20
_AT_ONCE = 1 << 20
"""Bytes that are read of each journal for one turn, with a long backlog."""
_AT_WORK = 0.1
"""Seconds between two changes of a program that saves one after the other."""
_FORGOTTEN = 3600.0
"""Seconds after which what an exchange with a remote left is removed, if its owner is dead."""
_LONG = 5.0
"""Seconds after which a lock is not one of those that come and go."""


class Committer:
    """Takes turns for one repository; all of its methods but `standing` and `overlay` need the gate."""

    def __init__(
        self,
        files: Files,
        git_directory: Path,
        reader: ObjectReader,
        clock: Callable[[], float],
        rules: Rules | None = None,
    ) -> None:
        self._files = files
        self._git = git_directory
        self._reader = reader
        self._clock = clock
        self._watch = Watch(reader, rules)
        self._ours = git_directory / "gitstore"
        self.journals = self._ours / "journal"
        """The folder of the journals."""
        self._branch_lock = git_directory / f"{refs.BRANCH}.lock"
        self._index_lock = git_directory / "index.lock"
        self.log = TurnLog(files, self._ours)
        self._recovery = Recovery(files, git_directory, reader, self.log)
        self._departed = Departed(reader)
        self._halves = Halves(files, git_directory, reader)
        self._known_lock: tuple[int, int] | None = None
        self._configured = False
        self._boot = boots.current()
        """The run of the system; while it lasts, files and index need not be flushed (see `restart`)."""
        self._index: KeptIndex | None = None
        self._trusted: set[str] = set()
        """Long objects whose compressed streams were made here."""
        self._cleared = self._last_cleared()

    def standing(self) -> Standing:
        """Read how far the journals are in git, as seen from where the branch is. Raises Damaged."""
        return self._recovery.standing()

    def is_led_by_another(self, own: str) -> bool:
        """Say whether who took the latest turn is likely to come back: it has in memory what a turn needs.

        Args:
            own: The name of the caller's journal, to which it has just written.
        """
        leader, then = self.log.taken_by()
        if leader is None or leader == own:
            return False
        try:
            now = os.stat(self.journals / own).st_mtime  # noqa: PTH116  at each turn
            return now - then < _AT_WORK and locking.locked_by_another(self.journals / leader)
        except OSError:
            return False

    def overlay(self, tip: str, standing: Standing) -> tuple[Editor, int, Damaged | None]:
        """Return the tree of a tip with all that is saved and not yet in git, and how many changes those are.

        What git has put there and has to be put right is as it will be. A change that cannot be applied is
        left out; the damage that it met comes third.

        Raises:
            Damaged: The tip cannot be read.
        """
        found = pending.look(self.journals, standing.offsets, own=None, orphans=False)
        under_way = None if standing.settled else standing.turn
        back = self._recovery.taken_back(tip, under_way)
        righted = None if back else self._watch.look(tip, self.log.rested_at())
        if righted is None:
            editor = Editor(self._reader, commits.parents(self._reader.commit(tip))[0])
        else:
            editor = Editor(self._reader, righted.editor.finish())
            editor.adopt(righted.editor)
        editor, count, met = overlay(editor, self._reader, tip, found.pending, back, self._departed)
        return editor, count + (righted is not None), met

    def restarted(self) -> bool:
        """Say whether files have to be looked into because the system was started anew since."""
        return bool(self._recovery.restarted())

    def undone(self) -> bool:
        """Say whether a commit of git's undid what the branch had, without anybody's wish. Raises Damaged."""
        return bool(self._recovery.taken_back(repository.tip_of(self._git)))

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
            if self.log.stamp() != (0, 0):
                consolidation.run(self._files, self._git, self._reader, self._trusted)
            rooms.sweep(self._files, self._ours / "fetching", keep=self._is_fresh)
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

    def join(
        self, theirs: str, rules: Rules, who: Identity, own: str | None, brought: Packed | None = None
    ) -> tuple[Joining, tuple[Notice, ...]]:
        """Let another history join ours, in a turn of its own; what is saved comes into git before.

        Args:
            theirs: A commit that the repository has, with all that is behind it.
            rules: Of the owner of the records.
            who: For the reflog.
            own: The name of the caller's journal.
            brought: `theirs` itself, if the repository does not have it yet; it has all that is behind it.

        Returns:
            What became of it, and what a person might want to know. After a crash the branch has all of it
            or nothing.

        Raises:
            NotJoined: Git is busy or broken, or an object is missing; the branch is where it was.
        """
        notices: list[Notice] = []
        try:
            self._turn(own, notices)
            for _ in range(_TRIES):
                with contextlib.suppress(refs.Moved):
                    joining = self._join(theirs, rules, who, notices, brought)
                    self._witness(joining)
                    return joining, tuple(notices)
        except Taken as taken:
            raise NotJoined(f"{taken.path.name} is held by another program") from taken
        except _BlockedError as blocked:
            raise NotJoined(f"{blocked.reason.value}: {blocked.detail}") from blocked
        except (Damaged, UnknownIndex, OSError) as error:
            raise NotJoined(str(error)) from error
        raise NotJoined("others move the branch faster than we can follow")

    def seal(self, commit: bytes, who: Identity, own: str | None) -> tuple[Joining, tuple[Notice, ...]]:
        """Put a signed commit on the branch, and remember that it was there.

        Args:
            commit: It changes nothing, on a commit that the branch has or had a moment ago: if that moved on
                meanwhile, the two are joined.
            who: For the reflog.
            own: The name of the caller's journal.

        Raises:
            NotJoined: As `join`; the branch is where it was.
        """
        from gitstore import sealing  # noqa: PLC0415  who only saves needs none of it

        made = packs.packed(COMMIT, commit)
        self._reader.remember(made.id, COMMIT, commit)
        found = self.join(made.id, Plain(), who, own, made)
        with contextlib.suppress(Taken, OSError):  # it is signed; only a later rewriting is found out less
            sealing.record(self._files, self._git, found[0].commit)
        return found

    def _witness(self, joining: Joining) -> None:
        from gitstore import sealing  # noqa: PLC0415  as in `seal`

        if joining.commit != joining.before:
            sealing.witness(self._files, self._git, self._reader, joining.commit)

    def plan(self, theirs: str, rules: Rules) -> "Plan":
        """Return what joining another history would come to. Raises NotJoined."""
        from gitstore import joining  # noqa: PLC0415  10 ms, and a list needs none of it

        try:
            tip = repository.tip_of(self._git)
            return joining.plan(self._reader, tip, theirs, rules, repository.seed_tree())
        except (Damaged, OSError) as error:
            raise NotJoined(str(error)) from error

    def _join(
        self, theirs: str, rules: Rules, who: Identity, notices: list[Notice], brought: Packed | None
    ) -> Joining:
        from gitstore import joining  # noqa: PLC0415  as in `plan`

        tip = repository.tip_of(self._git)
        plan = joining.plan(self._reader, tip, theirs, rules, repository.seed_tree())
        if plan.tip == tip:
            return plan.joining
        tree, head = self._lock_tree(tip)
        try:
            built = joining.built(plan, self._recovery.standing(), who, brought)
            left = self._make_true(tip, built, tree, None)
        except BaseException:
            if tree:
                self._recovery.let_go(tree, tip)
            raise
        if tree:
            tree.release()
        else:
            notices.append(BranchElsewhere(head))
        if left:
            notices.append(EditsLeft(left))
        if righted := self._watch.look_at(plan.tip, theirs):
            with contextlib.suppress(refs.Moved):  # then who moved it is the next to look
                self._put_right(plan.tip, self._recovery.standing(), righted, notices)
        return msgspec.structs.replace(plan.joining, commit=repository.tip_of(self._git))

    def purge(
        self,
        eraser: "Eraser",
        who: Identity,
        own: str | None,
        progress: Progress = silent,
        beside: Callable[[], None] = lambda: None,
    ) -> tuple[Purged, tuple[Notice, ...]]:
        """Take something out of all history, in a turn of its own; what is saved comes into git before.

        Order of writing: the new history's pack in place, guarded; the branch moved and the files following
        as in any turn; the other refs; then reflogs, journals, the log of turns and all older objects
        cleared. `gitstore/purging` is there from the beginning until the end, so that who finds it knows
        that it has to be done again, which is right at every moment.

        Args:
            eraser: Says what is left.
            who: For the reflog.
            own: The name of the caller's journal.
            progress: Told how far it is.
            beside: Clears what lies beside the store; called before the branch moves, and in the end.

        Returns:
            What it came to, and what a person might want to know.

        Raises:
            NotPurged: Git is busy, broken, or in a state in which not all could be reached.
        """
        from gitstore.purging.operation import Operation  # noqa: PLC0415  as in `plan`

        notices: list[Notice] = []
        new: str | None = None
        try:
            self._turn(own, notices)
            operation = Operation(self._files, self._git, self._reader, eraser, progress)
            with operation:
                tip = repository.tip_of(self._git)
                tree, _ = self._lock_tree(tip)
                assert tree is not None  # noqa: S101  it was looked at
                try:
                    new = operation.write(tip)
                    beside()
                    # Turns of before are no part of the branch then, and nobody would look after their files.
                    restart.flush(self._files, self._git, self.log.paths())
                    self.log.checked()
                    standing = self._recovery.standing()
                    built = operation.built(new, standing, who)
                    left = self._make_true(tip, built, tree, None)
                except BaseException:
                    self._recovery.let_go(tree, tip)
                    raise
                tree.release()
                if left:
                    notices.append(EditsLeft(left))
                operation.name_all()
                self._forget()
                standing = self._recovery.standing()
                if standing.turn is not None:
                    restart.flush(self._files, self._git, self.log.paths())  # the log forgets them
                    self.log.forget(standing.turn)
                operation.clear(self.journals, standing.offsets)
                beside()
                self._forget()
                return operation.result(tip, new, left), tuple(notices)
        except Taken as taken:
            reason = f"{taken.path.name} is held by another program"
            raise NotPurged(reason, moved=self._is_at(new)) from taken
        except refs.Moved as error:
            raise NotPurged("another program moves branches meanwhile", moved=self._is_at(new)) from error
        except _BlockedError as blocked:
            raise NotPurged(f"{blocked.reason.value}: {blocked.detail}", moved=self._is_at(new)) from blocked
        except (Damaged, UnknownIndex, OSError) as error:
            raise NotPurged(str(error), moved=self._is_at(new)) from error

    def announce_purge(self) -> None:
        """Note that something is about to be taken out of all history. Raises NotPurged, Damaged, OSError."""
        from gitstore.purging import operation  # noqa: PLC0415  as in `plan`

        operation.announce(self._files, self._git, self._reader)

    def _is_at(self, new: str | None) -> bool:
        """Say whether the branch names a commit; if that can't be read now it is taken to do so."""
        try:
            return new is not None and refs.read(self._git) == new
        except Damaged:
            return True

    def _forget(self) -> None:
        """Forget what is in memory of the repository: some of it may be there no more."""
        self._reader.forget()
        self._departed = Departed(self._reader)
        self._index = None
        self._trusted.clear()
        self._watch.forget()
        self._cleared = self._last_cleared()

    def _half_of_a_purge(self) -> set[str]:
        """Return the name of the pack that a purge put in place when it died, if only its index is there."""
        try:
            name = (self._ours / "purging").read_text("ascii", "replace")
        except FileNotFoundError:
            return set()
        return set() if (self._git / "objects" / "pack" / f"{name}.pack").exists() else {name}

    def _notice_clearing(self) -> None:
        """Forget what is in memory if another process took something out of all history."""
        if self._last_cleared() != self._cleared:
            self._forget()

    def _last_cleared(self) -> tuple[int, int] | None:
        """Return what is another after each time that something was taken out of all history."""
        return _identity(self._ours / "cleared")

    def rest(self) -> None:
        """Merge small packs with large ones, before nobody works here for a while; called after a turn.

        Raises:
            OSError: The disk is full or failed; all objects are where they were.
        """
        consolidation.rest(self._files, self._git, self._reader)

    def pack(self) -> tuple[Packing, Packing]:
        """Bring all objects into one pack; return how they lay before and how they lie now.

        Raises:
            OSError: The disk is full or failed; all objects are where they were.
        """
        before = self._packing()
        consolidation.pack_all(self._files, self._git, self._reader)
        return before, self._packing()

    def _packing(self) -> Packing:
        objects = self._git / "objects"
        sizes = [path.stat().st_size for path in objects.rglob("*") if path.is_file()]
        packed = sum(1 for _ in (objects / "pack").glob("*.pack"))
        return Packing(packed, len(self._reader.loose()), sum(sizes))

    def _turn(self, own: str | None, notices: list[Notice]) -> None:
        self._notice_clearing()
        guarded, halves = packfolder.unfinished(self._git)
        self._recovery.clear(guarded)
        self._sweep_strangers()
        standing = self._recovery.standing()
        held = standing.turn
        self._halves.settle(halves, self._age, lambda: self.log.given_up(held) | self._half_of_a_purge())
        if turns := self._recovery.restarted():
            if left := self._recovery.look_after(turns, self._patience(self._index_lock)):
                notices.append(EditsLeft(left))
            standing = self._recovery.standing()
        if standing.turn and not standing.settled:
            left = self._recovery.finish(standing.turn, self._patience(self._index_lock))
            if left:
                notices.append(EditsLeft(left))
            standing = self._recovery.standing()
        gitlock.clear(self._files, self._git, [self._git / "index"])
        if not self._configured:
            with contextlib.suppress(Taken):  # a clone can wait for its settings until the next turn
                repository.configure(self._files, self._git)
                self._configured = True
        moved = 0
        while moved < _TRIES:
            try:
                if self._attempt(standing, own, notices):
                    break
            except refs.Moved:
                moved += 1
            standing = self._recovery.standing()
        else:
            gitlock.clear(self._files, self._git, [self._git / "index"])  # nothing of ours waits for it
            raise _BlockedError(Delay.MOVING, "the branch moved each time")

    def _is_fresh(self, owner: Path) -> bool:
        """Say whether an exchange with a remote may just be begun; one without an owner's file cannot be."""
        return owner.exists() and self._age(owner) < _FORGOTTEN

    def _attempt(self, standing: Standing, own: str | None, notices: list[Notice]) -> bool:
        """Make one attempt on the tip of this moment; False if there may be more to take."""
        taking = pending.look(self.journals, standing.offsets, own=own, orphans=True, most=_AT_ONCE)
        notices += pending.set_aside(self._files, self._ours / "quarantine", taking)
        tip = repository.tip_of(self._git)
        back = self._recovery.taken_back(tip)
        righted = None if back else self._watch.look(tip, self.log.rested_at())
        if righted is not None:
            self._put_right(tip, standing, righted, notices)
            return False
        if not taking.pending and not back:
            pending.drop(self._files, taking.orphans, taking.offsets)
            return True
        tree, head = self._lock_tree(tip)
        try:
            results = _results(standing)
            built = build(self._reader, tip, taking, results, self._clock, back=back, departed=self._departed)
            left = self._make_true(tip, built, tree, own)
        except BaseException:
            if tree:
                self._recovery.let_go(tree, tip)
            raise
        if tree:
            tree.release()
        elif built.commits:
            notices.append(BranchElsewhere(head))
        if left:
            notices.append(EditsLeft(left))
        if built.recovered:
            notices.append(JournalRecovered(built.recovered))
        pending.drop(self._files, taking.orphans, built.offsets)
        if built.stopped:
            raise built.stopped
        return built.complete

    def _put_right(self, tip: str, standing: Standing, righted: "Righted", notices: list[Notice]) -> None:
        """Put right in a turn of its own what people did with git."""
        if righted.purge:
            stage = self._ours / "stage"
            self._files.make_directories(stage)
            self._files.replace(self._ours / "purging", b"", stage=stage / "purging")
            notices.append(PurgeUnfinished())
        tree, head = self._lock_tree(tip)
        try:
            left = self._make_true(tip, self._watch.built(tip, righted, standing), tree, None)
        except BaseException:
            if tree:
                self._recovery.let_go(tree, tip)
            raise
        if tree:
            tree.release()
        else:
            notices.append(BranchElsewhere(head))
        notices.append(PutRight(righted.directories))
        if left:
            notices.append(EditsLeft(left))

    def _lock_tree(self, tip: str) -> tuple[WorkTree | None, str]:
        """Lock index and work tree if our branch is checked out; return them, and what HEAD names."""
        where, head = place(self._git)
        if where is Place.PENDING:
            raise _BlockedError(Delay.MERGE, head)
        if where is Place.ELSEWHERE:
            return None, head
        kept, self._index = self._index, None  # what fails on the way may have changed it
        tree = WorkTree(self._files, self._git, kept, flush=self._boot is None)
        tree.lock(self._patience(self._index_lock), lambda: self._recovery.tracked(tip))
        return tree, head

    def _make_true(self, tip: str, built: Built, tree: WorkTree | None, own: str | None) -> tuple[str, ...]:
        """Move the branch to what was built, let files and index follow, and settle the turn.

        All that can be written before the branch moves is written and then flushed together.

        Returns:
            The paths that a person edited, left as they are.
        """
        if built.tip == tip:
            if any(built.results.get(name) for name in built.offsets):
                turn = Turn(tip, tip, built.offsets, built.results, [], None, follow=False)
                with Batch(self._files) as batch:
                    self.log.write(turn, batch)
                    batch.flush()
                self.log.settle(turn)
            return ()
        self._wait_for_branch()
        turn, pack = self._composed(tip, built, own, follow=tree is not None)
        self._write(turn, pack, built, tree)
        for item in (*built.commits, *built.editor.new_objects.values()):
            self._reader.remember(item.id, item.kind, item.content)
        left: tuple[str, ...] = ()
        if tree:
            left = tree.follow()
            self._index = tree.left
        self._recovery.settle(turn, tree.checksum if tree else None)
        return left

    def _composed(
        self, tip: str, built: Built, own: str | None, *, follow: bool
    ) -> tuple[Turn, tuple[str, bytes, bytes] | None]:
        """Return what was built as a turn, and its pack; None if the repository has all objects already."""
        before = commits.parents(self._reader.commit(tip))[0]
        made = built.commits[-1].content if built.commits else self._reader.commit(built.tip)
        touched = differences(built.editor.load_tree, before, commits.parents(made)[0])
        pack = None
        if built.commits:
            pieces = packs.pieces(arrange(built.commits, built.editor), self._stream, self._trusted)
            pack = packfolder.encode_anew(self._git, pieces)
        name = f"pack-{pack[0]}" if pack else None
        turn = Turn(tip, built.tip, built.offsets, built.results, touched, name, follow, self._boot, own)
        return turn, pack

    def _write(
        self, turn: Turn, pack: tuple[str, bytes, bytes] | None, built: Built, tree: WorkTree | None
    ) -> None:
        """Write pack, turn and files aside, flushed together, and move the branch."""
        lock = None
        try:
            with Batch(self._files) as batch, Batch(self._files) as beside:
                if pack:
                    packfolder.stage(batch, self._git, pack)
                self.log.write(turn, batch)
                lock = refs.prepare(batch, self._git, built.tip)
                if tree:
                    aside = batch if self._boot is None else beside  # which is never flushed
                    tree.prepare(turn.touched, built.content, self._recovery.recent(tree), aside)
                batch.flush()
            if turn.pack:
                packfolder.put(self._files, self._git, turn.pack)
            self._move(turn.before, built, lock)
        except BaseException:
            if lock:
                with contextlib.suppress(OSError):
                    lock.release()
            if turn.pack:
                packfolder.withdraw(self._files, self._git, turn.pack)
            raise

    def _stream(self, identifier: str) -> tuple[int, bytes] | None:
        """Return size and stream of a long object, noting whether it can be trusted; None: there is none."""
        found = self._reader.stream(identifier)
        if found is None:
            return None
        size, stream, sound = found
        if sound:
            self._trusted.add(identifier)
        return size, stream

    def _move(self, tip: str, built: Built, lock: gitlock.GitLock) -> None:
        """Let the branch name what was built, if it still is where it was."""
        assert built.author is not None  # noqa: S101
        refs.move(
            self._files,
            self._git,
            lock,
            expected=tip,
            new=built.tip,
            who=commits.signature(built.author, self._clock()),
            why=built.why or f"gitstore: {len(built.commits)} saved",
            patience=self._patience(self._branch_lock),
        )

    def _sweep_strangers(self) -> None:
        """Remove locks that a git left which died: nobody else would."""
        for lock in (self._index_lock, self._branch_lock):
            if not os.path.exists(lock):  # noqa: PTH110  at each turn
                continue
            left = strangers.left_behind(lock, self._git.parent, self._age(lock))
            if left and not gitlock.is_ours(self._git, lock):
                self._files.discard(lock)
                self._files.flush_directory(lock.parent)  # or a power cut could bring it back

    def _patience(self, lock: Path) -> float:
        """Return how long to wait for a lock: a second, but hardly at all for one that was there before."""
        waited_before = self._known_lock is not None and _identity(lock) == self._known_lock
        return 0.02 if waited_before or self._age(lock) > _LONG else 1.0

    def _age(self, path: Path) -> float:
        """Return for how many seconds a file has been as it is; 0 if it is not there."""
        try:
            return self._clock() - path.stat().st_mtime
        except OSError:
            return 0

    def _wait_for_branch(self) -> None:
        """Wait until the branch's lock is free, before work is done that would be in vain."""
        if os.path.exists(self._branch_lock):  # noqa: PTH110  at each turn
            probe = gitlock.GitLock(self._files, self._git, self._git / refs.BRANCH)
            probe.take(patience=self._patience(self._branch_lock))
            probe.release()


class _BlockedError(Exception):
    def __init__(self, reason: Delay, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def _results(standing: Standing) -> dict[str, list[Result]]:
    return standing.turn.results if standing.turn else {}


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
