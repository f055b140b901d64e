"""Who saved something stands in line until git has it: another's turn takes it along, or the gate is free."""

import time

from gitstore.changes import pending
from gitstore.committing.committer import Committer
from gitstore.errors import Damaged
from gitstore.git.gate import Gate
from gitstore.turns.turns import Standing
from gitstore.values import Delay, Outcome, Receipt

_PATIENCE = 10.0
_COURTESY = 0.02
"""Seconds that who took the latest turn has, once the gate is free, to come back and take the next one."""
_LONGEST_NAP = 0.005


class Line:
    """One process in line with a change, from the moment at which it was saved."""

    def __init__(self, gate: Gate, committer: Committer, journal: str) -> None:
        self._gate = gate
        self._committer = committer
        self._journal = journal
        self._began = time.monotonic()

    def wait(self, end: int) -> Receipt | None:
        """Wait until git has a change, or until the turn is ours.

        Args:
            end: Where its frame ends in our journal.

        Returns:
            What became of it; None: we have entered the gate, which the caller leaves again.

        Raises:
            OSError: The gate cannot be opened; the change stays in the journal.
        """
        seen = None
        free: float | None = None
        nap = 0.001
        while not self._gate.try_enter() or self._committer.is_led_by_another(self._journal):
            now = time.monotonic()
            if self._gate.inside:
                free = free or now
                if now > free + _COURTESY:
                    return None
                self._gate.leave()
            stamp = self._committer.log.stamp()
            if stamp != seen:
                seen = stamp
                if (receipt := self.receipt(self.standing(), end)) is not None:
                    return receipt
            if now > self._began + _PATIENCE:
                return Receipt(Outcome.APPLIED, None, delayed=Delay.BUSY)
            time.sleep(nap)  # longer each time: who waits must not take the processor from who works
            nap = min(nap * 1.5, _LONGEST_NAP)
        return None

    def gather(self, end: int) -> Receipt | None:
        """Inside the gate: say if git has our change already, else give others a moment to bring theirs."""
        standing = self.standing()
        receipt = self.receipt(standing, end)
        if receipt is None and standing is not None:
            until = self._began + pending.GATHERING
            pending.gather(self._committer.journals, self._journal, standing.offsets, until)
        return receipt

    def standing(self) -> Standing | None:
        """Return how far git is; None if that cannot be known now."""
        try:
            return self._committer.standing()
        except (Damaged, OSError):
            return None

    def receipt(
        self, standing: Standing | None, end: int, left: tuple[str, ...] | None = None
    ) -> Receipt | None:
        """Return what became of the change whose frame ends there, or None if git does not have it yet.

        Args:
            standing: How far git is.
            end: Where the frame ends.
            left: Files of persons that our own turn left; None if another took it, who may not be done yet.
        """
        if standing is None or standing.offsets.get(self._journal, 0) < end:
            return None
        if left is None and not standing.settled:
            return None
        result = standing.result(self._journal, end)
        if result is None:
            return Receipt(Outcome.APPLIED, None)
        return Receipt(result.outcome, result.commit, result.reason, left=left or ())
