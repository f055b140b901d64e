"""Who the commits are by: the user's git identity where there is one. The one place that asks git for it."""

import getpass
import os
import re
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from dexter.paths import is_directory

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
        known = _configured(directory, variables)
        name = name or known.get("author.name") or known.get("user.name")
        email = (
            variables.get("GIT_AUTHOR_EMAIL") or known.get("author.email") or known.get("user.email") or email
        )
    account = _account(variables)
    return _clean(name) or account, _clean(
        email
    ) or f"{account}@{_clean(socket.gethostname()) or 'localhost'}"


def _configured(directory: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """What git's settings say of `user` and `author`; without a git program, what the home's file says."""
    folder = directory if is_directory(directory) else None
    try:
        done = subprocess.run(
            ["git", "config", "-z", "--get-regexp", r"^(user|author)\.(name|email)$"],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return _read(variables)
    entries = done.stdout.decode("utf-8", "replace").split("\0")
    return {key: value for key, _, value in (entry.partition("\n") for entry in entries) if key}


def _read(variables: Mapping[str, str]) -> dict[str, str]:
    """Name and address in the user's own file, as far as they stand there plainly."""
    home = variables.get("HOME")
    if not home:
        return {}
    try:
        text = (Path(home) / ".gitconfig").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    found: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        if header := re.match(r"\s*\[\s*([^\]]*?)\s*\]", line):
            section = header[1].lower()
        elif (
            entry := re.match(r"\s*(name|email)\s*=\s*(.*?)\s*$", line, re.IGNORECASE)
        ) and section == "user":
            found[f"user.{entry[1].lower()}"] = entry[2].strip('"')
    return found


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
