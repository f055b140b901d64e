"""MCP servers of the user's own, as the settings name them: programs to start, or addresses to ask.

Owns the form of the field `mcpServers`, and how values of keys get into it. Starts nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]|_(?!_)){0,30}")
_KEY = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LOCAL = ("command", "args", "env")
_REMOTE = ("url", "headers")


class ServersUnfit(ValueError):
    """The field can't be understood; its text says why."""


class KeyMissing(Exception):
    """A value names a key that is not set; `name` is the variable."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Server:
    """One server: a command with arguments and variables, or a url with headers.

    Values of `env` and `headers` may name keys as `${NAME}`, so that none has to stand in the settings.
    """

    name: str
    command: str | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def servers_of(found: Any) -> tuple[Server, ...]:
    """The servers in a field of the settings.

    Raises:
        ServersUnfit: If it is no object of servers.
    """
    if not isinstance(found, dict):
        raise ServersUnfit("it is not an object")
    return tuple(_server(name, fields) for name, fields in found.items())


def filled(values: Mapping[str, str], keys: Mapping[str, str]) -> dict[str, str]:
    """The values with the keys that they name.

    Raises:
        KeyMissing: If there is no such key.
    """

    def value_of(match: re.Match[str]) -> str:
        value = keys.get(match[1], "").strip()
        if not value:
            raise KeyMissing(match[1])
        return value

    return {name: _KEY.sub(value_of, value) for name, value in values.items()}


def _server(name: str, fields: Any) -> Server:
    if not _NAME.fullmatch(name):
        raise ServersUnfit(f'"{name}" is no name for a server: letters, digits, - and single _')
    if not isinstance(fields, dict):
        raise ServersUnfit(f'"{name}" is not an object')
    names = _LOCAL if "command" in fields else _REMOTE
    kinds = {"command": str, "url": str, "args": list, "env": dict, "headers": dict}
    if not isinstance(fields.get(names[0]), str) or not fields[names[0]]:
        raise ServersUnfit(f'"{name}" has neither a command nor a url')
    for each, value in fields.items():
        if each in names and not (
            isinstance(value, kinds[each]) and all(isinstance(v, str) for v in _in(value))
        ):
            raise ServersUnfit(f'"{name}": "{each}" is not what it should be')
    if (url := fields.get("url")) and names is _REMOTE and not url.startswith(("http://", "https://")):
        raise ServersUnfit(f'"{name}": the url begins with neither http:// nor https://')
    if names is _REMOTE:
        return Server(name, url=fields["url"], headers=fields.get("headers", {}))
    return Server(name, fields["command"], tuple(fields.get("args", [])), fields.get("env", {}))


def _in(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
