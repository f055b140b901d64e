"""The branch is moved to what was built; git's index and the files follow, and the turn is settled.

Order of writing: pack, turn and files aside, flushed together -> pack in place -> branch moved
(compare-and-set) and its folder flushed -> files and git's index -> turn settled -> `.keep` removed. A crash
between any two of these is decided by the next holder of the gate, from the log of turns alone.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from gitstore.committing.recovery import Recovery
from gitstore.disk import boots, strangers
from gitstore.disk.files import Files
from gitstore.git import gitlock, refs
from gitstore.git.worktree import KeptIndex, Place, WorkTree, place
from gitstore.objects import commits, packfolder, packs
from gitstore.objects.batch import Batch
from gitstore.objects.editing import differences
from gitstore.objects.objects import ObjectReader
from gitstore.turns.building import Built, arrange
from gitstore.turns.turns import Turn, TurnLog
from gitstore.values import BranchElsewhere, Delay, EditsLeft, Notice

_LONG = 5.0
"""Seconds after which a lock is not one of those that come and go."""


class Blocked(Exception):
    """Git is in a state in which the branch must not be moved; nothing was changed."""

    def __init__(self, reason: Delay, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Mover:
    """Moves the branch of one repository, under the gate."""

    def __init__(  # noqa: PLR0917  what it works with
        self,
        files: Files,
        git_directory: Path,
        reader: ObjectReader,
        log: TurnLog,
        recovery: Recovery,
        clock: Callable[[], float],
    ) -> None:
        self._files = files
        self._git = git_directory
        self._reader = reader
        self._log = log
        self._recovery = recovery
        self._clock = clock
        self._branch_lock = git_directory / f"{refs.BRANCH}.lock"
        self.index_lock = git_directory / "index.lock"
        self.known_lock: tuple[int, int] | None = None
        """What tells a lock that was waited for in vain from another one of its name."""
        self._boot = boots.current()
        """The run of the system; while it lasts, files and index need not be flushed (see `restart`)."""
        self._index: KeptIndex | None = None
        self.trusted: set[str] = set()
        """Long objects whose compressed streams were made here."""

    def forget(self) -> None:
        """Forget what is in memory: some of it may be there no more."""
        self._index = None
        self.trusted.clear()

    def move(
        self, tip: str, make: Callable[[], Built], notices: list[Notice], own: str | None = None
    ) -> Built:
        """Lock index and work tree, build, and let the branch and then the files be what was built.

        Args:
            tip: Where the branch is.
            make: Builds it, in memory.
            notices: Gets what a person might want to know.
            own: The name of the caller's journal, if its changes are taken.

        Raises:
            Blocked: Not now; nothing was changed. Taken, Moved: as `refs.move`.
        """
        tree, head = self._lock_tree(tip)
        try:
            built = make()
            left = self._make_true(tip, built, tree, own)
        except BaseException:
            if tree:
                self._recovery.let_go(tree, tip)
            raise
        if tree:
            tree.release()
        elif built.tip != tip:
            notices.append(BranchElsewhere(head))
        if left:
            notices.append(EditsLeft(left))
        return built

    def _lock_tree(self, tip: str) -> tuple[WorkTree | None, str]:
        """Lock index and work tree if our branch is checked out; return them, and what HEAD names.

        Raises:
            Blocked: A merge of the branch is under way.
            Taken: Git's index is locked by another.
        """
        where, head = place(self._git)
        if where is Place.PENDING:
            raise Blocked(Delay.MERGE, head)
        if where is Place.ELSEWHERE:
            return None, head
        kept, self._index = self._index, None  # what fails on the way may have changed it
        tree = WorkTree(self._files, self._git, kept, flush=self._boot is None)
        tree.lock(self.patience(self.index_lock), lambda: self._recovery.tracked(tip))
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
                    self._log.write(turn, batch)
                    batch.flush()
                self._log.settle(turn)
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
            pieces = packs.pieces(arrange(built.commits, built.editor), self._stream, self.trusted)
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
                self._log.write(turn, batch)
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
            self.trusted.add(identifier)
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
            patience=self.patience(self._branch_lock),
        )

    def sweep_strangers(self) -> None:
        """Remove locks that a git left which died: nobody else would."""
        for lock in (self.index_lock, self._branch_lock):
            if not os.path.exists(lock):  # noqa: PTH110  at each turn
                continue
            left = strangers.left_behind(lock, self._git.parent, self.age(lock))
            if left and not gitlock.is_ours(self._git, lock):
                self._files.discard(lock)
                self._files.flush_directory(lock.parent)  # or a power cut could bring it back

    def patience(self, lock: Path) -> float:
        """Return how long to wait for a lock: a second, but hardly at all for one that was there before."""
        waited_before = self.known_lock is not None and identity_of(lock) == self.known_lock
        return 0.02 if waited_before or self.age(lock) > _LONG else 1.0

    def age(self, path: Path) -> float:
        """Return for how many seconds a file has been as it is; 0 if it is not there."""
        try:
            return self._clock() - path.stat().st_mtime
        except OSError:
            return 0

    def _wait_for_branch(self) -> None:
        """Wait until the branch's lock is free, before work is done that would be in vain."""
        if os.path.exists(self._branch_lock):  # noqa: PTH110  at each turn
            probe = gitlock.GitLock(self._files, self._git, self._git / refs.BRANCH)
            probe.take(patience=self.patience(self._branch_lock))
            probe.release()


def identity_of(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one of its name; None if it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
