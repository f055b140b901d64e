"""What is asked, of whom, and what comes back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from dexter.tools.errors import NotSetUp

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MEGABYTE = 1_000_000


class Source(msgspec.Struct, frozen=True):
    """A place in the network.

    Attributes:
        id: Its folder in the cache and its name in settings, such as `sec`.
        name: What people call it.
        hosts: Where it lives; it is asked over https, and redirects lead nowhere else.
        per_second: How often it may be asked, by all processes of a home together.
        address: Asked instead of its hosts: for a proxy, a mirror, a test. None as a rule.
    """

    id: str
    name: str
    hosts: tuple[str, ...]
    per_second: float
    address: str | None = None

    def url(self, host: str, path: str) -> str:
        """The address of a path (with its slash) on one of the hosts.

        Raises:
            NotSetUp: If the address that was set is none.
        """
        if self.address is None:
            return f"https://{host}{path}"
        if origin(self.address) is None:
            raise NotSetUp(
                self.name, "the address set for it is not one that begins with http:// or https://"
            )
        return f"{self.address.rstrip('/')}{path}"

    def owns(self, url: str) -> bool:
        """Whether a redirect may lead there: to the source itself, never to anybody else."""
        place = origin(url)
        if place is None:
            return False
        if self.address is not None:
            return place == origin(self.address)
        scheme, host, port = place
        return scheme == "https" and port == 443 and host in self.hosts


class Question(msgspec.Struct, frozen=True):
    """One thing to ask.

    Attributes:
        endpoint: The folder in the cache, such as `submissions`.
        url: The address, without parameters.
        params: What goes behind the question mark.
        label: What the answer is about, such as a ticker: the beginning of its file's name.
        body: For a POST, what is sent as JSON.
        keep: Seconds for which an answer counts; None: it never changes; 0: it is not kept.
        largest: Bytes that an answer may have once it is unpacked.
        what: What is asked for, in words, for `NotThere`.
        hint: What may be tried if it is not there, as a sentence.
    """

    endpoint: str
    url: str
    what: str
    params: Mapping[str, str] = {}
    label: str = ""
    body: Mapping[str, Any] | None = None
    keep: float | None = DAY
    largest: int = 20 * MEGABYTE
    hint: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What came back: `data` is JSON, `fetched` a time such as 2026-11-22T10:00:00Z."""

    data: bytes
    url: str
    fetched: str


class Body(msgspec.Struct, frozen=True):
    """The content of a good answer as it came, unpacked."""

    content: bytes
    type: str
    """What the server says it is, in lower case, such as `text/html; charset=utf-8`."""


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an http address, or None if it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return parts.scheme, parts.hostname.lower(), port
