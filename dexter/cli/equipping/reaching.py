"""How remotes are reached, which one is meant, and which the user said are private."""

import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dexter.errors import UsageError
from dexter.paths import Home
from dexter.settings import load_settings, save_settings
from dexter.terminal.cleaning import one_line

if TYPE_CHECKING:
    from gitstore.git.remotes import Remote
    from gitstore.transport import Access
    from gitstore.transport.values import Progress

_PRIVATE = "privateRemotes"
"""In the settings: the addresses that the user said are private."""


def chosen(known: "Sequence[Remote]", name: str | None) -> "Remote":
    """The remote that is meant: that of the name, the only one, or the one called origin.

    Raises:
        UsageError: If there is none of the name, or without a name it is not clear which one.
    """
    found = meant(known, name)
    if found is not None:
        return found
    if not known:
        raise UsageError("There is no remote yet. Add one with: dexter sessions remote add NAME URL")
    listed = ", ".join(one_line(each.name) for each in known)
    if name is not None:
        raise UsageError(f'There is no remote "{one_line(name)}"; there are: {listed}.')
    raise UsageError(f"There are several remotes ({listed}); say which one with --remote.")


def meant(known: "Sequence[Remote]", name: str | None) -> "Remote | None":
    """The same; None if it is not clear which one, or there is none."""
    named = [each for each in known if each.name == (name or "origin")]
    if named or (name is None and len(known) == 1):
        return (named or list(known))[0]
    return None


def access(progress: "Progress | None") -> "Access":
    """How remotes are reached for a person: with git if there is one, which knows their keys and helpers."""
    from gitstore.transport import Access

    terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()
    return Access(_git(), dict(os.environ), terminal=terminal, progress=progress)


def quiet_access() -> "Access":
    """The same where nobody is asked anything: no terminal, and no program that opens a window for it."""
    from gitstore.transport import Access

    kept = {name: value for name, value in os.environ.items() if name != "SSH_ASKPASS"}
    return Access(_git(), {**kept, "GIT_ASKPASS": "true"})


def _git() -> Path | None:
    found = shutil.which("git")
    return Path(found) if found else None


def is_public(url: str) -> bool:
    """Whether everybody may be able to read what is there."""
    from gitstore.addresses import looks_public

    return looks_public(url)


def as_shown(url: str) -> str:
    """An address without secrets, on one line."""
    from gitstore.addresses import shown

    return one_line(shown(url))


def is_private(place: Home, url: str) -> bool:
    """Whether the user said that nobody else can read what is there.

    Raises:
        SettingsUnreadable: If that can't be known.
    """
    known = load_settings(place.settings_file).unknown.get(_PRIVATE)
    return isinstance(known, list) and url in known


def exposed(place: Home, remote: "Remote") -> str | None:
    """An address of a remote that may be public and was not said to be private; None if there is none.

    It is looked at where git's settings (`insteadOf`, `pushurl`) lead.
    """
    from gitstore.errors import RemoteError
    from gitstore.transport import reached

    urls = {remote.url, remote.push_url or remote.url}
    with suppress(RemoteError):  # told when it is met
        urls = set(reached(place.sessions / ".git", remote, os.environ))
    return next((each for each in sorted(urls) if is_public(each) and not is_private(place, each)), None)


def remember_private(place: Home, url: str) -> None:
    """Remember that the user said so."""
    settings = load_settings(place.settings_file)
    known = settings.unknown.get(_PRIVATE)
    urls = list(dict.fromkeys([*(known if isinstance(known, list) else []), url]))
    save_settings(place.settings_file, replace(settings, unknown={**settings.unknown, _PRIVATE: urls}))
