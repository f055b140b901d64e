"""What git's settings say about how remotes are reached, read where no `git` program reads them for us."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gitstore import addresses
from gitstore.errors import RemoteUnreachable, UrlRefused
from gitstore.git.remotes import Remote

if TYPE_CHECKING:
    from dulwich.config import ConfigFile

_TELLING = re.compile(
    rb"insteadof|^\s*\[\s*(?:http|credential|include)|sshcommand", re.IGNORECASE | re.MULTILINE
)
"""What a file has that is of any interest here: most have not, and to read one takes 20 ms the first time."""
_FAR = (0, 0, 0)
_PORTS = {"http": 80, "https": 443}


class Settings:
    """Those of the system, of the user and of the repository, the latter counting more."""

    def __init__(self, git_directory: Path, environment: Mapping[str, str]) -> None:
        """Read nothing yet.

        Args:
            git_directory: `.git`.
            environment: Says where the user's files are (`HOME`, `XDG_CONFIG_HOME`, `GIT_CONFIG_GLOBAL`).
        """
        self._git = git_directory
        self._environment = environment
        self._read: list[ConfigFile] | None = None

    def from_url(self, remote: Remote) -> str:
        """Return where a remote is read: its url, as `insteadOf` has it.

        Raises:
            UrlRefused: That is an address that is never used.
            RemoteUnreachable: A file of settings cannot be understood.
        """
        return self._checked(remote, self._rewritten(remote, remote.url, "insteadof") or remote.url)

    def to_url(self, remote: Remote) -> str:
        """Return where it is written: its `pushurl`, or its url as `pushInsteadOf` has it. Raises alike."""
        if remote.push_url is not None:
            url = remote.push_url
        elif found := self._rewritten(remote, remote.url, "pushinsteadof"):
            return self._checked(remote, found)
        else:
            url = remote.url
        return self._checked(remote, self._rewritten(remote, url, "insteadof") or url)

    def of_web(self, name: str, where: addresses.Address) -> str | None:
        """Return `http.<name>` for an address, or what the closest `http.<url>.<name>` says.

        Args:
            name: In small letters.
            where: The address.
        """
        closest, found = _FAR, None
        for section, values in self._sections("http"):
            closeness = _FAR if section is None else _closeness(section, where)
            if closeness is not None and name in values and closeness >= closest:
                closest, found = closeness, values[name][-1]
        return found

    def ssh_command(self) -> str | None:
        """Return `core.sshCommand`."""
        found = [values["sshcommand"][-1] for _, values in self._sections("core") if "sshcommand" in values]
        return found[-1] if found else None

    def names_a_helper(self) -> bool:
        """Say whether passwords are kept by a credential helper, which only git can ask."""
        return any(any(values.get("helper", [])) for _, values in self._sections("credential"))

    def path(self, text: str) -> str:
        """Return a path as the settings mean it: `~/` is the user's, others begin at the repository."""
        home = self._environment.get("HOME")
        if text.startswith("~/") and home:
            return f"{home}{text[1:]}"
        return str(self._git.parent / text)

    def _checked(self, remote: Remote, url: str) -> str:
        try:
            addresses.parse(url)
        except ValueError as error:
            raise UrlRefused(remote.name, str(error)) from None
        return url

    def _rewritten(self, remote: Remote, url: str, name: str) -> str | None:
        """Return a url with the longest beginning changed that the settings name; None if they name none."""
        try:
            known = [
                (old, new)
                for new, values in self._sections("url")
                for old in values.get(name, [])
                if new is not None and url.startswith(old)
            ]
        except _NotUnderstood as error:
            raise RemoteUnreachable(remote.name, str(error)) from None
        if not known:
            return None
        old, new = max(known, key=lambda each: len(each[0]))
        return new + url[len(old) :]

    def _sections(self, wanted: str) -> Iterator[tuple[str | None, dict[str, list[str]]]]:
        """Yield the name within each section of a kind, and its values by their names in small letters."""
        if self._read is None:
            self._read = [found for path in self._paths() if (found := _load(path)) is not None]
        for config in self._read:
            for section in config.sections():
                if section[0].lower() != wanted.encode():
                    continue
                values: dict[str, list[str]] = {}
                for name, value in config.items(section):
                    text = value.decode("utf-8", "surrogateescape")
                    values.setdefault(name.decode("ascii", "replace").lower(), []).append(text)
                inner = section[1].decode("utf-8", "surrogateescape") if len(section) > 1 else None
                yield inner, values

    def _paths(self) -> Iterator[Path]:
        known = self._environment
        if not known.get("GIT_CONFIG_NOSYSTEM"):
            yield Path(known.get("GIT_CONFIG_SYSTEM") or "/etc/gitconfig")
        if "GIT_CONFIG_GLOBAL" in known:
            yield Path(known["GIT_CONFIG_GLOBAL"])
        elif home := known.get("HOME"):
            yield Path(known.get("XDG_CONFIG_HOME") or f"{home}/.config") / "git/config"
            yield Path(home) / ".gitconfig"
        yield self._git / "config"


def reached(git_directory: Path, remote: Remote, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the addresses at which a remote is read and written, as git's settings have them.

    Raises:
        UrlRefused: One of them is never used.
        RemoteUnreachable: A file of settings cannot be understood.
    """
    settings = Settings(git_directory, environment)
    return settings.from_url(remote), settings.to_url(remote)


class _NotUnderstood(Exception):
    """A file of settings is none."""


def _load(path: Path) -> "ConfigFile | None":
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if not _TELLING.search(content):
        return None
    from dulwich.config import ConfigFile  # noqa: PLC0415  most need none of it

    try:
        return ConfigFile.from_path(str(path))
    except (ValueError, OSError) as error:
        raise _NotUnderstood(f"{path} is not understood: {addresses.shown(str(error))}") from None


def _closeness(url: str, where: addresses.Address) -> tuple[int, int, int] | None:
    """Say how much of an address a url in the settings names: host, path, user; None if it is of another."""
    try:
        named = addresses.parse(url)
    except ValueError:
        return None
    if named.kind != where.kind or (named.user and named.user != where.user):
        return None
    if (named.port or _PORTS[where.kind]) != (where.port or _PORTS[where.kind]):
        return None
    pattern = re.escape(named.host.lower()).replace(r"\*", r"[^.]+")
    if not re.fullmatch(pattern, where.host.lower()):
        return None
    path = named.path.rstrip("/") + "/"
    if not f"{where.path.rstrip('/')}/".startswith(path):
        return None
    return len(named.host), len(path), len(named.user)
