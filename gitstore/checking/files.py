"""Git's index and the files of the work tree against the tip, and what gitstore keeps beside git's files."""

import contextlib
import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gitstore.changes import journal
from gitstore.checking.branches import loose_refs
from gitstore.disk import strangers
from gitstore.disk.locking import locked_by_another
from gitstore.git import gitlock, refs, repository
from gitstore.git.index import DamagedIndex, Index, UnknownIndex, stat_numbers
from gitstore.git.worktree import identify_file
from gitstore.objects import packfolder
from gitstore.problems import Kind, Problem
from gitstore.turns import turns

TipFiles = Mapping[str, tuple[str, str]]
"""Mode and id of each file of the tip, by path."""


class Beside(msgspec.Struct):
    """What was found beside the objects and refs."""

    problems: list[Problem]
    notes: list[Problem]
    journals: int = 0


def look(git: Path, tip: TipFiles | None, *, now: float, checked_out: bool, busy: bool) -> Beside:
    """Look at index, work tree, journals, log of turns and leftovers.

    Args:
        git: `.git`.
        tip: What the branch holds; None if that cannot be read.
        now: Seconds since 1970.
        checked_out: Whether the branch is what the work tree shows.
        busy: Whether another process is committing: then what lies about is in use.
    """
    found = Beside([], [])
    index = _index(git, found)
    if index is not None and tip is not None and checked_out:
        _compare(git.parent, index, tip, found)
    offsets = _turns(git, found)
    _journals(git, offsets, found)
    if not busy:
        _leftovers(git, now, found)
    for path in sorted((git / "gitstore" / "quarantine").glob("*")):
        found.notes.append(Problem(Kind.QUARANTINE, f".git/gitstore/quarantine/{path.name}", "was set aside"))
    return found


def _index(git: Path, found: Beside) -> Index | None:
    try:
        content = (git / "index").read_bytes()
        index = Index(content)
        zeros = content[-20:] == bytes(20) and repository.read_config(git).get("index.skiphash") == "true"
        if zeros or hashlib.sha1(content[:-20], usedforsecurity=False).digest() == content[-20:]:
            return index
        reason = "is damaged (another checksum)"
    except FileNotFoundError:
        reason = "is missing"
    except DamagedIndex as damage:
        reason = f"is damaged ({damage})"
    except UnknownIndex as unknown:
        found.notes.append(
            Problem(Kind.EDIT, ".git/index", f"is of a form that is not looked into ({unknown})")
        )
        return None
    except OSError as error:
        reason = error.strerror or "cannot be read"
    found.problems.append(Problem(Kind.INDEX, ".git/index", reason, heal="made anew from the branch"))
    return None


def _compare(root: Path, index: Index, tip: TipFiles, found: Beside) -> None:
    """Note what a person staged, edited, took away or put there."""
    for path in sorted(set(index.paths()) | tip.keys()):
        entries = index.get(path)
        known = entries[0] if len(entries) == 1 else None
        if (known.id if known else None) != (tip[path][1] if path in tip else None):
            found.notes.append(
                Problem(Kind.EDIT, path, "is staged for git's next commit, other than the branch has it")
            )
        if known is None:
            continue
        try:
            status = (root / path).lstat()
        except OSError:
            found.notes.append(Problem(Kind.EDIT, path, "was taken away in the work tree"))
            continue
        if list(known.stat) != stat_numbers(status) and stat.S_ISREG(status.st_mode):
            try:
                if identify_file(root / path) == known.id:
                    continue
            except OSError:
                pass
            found.notes.append(Problem(Kind.EDIT, path, "was edited in the work tree"))


