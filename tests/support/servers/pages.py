"""A web server on the loopback that gives what it was told to give, also what no honest server gives."""

import gzip
import json
import socket
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from tests.support.servers.quiet import QuietHandler, QuietServer

Ending = str
"""How a body ends: whole, torn (the connection dies), endless (it goes on), silent (it stops half way)."""


@dataclass(frozen=True)
class Page:
    """An answer. `packed` says that it is sent with gzip; `ending` how the body ends."""

    content: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    packed: bool = False
    ending: Ending = "whole"


@dataclass(frozen=True)
class Asked:
    """A request as it came; the names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


def json_page(value: Any, **fields: Any) -> Page:
    """An answer in JSON."""
    headers = {"content-type": "application/json", **fields.pop("headers", {})}
    return Page(json.dumps(value).encode(), headers=headers, **fields)


class PageServer:
    """A server on a free port; use it as a context manager.

    `put` says what a path gives: several pages one after the other, the last one for ever. The path may
    hold a query; without one it stands for every query. What nobody put is not found.
    """

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.hung_up = threading.Event()
        """Set once a client closed its connection before the body was complete."""
        self.began = threading.Event()
        """Set once a body was begun."""
        self.sent = 0
        """Bytes of the bodies so far."""
        self.leaving = threading.Event()
        self._pages: dict[str, deque[Page]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._http = _Http(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leaving.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order, with their queries."""
        return [each.path for each in self.requests]

    def put(self, path: str, *pages: Page) -> None:
        """Say what a path gives from now on."""
        with self._lock:
            self._pages[path] = deque(pages)

    def page(self, path: str) -> Page:
        """What the next request for a path gets."""
        with self._lock:
            for name in (path, path.partition("?")[0]):
                if pages := self._pages.get(name):
                    return pages.popleft() if len(pages) > 1 else pages[0]
        return Page(b"<Error><Code>NoSuchKey</Code></Error>", 404, {"content-type": "application/xml"})


class _Http(QuietServer):
    def __init__(self, address: tuple[str, int], pages: PageServer) -> None:
        super().__init__(address, _Exchange)
        self.pages = pages


class _Exchange(QuietHandler):
    server: _Http

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("content-length", 0))))

    def _answer(self, body: bytes) -> None:
        pages = self.server.pages
        headers = {name.lower(): value for name, value in self.headers.items()}
        pages.requests.append(Asked(self.command, self.path, headers, body))
        page = pages.page(self.path)
        content = gzip.compress(page.content) if page.packed else page.content
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if page.packed:
            self.send_header("content-encoding", "gzip")
        if page.ending == "endless":
            self.send_header("connection", "close")
        else:
            extra = 0 if page.ending == "whole" else 1000
            self.send_header("content-length", str(len(content) + extra))
        self.end_headers()
        try:
            self._send(content)
            self._end(page, content)
        except OSError:
            pages.hung_up.set()

    def _send(self, content: bytes) -> None:
        self.wfile.write(content)
        self.wfile.flush()
        self.server.pages.sent += len(content)
        self.server.pages.began.set()

    def _end(self, page: Page, content: bytes) -> None:
        leaving = self.server.pages.leaving
        if page.ending != "whole":
            self.close_connection = True
        if page.ending == "torn":
            self.connection.shutdown(socket.SHUT_RDWR)
        while page.ending == "endless" and not leaving.is_set():
            self._send(content or b" " * 65536)
        while page.ending == "silent" and not leaving.wait(0.005):
            # A client that went away shows as the end of what it sends.
            self.connection.setblocking(False)
            try:
                if self.connection.recv(1) == b"":
                    raise ConnectionResetError
            except BlockingIOError:
                continue
