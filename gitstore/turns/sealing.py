"""A signed commit on top of the branch: its signature covers all that is behind it, because ids are hashes.

Saving takes no part in it: what is saved is signed later, many commits at once. The branch as it was with the
latest signature is remembered in a ref, so that history that is rewritten below one is found out.
"""

import contextlib
from pathlib import Path

import msgspec

from gitstore.disk.files import Files
from gitstore.errors import BranchDamaged, Damaged, ObjectMissing
from gitstore.git import refs, repository
from gitstore.git.gitlock import GitLock, Taken
from gitstore.history.ancestry import merge_bases
from gitstore.objects import commits, signatures
from gitstore.objects.objects import ObjectReader
from gitstore.values import Identity

_NEAR = 100
"""So many commits are looked through for a signature in a history that joined: who signs, signs what is new
before it is sent."""
_PATIENCE = 1.0


class Unsigned(msgspec.Struct, frozen=True):
    """What of a history no signed commit has behind it, up to the first such commits."""

    commits: int
    events: int
    """Those of them that are more than the meeting of two histories or the beginning of one."""


def unsigned(reader: ObjectReader, tip: str) -> Unsigned:
    """Count what came after the latest signatures. Whether those are good is not looked at.

    Raises:
        Damaged: A commit is missing or corrupt.
    """
    cut, seed = reader.shallow(), repository.seed_tree()
    waiting, found = [tip], {tip: False}
    signed: list[str] = []
    merges = False
    while waiting:
        identifier = waiting.pop()
        content = reader.commit(identifier)
        if signatures.is_signed(content):
            signed.append(identifier)
            del found[identifier]
            continue
        tree, parents, _ = commits.parents(content)
        found[identifier] = len(parents) == 1 or (not parents and tree != seed)
        merges = merges or len(parents) > 1
        fresh = [parent for parent in _above(reader, identifier, cut) if parent not in found]
        found.update(dict.fromkeys(fresh, False))
        waiting += fresh
    if merges and signed:  # what was reached around a signed commit may be behind it all the same
        _take_out(reader, signed, found, cut)
    return Unsigned(len(found), sum(found.values()))


def _take_out(reader: ObjectReader, signed: list[str], found: dict[str, bool], cut: frozenset[str]) -> None:
    """Take out what is behind signed commits; clocks say nothing of where that ends."""
    waiting, seen = list(signed), set(signed)
    while waiting and found:
        identifier = waiting.pop()
        found.pop(identifier, None)
        fresh = [parent for parent in _above(reader, identifier, cut) if parent not in seen]
        seen.update(fresh)
        waiting += fresh


def _above(reader: ObjectReader, identifier: str, cut: frozenset[str]) -> tuple[str, ...]:
    return () if identifier in cut else commits.parents(reader.commit(identifier))[1]


def proposal(reader: ObjectReader, tip: str, count: int, who: Identity, now: float) -> bytes:
    """Return a commit on top of another one that changes nothing, to be signed.

    Args:
        reader: The objects.
        tip: What is to be behind it.
        count: How many commits it is the first to cover.
        who: Who signs.
        now: When.
    """
    tree, _, then = commits.parents(reader.commit(tip))
    what = f"signed: {count} {'commit' if count == 1 else 'commits'}" if count else "signed again"
    return commits.make(
        tree,
        (tip,),
        author=who,
        authored=max(now, then),
        committed=max(now, then),
        message=commits.compose(what, "", (("Action", "signed"),)),
    )


def rewritten(reader: ObjectReader, git_directory: Path) -> str | None:
    """Return the commit that the branch had with its latest known signature, if it has that no more.

    Raises:
        Damaged: History cannot be read that far.
    """
    recorded = refs.read(git_directory, refs.SIGNED)
    tip = repository.tip_of(git_directory)  # only now: who signs moves the branch first
    if recorded is None or recorded == tip:
        return None
    try:
        return None if merge_bases(reader, recorded, tip) == (recorded,) else recorded
    except ObjectMissing as error:
        if error.identifier == recorded:
            return recorded
        raise


def record(files: Files, git_directory: Path, tip: str) -> None:
    """Remember a commit of the branch that is signed, or has signed ones behind it; called under the gate.

    After a crash the ref names this one or the one before. What it names, `git gc` keeps.

    Raises:
        Taken: A foreign lock is held.
        OSError: It could not be written.
    """
    target = git_directory / refs.SIGNED
    files.make_directories(target.parent)
    lock = GitLock(files, git_directory, target)
    lock.take(tip.encode() + b"\n", patience=_PATIENCE)
    try:
        lock.replace()
    finally:
        lock.release()
    files.flush_directory(target.parent)


def witness(files: Files, git_directory: Path, reader: ObjectReader, tip: str) -> None:
    """Remember where the branch is if a signature came to it with another history; called under the gate.

    It is left where it was if the branch has not what it names, or if that cannot be told or written now: the
    ref is there to be found contradicting the branch.
    """
    with contextlib.suppress(Damaged, Taken, OSError):
        recorded = refs.read(git_directory, refs.SIGNED)
        if recorded == tip:
            return
        if _signed_near(reader, tip, recorded) and rewritten(reader, git_directory) is None:
            record(files, git_directory, tip)


def forget(files: Files, git_directory: Path) -> None:
    """Forget where the branch was signed, for who rewrites history on purpose; called under the gate.

    Raises:
        Taken: Git is at work on its refs.
        OSError: It could not be written; it is remembered or not.
    """
    with contextlib.suppress(BranchDamaged):
        if refs.SIGNED in refs.packed(git_directory):
            _unpack(files, git_directory)
    files.discard(git_directory / refs.SIGNED)


def _unpack(files: Files, git_directory: Path) -> None:
    """Take the ref out of git's packed-refs."""
    path = git_directory / "packed-refs"
    lock = GitLock(files, git_directory, path)
    lock.take(patience=_PATIENCE)
    try:
        lines = path.read_bytes().splitlines(keepends=True)
        name = b" " + refs.SIGNED.encode()
        lock.replace_with(b"".join(line for line in lines if not line.rstrip().endswith(name)))
    finally:
        lock.release()
    files.flush_directory(git_directory)


def _signed_near(reader: ObjectReader, tip: str, known: str | None) -> bool:
    """Say whether a signed commit is among the nearest behind another one, on this side of a known one."""
    cut = reader.shallow()
    waiting, seen = [tip], {tip, *([known] if known else [])}
    for identifier in waiting:  # it grows: the nearest come first
        if signatures.is_signed(reader.commit(identifier)):
            return True
        if len(seen) > _NEAR:
            continue
        fresh = [parent for parent in _above(reader, identifier, cut) if parent not in seen]
        seen.update(fresh)
        waiting += fresh
    return False
