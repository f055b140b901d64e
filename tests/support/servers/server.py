"""One HTTP server for all protocols, in threads; it remembers what it was asked."""

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType, TracebackType
from typing import Any, Self

from tests.support.servers import anthropic, google, openai
from tests.support.servers.asked import Asked
from tests.support.servers.caching import PromptCache
from tests.support.servers.echo import echo
from tests.support.servers.quiet import QuietHandler, QuietServer
from tests.support.servers.replies import Cut, Fail, Garbage, Reply, Scripted, Torn

DEFAULT_MODELS = ("demo", "llama3.2:3b", "nomic-embed-text:latest")


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class ModelServer:
    """A server on a free port of the loopback; use it as a context manager.

    `answering` replies to what is asked, where the order is not known; what it has no reply to (None) gets
    the next of `script`, in order, and after them each query is echoed.
    """

    def __init__(
        self,
        script: Iterable[Scripted] = (),
        *,
        port: int = 0,
        pause: float = 0.0,
        models: tuple[str, ...] = DEFAULT_MODELS,
        caching: bool = False,
        answering: Callable[[Asked], Scripted | None] = lambda _: None,
    ) -> None:
        self.requests: list[Received] = []
        self.hung_up = threading.Event()
        """Set once a client closed its connection before the answer was complete."""
        self.models = models
        self.cache = PromptCache() if caching else None
        """What Anthropic's protocol lets be kept; then replies say what of the input was read and written."""
        self._script: deque[Scripted] = deque(script)
        self._pause = pause
        self.answering = answering
        self._lock = threading.Lock()
        self._http = _Http(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._http.server_address[1])

    @property
    def address(self) -> str:
        """Where Anthropic's, Google's and Ollama's protocols are spoken."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """Where OpenAI's protocol is spoken."""
        return f"{self.address}/v1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The bodies of the requests for an answer, oldest first."""
        return [each.body for each in self.requests if each.body]

    def say(self, *replies: Scripted) -> None:
        """Add replies to the script."""
        with self._lock:
            self._script.extend(replies)

    def serve(self) -> None:
        """Serve in this thread until the process ends."""
        self._http.serve_forever(0.5)

    def reply_to(self, asked: Asked) -> Scripted:
        """The reply to what is asked, the next one of the script, or the query's echo."""
        if found := self.answering(asked):
            return found
        with self._lock:
            if self._script:
                return self._script.popleft()
        return echo(asked.query, asked.tools, asked.results, self._pause)


class _Http(QuietServer):
    def __init__(self, address: tuple[str, int], models: ModelServer) -> None:
        super().__init__(address, _Exchange)
        self.models = models


class _Exchange(QuietHandler):
    server: _Http

    def do_GET(self) -> None:
        models = self.server.models
        self._remember({})
        if self.path.startswith("/api/tags"):
            self._json(200, {"models": [{"name": name, "model": name} for name in models.models]})
        elif self.path.startswith("/v1/models"):
            self._json(
                200, {"object": "list", "data": [{"id": name, "object": "model"} for name in models.models]}
            )
        else:
            self._nothing()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        self._remember(body)
        protocol, asked = self._understand(body)
        if protocol is None or asked is None:
            self._nothing()
            return
        reply = self.server.models.reply_to(asked)
        if self.server.models.cache and protocol is anthropic and isinstance(reply, Reply):
            reply = self.server.models.cache.counted(reply, body)
        if isinstance(reply, Fail):
            status, content = protocol.error(reply)
            self._json(status, content, reply.headers)
        elif isinstance(reply, Reply) and not asked.stream:
            self._json(200, protocol.whole(reply, asked.model))
        else:
            self._stream(protocol, reply, asked.model)

    def _nothing(self) -> None:
        """Say so in a way that tells this server, and what it was asked, from any other one."""
        message = f"the model server of the tests at {self.server.models.port} has nothing at {self.path}"
        self._json(404, {"error": {"message": message}})

    def _understand(self, body: dict[str, Any]) -> tuple[ModuleType | None, Asked | None]:
        path = self.path.partition("?")[0]
        if path.endswith("/chat/completions"):
            return openai, openai.read(body)
        if path.endswith("/v1/messages"):
            return anthropic, anthropic.read(body)
        if ":" in path and path.partition("/models/")[2]:
            model, _, action = path.partition("/models/")[2].rpartition(":")
            return google, google.read(body, model, streamed=action.startswith("stream"))
        return None, None

    def _stream(self, protocol: ModuleType, scripted: Reply | Cut | Garbage | Torn, model: str) -> None:
        reply = scripted if isinstance(scripted, Reply) else scripted.reply
        self.send_response(200)
        self.send_header("content-type", protocol.CONTENT_TYPE)
        self.send_header("transfer-encoding", "chunked")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        make: Callable[[Reply, str], Iterator[bytes]] = protocol.stream
        try:
            if isinstance(scripted, Torn):
                self._torn(scripted, b"".join(make(reply, model)))
                return
            time.sleep(reply.first_pause)
            for count, piece in enumerate(make(reply, model)):
                if isinstance(scripted, Cut) and count == scripted.after:
                    break
                if isinstance(scripted, Garbage) and count == 3:
                    self._chunk(scripted.content)
                    break
                time.sleep(reply.pause)
                self._chunk(piece)
            if isinstance(scripted, Cut) and not scripted.politely:
                self.connection.shutdown(socket.SHUT_RDWR)
            else:
                self._chunk(b"")
        except OSError:
            self.server.models.hung_up.set()

    def _torn(self, scripted: Torn, content: bytes) -> None:
        if scripted.at:
            self._chunk(content[: scripted.at])
        if scripted.ends:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        time.sleep(0.002)  # so that the parts are read one by one
        self._chunk(content[scripted.at :])
        self._chunk(b"")

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def _json(self, status: int, content: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _remember(self, body: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.models.requests.append(Received(self.path, headers, body))
