"""The settings file: provider and model last chosen, and whatever else was put into it, which is kept."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dexter.errors import SecretPatternUnfit, SettingsUnreadable
from dexter.paths import Home
from dexter.permissions.rules import UNKNOWN, Permissions, Rule, RuleUnfit
from dexter.secrets import own
from dexter.servers import Server, ServersUnfit, servers_of

_KNOWN = {
    "provider": "provider",
    "model": "model",
    "base_url": "baseUrl",
    "sync": "sync",
    "sec_contact": "secContact",
    "search_provider": "searchProvider",
    "fallback_model": "fallbackModel",
}
_SOURCES = "sourceUrls"
_PATTERNS = "secretPatterns"
_SIGN = "sign"
_PERMISSIONS = "permissions"
_SERVERS = "mcpServers"
_RECALL = "recall"
_LIMITS = "limits"
_COUNTS = ("steps", "toolCalls", "tokens")
_AMOUNTS = ("seconds", "dollars")
MOMENTS = ("exit", "start")
"""When sessions are synced in the background: as a chat ends, or as it starts."""
NEVER = "off"


@dataclass(frozen=True)
class Settings:
    """What the user chose last; `unknown` holds the fields of the file that this version does not know.

    `secret_patterns` are regular expressions for what is masked besides well-known keys; they can be used.
    `sync` is one of `MOMENTS`, None if sessions are not synced in the background.
    """

    provider: str | None = None
    model: str | None = None
    base_url: str | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict, repr=False)
    secret_patterns: tuple[str, ...] = ()
    sign: bool | None = None
    """Whether sessions are signed before they are sent; None: as git's `commit.gpgSign` says."""
    sync: str | None = None
    sec_contact: str | None = None
    """What SEC EDGAR is told of who asks; None: the e-mail address that git knows."""
    search_provider: str | None = None
    """Which service searches the web first, such as `exa`; None: the first that there is a key for."""
    recall: bool | None = None
    """Whether what earlier sessions found is offered to the model; None: yes."""
    source_urls: Mapping[str, str] = field(default_factory=dict)
    """Addresses to ask instead of a source's own, by its name, such as `sec`."""
    permissions: Permissions = field(default_factory=Permissions)
    """What tools may do without asking, what they ask for each time, and what they never do."""
    mcp_servers: tuple[Server, ...] = ()
    """MCP servers whose tools are offered beside our own."""
    mcp_fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The same as it stands in the file."""
    fallback_model: str | None = None
    """The model to go on with if the first is down, as `--model` would name it."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """How far a run may go: any of `steps`, `toolCalls`, `tokens`, `seconds`, `dollars`."""


UNREAD = Settings(permissions=Permissions(UNKNOWN))
"""What holds where the file can't be read: a rule in it may forbid something, so all is asked for."""


