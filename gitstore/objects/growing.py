"""Long files as they were read last: of a version that has grown since, only what is new is decompressed."""

from collections import OrderedDict

import msgspec

from gitstore.disk import streams

_MOST = 16 << 20
"""Bytes of contents and streams that are kept."""


class _Read(msgspec.Struct, frozen=True):
    """A version of a file."""

    content: bytes
    stream: bytes

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.content) + len(self.stream)


class Growing:
    """The latest version of each long file that was read, by its path; the ones not read for longest go."""

    def __init__(self) -> None:
        self._latest: OrderedDict[str, _Read] = OrderedDict()
        self._size = 0

    def read(self, path: str, stream: bytes) -> tuple[bytes, bool]:
        """Return the content of a stream, and whether the stream can be prolonged.

        Args:
            path: Whose content it is, as far as known; what is returned does not depend on it.
            stream: Of zlib.

        Raises:
            zlib.error: It is damaged.
        """
        known = self._latest.get(path)
        if known is not None and streams.is_prolonged(known.stream, stream):
            more, sound = streams.read_on(known.content, stream[streams.end_of_blocks(known.stream) :])
            content = known.content + more
        else:
            content, sound = streams.read(stream)
        self._keep(path, _Read(content, stream))
        return content, sound

    def _keep(self, path: str, version: _Read) -> None:
        before = self._latest.pop(path, None)
        self._size += version.size - (before.size if before else 0)
        self._latest[path] = version
        while self._size > _MOST:
            self._size -= self._latest.popitem(last=False)[1].size
