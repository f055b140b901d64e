"""Which addresses of the web may be asked: public ones, on the usual ports, without names or passwords.

Whatever a page or a model makes of an address, it is taken apart here, once, and put together anew: no other
parser gets to read it. What a name stands for is looked at where the connection is made, by `is_public`.
"""

import ipaddress
import re
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from dexter.tools.errors import BadArgument, NotAsked
from dexter.tools.fetching.text import one_line

PORTS = frozenset({80, 443})
LONGEST_URL = 2000
_NAME = re.compile(
    r"(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_AT_HOME = (
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
    "onion",
)
"""Ends of names that mean something in a network of one's own only."""
_UNASKED_4 = tuple(
    map(
        ipaddress.IPv4Network,
        # What Python counts as public and is not: protocol assignments, 6to4 relays, Azure's own services.
        ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"),
    )
)
_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
_UNASKED_6 = tuple(
    # Teredo and other protocols, documentation, 6to4: an IPv4 address may hide in some.
    map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)


class Place(msgspec.Struct, frozen=True):
    """An address of the web, taken apart: `host` in lower case, `target` the path with its query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def is_number(self) -> bool:
        """Whether the host is a number address, which stands for itself."""
        return ":" in self.host or self.host.replace(".", "").isdecimal()

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port: the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address."""
        return f"{self.scheme}://{self.authority}{self.target}"


def place_of(url: str, ports: frozenset[int] = PORTS) -> Place:
    """The place that an address names; nothing is looked up.

    Args:
        url: An absolute address.
        ports: Those that may be asked.

    Raises:
        BadArgument: If it is no address of the web.
        NotAsked: If tools do not ask such addresses.
    """
    text = url.strip()
    if not text or len(text) > LONGEST_URL or re.search(r"[\s\\\x00-\x20\x7f]", text):
        raise BadArgument("url", f"is no address of a web page: give one of at most {LONGEST_URL} characters")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadArgument("url", "is no address of a web page") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadArgument("url", "has to begin with http:// or https:// and a host")
    if "@" in parts.netloc:
        raise NotAsked(one_line(parts.hostname, 60), "its address holds a name or a password")
    host = _host(parts.hostname)
    port = {"http": 80, "https": 443}[parts.scheme] if port is None else port
    if port not in ports:
        raise NotAsked(host, f"port {port} is none of a public web page")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return Place(parts.scheme, host, port, f"{path}?{query}" if query else path)


def onward(place: Place, location: str, ports: frozenset[int] = PORTS) -> Place:
    """The place that a redirect leads to.

    Raises:
        BadArgument: If it is no address of the web.
        NotAsked: If tools do not ask such addresses.
    """
    try:
        return place_of(urljoin(place.url, location.strip()), ports)
    except ValueError:
        raise BadArgument("url", "redirects to what is no address of a web page") from None


def same_site(one: Place, other: Place) -> bool:
    """Whether a redirect stays on the site: the host with or without www, and not from https to http."""
    down = (one.scheme, other.scheme) == ("https", "http")
    return one.host.removeprefix("www.") == other.host.removeprefix("www.") and not down


def is_public(address: str) -> bool:
    """Whether a number address is one of the public internet, in its plain form."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(number, ipaddress.IPv4Address):
        plain = number.is_global and not number.is_multicast and not number.is_reserved
        return plain and not any(number in each for each in _UNASKED_4)
    # All others are multicast, local, mapped, translated or not given out.
    return number.scope_id is None and number in _UNICAST_6 and not any(number in each for each in _UNASKED_6)


def _host(found: str) -> str:
    """A host in its one plain spelling: a name with a dot, or a number address as it is written."""
    host = found.lower().removesuffix(".")
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host.replace("%", "/")))  # a zone is of one's own network
        except ValueError:
            raise BadArgument("url", "has no host that can be read") from None
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii").lower()
        except UnicodeError:
            raise BadArgument("url", "has no host that can be read") from None
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise NotAsked(host[:60], "its number is not written in the usual form") from None
    if any(host == each or host.endswith(f".{each}") for each in _AT_HOME) or "." not in host:
        raise NotAsked(host[:60], "it is a name in a network of one's own")
    if not _NAME.fullmatch(host):
        raise BadArgument("url", "has no host that can be read")
    return host
