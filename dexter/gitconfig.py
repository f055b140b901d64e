"""What git's settings say, asked of git; without a git program, what the user's own files say plainly."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from dexter.paths import is_directory

_SECTION = re.compile(r'\s*\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]\s*(.*)')
_SETTING = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*?)\s*)?")
_OF_A_REPOSITORY = frozenset(("local", "worktree"))


def settings(
    directory: Path, variables: Mapping[str, str], pattern: str, *, outside: str | None = None
) -> dict[str, str]:
    """The settings whose names match, by their names in lower case; of several values the last one.

    Args:
        directory: The repository, whose own settings count as well; it need not exist.
        variables: The environment.
        pattern: A regular expression for names in lower case.
        outside: One for those that do not count where they stand in the repository's own settings: a folder
            that comes from somebody else must not name programs.
    """
    folder = directory if is_directory(directory) else None
    try:
        done = subprocess.run(
            ["git", "config", "-z", "--show-scope", "--get-regexp", pattern],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return {key: value for key, value in _read(variables).items() if re.search(pattern, key)}
    parts = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    found: dict[str, str] = {}
    for scope, entry in zip(parts[::2], parts[1::2], strict=False):
        key, given, value = entry.partition("\n")
        if outside is None or scope not in _OF_A_REPOSITORY or not re.search(outside, key):
            found[key] = value if given else "true"
    return found


def is_true(value: str | None) -> bool:
    """Whether git takes a value for true."""
    return value is not None and (
        value.lower() in {"true", "yes", "on"} or (value.isdecimal() and int(value) != 0)
    )


def _read(variables: Mapping[str, str]) -> dict[str, str]:
    """What stands plainly in the user's own files, the later one counting more."""
    home = variables.get("HOME")
    shared = variables.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else None)
    files = [Path(shared, "git/config")] if shared else []
    files += [Path(home, ".gitconfig")] if home else []
    found: dict[str, str] = {}
    for file in files:
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found.update(_parsed(text))
    return found


def _parsed(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        rest = line
        if header := _SECTION.fullmatch(line):
            name, below, rest = header.groups()
            section = name.lower() + (f".{below}" if below is not None else "")
        if (entry := _SETTING.fullmatch(rest)) and section:
            value = "true" if entry[2] is None else entry[2].strip('"')
            found[f"{section}.{entry[1].lower()}"] = value
    return found
