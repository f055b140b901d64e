"""`dexter sessions import`."""

from typing import Any


def import_(*args: Any, **kwargs: Any) -> int:
    """Later."""
    raise NotImplementedError
