"""Git's lines with their length before them, and several streams in one (side-band-64k)."""

from collections.abc import Callable, Iterator
from typing import Protocol

from gitstore.errors import RemoteBroken, RemoteUnreachable
from gitstore.transport import saying

FLUSH = b"0000"


class Source(Protocol):
    """Bytes from a remote."""

    def read(self, size: int) -> bytes:
        """Return at least one and at most `size` bytes, none at the end. Raises RemoteError."""


def line(text: bytes) -> bytes:
    """Return a text with its length before it."""
    return b"%04x%s" % (len(text) + 4, text)


class Lines:
    """Lines as they come from a remote."""

    def __init__(self, source: Source, remote: str) -> None:
        self._source = source
        self._remote = remote
        self.count = 0
        """Bytes that came."""

    def next(self) -> bytes | None:
        """Return the next line, None for a flush.

        Raises:
            RemoteBroken: It is none.
            RemoteUnreachable: The connection ended.
        """
        head = self._exactly(4)
        try:
            size = int(head, 16)
        except ValueError:
            raise RemoteBroken(self._remote, "it does not speak as git does") from None
        if size in {0, 1, 2}:
            return None
        if size < 4:
            raise RemoteBroken(self._remote, "it does not speak as git does")
        return self._exactly(size - 4)

    def section(self) -> Iterator[bytes]:
        """Yield the lines up to the next flush."""
        while (found := self.next()) is not None:
            yield found

    def band(self, told: Callable[[bytes], None]) -> Iterator[bytes]:
        """Yield what comes in the first stream; what the remote tells people is handed on.

        Raises:
            RemoteUnreachable: The remote says that it failed.
        """
        for packet in self.section():
            stream, content = packet[:1], packet[1:]
            if stream == b"\1":
                yield content
            elif stream == b"\2":
                told(content)
            else:
                raise RemoteBroken(self._remote, saying.clean(content.decode("utf-8", "replace")))

    def _exactly(self, size: int) -> bytes:
        parts = []
        while size:
            part = self._source.read(size)
            if not part:
                raise RemoteUnreachable(self._remote, "the connection was cut")
            parts.append(part)
            size -= len(part)
            self.count += len(part)
        return b"".join(parts)


class Joined:
    """Lines that lie within the first of several streams, as a source of their own."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Return at least one and at most `size` bytes, none at the end."""
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return b""
            self._rest = part
        found, self._rest = self._rest[:size], self._rest[size:]
        return found
