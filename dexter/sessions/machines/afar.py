"""What was purged here is purged in a remote: its branch is put to the history that was written anew.

The one thing that moves a remote's branch to what does not descend from it. It is moved only from where it
was seen, so nothing that somebody else has put there meanwhile is lost: that is fetched and joined before.
"""

import subprocess
from pathlib import Path

from dexter.sessions.archive import Archive
from dexter.sessions.errors import RemoteTrouble
from dexter.sessions.machines.sync import push_anew, sync
from gitstore import addresses
from gitstore.git import remotes
from gitstore.transport import Access

_CLEANING = (
    ("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all"),
    ("gc", "--quiet", "--prune=now"),
)


def write_anew(archive: Archive, name: str, access: Access, expected: tuple[str, str] | None) -> str:
    """Put a remote to the history of here; return what is left to be done there, "" if nothing is.

    Args:
        archive: Of the home, in which it was purged.
        name: Of the remote.
        access: How it is reached.
        expected: Its branch, and where that was seen; None: that is found out, and what it has is joined.

    Raises:
        RemoteTrouble: It can't be reached, or does not allow it; it is as it was.
    """
    if expected is None or not push_anew(archive, name, access, expected):
        found = sync(archive, name, access, purging=True)
        if found.holds_purged:
            raise RemoteTrouble(name, found.address, "it was not written anew", "try again")
    return _cleaned(archive, name, access)


def _cleaned(archive: Archive, name: str, access: Access) -> str:
    """Let git remove what is old in a folder on this machine; elsewhere the host does, sooner or later."""
    remote = next(each for each in remotes.configured(archive.home.sessions / ".git") if each.name == name)
    where = addresses.parse(remote.url)
    if where.kind not in {"folder", "file"}:
        return ""
    folder = archive.home.sessions / where.path
    advice = f"old commits are still in {folder} (git gc --prune=now there)"
    if access.git is None:
        return advice
    for command in _CLEANING:
        done = subprocess.run(
            [str(access.git), "-C", str(Path(folder)), *command],
            env=dict(access.environment),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            return advice
    return ""
