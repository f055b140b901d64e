"""Whether every session is what its records promise: read only, from the tree of the tip.

`verify` looks at the repository beneath first; here is what only dexter knows of the files in it.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import gitstore
from dexter.errors import HomeUnusable
from dexter.paths import Home, is_directory
from dexter.sessions.errors import StoreTooNew, StoreUnreadable
from dexter.sessions.health.inspection import Inspected, inspect
from dexter.sessions.merging.merging import SessionRules
from dexter.sessions.reading.session_files import session_ids
from dexter.sessions.records.layout import ROOT
from gitstore.checking import check, snapshot
from gitstore.committing.watch import to_put_right
from gitstore.git.repository import check as check_ours
from gitstore.problems import Action, Checked, Kind, Problem, Progress, silent
from gitstore.signing.survey import Survey

__all__ = ["Action", "Checked", "Problem", "Progress", "Verification", "session_of", "verify"]

_SESSION = re.compile(rf"{ROOT}/([a-z0-9]{{8}})(?:/|$)")

_BY_GIT = "was merged by git, and is not yet as dexter merges it"
_HEAL = "it is merged again, as the next change does by itself"

CacheCheck = Callable[[Home, gitstore.Snapshot, Progress], list[Problem]]
"""Compares something derived with the tree; what contradicts it is a problem of the kind `cache`."""


@dataclass(frozen=True)
class Verification:
    """What was found, and how much was looked at."""

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    """What is worth knowing and no problem: edits, waiting changes, what was set aside."""
    store: Checked
    sessions: int
    exchanges: int
    seconds: float
    tip: str | None
    signatures: Survey = field(default_factory=Survey)


def verify(
    home: Home,
    *,
    clock: Callable[[], float] = time.time,
    progress: Progress = silent,
    caches: tuple[CacheCheck, ...] = (),
    signatures: Callable[[Home, Progress], Survey] | None = None,
) -> Verification | None:
    """Look at everything that is stored, without changing anything; None if nothing is.

    Args:
        home: The data directory.
        clock: Epoch seconds.
        progress: Told how far it is.
        caches: Compare what is derived from the tree with it.
        signatures: Looks at those of the history.

    Raises:
        HomeUnusable: If the data directory is none.
        StoreUnreadable: If there is something else in place of the repository.
        StoreTooNew: If a newer dexter wrote it.
    """
    if not is_there(home):
        return None
    refuse_foreign(home)
    began = time.monotonic()
    report = check(home.sessions, now=clock(), progress=progress)
    tree = snapshot(home.sessions)
    found = [] if tree is None else inspect_all(tree, progress)
    problems = [*report.problems, *(problem for each in found for problem in each.problems)]
    told = {session_of(problem) for problem in problems}
    problems += [
        problem
        for directory in to_put_right(home.sessions, SessionRules())
        if session_of(problem := Problem(Kind.FILE, directory, _BY_GIT, heal=_HEAL)) not in told
    ]
    if tree is not None:
        problems += [problem for cache in caches for problem in cache(home, tree, progress)]
    signed = Survey() if signatures is None else signatures(home, progress)
    problems += signed.problems
    return Verification(
        tuple(problems),
        (*report.notes, *(note for each in found for note in each.notes)),
        report.checked,
        len(found),
        sum(each.exchanges for each in found),
        time.monotonic() - began,
        report.tip,
        signed,
    )


def inspect_all(tree: gitstore.Snapshot, progress: Progress = silent) -> list[Inspected]:
    """Look into every session of a tree; what of it can't be read is told by the look at the repository."""
    try:
        ids = session_ids(tree)
    except gitstore.Damaged:
        return []
    found = []
    for number, session_id in enumerate(ids, 1):
        found.append(inspect(tree, session_id))
        progress("sessions", number, len(ids))
    return found


def session_of(problem: Problem) -> str | None:
    """The session that a problem is of, or None."""
    match = _SESSION.match(problem.place)
    return match[1] if match else None


def is_there(home: Home) -> bool:
    """Whether anything is stored in a home. Raises HomeUnusable or StoreUnreadable if that can't be known."""
    if home.root.exists() and not is_directory(home.root):
        raise HomeUnusable(home.root, "it is not a directory")
    try:
        return any(home.sessions.iterdir())
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        raise StoreUnreadable(home.sessions, "it is not a directory") from None
    except OSError as error:
        raise StoreUnreadable(home.sessions, error.strerror or str(error)) from error


def refuse_foreign(home: Home) -> None:
    """Raise StoreTooNew or StoreUnreadable unless the repository is one of ours, damaged or not."""
    git = home.sessions / ".git"
    if not git.exists():
        return
    try:
        check_ours(home.sessions)
    except gitstore.FormatTooNew as error:
        known = f"format {error.found}, known are formats up to {error.known}"
        raise StoreTooNew(error.path, known) from error
    except gitstore.NotAStore as error:
        if not (git / "gitstore").is_dir():
            raise StoreUnreadable(error.path, error.reason) from error
