"""When something cannot be taken out of all history: before anything is changed."""

from pathlib import Path

from gitstore.git import refs
from gitstore.git.worktree import Place, place
from gitstore.objects.objects import ObjectReader

_SHALLOW = "this is a shallow clone: older commits are elsewhere (git fetch --unshallow)"
_BORROWED = "objects are borrowed from another repository (git repack -a -d, then no objects/info/alternates)"
_TREES = "there are further work trees (git worktree remove)"
_STASHED = "something is stashed, and only the reflog holds it (git stash pop or drop)"
_PENDING = "a merge, rebase, cherry-pick or revert is under way; finish it first"


def why_not(git: Path, reader: ObjectReader) -> str | None:
    """Return what stands against it, in a few words for people; None if nothing does."""
    where, head = place(git)
    reasons = (
        (bool(reader.shallow()), _SHALLOW),
        ((git / "objects" / "info" / "alternates").exists(), _BORROWED),
        (any((git / "worktrees").glob("*")), _TREES),
        (refs.read(git, "refs/stash") is not None, _STASHED),
        (where is Place.PENDING, _PENDING),
        (where is Place.ELSEWHERE, f"{head} is checked out (git checkout main)"),
    )
    return next((reason for stands, reason in reasons if stands), None)
