"""The remotes of a home: git's own, in its config."""

from pathlib import Path

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.errors import NotSaved, RemoteTrouble
from dexter.sessions.machines.trouble import words
from gitstore.addresses import shown
from gitstore.disk.files import Files
from gitstore.git import remotes


def known_remotes(archive: Archive) -> list[remotes.Remote]:
    """The remotes, in the order in which they were added; none if nothing was stored yet."""
    return remotes.configured(archive.home.sessions / ".git")


def git_directory(archive: Archive) -> Path:
    """The repository, made if it is not there."""
    archive.make()
    return archive.home.sessions / ".git"


def found_remote(git: Path, name: str) -> remotes.Remote | None:
    """The remote of that name in a repository, if there is one."""
    return next((each for each in remotes.configured(git) if each.name == name), None)


def add_remote(archive: Archive, name: str, url: str) -> remotes.Remote:
    """Add a remote, as `git remote add` does.

    Raises:
        RemoteTrouble: It can't have that name or address. Nothing was changed.
        NotSaved: It can't be written.
    """
    git = git_directory(archive)
    try:
        return remotes.add(Files(), git, name, url)
    except ValueError as error:
        raise RemoteTrouble(name, shown(url), "no remote can have that name", "choose another") from error
    except gitstore.UrlRefused as error:
        raise RemoteTrouble(name, shown(url), error.reason, "give the address of a repository") from error
    except gitstore.RemoteExists as error:
        raise RemoteTrouble(name, shown(url), "there is a remote of that name", "choose another") from error
    except gitstore.NotSaved as error:
        raise NotSaved(error.reason) from error


def remove_remote(archive: Archive, name: str) -> None:
    """Take a remote away, and what was remembered of it; the sessions stay.

    Raises:
        RemoteTrouble: There is none of that name.
        NotSaved: It can't be written.
    """
    try:
        remotes.remove(Files(), archive.home.sessions / ".git", name)
    except gitstore.RemoteNotFound as error:
        raise RemoteTrouble(name, name, *words(error)) from error
    except gitstore.NotSaved as error:
        raise NotSaved(error.reason) from error
