"""All that is done to a repository under the gate: turns, joining, sealing, purging, packing.

Each is a turn of its own (`turning`), in which the branch is moved (`moving`); here failures become notices,
or errors.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gitstore.committing.moving import Blocked, identity_of
from gitstore.committing.turning import TRIES, Turning
from gitstore.disk import locking, rooms
from gitstore.disk.files import Files
from gitstore.errors import Damaged, NotJoined, NotPurged
from gitstore.git import refs, repository
from gitstore.git.gitlock import Taken
from gitstore.git.index import UnknownIndex
from gitstore.kinds import COMMIT
from gitstore.merging.rules import Plain, Rules
from gitstore.objects import packs
from gitstore.objects.objects import ObjectReader
from gitstore.objects.packs import Packed
from gitstore.problems import Progress, silent
from gitstore.turns import consolidation, restart
from gitstore.turns.building import Built
from gitstore.turns.turns import Standing
from gitstore.values import (
    Delay,
    EditsLeft,
    GitBlocked,
    Identity,
    Joining,
    Notice,
    Packing,
    Purged,
)

if TYPE_CHECKING:
    from gitstore.committing.joining import Plan
    from gitstore.purging.eraser import Eraser

_AT_WORK = 0.1
"""Seconds between two changes of a program that saves one after the other."""
_FORGOTTEN = 3600.0
"""Seconds after which what an exchange with a remote left is removed, if its owner is dead."""


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
        self._turning = Turning(files, git_directory, reader, clock, rules)
        self._mover = self._turning.mover
        self._recovery = self._turning.recovery
        self.journals = self._turning.journals
        """The folder of the journals."""
        self.log = self._turning.log
        self.overlay = self._turning.overlay
        """See `Turning.overlay`; it needs no gate."""

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
            self._turning.take(own, notices)
            if self.log.stamp() != (0, 0):
                consolidation.run(self._files, self._git, self._reader, self._mover.trusted)
            rooms.sweep(self._files, self._git / "gitstore" / "fetching", keep=self._is_fresh)
        except Taken as taken:
            reason = Delay.INDEX_LOCKED if taken.path.name == "index.lock" else Delay.BRANCH_LOCKED
            self._mover.known_lock = identity_of(taken.path)
            notices.append(GitBlocked(reason, str(taken.path)))
        except Blocked as blocked:
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
            self._turning.take(own, notices)
            for _ in range(TRIES):
                with contextlib.suppress(refs.Moved):
                    joining = self._join(theirs, rules, who, notices, brought)
                    self._witness(joining)
                    return joining, tuple(notices)
        except Taken as taken:
            raise NotJoined(f"{taken.path.name} is held by another program") from taken
        except Blocked as blocked:
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
        from gitstore.turns import sealing  # noqa: PLC0415  who only saves needs none of it

        made = packs.packed(COMMIT, commit)
        self._reader.remember(made.id, COMMIT, commit)
        found = self.join(made.id, Plain(), who, own, made)
        with contextlib.suppress(Taken, OSError):  # it is signed; only a later rewriting is found out less
            sealing.record(self._files, self._git, found[0].commit)
        return found

    def _witness(self, joining: Joining) -> None:
        from gitstore.turns import sealing  # noqa: PLC0415  as in `seal`

        if joining.commit != joining.before:
            sealing.witness(self._files, self._git, self._reader, joining.commit)

    def plan(self, theirs: str, rules: Rules) -> "Plan":
        """Return what joining another history would come to. Raises NotJoined."""
        from gitstore.committing import joining  # noqa: PLC0415  10 ms, and a list needs none of it

        try:
            tip = repository.tip_of(self._git)
            return joining.plan(self._reader, tip, theirs, rules, repository.seed_tree())
        except (Damaged, OSError) as error:
            raise NotJoined(str(error)) from error

    def _join(
        self, theirs: str, rules: Rules, who: Identity, notices: list[Notice], brought: Packed | None
    ) -> Joining:
        from gitstore.committing import joining  # noqa: PLC0415  as in `plan`

        tip = repository.tip_of(self._git)
        plan = joining.plan(self._reader, tip, theirs, rules, repository.seed_tree())
        if plan.tip == tip:
            return plan.joining
        standing = self._recovery.standing()
        self._mover.move(tip, lambda: joining.built(plan, standing, who, brought), notices)
        if righted := self._turning.watch.look_at(plan.tip, theirs):
            with contextlib.suppress(refs.Moved):  # then who moved it is the next to look
                self._turning.put_right(plan.tip, self._recovery.standing(), righted, notices)
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
            self._turning.take(own, notices)
            operation = Operation(self._files, self._git, self._reader, eraser, progress)
            with operation:
                tip = repository.tip_of(self._git)
                moved: list[Notice] = []

                def make() -> Built:
                    nonlocal new
                    new = operation.write(tip)
                    beside()
                    # Turns of before are no part of the branch then, and nobody would look after their files.
                    restart.flush(self._files, self._git, self.log.paths())
                    self.log.checked()
                    return operation.built(new, self._recovery.standing(), who)

                new = self._mover.move(tip, make, moved).tip
                notices += moved
                operation.name_all()
                self._turning.forget()
                standing = self._recovery.standing()
                if standing.turn is not None:
                    restart.flush(self._files, self._git, self.log.paths())  # the log forgets them
                    self.log.forget(standing.turn)
                operation.clear(self.journals, standing.offsets)
                beside()
                self._turning.forget()
                edited = (path for notice in moved if isinstance(notice, EditsLeft) for path in notice.paths)
                return operation.result(tip, new, tuple(edited)), tuple(notices)
        except Taken as taken:
            reason = f"{taken.path.name} is held by another program"
            raise NotPurged(reason, moved=self._is_at(new)) from taken
        except refs.Moved as error:
            raise NotPurged("another program moves branches meanwhile", moved=self._is_at(new)) from error
        except Blocked as blocked:
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

    def _is_fresh(self, owner: Path) -> bool:
        """Say whether an exchange with a remote may just be begun; one without an owner's file cannot be."""
        return owner.exists() and self._mover.age(owner) < _FORGOTTEN

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
