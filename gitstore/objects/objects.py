"""Reading git's objects, from packs and loose files; what is handed out is what its id promises.

The common cases are read here, because a program that lists sessions must not spend 35 ms on importing a
library; what this file does not know (alternates, old index formats) is left to dulwich.
"""

import contextlib
import os
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gitstore.disk import streams
from gitstore.errors import Damaged, ObjectCorrupt, ObjectMissing, Unreadable, unreadable
from gitstore.kinds import BLOB, COMMIT, KINDS, TREE, identify
from gitstore.objects.growing import Growing
from gitstore.objects.packfile import Pack
from gitstore.objects.trees import EMPTY

_CODES = {name: code for code, name in KINDS.items()}
_CACHE_BYTES = 24 << 20

T = TypeVar("T")


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
        self._growing = Growing()
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
        with self._mutex:
            known = self._cache.get(identifier)
            if known is not None:
                self._cache.move_to_end(identifier)
                return known
            try:
                return self._read(identifier, place)
            except OSError as error:
                raise unreadable(error, place or identifier) from error

    def _read(self, identifier: str, place: str | None) -> tuple[int, bytes]:
        if identifier == EMPTY:  # git knows it without having it
            return TREE, b""
        try:
            raw = bytes.fromhex(identifier)
        except ValueError:  # of a commit that names anything
            raise ObjectMissing(place or identifier, identifier) from None
        found = self._look(identifier, raw, place)
        if found is None and self.refresh():
            found = self._look(identifier, raw, place)
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

    def measure(self, identifier: str) -> tuple[int, int]:
        """Return kind and size of an object; of most it costs no unpacking.

        Raises:
            Damaged: It is missing or corrupt, as far as that shows.
        """
        found = self._at_a_glance(identifier, Pack.measure)
        if found is None:
            kind, content = self.read(identifier)
            found = kind, len(content)
        return found

    def beginning(self, identifier: str, length: int) -> bytes:
        """Return the first bytes of an object: of most without unpacking the rest, and so unchecked.

        Raises:
            Damaged: It is missing or corrupt, as far as that shows.
        """
        found = self._at_a_glance(identifier, lambda pack, offset: pack.beginning(offset, length))
        return self.read(identifier)[1][:length] if found is None else found

    def _at_a_glance(self, identifier: str, look: Callable[[Pack, int], T | None]) -> T | None:
        """Return what a pack tells of an object without unpacking it; None if it is at hand, or has to be."""
        raw = bytes.fromhex(identifier)
        with self._mutex:
            if identifier in self._cache:
                return None
            for pack in reversed(self._packs.values()):
                if (offset := pack.offset(raw)) is not None:
                    with contextlib.suppress(Damaged, zlib.error, IndexError):
                        if (found := look(pack, offset)) is not None:
                            return found
        return None

    def stream(self, identifier: str) -> tuple[int, bytes, bool] | None:
        """Return size and compressed stream of an object that lies whole in a pack; None if none does.

        It is not compared with the id. Third comes whether it was read here before, compared then, and found
        to be one that can be prolonged.
        """
        raw = bytes.fromhex(identifier)
        with self._mutex:
            for pack in reversed(self._packs.values()):
                if (offset := pack.offset(raw)) is not None and (found := pack.whole(offset)) is not None:
                    return *found, offset in pack.sound
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

    def forget(self) -> None:
        """Forget what was read: some of it may be there no more."""
        with self._mutex:
            self._packs, self._unread, self._listed = {}, {}, None
            self._cache.clear()
            self._cached = 0
            self._growing = Growing()

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

    def _look(self, identifier: str, raw: bytes, place: str | None) -> tuple[int, bytes] | None:
        for pack in reversed(self._packs.values()):
            offset = pack.offset(raw)
            if offset is None:
                continue
            if place and (grown := self._long(pack, offset, identifier, place)):
                return grown
            try:
                found = pack.read(offset, self.read)
            except (Damaged, zlib.error, IndexError):
                continue
            if identify(*found) == identifier:
                return found
        return self._loose(identifier)

    def _long(self, pack: Pack, offset: int, identifier: str, place: str) -> tuple[int, bytes] | None:
        """Read a long file that lies whole in a pack; None if it is none, or not what its id promises."""
        if pack.size < streams.LONG // 16:
            return None
        with contextlib.suppress(Damaged, zlib.error, IndexError):
            whole = pack.whole(offset, streams.LONG)
            if whole is None:
                return None
            content, sound = self._growing.read(place, whole[1])
            if identify(BLOB, content) == identifier:
                if sound:
                    pack.sound.add(offset)
                return BLOB, content
        return None

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
