"""The door to a store: open, apply, read, log, close."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from gitstore import commits, gitlock, history, operations, repository
from gitstore.catalog import Catalog
from gitstore.chronicle import Chronicle
from gitstore.committer import Committer
from gitstore.errors import (
    Damaged,
    HistoryRewritten,
    NotJoined,
    NotPurged,
    NotSaved,
    SigningFailed,
    StoreClosed,
    reading,
)
from gitstore.files import Files
from gitstore.gate import Gate
from gitstore.journal import Journal, Saved, list_journals
from gitstore.kinds import COMMIT, identify
from gitstore.line import Line
from gitstore.locking import locked_by_another
from gitstore.merge import Plain, Rules
from gitstore.objects import ObjectReader
from gitstore.problems import Progress, silent
from gitstore.snapshot import Snapshot, gathered
from gitstore.values import (
    BranchElsewhere,
    Change,
    Delay,
    Deletion,
    EditsLeft,
    FolderAdopted,
    GitBlocked,
    Identity,
    Joining,
    LogEntry,
    Notice,
    Outcome,
    Packing,
    Purged,
    PurgeUnfinished,
    Receipt,
    Signed,
)

if TYPE_CHECKING:
    from gitstore.purging.eraser import Eraser

_PATIENCE = 10.0
_LOOKS = 10


def _nothing() -> None:
    """There is nothing beside the store."""


class Store:
    """A store that is open, for several threads; any number of processes may have it open at once."""

    def __init__(
        self,
        path: Path,
        opened: repository.Opened,
        *,
        identity: Callable[[], Identity],
        clock: Callable[[], float],
        files: Files,
        rules: Rules | None = None,
    ) -> None:
        """Take over an opened repository. Use `Store.open`."""
        self.path = path
        self._git = opened.git_directory
        self._identity = identity
        self._clock = clock
        self._reader = ObjectReader(self._git)
        self._rules = rules
        self._committer = Committer(files, self._git, self._reader, clock, rules)
        self._gate = Gate(files, self._git / "gitstore")
        self._journal = Journal(files, self._committer.journals)
        self._mutex = threading.RLock()
        self._closed = False
        self._notices: list[Notice] = []
        if opened.adopted is not None:
            self._notices.append(FolderAdopted(str(path), opened.adopted))
        if self.purge_is_unfinished:
            self._notices.append(PurgeUnfinished())

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        identity: Callable[[], Identity] | Identity,
        create: bool = True,
        clock: Callable[[], float] = time.time,
        files: Files | None = None,
        rules: Rules | None = None,
    ) -> Self:
        """Open the store in a folder, making it if need be, and finish what a crash left.

        Args:
            path: The folder; `path/.git` is the repository.
            identity: Who commits are by; a function is asked once per change (and not before the first).
            create: Whether to make a store where there is nothing. Files of a store whose `.git` is gone are
                put into a repository in either case, and `FolderAdopted` says so.
            clock: Gives seconds since 1970.
            files: The disk; a test may hand in one that fails.
            rules: What the caller knows of its records: histories join by them, and what a person merged or
                committed with git is put right by them before the next change. None: that stays as it is.

        Returns:
            The store, to be closed or used as a context manager.

        Raises:
            StoreNotFound: There is none and `create` is False; nothing was made.
            NotAStore: Something else is there; nothing was changed.
            FormatTooNew: A newer program wrote it; nothing was changed.
            NotSaved: It would have to be made, and the disk is full or failed; ReadOnly if it cannot be
                written.
            Unreadable: The system does not read what is there now; nothing was changed.
        """
        disk = Files() if files is None else files
        ask = (lambda: identity) if isinstance(identity, Identity) else identity
        full = Path.cwd() / path
        opened = repository.find(full, files=disk, who=ask, now=clock(), create=create)
        store = cls(full, opened, identity=ask, clock=clock, files=disk, rules=rules)
        store._recover()
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a person might want to know: of opening, and of what was saved since. Each is there once."""
        return tuple(self._notices)

    def apply(self, change: Change, wait: bool = True) -> Receipt:
        """Save a change; normally git has it, too, when this returns.

        Args:
            change: What shall be true; becomes one commit, on whatever tip there is when its turn comes.
            wait: Whether to wait until git has it. If not, the next change, `settle` or `close` brings it
                there.

        Returns:
            What became of it. It is saved in any case: a crash of any kind after this returns does not lose
            it.

        Raises:
            NotSaved: The journal could not be written; nothing was changed, what was saved before stays.
            ValueError: The change is malformed; nothing was changed.
            StoreClosed: After `close`.
        """
        operations.validate(change)
        with self._mutex:
            self._check_open()
            author, now = self._identity(), self._clock()
            commits.compose(change.subject, change.body, change.trailers)
            end = self._journal.append(Saved(change, author, now))
            if not wait:
                return Receipt(Outcome.APPLIED, None, delayed=Delay.LATER)
            try:
                return self._bring_in(end)
            except OSError as error:  # of looking how far git is: it is saved all the same
                return Receipt(Outcome.APPLIED, None, delayed=self._blocked(error))

    def put_right(self) -> Delay | None:
        """Put right now what people did with git, as the next change would; return why that cannot be now."""
        with self._mutex:
            self._check_open()
            try:
                if not self._gate.wait(_PATIENCE):
                    return Delay.BUSY
                with self._gate:
                    return self._turn()
            except OSError as error:
                return self._blocked(error)

    def settle(self) -> Delay | None:
        """Bring into git what is saved, by this process and by dead ones; return why that cannot be now."""
        with self._mutex:
            self._check_open()
            try:
                if not list_journals(self._committer.journals):
                    return None
                if not self._gate.wait(_PATIENCE):
                    return Delay.BUSY
            except OSError as error:
                return self._blocked(error)
            with self._gate:
                return self._turn()

    def pack(self) -> tuple[Packing, Packing]:
        """Bring all objects into one pack at once, and return how they lay before and how they lie now.

        It is done in parts by itself, too; this leaves the least that can be. After a crash objects may lie
        in the old packs and the new one; the next turn clears that up.

        Raises:
            NotSaved: The gate stayed busy, or the disk is full or failed; all objects are where they were.
            StoreClosed: After `close`.
        """
        with self._mutex:
            self._check_open()
            try:
                if not self._gate.wait(_PATIENCE):
                    raise NotSaved("another process is at work for too long")
                with self._gate:
                    self._turn()
                    return self._committer.pack()
            except OSError as error:
                raise NotSaved(error.strerror or str(error)) from error

    def join(self, commit: str, rules: Rules | None = None) -> Joining:
        """Let another history join ours, and return what became of it.

        Nothing that either side saved is lost (see `merge`). Two machines that join the same two histories
        get the same commit. What is saved and not yet in git comes in before.

        Args:
            commit: Its newest commit; the repository has all that is behind it.
            rules: What the caller knows of its records; None: as the store was opened.

        Raises:
            NotJoined: Git is busy or broken, or an object is missing; the branch is where it was. After a
                crash it has all of the other history or nothing of it.
            StoreClosed: After `close`.
        """
        known = rules or self._rules or Plain()
        with self._mutex:
            self._check_open()
            try:
                if not self._gate.wait(_PATIENCE):
                    raise NotJoined("another process is at work for too long")
                with self._gate:
                    who = self._identity()
                    joining, found = self._committer.join(commit, known, who, self._journal.name)
            except OSError as error:
                raise NotJoined(error.strerror or str(error)) from error
            self._note(found)
            return joining

    def preview(self, commit: str, rules: Rules | None = None) -> tuple[Joining, Snapshot]:
        """Return what `join` would come to, and what the store would hold then; nothing is changed.

        Raises:
            NotJoined: An object is missing.
        """
        with self._mutex:
            self._check_open()
            plan = self._committer.plan(commit, rules or self._rules or Plain())
            editor = plan.editor
            return plan.joining, Snapshot(plan.tip, editor.finish(), editor.load_tree, editor.load_blob)

    def sign(
        self, signer: Callable[[bytes, Identity], bytes], *, merges: bool = True, again: bool = False
    ) -> Signed | None:
        """Put a signed commit on top of the branch; by its parents it covers all that is there.

        Nobody waits for the signer: what is saved meanwhile is joined with the signed commit.

        Args:
            signer: Returns a signature of a commit, given that and who it is by.
            merges: Whether also to sign where nothing but joins of signed histories came since.
            again: Whether to sign what is signed already, and also if what was signed before is no part of
                the branch any more.

        Returns:
            What was signed; None if there is nothing to sign.

        Raises:
            SigningFailed: The signer failed, git is busy or broken, or an object is missing. The branch is
                where it was; after a crash it has the signed commit or not.
            HistoryRewritten: See `again`.
            StoreClosed: After `close`.
        """
        from gitstore import sealing, signatures  # noqa: PLC0415  who only saves needs none of it

        self.settle()
        try:
            tip = repository.tip_of(self._git)
            if not again and (was := sealing.rewritten(self._reader, self._git)) is not None:
                raise HistoryRewritten(was)
            found = sealing.unsigned(self._reader, tip)
            if not again and not (found.commits if merges else found.events):
                return None
            who = self._identity()
            content = sealing.proposal(self._reader, tip, found.commits, who, self._clock())
            signed = signatures.insert(content, signer(content, who))
            done = Signed(identify(COMMIT, signed), found.commits)
            with self._mutex:
                self._check_open()
                if not self._gate.wait(_PATIENCE):
                    raise SigningFailed("another process is at work for too long")
                try:
                    with self._gate:
                        self._note(self._committer.seal(signed, who, self._journal.name)[1])
                except (NotJoined, OSError):  # perhaps only files and index have not followed
                    now = repository.tip_of(self._git)
                    if not history.History(self._reader, now).contains(done.commit, tip):
                        raise
        except (Damaged, NotJoined, OSError) as error:
            raise SigningFailed(str(error), "try again") from error
        return done

    def purge(
        self, eraser: "Eraser", progress: Progress = silent, beside: Callable[[], None] | None = None
    ) -> Purged:
        """Take something out of all history, of all refs, for good; and look whether it is anywhere still.

        Commits get other ids. Each that only told of it is left out. Reflogs, and objects that no ref leads
        to, go, too. Doing it again changes nothing and finishes what a crash cut off (see
        `PurgeUnfinished`).

        Args:
            eraser: Says what is left of directories, files and messages.
            progress: Told how far it is.
            beside: Clears what lies beside the store. Called once the eraser has been through all of it and
                before anything is changed, and again before it counts as finished. May raise OSError.

        Raises:
            NotPurged: Git is busy or broken, or in a state in which not all can be reached. If `moved` is
                false all is as it was. After a crash the branch has the old history, or the new one and some
                of the old objects are still there.
            StoreClosed: After `close`.
        """
        with self._mutex:
            self._check_open()
            try:
                if not self._gate.wait(_PATIENCE):
                    raise NotPurged("another process is at work for too long")
                with self._gate:
                    found = self._committer.purge(
                        eraser, self._identity(), self._journal.name, progress, beside or _nothing
                    )
            except OSError as error:
                raise NotPurged(error.strerror or str(error)) from error
            self._note(found[1])
            return found[0]

    def holds(self, eraser: "Eraser", commit: str, other: str) -> bool:
        """Say whether something must go of what a commit has, or has behind it, and another one has not.

        Args:
            eraser: Says what.
            commit: One that the repository has, with all that is behind it.
            other: Another one; of what is behind it nothing is looked at.

        Raises:
            Damaged: An object is missing or corrupt.
            StoreClosed: After `close`.
        """
        from gitstore.purging import newcomers  # noqa: PLC0415  10 ms, and a list needs none of it

        self._check_open()
        with reading(str(self.path)):
            return newcomers.hold(self._reader, eraser, commit, other)

    def announce_purge(self) -> None:
        """Note on the disk that something is about to be taken out of all history, as `PurgeUnfinished` says.

        Raises:
            NotPurged: Not everything could be reached now, or the disk failed; nothing was changed.
            StoreClosed: After `close`.
        """
        with self._mutex:
            self._check_open()
            try:
                if not self._gate.wait(_PATIENCE):
                    raise NotPurged("another process is at work for too long")
                with self._gate:
                    self._committer.announce_purge()
            except Damaged as error:
                raise NotPurged(str(error)) from error
            except OSError as error:
                raise NotPurged(error.strerror or str(error)) from error

    @property
    def purge_is_unfinished(self) -> bool:
        """Whether a process died, or failed, while something was taken out of all history.

        Raises Unreadable.
        """
        with reading(str(self.path)):
            return (self._git / "gitstore" / "purging").exists()

    def snapshot(self, at: str | None = None) -> Snapshot:
        """Return the tree of a commit, or of now.

        Args:
            at: Id of a commit (see `resolve`); None: the branch's tip, with all that is saved and not yet in
                git.

        Raises:
            Damaged: The branch, the commit or its tree is missing or corrupt; Unreadable if the system does
                not read it now.
        """
        with self._mutex, reading(str(self.path)):
            self._check_open()
            if at is not None:
                return self._plain(at)
            if not list_journals(self._committer.journals):
                tip = repository.tip_of(self._git)
                if self._committer.log.rests_at(tip):
                    return self._plain(tip)
                if self._rules is None and self._committer.log.stamp() == (0, 0):
                    return self._plain(tip)
            return self._present()

    def gather(self, parent: str, directories: Mapping[str, str]) -> Snapshot:
        """Return directories as earlier trees had them as if they lay side by side in `parent`.

        Args:
            parent: A directory of the root.
            directories: The id of each one's tree (see `Deletion.tree`), by its name.
        """
        with self._mutex:
            self._check_open()
            return gathered(parent, directories, self._reader.tree, self._reader.blob)

    def resolve(self, when: str) -> str:
        """Return the id of the commit that a person means by a date, a commit or a ref.

        Args:
            when: "2026-02-21" (the end of that day), "2 weeks ago", RFC 3339, an abbreviated id, "main~2", a
                tag, ...

        Raises:
            CommitNotFound: None of these, ambiguous, or before the first commit.
            Damaged: History cannot be read that far.
        """
        with self._mutex, reading(str(self.path)):
            self._check_open()
            return history.resolve(self._reader, self._git, repository.tip_of(self._git), when, self._clock())

    def log(
        self, directory: str | None = None, limit: int | None = None, *, catalog: Catalog | None = None
    ) -> Iterator[LogEntry]:
        """Yield what happened, newest first: all commits, or those that changed a directory.

        Args:
            directory: The directory, or None for all.
            limit: The most to yield, or None for all.
            catalog: One of the schema `HISTORY`, so that not all of history is walked to find what happened
                to a directory; best always asked about directories with the same parent.

        Raises:
            Damaged: A commit or tree is missing or corrupt; what came before was yielded.
        """
        self._check_open()
        parent, _, name = (directory or "").rpartition("/")
        with reading(str(self.path)):
            tip = repository.tip_of(self._git)
            if catalog is not None and parent:
                return Chronicle(self._reader, tip, parent, catalog).log(name, limit)
            return history.History(self._reader, tip).log(directory, limit)

    def deletions(self, parent: str, *, catalog: Catalog | None = None) -> Iterator[Deletion]:
        """Yield the directories in `parent` that were deleted and are not back, the latest deletion first.

        Args:
            parent: The directory that they were in.
            catalog: As `log` takes it.

        Raises:
            Damaged: A commit or tree is missing or corrupt; what came before was yielded.
        """
        self._check_open()
        with reading(str(self.path)):
            tip = repository.tip_of(self._git)
            if catalog is not None:
                return Chronicle(self._reader, tip, parent, catalog).deletions()
            return history.History(self._reader, tip).deletions(parent)

    def close(self) -> None:
        """Bring into git what is saved, as far as that is possible now, and give everything back.

        What git cannot take now stays in the journal, for the next who opens the store.
        """
        with self._mutex:
            if self._closed:
                return
            with contextlib.suppress(OSError, Damaged):
                if self._journal.path is not None and self._gate.wait(_PATIENCE):
                    with self._gate:
                        self._turn()
                        if self._journal.drained(self._committer.standing().offsets):
                            self._journal.discard()
                        self._committer.rest()
            self._journal.close()
            self._gate.close()
            self._closed = True

    def _recover(self) -> None:
        """Finish what dead processes left, if there is anything and nobody is at it already."""
        with contextlib.suppress(OSError, Damaged):  # reading works without
            if not self._work_is_left() or not self._gate.try_enter():
                return
            with self._gate:
                self._turn()

    def _work_is_left(self) -> bool:
        if any(not locked_by_another(path) for path in list_journals(self._committer.journals)):
            return True
        if gitlock.left(self._git) or self.purge_is_unfinished:  # and perhaps no journal tells of it
            return True
        if self._committer.log.stamp() == (0, 0):
            return False
        if self._committer.restarted():
            return True
        if self._committer.log.rests_at(repository.tip_of(self._git)):
            return False
        standing = self._committer.standing()
        return not standing.settled or bool(standing.void) or self._committer.undone()

    def _bring_in(self, end: int) -> Receipt:
        """Wait until our change is in git, taking the turn ourselves if nobody else does."""
        name = self._journal.name
        assert name is not None  # noqa: S101
        line = Line(self._gate, self._committer, name)
        if (receipt := line.wait(end)) is not None:
            return receipt
        with self._gate:
            if (receipt := line.gather(end)) is not None:
                return receipt
            found = self._committer.turn(name)
            self._note(found)
            left = [path for notice in found if isinstance(notice, EditsLeft) for path in notice.paths]
            delay = next((notice.reason for notice in found if isinstance(notice, GitBlocked)), None)
            standing = line.standing()
            if standing is not None:
                with contextlib.suppress(OSError):
                    self._journal.rotate(standing.offsets)
            receipt = line.receipt(standing, end, left=tuple(left))
            return receipt or Receipt(Outcome.APPLIED, None, delayed=delay or Delay.BUSY)

    def _blocked(self, error: OSError) -> Delay:
        """Note that git's folder cannot be written, and return that as the reason."""
        self._note([GitBlocked(Delay.NOT_WRITABLE, str(error))])
        return Delay.NOT_WRITABLE

    def _turn(self) -> Delay | None:
        """Take a turn under the gate and note what it has to say."""
        found = self._committer.turn(self._journal.name)
        self._note(found)
        return next((notice.reason for notice in found if isinstance(notice, GitBlocked)), None)

    def _note(self, found: Iterable[Notice]) -> None:
        """Keep what is new; of what passes, only what is true now."""
        passing = (GitBlocked, BranchElsewhere)
        kept = [notice for notice in self._notices if not isinstance(notice, passing)]
        self._notices = [*kept, *(notice for notice in found if notice not in kept)]

    def _present(self) -> Snapshot:
        """Return tip and journals of one moment, though committers are at work."""
        for _ in range(_LOOKS):
            before = self._committer.log.stamp()
            found = self._look()
            if self._committer.log.stamp() == before and repository.tip_of(self._git) == found.commit:
                return found
        with contextlib.suppress(OSError):  # they are faster than we: let them wait for a moment
            if self._gate.wait(_PATIENCE):
                with self._gate:
                    return self._look()
        return self._look()

    def _look(self) -> Snapshot:
        tip = repository.tip_of(self._git)
        editor, waiting, met = self._committer.overlay(tip, self._committer.standing())
        if met is not None:
            self._note([GitBlocked(Delay.DAMAGED, str(met))])
        if not waiting:
            return self._plain(tip)
        return Snapshot(tip, editor.finish(), editor.load_tree, editor.load_blob, waiting)

    def _plain(self, commit: str) -> Snapshot:
        root = commits.parents(self._reader.commit(commit))[0]
        return Snapshot(commit, root, self._reader.tree, self._reader.blob)

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed
