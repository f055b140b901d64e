"""What no test may do, made impossible: leave the loopback, touch the home directory, depend on who runs it.

`install()` guards this process by an audit hook; `environment()` is what child processes get, and its
PYTHONPATH starts with `child/`, whose `sitecustomize` guards every Python child in the same way.
"""

import ipaddress
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

CHILD = Path(__file__).parent / "child"
IDENTITY = ("Test Person", "test.person@example.invalid")
ZONE = "TST-05:30"
"""Five and a half hours east of Greenwich, without daylight saving: a time taken for UTC by mistake shows."""

PRIVATE = (".gitconfig", ".config", ".dexter", ".cache", ".netrc", ".ssh", ".git-credentials", ".env")
"""Names in a home directory that hold somebody's settings, keys or sessions."""

_ENDINGS_OF_MODEL_VARIABLES = ("_API_KEY", "_BASE_URL", "_TOKEN", "_API_BASE")
_NAMES = ("DEXTER_HOME", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "OLLAMA_HOST", "PAGER", "EDITOR")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class NetworkReached(AssertionError):
    """A test tried to reach an address that is not on the loopback network."""


class HomeReached(AssertionError):
    """A test tried to open something private in the home directory of the person who runs it."""


def is_loopback(address: object) -> bool:
    """Whether a socket address stays on this machine: a path, or an IP of the loopback range."""
    if isinstance(address, str | bytes):
        return True
    if not isinstance(address, tuple) or not address:
        return False
    return is_loopback_host(address[0])


def is_loopback_host(host: object) -> bool:
    """Whether a host name or IP is this machine's loopback; other names are not even looked up."""
    if host is None:
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    if text in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def install(home: Path) -> None:
    """Guard this process for good; `home` is the directory that must not be touched."""
    private = tuple(str(home / name) for name in PRIVATE)

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event in {"socket.connect", "socket.sendto"}:
            if not is_loopback(arguments[1]):
                raise NetworkReached(f"{event} to {arguments[1]!r}")
        elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            if not is_loopback_host(arguments[0]):
                raise NetworkReached(f"{event} of {arguments[0]!r}")
        elif event in {"open", "os.listdir", "os.mkdir", "os.remove", "os.rename"}:
            path = arguments[0]
            text = os.fsdecode(path) if isinstance(path, str | bytes) else ""
            if text.startswith(private) and any(text == p or text.startswith(p + os.sep) for p in private):
                raise HomeReached(f"{event} of {text}")

    sys.addaudithook(watch)


def environment(inherited: Mapping[str, str], home: Path, real_home: Path) -> dict[str, str]:
    """The environment of every test and of what it starts: another home, a fixed identity and zone."""
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith(("GIT_", "XDG_", "DEXTER_", "PYTEST_"))
        and not name.upper().endswith(_ENDINGS_OF_MODEL_VARIABLES)
        and name not in _NAMES
        and name.lower() not in _PROXIES
    }
    return kept | {
        "HOME": str(home),
        "DEXTER_TEST_REAL_HOME": str(real_home),
        "TZ": ZONE,
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "OLLAMA_HOST": "127.0.0.1:9",
        "PYTHONPATH": os.pathsep.join([str(CHILD), str(CHILD.parents[2])]),
    }


def settle(home: Path) -> None:
    """Make `home` the home of this process, with a git identity, and its zone the fixed one."""
    real_home = Path(os.environ.get("DEXTER_TEST_REAL_HOME") or Path.home())
    home.mkdir(parents=True, exist_ok=True)
    name, email = IDENTITY
    (home / ".gitconfig").write_text(
        f"[user]\n\tname = {name}\n\temail = {email}\n[init]\n\tdefaultBranch = main\n[core]\n\tpager = cat\n"
    )
    changed = environment(os.environ, home, real_home)
    for gone in set(os.environ) - set(changed):
        del os.environ[gone]
    os.environ.update(changed)
    time.tzset()
    install(real_home)
