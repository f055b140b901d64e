"""One turn: what all journals hold becomes commits on the tip that is there now, and the branch moves.

Who works here holds the gate, a lock that the system frees when its owner dies. First what a crash left half
done is finished, then what a person did with git is put right, then what is saved is taken.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gitstore.changes import pending
from gitstore.committing.halves import Halves
from gitstore.committing.moving import Blocked, Mover, identity_of
from gitstore.committing.recovery import Recovery
from gitstore.committing.watch import Watch
from gitstore.disk.files import Files
from gitstore.errors import Damaged
from gitstore.git import gitlock, refs, repository
from gitstore.git.gitlock import Taken
from gitstore.history.departed import Departed
from gitstore.merging.rules import Rules
from gitstore.objects import commits, packfolder
from gitstore.objects.editing import Editor
from gitstore.objects.objects import ObjectReader
from gitstore.turns.building import Built, build, overlay
from gitstore.turns.turns import Standing, TurnLog
from gitstore.values import Delay, EditsLeft, JournalRecovered, Notice, PurgeUnfinished, PutRight

if TYPE_CHECKING:
    from gitstore.committing.righting import Righted

TRIES = 20
"""So often something is begun anew because others moved the branch meanwhile."""
_AT_ONCE = 1 << 20
"""Bytes that are read of each journal for one turn, with a long backlog."""


class Turning:
    """Takes turns for one repository; all of its methods but `overlay` need the gate."""

    def __init__(
        self,
        files: Files,
        git_directory: Path,
        reader: ObjectReader,
        clock: Callable[[], float],
        rules: Rules | None,
    ) -> None:
        self._files = files
        self._git = git_directory
        self._reader = reader
        self._clock = clock
        self._ours = git_directory / "gitstore"
        self.journals = self._ours / "journal"
        """The folder of the journals."""
        self.watch = Watch(reader, rules)
        self.log = TurnLog(files, self._ours)
        self.recovery = Recovery(files, git_directory, reader, self.log)
        self.mover = Mover(files, git_directory, reader, self.log, self.recovery, clock)
        self._departed = Departed(reader)
        self._halves = Halves(files, git_directory, reader)
        self._configured = False
        self._cleared = self._last_cleared()

    def overlay(self, tip: str, standing: Standing) -> tuple[Editor, int, Damaged | None]:
        """Return the tree of a tip with all that is saved and not yet in git, and how many changes those are.

        What git has put there and has to be put right is as it will be. A change that cannot be applied is
        left out; the damage that it met comes third.

        Raises:
            Damaged: The tip cannot be read.
        """
        found = pending.look(self.journals, standing.offsets, own=None, orphans=False)
        under_way = None if standing.settled else standing.turn
        back = self.recovery.taken_back(tip, under_way)
        righted = None if back else self.watch.look(tip, self.log.rested_at())
        if righted is None:
            editor = Editor(self._reader, commits.parents(self._reader.commit(tip))[0])
        else:
            editor = Editor(self._reader, righted.editor.finish())
            editor.adopt(righted.editor)
        editor, count, met = overlay(editor, self._reader, tip, found.pending, back, self._departed)
        return editor, count + (righted is not None), met

    def take(self, own: str | None, notices: list[Notice]) -> None:
        """Bring into git what is saved, and finish what a crash left half done.

        Args:
            own: The name of the caller's journal, which is not an orphan.
            notices: Gets what a person might want to know.

        Raises:
            Blocked: Git is in a state in which that cannot be. Taken, Damaged, UnknownIndex, OSError: as they
                say. What could not be taken stays in the journals.
        """
        self._notice_clearing()
        guarded, halves = packfolder.unfinished(self._git)
        self.recovery.clear(guarded)
        self.mover.sweep_strangers()
        standing = self.recovery.standing()
        held = standing.turn
        self._halves.settle(halves, self.mover.age, lambda: self.log.given_up(held) | self._half_of_a_purge())
        if turns := self.recovery.restarted():
            if left := self.recovery.look_after(turns, self.mover.patience(self.mover.index_lock)):
                notices.append(EditsLeft(left))
            standing = self.recovery.standing()
        if standing.turn and not standing.settled:
            left = self.recovery.finish(standing.turn, self.mover.patience(self.mover.index_lock))
            if left:
                notices.append(EditsLeft(left))
            standing = self.recovery.standing()
        gitlock.clear(self._files, self._git, [self._git / "index"])
        if not self._configured:
            with contextlib.suppress(Taken):  # a clone can wait for its settings until the next turn
                repository.configure(self._files, self._git)
                self._configured = True
        moved = 0
        while moved < TRIES:
            try:
                if self._attempt(standing, own, notices):
                    break
            except refs.Moved:
                moved += 1
            standing = self.recovery.standing()
        else:
            gitlock.clear(self._files, self._git, [self._git / "index"])  # nothing of ours waits for it
            raise Blocked(Delay.MOVING, "the branch moved each time")

    def _attempt(self, standing: Standing, own: str | None, notices: list[Notice]) -> bool:
        """Make one attempt on the tip of this moment; False if there may be more to take."""
        taking = pending.look(self.journals, standing.offsets, own=own, orphans=True, most=_AT_ONCE)
        notices += pending.set_aside(self._files, self._ours / "quarantine", taking)
        tip = repository.tip_of(self._git)
        back = self.recovery.taken_back(tip)
        righted = None if back else self.watch.look(tip, self.log.rested_at())
        if righted is not None:
            self.put_right(tip, standing, righted, notices)
            return False
        if not taking.pending and not back:
            pending.drop(self._files, taking.orphans, taking.offsets)
            return True

        def make() -> Built:
            results = standing.turn.results if standing.turn else {}
            return build(self._reader, tip, taking, results, self._clock, back=back, departed=self._departed)

        built = self.mover.move(tip, make, notices, own)
        if built.recovered:
            notices.append(JournalRecovered(built.recovered))
        pending.drop(self._files, taking.orphans, built.offsets)
        if built.stopped:
            raise built.stopped
        return built.complete

    def put_right(self, tip: str, standing: Standing, righted: "Righted", notices: list[Notice]) -> None:
        """Put right in a turn of its own what people did with git. Raises Moved and whatever `take` does."""
        if righted.purge:
            stage = self._ours / "stage"
            self._files.make_directories(stage)
            self._files.replace(self._ours / "purging", b"", stage=stage / "purging")
            notices.append(PurgeUnfinished())
        self.mover.move(tip, lambda: self.watch.built(tip, righted, standing), notices)
        notices.append(PutRight(righted.directories))

    def forget(self) -> None:
        """Forget what is in memory of the repository: some of it may be there no more."""
        self._reader.forget()
        self._departed = Departed(self._reader)
        self.mover.forget()
        self.watch.forget()
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
            self.forget()

    def _last_cleared(self) -> tuple[int, int] | None:
        """Return what is another after each time that something was taken out of all history."""
        return identity_of(self._ours / "cleared")
