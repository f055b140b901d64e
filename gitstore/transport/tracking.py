"""Where the branch of a remote was seen last: `refs/remotes/<name>/main`, moved in git's lock protocol."""

from collections.abc import Iterator
from pathlib import Path

from gitstore.disk.files import Files
from gitstore.errors import Damaged
from gitstore.git import refs
from gitstore.git.gitlock import GitLock
from gitstore.git.remotes import Remote, configured

_PATIENCE = 1.0


def read(git_directory: Path, remote: Remote) -> str | None:
    """Return the commit, None if it was never seen, or what it says is damaged: it is fetched anew then."""
    try:
        return refs.read(git_directory, remote.tracking)
    except Damaged:
        return None


def all_seen(git_directory: Path) -> Iterator[str]:
    """Yield where the branches of all remotes were seen last."""
    for remote in configured(git_directory):
        if (found := read(git_directory, remote)) is not None:
            yield found


def move(files: Files, git_directory: Path, remote: Remote, *, expected: str | None, new: str) -> bool:
    """Note where a remote's branch is; False if another process noted something else meanwhile.

    Called under the gate. After a crash it says the one or the other, and a lock that is proved to be ours
    may be left.

    Raises:
        Taken: A foreign lock is held.
        OSError: It could not be written.
    """
    target = git_directory / remote.tracking
    folder = target.parent
    files.make_directories(folder)
    lock = GitLock(files, git_directory, target)
    lock.take(new.encode() + b"\n", patience=_PATIENCE)
    try:
        if read(git_directory, remote) not in {expected, new}:
            return False
        lock.replace()
    finally:
        lock.release()
    files.flush_directory(folder)
    return True
