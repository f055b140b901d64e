"""The branch: where it is, and moving it by compare-and-set in git's own lock protocol."""

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from gitstore.disk.files import Files
from gitstore.errors import BranchDamaged
from gitstore.git.gitlock import GitLock
from gitstore.objects.batch import Batch

BRANCH = "refs/heads/main"
SIGNED = "refs/gitstore/signed"
"""The branch as it was with the latest signature that is known here."""
_ID = re.compile(rb"[0-9a-f]{40}")
_BINARY: int = getattr(os, "O_BINARY", 0)


def read(git_directory: Path, name: str = BRANCH) -> str | None:
    """Return the commit that a ref names, or None if there is no such ref.

    Raises:
        BranchDamaged: The ref is there and names no commit (empty, torn, symbolic), or cannot be read, which
            is not the same as absent.
    """
    for _ in range(2):  # git may move it into packed-refs between our two looks
        try:
            content = _short(f"{git_directory}/{name}").strip()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            pass
        except OSError as error:
            raise BranchDamaged(name, error.strerror or "cannot be read") from error
        else:
            if not _ID.fullmatch(content):
                raise BranchDamaged(name, "names no commit")
            return content.decode()
        if found := packed(git_directory).get(name):
            return found
    return None


def _short(path: str) -> bytes:
    """Return what a short file holds, with few calls of the system: several are read at each turn."""
    descriptor = os.open(path, os.O_RDONLY | _BINARY)
    try:
        return os.read(descriptor, 4096)
    finally:
        os.close(descriptor)


def packed(git_directory: Path) -> dict[str, str]:
    """Return the refs in git's packed-refs."""
    try:
        lines = (git_directory / "packed-refs").read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    rows = (line.split(b" ", 1) for line in lines if _ID.match(line))
    return {
        row[1].strip().decode("utf-8", "surrogateescape"): row[0].decode() for row in rows if len(row) == 2
    }


def locked_remotes(git_directory: Path) -> list[Path]:
    """Return the refs of remotes whose lock is there."""
    found = []
    for folder, _, names in os.walk(git_directory / "refs" / "remotes"):
        found += [Path(folder, name.removesuffix(".lock")) for name in names if name.endswith(".lock")]
    return found


def head(git_directory: Path) -> str:
    """Return what HEAD names: a ref, or a commit if it is detached.

    A HEAD that is gone or torn stands for our branch: git refuses such a repository altogether, and what is
    saved meanwhile must not wait for a repair.
    """
    try:
        content = _short(f"{git_directory}/HEAD").decode("utf-8", "surrogateescape").strip()
    except OSError:
        return BRANCH
    name = content.removeprefix("ref:").strip()
    whole = _ID.fullmatch(name.encode("utf-8", "replace")) or (name.startswith("refs/") and "\0" not in name)
    return name if whole else BRANCH


class Moved(Exception):
    """The branch is not where it was expected; nothing was changed."""


def prepare(batch: Batch, git_directory: Path, new: str) -> GitLock:
    """Write what the branch shall name, for `move`, so that it is flushed with other files.

    Args:
        batch: Flushed by the caller before `move`.
        git_directory: `.git`.
        new: The commit that the branch shall name.

    Raises:
        OSError: It could not be written; nothing was changed.
    """
    target = git_directory / BRANCH
    lock = GitLock(batch.files, git_directory, target)
    lock.prepare(new.encode() + b"\n", batch)
    return lock


def move(
    files: Files,
    git_directory: Path,
    lock: GitLock,
    *,
    expected: str,
    new: str,
    who: str,
    why: str,
    patience: float,
) -> None:
    """Move the branch, durably, if it still is where it is expected.

    Args:
        files: The disk.
        git_directory: `.git`.
        lock: As `prepare` made it; it is free afterwards, or given up.
        expected: The commit that it names now.
        new: The commit that it shall name; all of its objects are flushed.
        who: Name, address and time as in a commit, for the reflog.
        why: A line for the reflog.
        patience: Seconds to wait for a foreign lock.

    Raises:
        Moved: It is elsewhere.
        Taken: A foreign lock is held for longer than `patience`.
        OSError: The lock could not be written.
    """
    folder = (git_directory / BRANCH).parent
    files.make_directories(folder)
    lock.take(patience=patience)
    try:
        if read(git_directory) != expected:
            raise Moved
        logs = _logs(git_directory)
        for path in logs:
            _cut_off_torn(files, path)
        lock.replace()
    finally:
        lock.release()
    files.flush_directory(folder)
    _log(files, logs, f"{expected} {new} {who}\t{why}\n")


def _logs(git_directory: Path) -> list[str]:
    """Return the reflogs that tell of our branch."""
    names = [BRANCH]
    with contextlib.suppress(OSError):
        if head(git_directory) == BRANCH:
            names.append("HEAD")
    return [f"{git_directory}/logs/{name}" for name in names]


def _cut_off_torn(files: Files, path: str) -> None:
    """Take away the beginning of a line that a crash left; git adds nothing while the branch is locked."""
    with contextlib.suppress(OSError):  # as below
        with open(path, "rb") as file:  # noqa: PTH123  at each turn
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            if file.read(1) in {b"", b"\n"}:
                return
            file.seek(0)
            whole = file.read().rfind(b"\n") + 1
        descriptor = files.open_append(path)
        try:
            files.truncate(descriptor, whole)
        finally:
            os.close(descriptor)


def _log(files: Files, logs: Sequence[str], line: str) -> None:
    """Add to the reflogs. After the move, because git's fsck takes a name of a commit there for a promise."""
    for path in logs:
        with contextlib.suppress(OSError):  # a reflog is a convenience; the branch has moved
            descriptor = _reflog(files, path)
            try:
                files.write(descriptor, line.encode("utf-8", "replace"))
            finally:
                os.close(descriptor)


def _reflog(files: Files, path: str) -> int:
    try:
        return files.open_append(path)
    except FileNotFoundError:
        files.make_directories(Path(path).parent)
        return files.open_append(path)
