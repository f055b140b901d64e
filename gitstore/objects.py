"""Reading git's objects, from packs and loose files; what is handed out is what its id promises.

The common cases are read here, because a program that lists sessions must not spend 35 ms on importing a
library; what this file does not know (alternates, old index formats) is left to dulwich.
"""

import hashlib
import mmap
import os
import struct
import threading
import zlib
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from gitstore import deltas
from gitstore.errors import Damaged, ObjectCorrupt, ObjectMissing, Unreadable, reading
from gitstore.trees import EMPTY

COMMIT, TREE, BLOB, TAG = 1, 2, 3, 4
KINDS = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob", TAG: b"tag"}
_CODES = {name: code for code, name in KINDS.items()}
_OFFSET_DELTA, _ID_DELTA = 6, 7
_CACHE_BYTES = 24 << 20


def identify(kind: int, content: bytes) -> str:
    """Return the id of an object, 40 hexadecimal digits."""
    return hashlib.sha1(b"%s %d\0" % (KINDS[kind], len(content)) + content, usedforsecurity=False).hexdigest()


class Pack:
    """One pack and its index, mapped into memory: it stays readable when the files are removed."""

    def __init__(self, index: Path) -> None:
        self.path = index.with_suffix(".pack")
        self.made = index.stat().st_mtime_ns
        """When, in nanoseconds since 1970."""
        self._index = _map(index)
        if self._index[:8] != b"\377tOc\0\0\0\2" or len(self._index) < 1072:
            raise Damaged(str(index), "not a pack index of version 2")
        self._pack = _map(self.path)
        if self._pack[:4] != b"PACK":
            raise Damaged(str(self.path), "not a pack")
        self.count = int.from_bytes(self._index[1028:1032], "big")
        self._places: list[int] = []
        if len(self._index) < 1072 + 28 * self.count:
            raise Damaged(str(index), "too short")

    @property
    def size(self) -> int:
        """Bytes of the pack."""
        return len(self._pack)

    def ids(self) -> list[str]:
        """Return the ids of all objects in it, sorted."""
        names = self._index[1032 : 1032 + 20 * self.count]
        return [names[at : at + 20].hex() for at in range(0, len(names), 20)]

    def offset(self, raw: bytes) -> int | None:
        """Return where an object lies in the pack, or None if it is not in it."""
        first = raw[0]
        low = int.from_bytes(self._index[4 + 4 * first : 8 + 4 * first], "big") if first else 0
        high = int.from_bytes(self._index[8 + 4 * first : 12 + 4 * first], "big")
        at = start = 1032 + 20 * low
        stop = 1032 + 20 * high
        while (at := self._index.find(raw, at, stop)) >= 0 and (at - start) % 20:
            at += 1
        if at < 0:
            return None
        rank = (at - 1032) // 20
        where = 1032 + 24 * self.count + 4 * rank
        return self._far(int.from_bytes(self._index[where : where + 4], "big"))

    def read(self, offset: int, reader: "ObjectReader") -> tuple[int, bytes]:
        """Return kind and content of the object at an offset.

        Args:
            offset: As `offset` found it.
            reader: Asked for a base that is not in this pack.
        """
        chain: list[bytes] = []
        while True:
            kind, size, at = self._header(offset)
            if kind == _OFFSET_DELTA:
                back, at = self._distance(at)
                chain.append(self._inflate(at, size))
                if back <= 0 or back > offset:
                    raise Damaged(str(self.path), "delta without base")
                offset -= back
            elif kind == _ID_DELTA:
                raw = self._pack[at : at + 20]
                chain.append(self._inflate(at + 20, size))
                inner = self.offset(raw)
                if inner is None:
                    kind, content = reader.read(raw.hex())
                    break
                if inner == offset or len(chain) > 10_000:
                    raise Damaged(str(self.path), "delta of itself")
                offset = inner
            elif kind in KINDS:
                content = self._inflate(at, size)
                break
            else:
                raise Damaged(str(self.path), "unknown kind of object")
        for delta in reversed(chain):
            content = deltas.apply(content, delta)
        return kind, content

    def pieces(self) -> Iterator[tuple[str, int, int, bytes, str | None]]:
        """Yield id, kind, size, stream and base of everything in the pack, as it lies there, in its order.

        Kind is that of the entry: of a delta it is none of an object's. Size is that of what is compressed.

        Raises:
            Damaged: A checksum does not fit, or a delta has no base here.
        """
        names, checksums, places = self._rows()
        order = sorted(range(self.count), key=places.__getitem__)
        by_place = {places[rank]: names[rank] for rank in order}
        ends = [places[rank] for rank in order[1:]] + [len(self._pack) - 20]
        for rank, end in zip(order, ends, strict=True):
            start = places[rank]
            if zlib.crc32(self._pack[start:end]) != checksums[rank]:
                raise Damaged(str(self.path), f"object {names[rank]} is corrupt")
            kind, size, at = self._header(start)
            base = None
            if kind == _OFFSET_DELTA:
                back, at = self._distance(at)
                base = by_place.get(start - back)
            elif kind == _ID_DELTA:
                base, at = self._pack[at : at + 20].hex(), at + 20
            if kind not in KINDS and (base is None or self.offset(bytes.fromhex(base)) is None):
                raise Damaged(str(self.path), "delta without base")
            yield names[rank], kind, size, self._pack[at:end], base

    def _rows(self) -> tuple[list[str], tuple[int, ...], list[int]]:
        """Return ids, checksums and offsets of all objects, sorted by id."""
        start, count = 1032 + 20 * self.count, self.count
        checksums = struct.unpack(f">{count}I", self._index[start : start + 4 * count])
        places = struct.unpack(f">{count}I", self._index[start + 4 * count : start + 8 * count])
        return self.ids(), checksums, [self._far(place) for place in places]

    def _far(self, place: int) -> int:
        """Return an offset, from the second table if it is too large for the first."""
        if not place & 0x8000_0000:
            return place
        where = 1032 + 28 * self.count + 8 * (place & 0x7FFF_FFFF)
        return int.from_bytes(self._index[where : where + 8], "big")

    def whole(self, offset: int) -> tuple[int, bytes] | None:
        """Return size and stream of an object that lies whole in the pack; None if it is a delta."""
        kind, size, at = self._header(offset)
        if kind not in KINDS:
            return None
        if not self._places:
            self._places = [*sorted(self._rows()[2]), len(self._pack) - 20]
        return size, self._pack[at : self._places[bisect_right(self._places, offset)]]

    def _distance(self, at: int) -> tuple[int, int]:
        """Return how far before a delta its base begins, and where the number ends."""
        byte = self._pack[at]
        back = byte & 0x7F
        while byte & 0x80:
            at += 1
            byte = self._pack[at]
            back = (back + 1 << 7) | byte & 0x7F
        return back, at + 1

    def _header(self, offset: int) -> tuple[int, int, int]:
        byte = self._pack[offset]
        kind, size, shift = byte >> 4 & 7, byte & 15, 4
        offset += 1
        while byte & 0x80:
            byte = self._pack[offset]
            offset += 1
            size |= (byte & 0x7F) << shift
            shift += 7
        return kind, size, offset

    def _inflate(self, at: int, size: int) -> bytes:
        bound = (
            at + size + size // 500 + 256
        )  # no compressor makes it longer; more would be copied for nothing
        inflater = zlib.decompressobj()
        content = inflater.decompress(self._pack[at:bound])
        if not inflater.eof:
            content += inflater.decompress(self._pack[bound:])
        if not inflater.eof or len(content) != size:
            raise Damaged(str(self.path), "object of another length")
        return content


