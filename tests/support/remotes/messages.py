"""A relay that cuts the network: after so many messages, in whichever direction, nothing passes."""

import contextlib
import re
import selectors
import socket
import threading
from collections.abc import Iterator

_LENGTH = re.compile(rb"[0-9a-fA-F]{4}")
_PROGRESS = re.compile(rb"[0-9a-fA-F]{4}\x02")
_HEAD = re.compile(rb"(?:HTTP|GET |POST)")


class Splitter:
    """Tells the messages in what comes in one direction of a connection.

    A message is a line of git's protocol, the head of a request or an answer of the web, or, of anything
    else (a pack, what is encrypted), what came at once.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._raw = False
        """Whether lines have ended: a pack may look as if it had some."""

    def split(self, part: bytes) -> list[bytes]:
        """Return the messages that are whole with what came now; nothing came if the direction has ended."""
        messages: list[bytes] = []
        rest = self._rest + part
        while rest:
            size = self._size(rest) if part else len(rest)
            if size is None or size > len(rest):
                break
            messages.append(rest[:size])
            rest = rest[size:]
        self._rest = rest
        return messages

    def _size(self, content: bytes) -> int | None:
        if _HEAD.match(content):
            self._raw = False
            end = content.find(b"\r\n\r\n")
            return None if end < 0 else end + 4
        if self._raw:
            return len(content)
        if len(content) < 4:
            return None
        if _LENGTH.match(content):
            return max(4, int(content[:4], 16))
        self._raw = True
        return len(content)


class Relay:
    """Passes connections on to a port until so many messages went through; None: all of them."""

    def __init__(self, target: int, most: int | None) -> None:
        self.count = 0
        """Messages that went through, in both directions of all connections."""
        self._target = target
        self._most = most
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._server = socket.create_server(("127.0.0.1", 0), backlog=20)
        self._server.settimeout(0.02)
        self.port = int(self._server.getsockname()[1])

    @property
    def is_cut(self) -> bool:
        """Whether something did not go through."""
        return self._stop.is_set()

    def accept(self) -> None:
        """Take connections until the network is cut or the relay is closed."""
        while not self._stop.is_set():
            try:
                client, _ = self._server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            thread = threading.Thread(target=self._pass, args=(client,))
            thread.start()
            self._threads.append(thread)
        self._server.close()  # who comes later is refused

    def close(self) -> None:
        """End everything."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _pass(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            splitters = {client: Splitter(), server: Splitter()}
            to = {client: server, server: client}
            with selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
                for each in to:
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    selector.register(each, selectors.EVENT_READ)
                while not self._stop.is_set() and selector.get_map():
                    for key, _ in selector.select(0.02):
                        assert isinstance(key.fileobj, socket.socket)
                        plug = key.fileobj
                        part = plug.recv(1 << 16)
                        if not self._sent(to[plug], splitters[plug].split(part)):
                            self._cut(client, server)
                            return
                        if not part:
                            selector.unregister(plug)
                            to[plug].shutdown(socket.SHUT_WR)

    def _sent(self, to: socket.socket, messages: list[bytes]) -> bool:
        for message in messages:
            with self._lock:
                if _PROGRESS.match(message):  # how much of it there is depends on the time of day
                    pass
                elif self._most is not None and self.count >= self._most:
                    return False
                else:
                    self.count += 1
            to.sendall(message)
        return True

    def _cut(self, *plugs: socket.socket) -> None:
        """Let both ends lose the connection, as if a cable was pulled and somebody told them."""
        self._stop.set()
        for plug in plugs:
            with contextlib.suppress(OSError):
                plug.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def relayed(target: int, most: int | None = None) -> Iterator[Relay]:
    """Run a relay in front of a port of this machine."""
    relay = Relay(target, most)
    accepting = threading.Thread(target=relay.accept)
    accepting.start()
    try:
        yield relay
    finally:
        relay.close()
        accepting.join()
