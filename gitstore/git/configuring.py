"""Files of git's that say how a repository works, changed under the gate and git's lock, whole or not."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Self

from gitstore.disk.files import Files
from gitstore.errors import NotSaved
from gitstore.git.gate import Gate
from gitstore.git.gitlock import GitLock, Taken

_PATIENCE = 10.0


class Changing:
    """The gate, for as long as files of git's are changed; NotSaved where that cannot be."""

    def __init__(self, files: Files, git_directory: Path) -> None:
        self._files = files
        self._git = git_directory
        self._gate = Gate(files, git_directory / "gitstore")

    def __enter__(self) -> Self:
        try:
            if not self._gate.wait(_PATIENCE):
                raise NotSaved("another process is at work for too long")
        except OSError as error:
            raise NotSaved(error.strerror or str(error)) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._gate.close()
        if isinstance(error, Taken):
            raise NotSaved(f"{error.path.name} is there: git is at work") from error
        if isinstance(error, OSError):
            raise NotSaved(error.strerror or str(error)) from error

    def rewrite(self, name: str, change: Callable[[str], str]) -> None:
        """Put the changed content in place of a file's, under git's lock, flushed."""
        path = self._git / name
        lock = GitLock(self._files, self._git, path)
        lock.take(patience=1.0)
        try:
            before = path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""
            lock.replace_with(change(before).encode("utf-8", "surrogateescape"))
        finally:
            lock.release()
        self._files.flush_directory(path.parent)


def escaped(text: str) -> str:
    """Return a text as it stands between quotation marks in git's config."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def quoted(text: str) -> str:
    """Return a value as it stands in git's config, in quotation marks where it needs them."""
    plain = escaped(text) == text and text == text.strip() and not set(text) & set("#;")
    return text if plain else f'"{escaped(text)}"'


def without_section(text: str, kind: str, name: str) -> str:
    """Return a config without the sections of a kind (`remote`, `merge`) that have a name."""
    section = re.compile(rf'\s*\[\s*{kind}\s+"((?:[^"\\]|\\.)*)"\s*\]', re.IGNORECASE)
    kept, inside = [], False
    for line in text.splitlines(keepends=True):
        if match := section.match(line):
            inside = re.sub(r"\\(.)", r"\1", match[1]) == name
        elif line.lstrip().startswith("["):
            inside = False
        if not inside:
            kept.append(line)
    return "".join(kept)
