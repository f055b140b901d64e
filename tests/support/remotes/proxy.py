"""A small proxy of the web on loopback: whole addresses and tunnels, with or without a password."""

import base64
import contextlib
import http.client
import selectors
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.servers.quiet import QuietHandler, QuietServer, running

_HOP = {"proxy-authorization", "proxy-connection", "connection", "keep-alive", "transfer-encoding"}


@dataclass
class Proxying:
    """A proxy at work."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    """First lines of what it was asked."""
    headers: list[dict[str, str]] = field(default_factory=list)


class _Handler(QuietHandler):
    wbufsize = -1
    known: Proxying
    password: tuple[str, str] | None

    def do_CONNECT(self) -> None:
        if not self._may():
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            self._pass(server)
        self.close_connection = True

    def do_GET(self) -> None:
        self._forward(None)

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._forward(body)

    def _forward(self, body: bytes | None) -> None:
        if not self._may():
            return
        where = urlsplit(self.path)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        connection = http.client.HTTPConnection(where.hostname or "", where.port)
        try:
            connection.request(
                self.command, f"{where.path}?{where.query}" if where.query else where.path, body, headers
            )
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {*_HOP, "content-length", "server", "date"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _may(self) -> bool:
        self.known.asked.append(f"{self.command} {self.path}")
        self.known.headers.append(dict(self.headers.items()))
        if self.password is None:
            return True
        wanted = "Basic " + base64.b64encode(":".join(self.password).encode()).decode()
        if self.headers.get("Proxy-Authorization") == wanted:
            return True
        self.send_response(407)
        self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def _pass(self, server: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, self.connection)
            while True:
                for key, _ in selector.select():
                    assert isinstance(key.fileobj, socket.socket)
                    with contextlib.suppress(OSError):
                        if part := key.fileobj.recv(1 << 16):
                            key.data.sendall(part)
                            continue
                    return


@contextlib.contextmanager
def proxying(password: tuple[str, str] | None = None) -> Iterator[Proxying]:
    """Run a proxy."""
    known = Proxying()
    handler = type("Handler", (_Handler,), {"known": known, "password": password})
    with running(QuietServer(("127.0.0.1", 0), handler)) as known.port:
        yield known
