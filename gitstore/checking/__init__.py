"""Looking at a whole repository and telling what is wrong with it, without changing anything.

`check` needs no git and no lock, and works on a repository that is damaged in any way. What a second look
does not confirm was another process at work, and is not told.
"""

import contextlib
import time
from pathlib import Path

import msgspec

from gitstore.changes.snapshot import Snapshot, gathered
from gitstore.checking.look import Look, look
from gitstore.errors import Damaged
from gitstore.git import repository
from gitstore.history.history import History
from gitstore.objects import commits
from gitstore.objects.objects import ObjectReader
from gitstore.problems import Problem, Progress, Report, silent

__all__ = ["Look", "check", "deleted", "look", "snapshot"]

_LOOKS = 4
_PAUSE = 0.25


def check(path: Path, *, now: float, progress: Progress = silent) -> Report:
    """Return what is wrong with the repository of a folder; empty lists if nothing is.

    Args:
        path: The folder of the store; `path/.git` is the repository.
        now: Seconds since 1970, to tell a lock that was left from one that is used.
        progress: Told how far it is.

    Returns:
        What at least two looks in succession found, the worst first.
    """
    git = path / ".git"
    last = look(git, now=now, progress=progress).report
    for _ in range(_LOOKS):
        if not last.problems:
            return last
        time.sleep(_PAUSE)  # what comes and goes in a repository that is written to is gone then
        again = look(git, now=now, progress=progress).report
        confirmed = {_key(problem) for problem in last.problems}
        sure = tuple(problem for problem in again.problems if _key(problem) in confirmed)
        if len(sure) == len(again.problems):
            return again
        last = again
    return msgspec.structs.replace(last, problems=sure)


def snapshot(path: Path) -> Snapshot | None:
    """Return the tree of the branch without opening the store; None if it has none that can be read.

    What is saved and not yet in git is not in it.
    """
    git = path / ".git"
    reader = ObjectReader(git)
    try:
        tip = repository.tip_of(git)
        root = commits.parents(reader.commit(tip))[0]
        reader.tree(root)
    except (Damaged, ValueError):
        return None
    return Snapshot(tip, root, reader.tree, reader.blob)


def deleted(path: Path, tip: str, parent: str) -> Snapshot:
    """Return what history deleted from a directory, each as it was before, as if it lay there.

    Of a name that was deleted more than once it is the last tree; what a commit has again is left out, and so
    is what lies behind a commit or tree that can't be read. No store is opened.

    Args:
        path: The folder of the store.
        tip: The commit from which on to look back.
        parent: A directory of the root.
    """
    reader = ObjectReader(path / ".git")
    found: dict[str, str] = {}
    with contextlib.suppress(Damaged):
        for deletion in History(reader, tip).deletions(parent):
            found.setdefault(deletion.path.rpartition("/")[2], deletion.tree)
    return gathered(parent, found, reader.tree, reader.blob)


def _key(problem: Problem) -> tuple[object, ...]:
    return problem.kind, problem.place, problem.line, problem.object
