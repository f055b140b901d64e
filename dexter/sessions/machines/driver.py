"""Git is told, or no longer told, to merge sessions by a program, in the repository of a home."""

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.errors import NotSaved
from dexter.sessions.machines.remotes import git_directory
from dexter.sessions.merging.driving import PATTERNS
from gitstore.disk.files import Files
from gitstore.git import drivers


def install_driver(archive: Archive, name: str, command: str) -> None:
    """Let git merge sessions by a program, in this repository alone.

    Raises:
        NotSaved: It can't be written.
    """
    git = git_directory(archive)
    try:
        drivers.install(
            Files(), git, name, title="sessions, as dexter merges them", command=command, patterns=PATTERNS
        )
    except gitstore.NotSaved as error:
        raise NotSaved(error.reason) from error


def remove_driver(archive: Archive, name: str) -> None:
    """Let git merge sessions by lines again.

    Raises:
        NotSaved: It can't be written.
    """
    try:
        drivers.remove(Files(), git_directory(archive), name, PATTERNS)
    except gitstore.NotSaved as error:
        raise NotSaved(error.reason) from error
