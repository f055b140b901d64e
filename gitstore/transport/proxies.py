"""Which proxy lies on the way to a host of the web: as git's settings and the environment have it."""

import base64
from collections.abc import Mapping

import msgspec

from gitstore import addresses
from gitstore.addresses import Address
from gitstore.transport.settings import Settings


class Proxy(msgspec.Struct, frozen=True):
    """Whom to ask instead of the host."""

    host: str
    port: int
    headers: dict[str, str]
    """What it wants to know of who asks."""


def choose(environment: Mapping[str, str], settings: Settings, where: Address) -> Proxy | None:
    """Return the proxy for an address, None if there is none.

    Args:
        environment: With `http_proxy`, `https_proxy`, `all_proxy`, `no_proxy`.
        settings: `http.proxy` counts more; an empty one means none.
        where: The address.

    Raises:
        ValueError: It is one that cannot be used here; the message says why, without its password.
    """
    url = settings.of_web("proxy", where)
    if url is None:
        url = _of_environment(environment, where)
    if not url or _is_excepted(environment, where):
        return None
    scheme, there, _ = url.partition("://")
    if there and scheme.lower() != "http":
        raise ValueError("a proxy that does not speak http:// needs a git program")
    try:
        found = addresses.parse(url if there else f"http://{url}")
    except ValueError as error:
        raise ValueError(f"the proxy that is set: {error}") from None
    headers = {}
    if found.user:
        both = f"{found.user}:{found.password}".encode()
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(both).decode()
    return Proxy(found.host, found.port or 80, headers)


def _of_environment(environment: Mapping[str, str], where: Address) -> str | None:
    names = [f"{where.kind}_proxy", "all_proxy", "ALL_PROXY"]
    if where.kind == "https":  # not so for http: a web server makes HTTP_PROXY of what a client sends
        names.insert(1, "HTTPS_PROXY")
    return next((environment[name] for name in names if environment.get(name)), None)


def _is_excepted(environment: Mapping[str, str], where: Address) -> bool:
    host = where.host.lower()
    excepted = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    for each in excepted.split(","):
        name = each.strip().lower().lstrip(".")
        if name.count(":") == 1:
            name, _, port = name.partition(":")
            if port != str(where.port or {"http": 80, "https": 443}[where.kind]):
                continue
        if name == "*" or (name and (host == name or host.endswith("." + name))):
            return True
    return False
