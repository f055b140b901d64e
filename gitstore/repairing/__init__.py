"""Making good what `gitstore.checking` finds: nothing is destroyed, what has no place is set aside.

`repair` works under the gate. Killed at any moment it leaves a repository that it, run again, goes on with:
objects are written before anything names them, and what is put on top of the branch is in a journal before
the branch moves.
"""

from gitstore.repairing.quarantine import Quarantine
from gitstore.repairing.repair import Outcome, planned, repair

__all__ = ["Outcome", "Quarantine", "planned", "repair"]
