"""What is saved and not yet in git: one append-only file per writing process, checksummed and flushed.

A frame is `GSJ1 | length u32 | crc32 u32 | type u8 | payload` (big-endian; the checksum covers type and
payload). A change counts as saved once its frame is flushed. A torn frame at the end was never acknowledged;
damage in the middle is stepped over to the next whole frame and reported.

The owner holds the lock of its file for life. Whoever works under the gate may read all journals, and may
delete those whose owner is gone and whose changes are in git.
"""

import contextlib
import errno
import os
import struct
import zlib
from pathlib import Path

import msgspec

from gitstore.disk import locking
from gitstore.disk.files import Files
from gitstore.errors import NotSaved, ReadOnly
from gitstore.values import Change, Identity

MAGIC = b"GSJ1"
_HEAD = struct.Struct(">4sIIB")
CHANGE = 1
LONGEST = 1 << 30
_BLANK = bytes(16)
_ROTATE_AT = 1 << 20
_READ_ONLY = frozenset((errno.EROFS, errno.EACCES, errno.EPERM))


class Saved(msgspec.Struct, frozen=True):
    """A change as the journal holds it."""

    change: Change
    author: Identity
    time: float
    """When it was saved."""


class Frame(msgspec.Struct, frozen=True):
    """One whole frame of a journal or a log of turns."""

    type: int
    payload: bytes
    end: int
    """Offset of the byte after it."""


class Scan(msgspec.Struct, frozen=True):
    """What a file of frames holds from some offset on."""

    frames: list[Frame]
    damaged: list[tuple[int, int]]
    """Ranges between whole frames that are none."""
    torn: int
    """Bytes after the last whole frame."""


def frame(kind: int, payload: bytes) -> bytes:
    """Return the bytes of one frame."""
    checksum = zlib.crc32(payload, zlib.crc32(bytes((kind,))))
    return _HEAD.pack(MAGIC, len(payload), checksum, kind) + payload


def scan(content: bytes, start: int = 0) -> Scan:
    """Read all whole frames of a file's content from an offset on."""
    frames: list[Frame] = []
    damaged: list[tuple[int, int]] = []
    at = end = start
    while (at := content.find(MAGIC, at)) >= 0:
        found = _frame_at(content, at)
        if found is None:
            at += 1
            continue
        if at > end:
            damaged.append((end, at))
        frames.append(found)
        at = end = found.end
    if _is_damaged(content, end):
        damaged.append((end, len(content)))
        end = len(content)
    return Scan(frames, damaged, len(content) - end)


def _is_damaged(content: bytes, at: int) -> bool:
    """Say whether what follows the last whole frame was whole once, and is not just torn in writing.

    A torn frame begins as frames do and is too short, or parts of it are blank, as a power cut leaves them.
    """
    rest = content[at:]
    if not rest.strip(b"\0") or _BLANK in rest:
        return False
    if not rest.startswith(MAGIC[: len(rest)]):
        return True
    return len(rest) >= _HEAD.size and _HEAD.size + _HEAD.unpack_from(rest)[1] <= len(rest)


def decode(payload: bytes) -> Saved:
    """Return the change in a frame. Raises msgspec.DecodeError if a newer program wrote it."""
    return msgspec.msgpack.decode(payload, type=Saved)


class Journal:
    """The file that this process appends to; made at the first append."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files = files
        self._folder = folder
        self._descriptor: int | None = None
        self._size = 0
        self.path: Path | None = None

    @property
    def name(self) -> str | None:
        """The name of the file, as the log of turns knows it; None before the first append."""
        return self.path.name if self.path else None

    def append(self, saved: Saved) -> int:
        """Save a change and return the offset of the byte after it.

        When this returns, the change survives `kill -9` and a power cut.

        Raises:
            NotSaved: The disk is full or failed; nothing that was saved before is lost. ReadOnly says it
                more closely.
        """
        payload = msgspec.msgpack.encode(saved)
        if len(payload) > LONGEST:  # no reader would take it for a frame
            raise NotSaved(os.strerror(errno.EFBIG))
        try:
            return self._append(frame(CHANGE, payload))
        except OSError as error:
            if error.errno in _READ_ONLY:
                raise ReadOnly(self._folder) from error
            raise NotSaved(os.strerror(error.errno) if error.errno else str(error)) from error

    def drained(self, offsets: dict[str, int]) -> bool:
        """Say whether all of the file is in git, by what the log of turns says of each journal."""
        return self.path is not None and offsets.get(self.path.name, 0) >= self._size

    def rotate(self, offsets: dict[str, int]) -> None:
        """Begin a new file if this one is long and all of it is in git; called under the gate."""
        if self._size > _ROTATE_AT and self.drained(offsets):
            self.discard()

    def discard(self) -> None:
        """Close and remove the file, all of which is in git; called under the gate."""
        if self.path is not None:
            self._files.discard(self.path)
        self.close()

    def close(self) -> None:
        """Close the file and leave it: its changes are taken by whoever next holds the gate."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self.path, self._size = None, None, 0

    def _append(self, content: bytes) -> int:
        if self._descriptor is None:
            self._begin()
        assert self._descriptor is not None  # noqa: S101
        try:
            self._files.write(self._descriptor, content)
            self._files.flush(self._descriptor)
        except BaseException:
            # After a failed flush the system may have dropped the pages and forgotten: the file is not
            # trusted again. Cutting it keeps what was not acknowledged from being taken; if that fails too,
            # it may be taken, once.
            with contextlib.suppress(OSError):
                self._files.truncate(self._descriptor, self._size)
            self.close()
            raise
        self._size += len(content)
        return self._size

    def _begin(self) -> None:
        self._files.make_directories(self._folder)
        while True:
            path = self._folder / f"{os.getpid()}-{os.urandom(8).hex()}.wal"
            descriptor = self._files.create(path)
            try:
                locking.lock(descriptor)
                if os.fstat(descriptor).st_nlink:  # an empty file without an owner may have been cleared away
                    self._files.flush_directory(self._folder)
                    break
            except OSError:
                os.close(descriptor)
                raise
            os.close(descriptor)
        self._descriptor, self._size, self.path = descriptor, 0, path


def list_journals(folder: Path) -> list[Path]:
    """Return all journals, sorted by name."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  at each turn and each look
    except FileNotFoundError:
        return []
    return [folder / name for name in sorted(names) if name.endswith(".wal")]


def _frame_at(content: bytes, at: int) -> Frame | None:
    if len(content) - at < _HEAD.size:
        return None
    _, length, checksum, kind = _HEAD.unpack_from(content, at)
    start = at + _HEAD.size
    if length > LONGEST or start + length > len(content):
        return None
    payload = content[start : start + length]
    if zlib.crc32(payload, zlib.crc32(bytes((kind,)))) != checksum:
        return None
    return Frame(kind, payload, start + length)
