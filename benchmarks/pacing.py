"""A model server on the loopback that streams an answer at a set pace, whatever the reader does."""

import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n"
)

_NOTHING = b"HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class PacedServer:
    """Answers the first request, in OpenAI's protocol, with these pieces, so many a second.

    `times` are the moments of the answer's first and last piece (of `time.perf_counter`); `done` is set
    once it was sent.
    """

    def __init__(self, pieces: Sequence[str], a_second: float) -> None:
        self.done = threading.Event()
        self.times = (0.0, 0.0)
        self._pieces = pieces
        self._pace = 1 / a_second
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    @property
    def base_url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                _take_request(connection)
                if self.done.is_set():  # somebody wants a summary of the answer
                    connection.sendall(_NOTHING)
                else:
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(_HEAD)
        began = last = time.perf_counter()
        for number, content in enumerate(_events(self._pieces)):
            wait = began + number * self._pace - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            connection.sendall(b"%x\r\n%s\r\n" % (len(content), content))
            last = time.perf_counter()
        connection.sendall(b"0\r\n\r\n")
        self.times = (began, last)
        self.done.set()


def _take_request(connection: socket.socket) -> None:
    """Read a request to its end."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        seen += connection.recv(65536)
    head, _, body = seen.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)


def _events(pieces: Sequence[str]) -> Iterator[bytes]:
    for piece in pieces:
        yield _event([{"index": 0, "delta": {"content": piece}, "finish_reason": None}])
    usage = {"prompt_tokens": 10, "completion_tokens": len(pieces), "total_tokens": 10 + len(pieces)}
    yield _event([{"index": 0, "delta": {}, "finish_reason": "stop"}], usage) + b"data: [DONE]\n\n"


def _event(choices: Sequence[object], usage: object = None) -> bytes:
    fields = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "bench",
        "choices": choices,
        "usage": usage,
    }
    return b"data: " + json.dumps(fields).encode() + b"\n\n"
