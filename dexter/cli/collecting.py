"""How often Python looks for cycles of objects: seldom while it imports, which makes many that stay.

Each look at all of them takes 10 ms of a start, and there is next to nothing to be found.
"""

import atexit
import gc

_MANY = 200_000
"""New objects before the next look; Python's own figure is 700."""
_USUAL = gc.get_threshold()


def seldom() -> None:
    """Look seldom from now on, and not once more at the end, when all memory goes back anyway."""
    gc.set_threshold(_MANY, *_USUAL[1:])
    atexit.register(gc.freeze)


def as_usual() -> None:
    """Look as often as Python does, at what comes from now on: what is there by now stays to the end."""
    gc.freeze()
    gc.set_threshold(*_USUAL)