def load_settings(path: Path) -> Settings:
    """The settings in a file, or empty ones if there is no file.

    Raises:
        SettingsUnreadable: If the file is there and is no JSON object, or a known field holds something else.
        SecretPatternUnfit: If one of the patterns can't be used: what it is for would be stored.
    """
    try:
        fields = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Settings()
    except NotADirectoryError:
        return Settings()
    except OSError as error:
        raise SettingsUnreadable(path, error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise SettingsUnreadable(path, "it is not valid JSON") from error
    if not isinstance(fields, dict):
        raise SettingsUnreadable(path, "it is not a JSON object")
    known: dict[str, str | None] = {}
    for name, key in _KNOWN.items():
        value = fields.pop(key, None)
        if value is not None and not isinstance(value, str):
            raise SettingsUnreadable(path, f'"{key}" is not a text')
        known[name] = value
    if known["sync"] not in {*MOMENTS, NEVER, None}:
        raise SettingsUnreadable(path, f'"sync" is none of {", ".join((*MOMENTS, NEVER))}')
    known["sync"] = None if known["sync"] == NEVER else known["sync"]
    patterns = _patterns(path, fields.pop(_PATTERNS, []))
    sign = _choice(path, _SIGN, fields.pop(_SIGN, None))
    recall = _choice(path, _RECALL, fields.pop(_RECALL, None))
    urls = _addresses(path, fields.pop(_SOURCES, {}))
    limits = _limits(path, fields.pop(_LIMITS, {}))
    permissions = _permissions(path, fields.pop(_PERMISSIONS, {}))
    mcp_fields = fields.pop(_SERVERS, {})
    return Settings(
        **known,
        mcp_servers=_servers(path, mcp_fields),
        mcp_fields=mcp_fields,
        secret_patterns=patterns,
        sign=sign,
        recall=recall,
        source_urls=urls,
        unknown=fields,
        permissions=permissions,
        limits=limits,
    )


def save_settings(path: Path, settings: Settings) -> None:
    """Write the settings in one step: after a crash the file holds the old ones or the new ones.

    The folder of `path` is made a data directory (with its `.gitignore`) if it is not there.

    Raises:
        OSError: If the file can't be written; the old one stays.
    """
    known = {key: getattr(settings, name) for name, key in _KNOWN.items()}
    fields = {**{key: value for key, value in known.items() if value is not None}, **settings.unknown}
    if settings.secret_patterns:
        fields[_PATTERNS] = list(settings.secret_patterns)
    if settings.sign is not None:
        fields[_SIGN] = settings.sign
    if settings.recall is not None:
        fields[_RECALL] = settings.recall
    if settings.source_urls:
        fields[_SOURCES] = dict(settings.source_urls)
    if permissions := settings.permissions.fields():
        fields[_PERMISSIONS] = permissions
    if settings.mcp_fields:
        fields[_SERVERS] = dict(settings.mcp_fields)
    if settings.limits:
        fields[_LIMITS] = dict(settings.limits)
    Home(path.parent).create()
    staged = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with staged.open("x", encoding="utf-8") as file:
            file.write(json.dumps(fields, indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


def allow_always(path: Path, rule: Rule) -> None:
    """Add a rule that allows to the settings in a file; the rest of them stays.

    Raises:
        SettingsUnreadable: If they can't be read. The file stays as it is.
        OSError: If they can't be written; the old ones stay.
    """
    settings = load_settings(path)
    permissions = replace(settings.permissions, rules=settings.permissions.rules.allowing(rule))
    save_settings(path, replace(settings, permissions=permissions))


def _permissions(path: Path, found: Any) -> Permissions:
    try:
        return Permissions.of(found)
    except RuleUnfit as error:
        raise SettingsUnreadable(path, f'"{_PERMISSIONS}": {error}') from None


def _servers(path: Path, found: Any) -> tuple[Server, ...]:
    try:
        return servers_of(found)
    except ServersUnfit as error:
        raise SettingsUnreadable(path, f'"{_SERVERS}": {error}') from None


def _choice(path: Path, name: str, found: Any) -> bool | None:
    if found is not None and not isinstance(found, bool):
        raise SettingsUnreadable(path, f'"{name}" is neither true nor false')
    return found


def _addresses(path: Path, found: Any) -> dict[str, str]:
    if not isinstance(found, dict) or not all(isinstance(url, str) for url in found.values()):
        raise SettingsUnreadable(path, f'"{_SOURCES}" is not an object of texts')
    return found


def _limits(path: Path, found: Any) -> dict[str, float]:
    if not isinstance(found, dict):
        raise SettingsUnreadable(path, f'"{_LIMITS}" is not an object of numbers')
    for name, value in found.items():
        if name not in (*_COUNTS, *_AMOUNTS):
            known = ", ".join((*_COUNTS, *_AMOUNTS))
            raise SettingsUnreadable(path, f'"{_LIMITS}" has "{name}", which is none of {known}')
        counts = name in _COUNTS
        fits = isinstance(value, int) if counts else isinstance(value, int | float)
        if not fits or isinstance(value, bool) or not 0 < value < float("inf"):
            what = "a whole number from 1 on" if counts else "a number above 0"
            raise SettingsUnreadable(path, f'"{name}" in "{_LIMITS}" is not {what}')
    return found


def _patterns(path: Path, found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise SecretPatternUnfit(path, 0, "the field is not a list of texts")
    if len(found) > own.MOST_PATTERNS:
        raise SecretPatternUnfit(path, 0, f"there are more than {own.MOST_PATTERNS}")
    for number, pattern in enumerate(found, 1):
        try:
            own.check(pattern)
        except own.PatternUnfit as error:
            raise SecretPatternUnfit(path, number, str(error)) from None
    return tuple(found)
