"""What servers of the tests are made of: threads that end with the process, and no word on standard error."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class QuietServer(ThreadingHTTPServer):
    """Answers each connection in a thread; clients that hang up are part of the tests."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], **rest: Any) -> None:
        """A server at an address; port 0 is one that nobody has, or is about to have."""
        # With reuse the system may give two processes the same free port, of whom the second can't listen.
        self.allow_reuse_address = address[1] != 0
        super().__init__(address, handler, **rest)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing."""


class QuietHandler(BaseHTTPRequestHandler):
    """Keeps connections, and sends each piece when it is written."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # otherwise a piece waits 40 ms for the one before to be acknowledged

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Nothing: tests read what they need from `requests`."""


@contextmanager
def running(server: QuietServer) -> Iterator[int]:
    """Let a server answer; gives its port. It is closed in the end."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
