"""Whether a history that is about to join another one holds something that was taken out of that."""

from gitstore.history.ancestry import since
from gitstore.objects import commits
from gitstore.objects.objects import ObjectReader
from gitstore.purging.eraser import Eraser
from gitstore.purging.rewriting import Rewriting


def hold(reader: ObjectReader, eraser: Eraser, one: str, other: str) -> bool:
    """Say whether something must go of what only the first of two commits has behind it.

    Raises:
        Damaged: An object is missing or corrupt.
    """
    new = since(reader, one, [other])
    fresh = set(new)
    rewriting = Rewriting(reader, eraser)
    for commit in new:
        for parent in commits.parents(reader.commit(commit))[1]:
            if parent not in fresh:
                rewriting.assume(parent)
    rewriting.take(new[:1])
    return any(old != now for old, now in rewriting.commits.items())
