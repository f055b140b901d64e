"""The refs of a repository name the new history; the branch itself is moved by a turn."""

from collections.abc import Mapping
from pathlib import Path

from gitstore.checking import branches
from gitstore.disk.files import Files
from gitstore.errors import BranchDamaged, Damaged
from gitstore.git import refs
from gitstore.git.gitlock import GitLock
from gitstore.problems import Kind

_PATIENCE = 1.0


def tips(git: Path) -> dict[str, str]:
    """Return what each ref names, by its full name; a symbolic one is not among them.

    Raises:
        Damaged: One of them can't be read: what it named would be lost.
    """
    found = branches.look(git)
    for problem in found.problems:
        if problem.kind in {Kind.BRANCH, Kind.REF}:
            raise Damaged(problem.place, problem.reason)
    return {name: raw.hex() for name, raw in found.named.items() if name != "HEAD"}


def move(files: Files, git: Path, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Let each ref but the branch name what it is to name since, in git's lock protocol.

    After a crash some name the old and some the new; doing it again is right.

    Args:
        files: The disk.
        git: `.git`.
        before: What each names.
        after: What each shall name.

    Raises:
        Moved: One of them is elsewhere by now.
        Taken: A foreign lock is held.
        OSError: As the system says.
    """
    for name, old in before.items():
        if name != refs.BRANCH and after[name] != old:
            _move_one(files, git, name, old, after[name])
    _unpack(files, git)


def _move_one(files: Files, git: Path, name: str, old: str, new: str) -> None:
    target = git / name
    files.make_directories(target.parent)
    lock = GitLock(files, git, target)
    lock.take(new.encode() + b"\n", patience=_PATIENCE)
    try:
        if _named(git, name) not in {old, new}:
            raise refs.Moved
        lock.replace()
    finally:
        lock.release()
    files.flush_directory(target.parent)


def _named(git: Path, name: str) -> str | None:
    try:
        return refs.read(git, name)
    except BranchDamaged:
        return None


def _unpack(files: Files, git: Path) -> None:
    """Take out of git's packed-refs what has a file of its own that names something else: old ids."""
    path = git / "packed-refs"
    if not path.exists():
        return
    lock = GitLock(files, git, path)
    lock.take(patience=_PATIENCE)
    try:
        kept: list[bytes] = []
        dropped = False
        for line in path.read_bytes().splitlines(keepends=True):
            if not line.startswith(b"^"):  # that is the commit of the tag before it
                dropped = _is_outdated(git, line)
            if not dropped:
                kept.append(line)
        lock.replace_with(b"".join(kept))
    finally:
        lock.release()
    files.flush_directory(git)


def _is_outdated(git: Path, line: bytes) -> bool:
    """Say whether a file takes precedence. One that names the same may be about to go: git packs it."""
    identifier, _, name = line.strip().partition(b" ")
    if not name or line.startswith(b"#"):
        return False
    try:
        return (git / name.decode("utf-8", "surrogateescape")).read_bytes().strip() != identifier
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return False