def _turns(git: Path, found: Beside) -> dict[str, int]:
    """Check the log of turns; return how far each journal is in git, by the last turn in it."""
    path = git / "gitstore" / "turns"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = error.strerror or "cannot be read"
        found.problems.append(Problem(Kind.TURNS, ".git/gitstore/turns", reason, heal="begun anew"))
        return {}
    scan = journal.scan(content)
    bad = len(scan.damaged)
    offsets: dict[str, int] = {}
    for frame in scan.frames:
        if frame.type == turns.TURN:
            try:
                offsets = msgspec.msgpack.decode(frame.payload, type=turns.Turn).offsets
            except msgspec.MsgspecError:
                bad += 1
    place = ".git/gitstore/turns"
    if bad:
        reason = f"{bad} places in it cannot be read"
        found.problems.append(Problem(Kind.TURNS, place, reason, heal="begun anew from what is whole"))
    elif scan.torn:  # what a crash leaves, and the next turn cuts off
        reason = f"ends with {scan.torn} bytes that are no whole turn"
        found.notes.append(Problem(Kind.TURNS, place, reason))
    return offsets


def _journals(git: Path, offsets: dict[str, int], found: Beside) -> None:
    for path in journal.list_journals(git / "gitstore" / "journal"):
        place = f".git/gitstore/journal/{path.name}"
        try:
            alive = locked_by_another(path)
            content = path.read_bytes()
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                found.problems.append(Problem(Kind.JOURNAL, place, error.strerror or "cannot be read"))
            continue
        found.journals += 1
        scan = journal.scan(content)
        heal = "they are set aside, the changes around them are kept"
        for low, high in scan.damaged:
            told = Problem(Kind.JOURNAL, place, f"bytes {low} to {high} cannot be read", heal=heal)
            kept = (git / "gitstore" / "quarantine" / f"{path.name}-{low}").exists()
            (found.notes if kept else found.problems).append(told)
        waiting = 0
        for frame in scan.frames:
            waiting += frame.end > offsets.get(path.name, 0)
            try:
                journal.decode(frame.payload)
            except msgspec.MsgspecError:
                reason = f"the change before byte {frame.end} is of a kind that is not known here"
                found.problems.append(Problem(Kind.JOURNAL, place, reason, heal="it is set aside"))
        owner = "a running process" if alive else "a process that ended"
        if waiting:
            found.notes.append(
                Problem(Kind.WAITING, place, f"{waiting} changes of {owner} that git does not have yet")
            )
        elif not alive and scan.torn and not scan.frames:
            found.notes.append(Problem(Kind.WAITING, place, "a change that was never acknowledged"))


def is_busy(git: Path) -> bool:
    """Say whether somebody is committing now: then what lies about is in use."""
    try:
        return locked_by_another(git / "gitstore" / "gate")
    except OSError:
        return False


def _leftovers(git: Path, now: float, found: Beside) -> None:
    """Tell what a process left that died while it held the gate."""
    ours = git / "gitstore"
    names = [
        f"gitstore/{folder}/{path.name}" for folder in ("stage", "locks") for path in _entries(ours / folder)
    ]
    names += ["gitstore/fetched"] if (ours / "fetched").exists() else []
    with contextlib.suppress(OSError):
        names += [f"objects/pack/{name}.keep" for name in packfolder.unfinished(git)[0]]
    locks = [git / "index", git / "HEAD", git / "config", git / "packed-refs", git / refs.BRANCH]
    locks += [path for _, path in loose_refs(git) if path != git / refs.BRANCH]
    for target in locks:
        lock = target.with_name(target.name + ".lock")
        if not os.path.lexists(lock):
            continue
        name = lock.relative_to(git).as_posix()
        try:
            age = now - lock.stat().st_mtime
        except OSError:
            continue
        if gitlock.is_ours(git, lock) or strangers.left_behind(lock, git.parent, age):
            names.append(name)
        else:
            found.notes.append(
                Problem(Kind.EDIT, f".git/{name}", "git, or a program beside it, holds this lock")
            )
    found.problems += [
        Problem(
            Kind.LEFTOVER,
            f".git/{name}",
            "was left by a process that ended",
            heal="it is removed",
            files=(name,),
        )
        for name in names
    ]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
