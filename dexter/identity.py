"""Who the commits are by: the user's git identity where there is one."""

import getpass
import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path

from dexter import gitconfig

_NOT_IN_A_NAME = re.compile("[\x00-\x1f\x7f<>\ud800-\udfff]+")


def user_identity(directory: Path, environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Name and e-mail address, as git would take them in a directory; neutral ones where git knows none.

    Args:
        directory: The repository, whose own settings count as well; it need not exist.
        environment: None stands for that of this process.
    """
    variables = os.environ if environment is None else environment
    name, email = (
        variables.get("GIT_AUTHOR_NAME"),
        variables.get("GIT_AUTHOR_EMAIL") or variables.get("EMAIL"),
    )
    if not (name and email):
        known = gitconfig.settings(directory, variables, r"^(user|author)\.(name|email)$")
        name = name or known.get("author.name") or known.get("user.name")
        email = (
            variables.get("GIT_AUTHOR_EMAIL") or known.get("author.email") or known.get("user.email") or email
        )
    account = _account(variables)
    return _clean(name) or account, _clean(
        email
    ) or f"{account}@{_clean(socket.gethostname()) or 'localhost'}"


def user_email(directory: Path, environment: Mapping[str, str] | None = None) -> str | None:
    """The e-mail address that the user gave git, or None: no neutral one is made up here.

    Args:
        directory: The repository, whose own settings count as well; it need not exist.
        environment: None stands for that of this process.
    """
    variables = os.environ if environment is None else environment
    named = variables.get("GIT_AUTHOR_EMAIL")
    if not named:
        known = gitconfig.settings(directory, variables, r"^(user|author)\.email$")
        named = known.get("author.email") or known.get("user.email") or variables.get("EMAIL")
    return _clean(named) or None


def _account(variables: Mapping[str, str]) -> str:
    named = variables.get("LOGNAME") or variables.get("USER")
    if not named:
        try:
            named = getpass.getuser()
        except (KeyError, OSError):
            named = None
    return _clean(named) or "dexter"


def _clean(text: str | None) -> str:
    return _NOT_IN_A_NAME.sub("", text or "").strip()
