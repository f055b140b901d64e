"""When something cannot be taken out of all history: before anything is changed."""

from pathlib import Path

from gitstore.objects import ObjectReader
from gitstore.worktree import Place, place


def why_not(git: Path, reader: ObjectReader) -> str | None:
    """Return what stands against it, in a few words for people; None if nothing does."""
    if reader.shallow():
        return "this is a shallow clone: older commits are elsewhere (git fetch --unshallow)"
    if (git / "objects" / "info" / "alternates").exists():
        return "objects are borrowed from another repository (git repack -a -d, and remove objects/info/alternates)"
    if any((git / "worktrees").glob("*")):
        return "there are further work trees (git worktree remove)"
    if (git / "refs" / "stash").exists():
        return "something is stashed, and only the reflog holds it (git stash pop or drop)"
    where, head = place(git)
    if where is Place.PENDING:
        return "a merge, rebase, cherry-pick or revert is under way; finish it first"
    if where is Place.ELSEWHERE:
        return f"{head} is checked out (git checkout main)"
    return None
