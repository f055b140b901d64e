"""When a batch stops by itself: at failures in a row of one kind, which another question would not change."""

from typing import NamedTuple

from dexter.agent import Outcome
from dexter.agent.sentences import OF_THE_QUESTION, Failure

MOST = 5
"""Failures in a row after which a batch stops, unless it is told another number."""


class Place(NamedTuple):
    """Where in a row of failures a question began."""

    row: int
    failures: int


class FailuresInARow:
    """The failures of a batch as far as they follow each other.

    Questions that were under way at once count as one: what was a moment's trouble of the provider for all of
    them is one failure in a row.
    """

    def __init__(self, most: int) -> None:
        """`most`: how many there may be; 0 stands for as many as there are questions."""
        self._most = most
        self._place = Place(0, 0)
        self._kind: Failure | None = None

    @property
    def place(self) -> Place:
        """Where a question begins that begins now."""
        return self._place

    @property
    def stopped_by(self) -> Failure | None:
        """The failure because of which no further question should be asked."""
        return self._kind if self._most and self._place.failures >= self._most else None

    def take(self, outcome: Outcome, began: Place) -> None:
        """Count how a question ended, which began at that place; once enough failed, nothing changes that."""
        failure = outcome.failure
        if self.stopped_by is not None or outcome.status == "interrupted":
            return
        if failure is None or failure in OF_THE_QUESTION:
            self._kind, self._place = None, Place(self._place.row + 1, 0)
        elif failure is not self._kind:
            self._kind, self._place = failure, Place(self._place.row + 1, 1)
        elif began == self._place:
            self._place = Place(began.row, began.failures + 1)
