"""What no rule lifts: of a command, that which a person has to see each time before it runs.

Looks at the disk to learn where links lead, and changes nothing. It is no wall around a program: what a
program does once it was allowed, it does with all rights of the user.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from dexter.permissions.lines import CommandLine, assigns
from dexter.permissions.names import forbidden

_SHELLS = frozenset(
    {
        *("sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh", "busybox", "pwsh"),
    }
)
_WRAPPERS = frozenset(
    {
        *("env", "export", "declare", "typeset", "readonly", "local", "set", "unset"),
        *("alias", "eval", "exec", "source", ".", "trap", "command", "builtin", "sudo", "su"),
        *("doas", "pkexec", "chroot", "unshare", "nsenter", "xargs", "parallel", "nohup"),
        *("setsid", "nice", "ionice", "timeout", "stdbuf", "script", "watch", "time", "ssh"),
    }
)
_GIT_CODE = re.compile(
    r"-c.*|--config-env.*|--exec-path.*|--upload-pack.*|--receive-pack.*|--git-dir.*|--work-tree.*|-C.*"
)
_ADDRESS = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]*://")
_OPTION = re.compile(r"-+[A-Za-z]")


def of_command(line: CommandLine, directory: Path) -> str:
    """Why a command has to be asked for each time, as the end of a sentence; empty if a rule may decide.

    Args:
        line: The command.
        directory: Where it will run, resolved.
    """
    if line.unclear:
        return f"what it does can't be seen beforehand: {line.unclear}"
    for words in line.commands:
        reason = _wraps(words) or next(filter(None, (_leads(word, directory) for word in words)), "")
        if reason:
            return reason
    return ""


def _wraps(words: tuple[str, ...]) -> str:
    name = words[0].rsplit("/", 1)[-1]
    if assigns(words[0]):
        return "it sets a variable for a program"
    if name in _WRAPPERS:
        return f"{name} changes how another command runs"
    if name in _SHELLS:
        return f"{name} runs a script"
    if name == "git" and (option := next((each for each in words[1:] if _GIT_CODE.fullmatch(each)), "")):
        return f"git's {option.partition('=')[0]} changes what git runs, and where"
    return ""


def _leads(word: str, directory: Path) -> str:
    """Why a word that may be a path keeps a rule from deciding."""
    if _ADDRESS.match(word):
        return ""
    for piece in _pieces(word):
        parts = [part for part in piece.split("/") if part not in {"", "."}]
        if name := forbidden(parts):
            return f"it names {name}, where secrets are kept or programs are steered"
        if ".." in parts or piece.startswith(("/", "~")):
            return f"{piece} lies outside of the working directory"
        if reason := _linked(piece, directory):
            return reason
    return ""


def _pieces(word: str) -> Iterator[str]:
    """All that may be a path in a word: itself, what stands behind an option or a sign."""
    yield word
    if found := _OPTION.match(word):
        yield word[found.end() :]
    if any(sign in word for sign in "=:,@"):
        yield from re.split(r"[=:,@]", word)


def _linked(piece: str, directory: Path) -> str:
    path = directory / piece
    try:
        if not piece or not os.path.lexists(path):
            return ""
        real = Path(os.path.realpath(path))
    except (OSError, ValueError):
        return f"it can't be seen where {piece} leads"
    if real != directory and directory not in real.parents:
        return f"{piece} leads out of the working directory"
    if name := forbidden(real.relative_to(directory).parts):
        return f"{piece} leads to {name}, where secrets are kept or programs are steered"
    return ""
