"""Git's smart protocol over http and https.

With Python's own client: to import a larger one takes longer than an exchange.
"""

import base64
import http.client
import re
import ssl
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin, urlsplit

from gitstore import addresses
from gitstore.addresses import Address
from gitstore.errors import (
    RemoteBroken,
    RemoteError,
    RemoteRefused,
    RemoteSilent,
    RemoteUnreachable,
    UrlRefused,
)
from gitstore.transport import proxies, trust
from gitstore.transport.passwords import Passwords
from gitstore.transport.pktline import Lines, Source
from gitstore.transport.proxies import Proxy
from gitstore.transport.settings import Settings
from gitstore.transport.values import Access, Limits
from gitstore.transport.wires import Sent, unseen

_HOPS = 5
_PORTION = 1 << 16


class WebWire:
    """One or more requests on one connection."""

    def __init__(
        self, remote: str, address: Address, access: Access, limits: Limits, settings: Settings
    ) -> None:
        self._remote = remote
        self._access = access
        self._limits = limits
        self._settings = settings
        self._address = address
        self._service = ""
        self._connection: http.client.HTTPConnection | None = None
        self._proxy: Proxy | None = None
        self._user = address.user
        self._password = address.password
        self._passwords = Passwords(access)
        self._answer: http.client.HTTPResponse | None = None

    def open(self, service: str) -> Source:
        """Ask which refs there are."""
        self._service = service
        for _ in range(_HOPS):
            answer = self._get(f"/info/refs?service={service}", service)
            if answer.status == http.HTTPStatus.UNAUTHORIZED and self._look_for_password():
                continue
            if answer.status in {301, 302, 303, 307, 308}:
                self._follow(answer.headers.get("Location", ""), service)
                continue
            break
        self._check(answer)
        if answer.headers.get_content_type() != f"application/x-{service}-advertisement":
            raise RemoteBroken(self._remote, "it does not speak as git does")
        for text in Lines(self, self._remote).section():
            if not text.startswith(b"# service="):
                raise RemoteBroken(self._remote, "it does not speak as git does")
        return self

    def ask(self, request: bytes, sent: Sent = unseen) -> Source:
        """Send a request to the service."""
        self._drain()
        service = self._service
        kinds = {
            "Content-Type": f"application/x-{service}-request",
            "Accept": f"application/x-{service}-result",
            "Content-Length": str(len(request)),
        }
        answer = self._request("POST", f"/{service}", _portions(request, sent), kinds)
        self._check(answer)
        return self

    def read(self, size: int) -> bytes:
        """Return what comes next of the last answer."""
        assert self._answer is not None  # noqa: S101
        try:
            return self._answer.read1(min(size, _PORTION))
        except (OSError, http.client.HTTPException) as error:
            raise self._error(error) from error

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _get(self, path: str, service: str) -> http.client.HTTPResponse:
        return self._request("GET", path, None, {"Accept": f"application/x-{service}-advertisement"})

    def _request(
        self, method: str, path: str, body: Iterator[bytes] | None, kinds: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        headers = {"User-Agent": "git/2.0 (gitstore)", "Accept-Encoding": "identity", **kinds}
        if self._user or self._password:
            both = f"{self._user}:{self._password}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(both).decode()
        connection = self._connected()
        where, prefix = self._address, self._address.path.rstrip("/")
        if self._proxy is not None and where.kind == "http":  # it is asked for the whole address
            host = f"[{where.host}]" if ":" in where.host else where.host
            prefix = f"http://{host}:{where.port or 80}{prefix}"
            headers |= self._proxy.headers
        try:
            connection.request(method, prefix + path, body, headers)
            self._answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise self._error(error) from error
        return self._answer

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is not None:
            return self._connection
        where, patience = self._address, self._limits.silence
        try:
            self._proxy = proxy = proxies.choose(self._access.environment, self._settings, where)
        except ValueError as error:
            raise RemoteUnreachable(self._remote, str(error)) from None
        host, port = where.host, where.port or (443 if where.kind == "https" else 80)
        first = (host, port) if proxy is None else (proxy.host, proxy.port)
        if where.kind == "https":
            try:
                trusted = trust.context(self._access.environment, self._settings, where)
            except OSError as error:
                raise RemoteUnreachable(self._remote, trust.not_read(error)) from None
            secure = http.client.HTTPSConnection(*first, timeout=patience, context=trusted)
            if proxy is not None:
                secure.set_tunnel(host, port, proxy.headers)
            self._connection = secure
        else:
            self._connection = http.client.HTTPConnection(*first, timeout=patience)
        return self._connection

    def _look_for_password(self) -> bool:
        """Find user and password of the host, once; those in the address count more."""
        if self._password:
            return False
        found = self._passwords.find(self._address, self._user)
        if found is None:
            return False
        self._drain()
        self._user, self._password = found
        return True

    def _follow(self, location: str, service: str) -> None:
        """Go where the first answer leads, as git does; another host gets no password."""
        before = self._address
        base = f"{before.kind}://{before.host}:{before.port or ''}{before.path.rstrip('/')}/info/refs"
        parts = urlsplit(urljoin(base, location))
        path, found, _ = f"{parts.path}?{parts.query}".partition(f"/info/refs?service={service}")
        secure = parts.scheme == "https" or (parts.scheme == "http" and before.kind == "http")
        if not found or not secure or not parts.hostname:
            raise RemoteUnreachable(self._remote, "it leads somewhere else")
        self._drain()
        self.close()
        try:
            self._address = addresses.parse(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}")
        except ValueError as error:
            raise UrlRefused(self._remote, str(error)) from None
        now = self._address
        if (now.kind, now.host, now.port) != (before.kind, before.host, before.port):
            self._user = self._password = ""

    def _drain(self) -> None:
        """Read an answer to its end, or the connection cannot be used again."""
        while self.read(_PORTION):
            pass
        if self._answer is not None:
            self._answer.close()

    def _check(self, answer: http.client.HTTPResponse) -> None:
        """Raise what the answer's status comes to."""
        if answer.status == http.HTTPStatus.OK:
            return
        reason = f"{answer.status} {addresses.shown(re.sub(r'[^ -~]', '', answer.reason))}"
        if answer.status == http.HTTPStatus.UNAUTHORIZED:
            raise RemoteRefused(self._remote, "; ".join([reason, *self._hints()]))
        if answer.status in {403, 407}:
            raise RemoteRefused(self._remote, reason)
        if answer.status == http.HTTPStatus.NOT_FOUND:
            raise RemoteUnreachable(self._remote, "no such repository")
        raise RemoteUnreachable(self._remote, reason)

    def _hints(self) -> Iterator[str]:
        """Yield why a password that there may be was not found."""
        if self._passwords.trouble:
            yield self._passwords.trouble
        if not self._password and self._settings.names_a_helper():
            yield "the credential helper in git's settings needs a git program"

    def _error(self, error: OSError | http.client.HTTPException) -> RemoteError:
        if isinstance(error, TimeoutError):
            return RemoteSilent(self._remote, self._limits.silence)
        if isinstance(error, ssl.SSLError):
            return RemoteUnreachable(self._remote, trust.told(error))
        if isinstance(error, http.client.IncompleteRead | http.client.RemoteDisconnected):
            return RemoteUnreachable(self._remote, "the connection was cut")
        if isinstance(error, http.client.HTTPException):
            return RemoteBroken(self._remote, "it does not speak as the web does")
        reason = addresses.shown(error.strerror or str(error))
        if "Tunnel connection failed: 407" in reason:
            return RemoteRefused(self._remote, "the proxy lets nobody in without user and password")
        return RemoteUnreachable(self._remote, f"{'the proxy: ' if self._proxy else ''}{reason}")


def _portions(content: bytes, sent: Sent) -> Iterator[bytes]:
    """Yield a body in parts, and tell how much is out when the next one is asked for."""
    for at in range(0, len(content), _PORTION):
        yield content[at : at + _PORTION]
        sent(min(at + _PORTION, len(content)))
