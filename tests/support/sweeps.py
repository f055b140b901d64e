"""Tests that try every call or message one after the other: in a quick run a part, all with `make sweeps`."""

import os
from collections.abc import Iterator
from itertools import count

_ALL = "EVERY"


def every(step: int, first: int = 1) -> Iterator[int]:
    """Count from `first` without an end; each `step`th unless all are asked for.

    Args:
        step: How many to go on by in a run that is to be quick.
        first: The number to begin with.
    """
    return count(first, 1 if _ALL in os.environ else step)
