"""Addresses of remotes: which there are, which are never used, and how they are shown without secrets."""

import re
from urllib.parse import unquote

import msgspec

_HELPER = re.compile(r"[A-Za-z0-9+.-]+::")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_KINDS = {
    "file": "file", "ssh": "ssh", "git+ssh": "ssh", "ssh+git": "ssh", "git": "git",
    "http": "http", "https": "https",
}  # fmt: skip
_SCP = re.compile(r"(?:([^@/:]+)@)?(\[[^\]]+\]|[^/:\[]+):(.+)", re.DOTALL)
_SECRET = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/@\s:]*)(:[^/\s]*)?@")
_TOKEN = 20
"""Characters from which on a name that stands alone in an address of the web is taken for a token."""
_HOSTS = (
    "github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "sr.ht", "gitee.com", "notabug.org",
    "gitea.com", "dev.azure.com", "visualstudio.com", "sourceforge.net", "launchpad.net", "huggingface.co",
)  # fmt: skip


class Address(msgspec.Struct, frozen=True):
    """Where a remote is."""

    kind: str
    """"folder", "file", "ssh", "git", "http" or "https"."""
    path: str
    """A folder, or what the host calls it."""
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = ""


def parse(url: str) -> Address:
    """Return where a url leads, as git understands it.

    Raises:
        ValueError: It is one that is never used; the message says why, in a few words, without the url.
    """
    if not url.strip():
        raise ValueError("an empty address")
    if _CONTROL.search(url):
        raise ValueError("control characters in the address")
    if url.startswith("-"):
        raise ValueError("an address that begins with a dash")
    if _HELPER.match(url):
        raise ValueError("an address that names a program to run")
    if match := _SCHEME.match(url):
        return _of_scheme(match[1].lower(), url[match.end() :])
    if (match := _SCP.fullmatch(url)) and not re.fullmatch(r"[A-Za-z]:[\\/].*", url):
        return _checked(Address("ssh", match[3], match[2].strip("[]"), None, match[1] or ""))
    return Address("folder", url)


def _of_scheme(scheme: str, rest: str) -> Address:
    kind = _KINDS.get(scheme)
    if kind is None:
        raise ValueError(f"no scheme of git's: {scheme}")
    if kind == "file":
        return _checked(Address(kind, unquote(rest)))
    authority, slash, path = rest.partition("/")
    userinfo, _, place = authority.rpartition("@")
    user, _, password = userinfo.partition(":")
    match = re.fullmatch(r"(\[[^\]]+\]|[^:\[\]]*)(?::(\d*))?", place)
    if match is None or not match[1]:
        raise ValueError("no host in the address")
    port = int(match[2]) if match[2] else None
    if port is not None and not 0 < port < 65536:
        raise ValueError("no port has this number")
    web = kind in {"http", "https"}
    path = slash + (path if web else unquote(path))
    if kind == "ssh" and path.startswith("/~"):
        path = path[1:]
    found = Address(kind, path, match[1].strip("[]"), port, unquote(user), unquote(password))
    return _checked(found)


def _checked(found: Address) -> Address:
    """Return an address that no program can take for an option, also after it was decoded."""
    if any(part.startswith("-") for part in (found.host, found.user, found.path)):
        raise ValueError("a part of the address begins with a dash")
    if any(_CONTROL.search(part) for part in (found.host, found.user, found.path, found.password)):
        raise ValueError("control characters in the address")
    if not found.path.strip("/") and found.kind not in {"http", "https"}:
        raise ValueError("no path in the address")
    return found


def shown(url: str) -> str:
    """Return a url, or a text with some, as it may be shown: no passwords, tokens, control characters."""
    return _CONTROL.sub(" ", _SECRET.sub(_masked, url))


def _masked(match: re.Match[str]) -> str:
    scheme, user, password = match[1], match[2], match[3]
    if password is not None:
        return f"{scheme}{user}:***@"
    if scheme.lower().startswith("http") and len(user) >= _TOKEN:
        return f"{scheme}***@"
    return match[0]


def password_in(url: str) -> str:
    """Return a password as it stands in a url, not decoded; empty if there is none."""
    match = _SECRET.search(url)
    return match[3][1:] if match is not None and match[3] else ""


def looks_public(url: str) -> bool:
    """Say whether a url leads to a host where anybody's repositories may be seen by everybody."""
    try:
        host = parse(url).host.lower().rstrip(".")
    except ValueError:
        return False
    return any(host == known or host.endswith("." + known) for known in _HOSTS)
