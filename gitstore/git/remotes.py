"""The remotes of a repository, as git keeps them in its config: listed, added, taken away."""

import re
from pathlib import Path

import msgspec

from gitstore import addresses
from gitstore.disk.files import Files
from gitstore.errors import RemoteExists, RemoteNotFound, UrlRefused
from gitstore.git import refs
from gitstore.git.configuring import Changing, escaped, quoted, without_section

_SECTION = re.compile(r'\s*\[\s*remote\s+"((?:[^"\\]|\\.)*)"\s*\](.*)', re.IGNORECASE)
_URL = re.compile(r"\s*(push)?url\s*=\s*(.*?)\s*", re.IGNORECASE)
_WRONG = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^/|/$|\.$|^\.|/\.|\.lock(?:/|$)|^-")


class Remote(msgspec.Struct, frozen=True):
    """One remote as the configuration has it."""

    name: str
    url: str
    push_url: str | None = None
    """Where it is written, if that is not where it is read."""

    @property
    def shown(self) -> str:
        """The url as it may be shown."""
        return addresses.shown(self.url)

    @property
    def tracking(self) -> str:
        """The ref that says where its branch was seen last."""
        return f"refs/remotes/{self.name}/main"


def configured(git_directory: Path) -> list[Remote]:
    """Return the remotes, in the order in which they were added; of several urls the first counts."""
    try:
        text = (git_directory / "config").read_text("utf-8", "surrogateescape")
    except OSError:
        return []
    read: dict[str, str] = {}
    written: dict[str, str] = {}
    name = None
    for line in text.splitlines():
        row = line
        if match := _SECTION.match(line):
            name, row = re.sub(r"\\(.)", r"\1", match[1]), match[2]
        elif line.lstrip().startswith("["):
            name = None
        if name and (match := _URL.fullmatch(row)):
            (written if match[1] else read).setdefault(name, _value(match[2]))
    return [Remote(each, url, written.get(each)) for each, url in read.items()]


def find(git_directory: Path, name: str) -> Remote:
    """Return the remote of a name.

    Raises:
        RemoteNotFound: There is none.
        UrlRefused: Its address is one that is never used.
    """
    for remote in configured(git_directory):
        if remote.name == name:
            check(name, remote.url)
            if remote.push_url is not None:
                check(name, remote.push_url)
            return remote
    raise RemoteNotFound(name)


def check(name: str, url: str) -> None:
    """Raise UrlRefused if an address is never used."""
    try:
        addresses.parse(url)
    except ValueError as error:
        raise UrlRefused(name, str(error)) from None


def is_name(name: str) -> bool:
    """Say whether git would take a name for a remote."""
    return bool(name) and name != "@" and not _WRONG.search(name)


def add(files: Files, git_directory: Path, name: str, url: str) -> Remote:
    """Write a remote into git's config, as `git remote add` does, and return it.

    Raises:
        ValueError: No remote can have this name.
        UrlRefused: The address is one that is never used.
        RemoteExists: There is one of this name, or one that would lie above or below it.
        NotSaved: The config is locked, or cannot be written. In any case nothing was changed then; after a
            crash the config is the old one or the new one, whole.
    """
    if not is_name(name):
        raise ValueError(f"no name of a remote: {name!r}")
    check(name, url)

    def added(before: str) -> str:
        for other in configured(git_directory):
            if f"{other.name}/".startswith(f"{name}/") or f"{name}/".startswith(f"{other.name}/"):
                raise RemoteExists(other.name)
        section = f'[remote "{escaped(name)}"]\n\turl = {quoted(url)}\n'
        section += f"\tfetch = +refs/heads/*:refs/remotes/{name}/*\n"
        return before + ("" if before.endswith("\n") or not before else "\n") + section

    with Changing(files, git_directory) as changing:
        changing.rewrite("config", added)
    return Remote(name, url)


def remove(files: Files, git_directory: Path, name: str) -> None:
    """Take a remote out of git's config, and what was remembered of where its branches are.

    Raises:
        RemoteNotFound: There is none of this name.
        NotSaved: A lock is held, or the disk fails: the remote may be gone while refs of it are left; doing
            it again is right.
    """
    known = [remote.name for remote in configured(git_directory)]
    prefix = f"refs/remotes/{name}/"
    if name not in known and not list(_below(git_directory / prefix)):
        raise RemoteNotFound(name)
    with Changing(files, git_directory) as changing:
        if any(ref.startswith(prefix) for ref in refs.packed(git_directory)):
            changing.rewrite("packed-refs", lambda before: _without_refs(before, prefix))
        for folder in (git_directory / prefix, git_directory / "logs" / prefix):
            if is_name(name) and folder.is_dir():
                files.remove_tree(folder)
                files.flush_directory(folder.parent)
        changing.rewrite("config", lambda before: without_section(before, "remote", name))


def _value(text: str) -> str:
    """Return what a value of the config means."""
    return re.sub(r"\\(.)", r"\1", text[1:-1] if text[:1] == text[-1:] == '"' else text)


def _without_refs(text: str, prefix: str) -> str:
    kept: list[str] = []
    gone = False
    for line in text.splitlines(keepends=True):
        if not line.startswith("^"):  # what a tag before it leads to
            gone = line.partition(" ")[2].startswith(prefix) and not line.startswith("#")
        if not gone:
            kept.append(line)
    return "".join(kept)


def _below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
