"""Git's index file as bytes: entries are found, replaced, put in and taken out where they lie.

Layout of version 2: `DIRC`, version, count; entries sorted by path, each 62 bytes, the path, and 1 to 8 NULs
up to a multiple of 8; extensions; SHA-1 of all before. Version 3 has two more bytes in entries that say so.
Version 4 leaves out what a path has in common with the one before; it is read and written back as version 2
or 3.

With 30,000 entries a list of them would cost more than all else that a save does, so there is none. The end
of the entries is told by git's extension `EOIE`, which is the only one that is written; where it is missing
the entries are walked through. Places are found by halving: from anywhere between two entries the next one
is recognised by its form.
"""

import hashlib
import os
import struct

import msgspec

from gitstore.disk.checksum import Checksum
from gitstore.objects.trees import encode_name

_HEAD = struct.Struct(">4sII")
_ENTRY = struct.Struct(">10I20sH")
_EXTENDED = 0x4000
_NO_STAT = (0,) * 10
_START = _HEAD.size
_PLAIN = struct.pack(">I", 0o100644)
_MODES = frozenset(struct.pack(">I", mode) for mode in (0o100644, 0o100755, 0o120000, 0o160000))
_LONGEST = 0xFFF
_END = struct.pack(">4sII", b"EOIE", 24, 0)[:8]
_NOTHING = hashlib.sha1(b"", usedforsecurity=False).digest()


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
        self.checksum = ""
        """Of the file as it was read or encoded last, in hexadecimal digits."""
        self._version = 2
        self._count = 0
        self._entries = bytearray(_START)  # the head is filled in when it is encoded
        self._sorted = True
        self._places: dict[bytes, int] = {}
        """Where names are or belong that were asked for and not set since."""
        self._latest = 0
        """Where the entry begins that was set last, if it is still there."""
        self._checksum = Checksum()
        if content is not None:
            try:
                self._read(content)
            except (struct.error, IndexError, ValueError) as error:
                raise DamagedIndex(f"torn: {error}") from None

    def get(self, path: str) -> list[IndexEntry]:
        """Return the entries of a path: one, none, or the stages of a conflict."""
        name = encode_name(path)
        found = []
        at = self._places[name] = self._place(name)
        while at < len(self._entries) and self._name(at) == name:
            numbers = _ENTRY.unpack_from(self._entries, at)
            found.append(IndexEntry(numbers[10].hex(), numbers[11] >> 12 & 3, numbers[:10]))
            at = self._after(at)
        return found

    def set(self, path: str, identifier: str, status: os.stat_result | None, mode: int = 0o100644) -> None:
        """Set a file's entry; without `status` git will compare the file's content itself."""
        name = encode_name(path)
        numbers = list(_NO_STAT) if status is None else stat_numbers(status)
        numbers[6] = mode
        raw = _ENTRY.pack(*numbers, bytes.fromhex(identifier), min(len(name), _LONGEST)) + name
        raw += bytes(8 - len(raw) % 8)
        start, end = self._span(name)
        if end - start == len(raw):  # of one that is there already; then nothing behind it moves
            self._entries[start:end] = raw
            self._checksum.changed(start)
            self._latest = start
            return
        at = self._take_out(name)
        self._entries[at:at] = raw
        self._checksum.changed(at)
        self._count += 1
        self._latest = at
        self._shift(at, len(raw), name)

    def remove(self, path: str) -> None:
        """Take a path out, in all stages."""
        self._take_out(encode_name(path))

    def paths(self) -> list[str]:
        """Return all paths, sorted as git sorts them."""
        found = []
        at = _START
        while at < len(self._entries):
            found.append(self._name(at).decode("utf-8", "surrogateescape"))
            at = self._after(at)
        return found

    def encode(self) -> bytes:
        """Return the file. Extensions are left out: they only save git work, and it makes them again."""
        return b"".join(self.parts())

    def parts(self) -> tuple[bytearray, bytes]:
        """Return the file in two parts; the first is what the index goes on to be changed in."""
        head = _HEAD.pack(b"DIRC", 3 if self._is_extended() else 2, self._count)
        if self._entries[:_START] != head:
            self._entries[:_START] = head
            self._checksum.changed(0)
        tail = _END + struct.pack(">I", len(self._entries)) + _NOTHING
        found = self._checksum.of(self._entries, tail)
        self.checksum = found.hex()
        return self._entries, tail + found

    def _read(self, content: bytes) -> None:
        magic, self._version, self._count = _HEAD.unpack_from(content)
        if magic != b"DIRC" or self._version not in {2, 3, 4}:
            raise DamagedIndex(f"version {self._version}")
        end = len(content) - 20
        checksum = hashlib.sha1(memoryview(content)[:end], usedforsecurity=False).digest()
        if content[end:] not in {bytes(20), checksum}:
            raise DamagedIndex("torn, or another checksum")
        self.checksum = content[end:].hex()
        self._entries = bytearray(content)
        if self._version == 4:
            at = self._unfold(content)
        else:
            at = _told_end(content, end) or self._walk(content)
            del self._entries[at:]
        unknown = b""
        while at < end:
            name = content[at : at + 4]
            if not name.isalnum():
                raise DamagedIndex("no extension where one should be")
            if name[:1].islower():  # git must refuse what it does not know of these; so must we
                unknown = name
            at += 8 + int.from_bytes(content[at + 4 : at + 8], "big")
        if at != end:
            raise DamagedIndex("something behind it")
        if unknown:  # only now: an old checksum with zeros behind it may look like the name of one
            raise UnknownIndex(f"extension {unknown!r}")
        if not self._sorted:
            raise DamagedIndex("not sorted")

    def _walk(self, content: bytes) -> int:
        """Return where the entries end, having gone through all of them."""
        at, before = _START, (b"", 0)
        for _ in range(self._count):
            here = (self._name(at), content[at + 60] >> 4 & 3)
            self._sorted = self._sorted and here > before and here[0] != b""
            at, before = self._after(at), here
            if at > len(content) - 20:
                raise DamagedIndex("torn")
        return at

    def _unfold(self, content: bytes) -> int:
        """Read entries of version 4 and return where they end."""
        at, previous = _START, b""
        self._entries = bytearray(_START)
        for _ in range(self._count):
            start = at
            at += 64 if content[at + 60] & _EXTENDED >> 8 else 62
            head = content[start:at]
            strip, at = _varint(content, at)
            end = content.index(b"\0", at)
            previous = previous[: len(previous) - strip] + content[at:end]
            at = end + 1
            raw = head + previous
            self._entries += raw + bytes(8 - len(raw) % 8)
        return at

    def _name(self, at: int) -> bytes:
        """Return the path of the entry that begins there."""
        start = at + (64 if self._entries[at + 60] & _EXTENDED >> 8 else 62)
        length = (self._entries[at + 60] << 8 | self._entries[at + 61]) & _LONGEST
        end = start + length if length < _LONGEST else self._entries.index(b"\0", start + _LONGEST)
        return bytes(self._entries[start:end])

    def _after(self, at: int) -> int:
        """Return where the entry ends that begins there."""
        start = at + (64 if self._entries[at + 60] & _EXTENDED >> 8 else 62)
        length = (self._entries[at + 60] << 8 | self._entries[at + 61]) & _LONGEST
        end = start + length if length < _LONGEST else self._entries.index(b"\0", start + _LONGEST)
        return at + (end - at + 8 & ~7)

    def _place(self, name: bytes) -> int:
        """Return where the first entry begins whose path is not before `name`; the end if there is none."""
        if self._latest and self._name(self._latest) < name:  # they often come in their order
            after = self._after(self._latest)
            if after == len(self._entries) or self._name(after) >= name:
                return after
        low, high = _START, len(self._entries)  # an entry begins at `low`; the one at `high` is not before
        while high - low > 4096:
            middle = self._next_entry((low + high) // 2 + 24, high)
            if middle is None:
                break
            if self._name(middle) < name:
                low = middle
            else:
                high = middle
        while low < high and self._name(low) < name:
            low = self._after(low)
        return low

    def _next_entry(self, at: int, stop: int) -> int | None:
        """Return where the first entry of a plain file begins between two places; None if none does.

        The bytes that say that it is one lie 24 behind its beginning, and entries begin 8 apart.
        """
        while (at := self._entries.find(_PLAIN, at, stop)) >= 0:
            start = at - 24
            if start >= _START and (start - _START) % 8 == 0 and self._begins_at(start, stop):
                return start
            at += 1
        return None

    def _begins_at(self, at: int, stop: int) -> bool:
        """Say whether an entry begins here: it has the form of one, and so has what follows it."""
        for _ in range(3):
            if bytes(self._entries[at + 24 : at + 28]) not in _MODES:
                return False
            length = (self._entries[at + 60] << 8 | self._entries[at + 61]) & _LONGEST
            start = at + (64 if self._entries[at + 60] & _EXTENDED >> 8 else 62)
            end = self._entries.find(b"\0", start, stop)
            if end < 0 or (end - start != length if length < _LONGEST else end - start < _LONGEST):
                return False
            after = at + (end - at + 8 & ~7)
            if any(self._entries[end:after]):
                return False
            at = after
            if at >= stop:
                return at == stop
        return True

    def _span(self, name: bytes) -> tuple[int, int]:
        """Return where the entry of a path begins and ends, if it has just one; else where it would begin."""
        start = self._places[name] if name in self._places else self._place(name)
        end = start
        while end < len(self._entries) and self._name(end) == name:
            if end > start:
                return start, start
            end = self._after(end)
        return start, end

    def _take_out(self, name: bytes) -> int:
        """Take a path out, in all stages, and return where it would be."""
        start = end = self._places.pop(name) if name in self._places else self._place(name)
        while end < len(self._entries) and self._name(end) == name:
            end = self._after(end)
            self._count -= 1
        if end > start:
            del self._entries[start:end]
            self._checksum.changed(start)
            self._latest = 0
            self._shift(start, start - end, name)
        return start

    def _shift(self, start: int, by: int, name: bytes) -> None:
        """Correct the places that are known, after an entry was put in or taken out there."""
        for other, at in self._places.items():
            if at > start or (at == start and other > name):
                self._places[other] = at + by

    def _is_extended(self) -> bool:
        """Say whether any entry has the two more bytes of version 3."""
        if self._version == 2:
            return False
        at = _START
        while at < len(self._entries):
            if self._entries[at + 60] & _EXTENDED >> 8:
                return True
            at = self._after(at)
        return False


def _told_end(content: bytes, end: int) -> int | None:
    """Return where the entries end, as the extension for that says; None if there is none that holds."""
    at = end - 32
    if at < _START or content[at : at + 8] != _END:
        return None
    told = int.from_bytes(content[at + 8 : at + 12], "big")
    names = hashlib.sha1(usedforsecurity=False)
    place = told
    while _START <= place < at:
        names.update(content[place : place + 8])
        place += 8 + int.from_bytes(content[place + 4 : place + 8], "big")
    return told if place == at and names.digest() == content[at + 12 : end] else None


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
