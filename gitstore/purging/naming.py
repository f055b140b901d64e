"""The refs of a repository name the new history; the branch itself is moved by a turn."""

from collections.abc import Mapping
from pathlib import Path

from gitstore import refs
from gitstore.checking import branches
from gitstore.errors import BranchDamaged
from gitstore.files import Files
from gitstore.gitlock import GitLock

_PATIENCE = 1.0


def tips(git: Path) -> dict[str, str]:
    """Return what each ref names, by its full name; a symbolic one is not among them."""
    return {name: raw.hex() for name, raw in branches.look(git).named.items() if name != "HEAD"}


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
    _unpack(files, git, before)


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


def _unpack(files: Files, git: Path, before: Mapping[str, str]) -> None:
    """Take out of git's packed-refs what has a file of its own since: the old ids would stay there."""
    path = git / "packed-refs"
    if not path.exists():
        return
    lock = GitLock(files, git, path)
    lock.take(patience=_PATIENCE)
    try:
        kept: list[bytes] = []
        dropped = False
        for line in path.read_bytes().splitlines(keepends=True):
            if line.startswith(b"^"):
                if not dropped:
                    kept.append(line)
                continue
            identifier, _, name = line.strip().partition(b" ")
            known = name.decode("utf-8", "surrogateescape")
            here = (git / known).is_file() if name and not line.startswith(b"#") else False
            dropped = here and before.get(known) == identifier.decode("ascii", "replace")
            if not dropped:
                kept.append(line)
        lock.replace_with(b"".join(kept))
    finally:
        lock.release()
    files.flush_directory(git)