class ObjectReader:
    """The objects of one repository."""

    def __init__(self, git_directory: Path) -> None:
        self._objects = git_directory / "objects"
        self._packs: dict[str, Pack] = {}
        self._unread: dict[str, str] = {}
        """Files that the system did not read at the last look, and why."""
        self._listed: tuple[int, int] | None = None
        self._cache: OrderedDict[str, tuple[int, bytes]] = OrderedDict()
        self._cached = 0
        self._mutex = threading.RLock()  # a log may be read by one thread while another saves

    def shallow(self) -> frozenset[str]:
        """Return the commits at which a shallow clone was cut: their parents are not here, and not missed."""
        try:
            return frozenset(self._objects.with_name("shallow").read_text("ascii", "replace").split())
        except OSError:
            return frozenset()

    def read(self, identifier: str, place: str | None = None) -> tuple[int, bytes]:
        """Return kind and content of an object.

        Args:
            identifier: 40 hexadecimal digits.
            place: What an error shall name; the id if it is None.

        Raises:
            ObjectMissing: It is nowhere.
            ObjectCorrupt: It is somewhere, and no copy has the content that the id promises.
            Unreadable: It may be in a file that the system does not read now.
        """
        with self._mutex, reading(place or identifier):
            return self._read(identifier, place)

    def _read(self, identifier: str, place: str | None) -> tuple[int, bytes]:
        known = self._cache.get(identifier)
        if known is not None:
            self._cache.move_to_end(identifier)
            return known
        if identifier == EMPTY:  # git knows it without having it
            return TREE, b""
        raw = bytes.fromhex(identifier)
        found = self._look(identifier, raw)
        if found is None and self.refresh():
            found = self._look(identifier, raw)
        if found is None:
            found = self._ask_dulwich(identifier)
        if found is None:
            for path, reason in self._unread.items():
                raise Unreadable(path, reason)
            if self._copies(identifier, raw):
                raise ObjectCorrupt(place or identifier, identifier)
            raise ObjectMissing(place or identifier, identifier)
        self.remember(identifier, *found)
        return found

    def stream(self, identifier: str) -> tuple[int, bytes] | None:
        """Return size and compressed stream of an object that lies whole in a pack; None if none does.

        It is not compared with the id.
        """
        raw = bytes.fromhex(identifier)
        with self._mutex:
            for pack in reversed(self._packs.values()):
                if (offset := pack.offset(raw)) is not None and (found := pack.whole(offset)) is not None:
                    return found
        return None

    def remember(self, identifier: str, kind: int, content: bytes) -> None:
        """Keep an object in memory for the next reads (the oldest ones go when 24 MB are held)."""
        with self._mutex:
            if identifier in self._cache or len(content) > _CACHE_BYTES // 2:
                return
            self._cache[identifier] = (kind, content)
            self._cached += len(content)
            while self._cached > _CACHE_BYTES:
                self._cached -= len(self._cache.popitem(last=False)[1][1])

    def commit(self, identifier: str) -> bytes:
        """Return a commit's content. Raises Damaged if it is missing, corrupt or no commit."""
        return self._typed(identifier, COMMIT, f"commit {identifier}")

    def tree(self, identifier: str, place: str = "") -> bytes:
        """Return a tree's content. Raises Damaged if it is missing, corrupt or no tree."""
        return self._typed(identifier, TREE, place or f"tree {identifier}")

    def blob(self, identifier: str, place: str = "") -> bytes:
        """Return a file's content. Raises Damaged if it is missing, corrupt or no blob."""
        return self._typed(identifier, BLOB, place or f"blob {identifier}")

    def matching(self, prefix: str, most: int = 2) -> list[str]:
        """Return at most `most` ids of objects that begin with some hexadecimal digits (at least 4)."""
        self.refresh()
        found = {name for pack in self._packs.values() for name in pack.ids() if name.startswith(prefix)}
        try:
            rest = [path.name for path in (self._objects / prefix[:2]).iterdir()]
        except OSError:
            rest = []
        found |= {
            prefix[:2] + name for name in rest if (prefix[:2] + name).startswith(prefix) and len(name) == 38
        }
        return sorted(found)[:most]

    def loose(self) -> list[str]:
        """Return the ids of the objects that lie in files of their own."""
        found = []
        for folder in self._objects.iterdir():
            if len(folder.name) == 2 and folder.is_dir():
                found += [f"{folder.name}{path.name}" for path in folder.iterdir() if len(path.name) == 38]
        return sorted(found)

    def packs(self) -> list[Pack]:
        """Return the packs that are there now."""
        self.refresh()
        return list(self._packs.values())

    def refresh(self) -> bool:
        """Look which packs are there, and say whether that may have changed since it was last looked."""
        folder = self._objects / "pack"
        try:
            status = folder.stat()
            names = {
                name
                for name in os.listdir(folder)  # noqa: PTH208  at each turn
                if name.startswith("pack-") and name.endswith(".idx")
            }
        except FileNotFoundError:
            return False
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp == self._listed and names == self._packs.keys():
            return False
        self._listed = stamp
        self._unread = {}
        opened: dict[str, Pack] = {}
        for name in sorted(names):
            try:
                opened[name] = self._packs.get(name) or Pack(folder / name)
            except (
                FileNotFoundError,
                ValueError,
                Damaged,
            ):  # removed meanwhile, or damaged: its objects may be elsewhere too
                continue
            except OSError as error:  # not read is not absent
                self._unread[str(folder / name)] = error.strerror or str(error)
        self._packs = opened
        return True

    def _typed(self, identifier: str, kind: int, place: str) -> bytes:
        found, content = self.read(identifier, place)
        if found != kind:
            raise ObjectCorrupt(place, identifier)
        return content

    def _look(self, identifier: str, raw: bytes) -> tuple[int, bytes] | None:
        for pack in reversed(self._packs.values()):
            offset = pack.offset(raw)
            if offset is None:
                continue
            try:
                found = pack.read(offset, self)
            except (Damaged, zlib.error, IndexError):
                continue
            if identify(*found) == identifier:
                return found
        return self._loose(identifier)

    def _loose(self, identifier: str) -> tuple[int, bytes] | None:
        try:
            packed = (self._objects / identifier[:2] / identifier[2:]).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        try:
            header, _, content = zlib.decompress(packed).partition(b"\0")
        except zlib.error:
            return None
        kind = _CODES.get(header.split(b" ")[0])
        if kind is None or identify(kind, content) != identifier:
            return None
        return kind, content

    def _copies(self, identifier: str, raw: bytes) -> bool:
        packed = any(pack.offset(raw) is not None for pack in self._packs.values())
        return packed or (self._objects / identifier[:2] / identifier[2:]).exists()

    def _ask_dulwich(self, identifier: str) -> tuple[int, bytes] | None:
        """Read from alternates and from packs with an index of version 1."""
        pack = self._objects / "pack"
        unknown = pack.is_dir() and any(
            path.suffix == ".idx" and path.name not in self._packs for path in pack.iterdir()
        )
        if not unknown and not (self._objects / "info" / "alternates").exists():
            return None
        from dulwich.object_store import DiskObjectStore  # noqa: PLC0415  35 ms, seldom needed
        from dulwich.objects import ObjectID  # noqa: PLC0415

        store = DiskObjectStore(self._objects)
        try:
            kind, content = store.get_raw(ObjectID(identifier.encode()))
        except Exception:  # noqa: BLE001  whatever a damaged file made it raise: it is not to be had
            return None
        finally:
            store.close()
        return (kind, content) if kind in KINDS and identify(kind, content) == identifier else None


def _map(path: Path) -> mmap.mmap:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(descriptor)
