"""A program that git asks to merge some files: named in git's config and in attributes beside the tree.

The attributes that lie in the tree are left as they are: without the program git merges by those.
"""

from collections.abc import Sequence
from pathlib import Path

from gitstore.disk.files import Files
from gitstore.git.configuring import Changing, quoted, without_section

_ATTRIBUTES = "info/attributes"


def install(
    files: Files, git_directory: Path, name: str, *, title: str, command: str, patterns: Sequence[str]
) -> None:
    """Let git merge files by a program.

    Args:
        files: The disk.
        git_directory: `.git`.
        name: Of the driver, as attributes name it.
        title: What git may show of it.
        command: As git's `merge.<name>.driver` takes it.
        patterns: The files, as in `.gitattributes`.

    Raises:
        NotSaved: A lock is held, or the disk fails. Doing it again is right; what is named half is not used.
    """
    section = f'[merge "{name}"]\n\tname = {quoted(title)}\n\tdriver = {quoted(command)}\n'
    rows = _rows(name, patterns)
    files.make_directories(git_directory / "info")
    with Changing(files, git_directory) as changing:
        # First what it is: a driver that attributes name and git does not know is the merging of lines.
        changing.rewrite("config", lambda before: _ended(without_section(before, "merge", name)) + section)
        changing.rewrite(_ATTRIBUTES, lambda before: _ended(_without(before, rows)) + "".join(rows))


def remove(files: Files, git_directory: Path, name: str, patterns: Sequence[str]) -> None:
    """Take a program out again, as `install` put it there; without one nothing is changed.

    Raises:
        NotSaved: A lock is held, or the disk fails. Doing it again is right.
    """
    rows = _rows(name, patterns)
    with Changing(files, git_directory) as changing:
        if (git_directory / _ATTRIBUTES).exists():
            changing.rewrite(_ATTRIBUTES, lambda before: _without(before, rows))
        changing.rewrite("config", lambda before: without_section(before, "merge", name))


def _rows(name: str, patterns: Sequence[str]) -> list[str]:
    return [f"{pattern} merge={name}\n" for pattern in patterns]


def _without(text: str, rows: Sequence[str]) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if line not in rows)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
