"""Git's index file as bytes: entries looked up and replaced, everything else kept as it is.

Layout of version 2: `DIRC`, version, count; entries sorted by path, each 62 bytes, the path, and 1 to 8 NULs
up to a multiple of 8; extensions; SHA-1 of all before. Version 3 has two more bytes in entries that say so.
Version 4 leaves out what a path has in common with the one before; it is read and written back as version 2
or 3.
"""

import hashlib
import os
import struct
from bisect import bisect_left

import msgspec

from gitstore.trees import encode_name

_HEAD = struct.Struct(">4sII")
_ENTRY = struct.Struct(">10I20sH")
_EXTENDED = 0x4000
_NO_STAT = (0,) * 10


class UnknownIndex(Exception):
    """The index is of a form that cannot be kept (split, sparse)."""


class DamagedIndex(Exception):
    """The index is torn, empty or otherwise nothing that git reads, either."""


class IndexEntry(msgspec.Struct, frozen=True):
    """What the index says of one path."""

    id: str
    stage: int
    stat: tuple[int, ...]
    """Ten numbers as git keeps them: ctime, mtime (s, ns each), device, inode, mode, user, group, size."""


class Index:
    """The entries of an index; changed in memory, and turned into bytes again."""

    def __init__(self, content: bytes | None = None) -> None:
        """Read an index.

        Args:
            content: The file; None for an index without entries.

        Raises:
            UnknownIndex: See there.
            DamagedIndex: See there.
        """
        self._keys: list[tuple[bytes, int]] = []
        self._raw: list[bytes] = []
        if content is not None:
            self._parse(content)

    def get(self, path: str) -> list[IndexEntry]:
        """Return the entries of a path: one, none, or the stages of a conflict."""
        name = encode_name(path)
        found = []
        at = bisect_left(self._keys, (name, 0))
        while at < len(self._keys) and self._keys[at][0] == name:
            numbers = _ENTRY.unpack_from(self._raw[at])
            found.append(IndexEntry(numbers[10].hex(), numbers[11] >> 12 & 3, numbers[:10]))
            at += 1
        return found

    def set(self, path: str, identifier: str, status: os.stat_result | None, mode: int = 0o100644) -> None:
        """Set a file's entry; without `status` git will compare the file's content itself."""
        self.remove(path)
        name = encode_name(path)
        numbers = list(_NO_STAT) if status is None else stat_numbers(status)
        numbers[6] = mode
        raw = _ENTRY.pack(*numbers, bytes.fromhex(identifier), min(len(name), 0xFFF)) + name
        at = bisect_left(self._keys, (name, 0))
        self._keys.insert(at, (name, 0))
        self._raw.insert(at, raw + bytes(8 - len(raw) % 8))

    def remove(self, path: str) -> None:
        """Take a path out, in all stages."""
        name = encode_name(path)
        at = bisect_left(self._keys, (name, 0))
        while at < len(self._keys) and self._keys[at][0] == name:
            del self._keys[at], self._raw[at]

    def paths(self) -> list[str]:
        """Return all paths, sorted as git sorts them."""
        return [name.decode("utf-8", "surrogateescape") for name, _ in self._keys]

    def encode(self) -> bytes:
        """Return the file. Extensions are left out: they only save git work, and it makes them again."""
        extended = any(raw[60] & _EXTENDED >> 8 for raw in self._raw)
        body = _HEAD.pack(b"DIRC", 3 if extended else 2, len(self._raw)) + b"".join(self._raw)
        return body + hashlib.sha1(body, usedforsecurity=False).digest()

    def _parse(self, content: bytes) -> None:
        try:
            magic, version, count = _HEAD.unpack_from(content)
            if magic != b"DIRC" or version not in {2, 3, 4}:
                raise DamagedIndex(f"version {version}")
            at = _HEAD.size
            previous = b""
            for _ in range(count):
                start = at
                flags = content[at + 60] << 8 | content[at + 61]
                at += 64 if flags & _EXTENDED else 62
                head = content[start:at]
                if version == 4:
                    strip, at = _varint(content, at)
                    end = content.index(b"\0", at)
                    name = previous[: len(previous) - strip] + content[at:end]
                    at = end + 1
                    raw = head + name
                    raw += bytes(8 - len(raw) % 8)
                    previous = name
                else:
                    length = flags & 0xFFF
                    end = at + length if length < 0xFFF else content.index(b"\0", at)
                    name = content[at:end]
                    at = start + (end - start + 8 & ~7)
                    raw = content[start:at]
                self._keys.append((name, flags >> 12 & 3))
                self._raw.append(raw)
            self._extensions(content, at)
        except (struct.error, IndexError, ValueError) as error:
            raise DamagedIndex(f"torn: {error}") from None
        if sorted(self._keys) != self._keys:
            raise DamagedIndex("not sorted")

    def _extensions(self, content: bytes, at: int) -> None:
        end = len(content) - 20
        checksum = hashlib.sha1(content[:end], usedforsecurity=False).digest()
        if end < at or content[end:] not in {bytes(20), checksum}:
            raise DamagedIndex("torn, or another checksum")
        while at < end:
            if content[
                at : at + 1
            ].islower():  # git must refuse what it does not know of these, and so must we
                raise UnknownIndex(f"extension {content[at : at + 4]!r}")
            at += 8 + int.from_bytes(content[at + 4 : at + 8], "big")


def stat_numbers(status: os.stat_result) -> list[int]:
    """Return what git keeps of a file's state, to see without reading whether it was changed."""
    seconds, nanoseconds = divmod(status.st_ctime_ns, 10**9)
    modified, modified_ns = divmod(status.st_mtime_ns, 10**9)
    numbers = [seconds, nanoseconds, modified, modified_ns, status.st_dev, status.st_ino]
    numbers += [0o100644, status.st_uid, status.st_gid, status.st_size]
    return [number & 0xFFFF_FFFF for number in numbers]


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Read the number of bytes to strip, as git's offset encoding writes it."""
    byte = content[at]
    number = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = content[at]
        number = (number + 1 << 7) | byte & 0x7F
    return number, at + 1
