"""Git's smart protocol over http and https.

With Python's own client: to import a larger one takes longer than an exchange.
"""

import base64
import http.client
import re
import ssl
from collections.abc import Mapping
from urllib.parse import unquote, urljoin, urlsplit

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
from gitstore.transport.pktline import Lines, Source
from gitstore.transport.values import Access, Limits

_HOPS = 5


class WebWire:
    """One or more requests on one connection."""

    def __init__(self, remote: str, url: str, access: Access, limits: Limits) -> None:
        self._remote = remote
        self._access = access
        self._limits = limits
        self._address = addresses.parse(url)
        self._service = ""
        self._connection: http.client.HTTPConnection | None = None
        self._user = self._address.user
        self._password = self._address.password
        self._asked = False
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

    def ask(self, request: bytes) -> Source:
        """Send a request to the service."""
        self._drain()
        service = self._service
        kinds = {
            "Content-Type": f"application/x-{service}-request",
            "Accept": f"application/x-{service}-result",
        }
        answer = self._request("POST", f"/{service}", request, kinds)
        self._check(answer)
        return self

    def read(self, size: int) -> bytes:
        """Return what comes next of the last answer."""
        assert self._answer is not None  # noqa: S101
        try:
            return self._answer.read1(min(size, 1 << 16))
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
        self, method: str, path: str, body: bytes | None, kinds: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        headers = {"User-Agent": "git/2.0 (gitstore)", "Accept-Encoding": "identity", **kinds}
        if self._user or self._password:
            both = f"{self._user}:{self._password}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(both).decode()
        connection = self._connected()
        try:
            connection.request(method, self._prefix() + path, body, headers)
            self._answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise self._error(error) from error
        return self._answer

    def _prefix(self) -> str:
        """Return the path before that of a service; absolute if a proxy is asked."""
        where = self._address
        path = where.path.rstrip("/")
        if where.kind == "http" and _proxy(self._access.environment, where):
            host = f"[{where.host}]" if ":" in where.host else where.host
            return f"http://{host}:{where.port or 80}{path}"
        return path

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is not None:
            return self._connection
        where = self._address
        proxy = _proxy(self._access.environment, where)
        first = addresses.parse(proxy) if proxy else where
        port = first.port or (443 if first.kind == "https" else 80)
        if where.kind == "https":
            environment = self._access.environment
            trusted = ssl.create_default_context(
                cafile=environment.get("GIT_SSL_CAINFO") or environment.get("SSL_CERT_FILE"),
                capath=environment.get("SSL_CERT_DIR"),
            )
            secure = http.client.HTTPSConnection(
                first.host, port, timeout=self._limits.silence, context=trusted
            )
            if proxy:
                secure.set_tunnel(where.host, where.port or 443, _proxy_headers(first))
            self._connection = secure
        else:
            self._connection = http.client.HTTPConnection(first.host, port, timeout=self._limits.silence)
        return self._connection

    def _look_for_password(self) -> bool:
        """Ask once for user and password of the host."""
        if self._asked or self._access.credentials is None:
            return False
        self._asked = True
        found = self._access.credentials(self._address.host)
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
        if (self._address.kind, self._address.host, self._address.port) != (
            before.kind,
            before.host,
            before.port,
        ):
            self._user = self._password = ""

    def _drain(self) -> None:
        """Read an answer to its end, or the connection cannot be used again."""
        while self.read(1 << 16):
            pass
        if self._answer is not None:
            self._answer.close()

    def _check(self, answer: http.client.HTTPResponse) -> None:
        """Raise what the answer's status comes to."""
        if answer.status == http.HTTPStatus.OK:
            return
        reason = f"{answer.status} {addresses.shown(re.sub(r'[^ -~]', '', answer.reason))}"
        if answer.status in {401, 403, 407}:
            raise RemoteRefused(self._remote, reason)
        if answer.status == http.HTTPStatus.NOT_FOUND:
            raise RemoteUnreachable(self._remote, "no such repository")
        raise RemoteUnreachable(self._remote, reason)

    def _error(self, error: OSError | http.client.HTTPException) -> RemoteError:
        if isinstance(error, TimeoutError):
            return RemoteSilent(self._remote, self._limits.silence)
        if isinstance(error, http.client.IncompleteRead | http.client.RemoteDisconnected):
            return RemoteUnreachable(self._remote, "the connection was cut")
        if isinstance(error, http.client.HTTPException):
            return RemoteBroken(self._remote, "it does not speak as the web does")
        return RemoteUnreachable(self._remote, addresses.shown(error.strerror or str(error)))


def _proxy(environment: Mapping[str, str], where: Address) -> str | None:
    """Return the url of the proxy for a host, as most programs read the environment."""
    excepted = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    for name in (each.strip().lower().lstrip(".") for each in excepted.split(",")):
        if name == "*" or (name and (where.host.lower() == name or where.host.lower().endswith("." + name))):
            return None
    names = [f"{where.kind}_proxy", "all_proxy", "ALL_PROXY"]
    if where.kind == "https":
        names.insert(1, "HTTPS_PROXY")
    found = next((environment[name] for name in names if environment.get(name)), None)
    return found if found is None or "://" in found else f"http://{found}"


def _proxy_headers(proxy: Address) -> dict[str, str]:
    if not proxy.user:
        return {}
    both = f"{unquote(proxy.user)}:{unquote(proxy.password)}".encode()
    return {"Proxy-Authorization": "Basic " + base64.b64encode(both).decode()}
