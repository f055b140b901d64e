"""What goes wrong on the way: a server that never answers, a connection that is cut; bytes counted."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """A server that accepts and says nothing; yields its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=20) as server:
        yield int(server.getsockname()[1])


@dataclass
class Passed:
    """A proxy on its way."""

    port: int
    sent: int = 0
    """Bytes from clients."""
    came: int = 0
    """Bytes from the server."""


@contextlib.contextmanager
def cutting(target: int, after: int | None = None) -> Iterator[Passed]:
    """Pass connections on to a port, until so many bytes came from the server, and cut them then.

    All connections count together: what goes over one may take two another time. None: only count.
    """
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=20) as server:
        server.settimeout(0.05)
        passed = Passed(int(server.getsockname()[1]))
        threads: list[threading.Thread] = []

        def accept() -> None:
            while not stop.is_set():
                try:
                    client, _ = server.accept()
                except TimeoutError:
                    continue
                thread = threading.Thread(target=_pass, args=(client, target, after, passed, stop))
                thread.start()
                threads.append(thread)

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield passed
        finally:
            stop.set()
            accepting.join()
            for thread in threads:
                thread.join()


def _pass(
    client: socket.socket, target: int, after: int | None, passed: Passed, stop: threading.Event
) -> None:
    with client, socket.create_connection(("127.0.0.1", target)) as server:
        for plug in (client, server):
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while not stop.is_set() and selector.get_map():
                for key, _ in selector.select(0.05):
                    assert isinstance(key.fileobj, socket.socket)
                    try:
                        part = key.fileobj.recv(1 << 16)
                        if key.fileobj is server:
                            if after is not None:
                                part, whole = part[: after - passed.came], len(part)
                                if len(part) < whole or passed.came + len(part) == after:
                                    passed.came += len(part)
                                    key.data.sendall(part)
                                    return
                            passed.came += len(part)
                        else:
                            passed.sent += len(part)
                        if not part:
                            selector.unregister(key.fileobj)
                            key.data.shutdown(socket.SHUT_WR)
                        else:
                            key.data.sendall(part)
                    except OSError:
                        return
