"""Settings that let tools act, and what a person said of them, kept outside of the folder that they are in.

A folder may be somebody else's. What its settings allow, start or ask holds once the person at the terminal
said so, for as long as it stays the same.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dexter.paths import user_config
from dexter.permissions.rules import Permissions, Rules
from dexter.settings import Settings

_NAME = "trusted.json"


def acting(settings: Settings) -> tuple[str, ...]:
    """What settings let happen by themselves, a line each: programs, addresses, rules that allow."""
    lines = [
        f"start {' '.join((server.command, *server.args))}"
        if server.command is not None
        else f"ask the tools of {server.url}"
        for server in settings.mcp_servers
    ]
    lines += [f"ask {url} in the place of {source}" for source, url in settings.source_urls.items()]
    return (*lines, *(f"allow {rule}" for rule in settings.permissions.rules.allow))


def without_acting(settings: Settings) -> Settings:
    """The same settings without all that; what they deny or want to be asked for stays."""
    rules = settings.permissions.rules
    kept = Permissions(Rules(ask=rules.ask, deny=rules.deny), settings.permissions.unknown)
    return replace(settings, permissions=kept, mcp_servers=(), mcp_fields={}, source_urls={})


class Trusted:
    """What the user of this machine trusts.

    Args (of the constructor):
        environment: Says where the user's own settings are; without such a place nothing is remembered.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        config = user_config(environment)
        self._file = None if config is None else config / _NAME

    def has(self, path: Path, settings: Settings) -> bool:
        """Whether the settings in a file let nothing act, or the user said that what they let act may."""
        return not acting(settings) or self._known().get(_place(path)) == _digest(settings)

    def add(self, path: Path, settings: Settings) -> None:
        """Remember that what they let act may, until it is something else; where that can't be, nothing is.

        Args:
            path: The file.
            settings: What is in it.
        """
        if self._file is None:
            return
        known = {**self._known(), _place(path): _digest(settings)}
        staged = self._file.with_name(f".{_NAME}.{os.urandom(4).hex()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            staged.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
            staged.replace(self._file)
        except OSError:
            staged.unlink(missing_ok=True)

    def _known(self) -> dict[str, str]:
        try:
            found = json.loads(self._file.read_bytes()) if self._file is not None else {}
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def _place(path: Path) -> str:
    return os.path.realpath(path)


def _digest(settings: Settings) -> str:
    allow = [str(rule) for rule in settings.permissions.rules.allow]
    told = [sorted(allow), settings.mcp_fields, settings.source_urls]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=dict).encode()).hexdigest()
