"""Saving: a change is journalled, and brought into git by this process or another."""

import contextlib

from gitstore.changes import operations
from gitstore.changes.journal import Saved, list_journals
from gitstore.committing.door import PATIENCE
from gitstore.committing.line import Line
from gitstore.errors import NotSaved
from gitstore.objects import commits
from gitstore.values import Change, Delay, EditsLeft, GitBlocked, Outcome, Packing, Receipt
from gitstore.views import Views


class Saving(Views):
    """What changes a store, and what brings that into git."""

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
                if not self._gate.wait(PATIENCE):
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
                if not self._gate.wait(PATIENCE):
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
        with self._alone(NotSaved):
            self._turn()
            return self._committer.pack()

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
