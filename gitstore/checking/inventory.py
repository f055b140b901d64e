"""Every object of a repository, each read once and compared with its id; nothing is held but what links them.

A tree that is looked at after a similar one costs what is new in it, so 20,000 versions of a tree with 10,000
entries are no 200,000,000 entries.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gitstore.checking.packfile import PackFile, Row, index_fault, read_only, rows
from gitstore.checking.salvage import contents
from gitstore.checking.trees import TreeLook
from gitstore.errors import Damaged, ObjectMissing
from gitstore.kinds import COMMIT, KINDS, TAG, TREE, identify
from gitstore.objects.objects import ObjectReader
from gitstore.objects.trees import EMPTY
from gitstore.problems import Kind, Problem, Progress

_CODES = {name: code for code, name in KINDS.items()}
COMMIT_FORM = re.compile(
    rb"tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)"
    rb"author [^\n]*<[^<>\n]*> (-?\d+) [+-]\d{4}\ncommitter [^\n]*<[^<>\n]*> (-?\d+) [+-]\d{4}\n"
)
DERIVED = ("objects/pack/multi-pack-index", "objects/info/commit-graph")
"""Of git's: made from packs and commits, and made again when it is gone."""
_STEM = re.compile(r"pack-[0-9a-f]+")


class CommitLinks(msgspec.Struct, frozen=True):
    """What a commit names."""

    tree: bytes
    parents: tuple[bytes, ...]
    time: int


class Inventory:
    """What is there; filled by `take`."""

    def __init__(self, reader: ObjectReader, progress: Progress) -> None:
        self.sound: dict[bytes, int] = {bytes.fromhex(EMPTY): TREE}
        """Kind of each object that is there and sound, by raw id."""
        self.whole: set[bytes] = set()
        """Objects that are in a pack without damage, or sound loose files."""
        self.bad: dict[bytes, list[str]] = {}
        """Files with a corrupt copy of an object."""
        self.hidden: set[bytes] = set()
        """Sound objects in packs whose index cannot be used."""
        self.commits: dict[bytes, CommitLinks] = {}
        self.tags: dict[bytes, bytes] = {}
        self.named: dict[bytes, tuple[bytes, bytes]] = {}
        """What trees name: raw id -> one of the trees, and the mode there."""
        self.faults: dict[bytes, tuple[Kind, str]] = {}
        """Commits and trees that are not written as such."""
        self.problems: list[Problem] = []
        self.packs = self.loose = self.objects = self.bytes = 0
        self._reader = reader
        self._progress = progress
        self._trees = TreeLook()
        self._expected = 0

    def take(self, folder: Path, place: str) -> None:
        """Read all packs and loose objects of a folder of objects.

        Args:
            folder: `.git/objects`, or that of an alternate.
            place: What problems shall call it.
        """
        files = _listed(folder / "pack")
        stems = sorted({match[0] for name in files if (match := _STEM.match(name))})
        for stem in stems:
            if f"{stem}.idx" in files or f"{stem}.pack" in files:
                self._pack(folder / "pack" / stem, f"{place}/pack/{stem}", files)
        self._derived(folder, place)
        for first in sorted(name for name in _listed(folder) if re.fullmatch(r"[0-9a-f]{2}", name)):
            for rest in sorted(_listed(folder / first)):
                if re.fullmatch(r"[0-9a-f]{38}", rest):
                    self._loose(folder / first / rest, f"{place}/{first}/{rest}")

    def kind(self, raw: bytes) -> int | None:
        """Return the kind of a sound object, or None."""
        return self.sound.get(raw)

    def _pack(self, stem: Path, place: str, files: set[str]) -> None:
        own = tuple(
            f"{place}{name.removeprefix(stem.name)}" for name in sorted(files) if Path(name).stem == stem.name
        )
        own = tuple(name.removeprefix(".git/") for name in own)

        def tell(suffix: str, reason: str, heal: str) -> None:
            self.problems.append(Problem(Kind.PACK, place + suffix, reason, heal=heal, files=own))

        if f"{stem.name}.pack" not in files:
            tell(".idx", "the pack that it belongs to is missing", "what can be had of its objects elsewhere")
            return
        try:
            pack = PackFile(stem.with_suffix(".pack"))
            size = len(pack.content)
        except FileNotFoundError:  # removed meanwhile: another one has its objects
            return
        except (Damaged, OSError) as error:
            reason = error.reason if isinstance(error, Damaged) else (error.strerror or "cannot be read")
            tell(".pack", reason, "what can be had of its objects elsewhere")
            return
        self.packs += 1
        self.bytes += size
        listed, fault = _index_of(stem, files)
        if listed is None:
            tell(".idx", fault or "is missing", "the pack itself")
            self.hidden.update(raw for raw, _, _ in contents(pack, self._outside))
            return
        faults = [fault] if fault else []
        if not pack.sound():
            faults.append("the checksum of the pack is not that of its content")
        if pack.count != len(listed):
            faults.append(f"the pack counts {pack.count} objects, its index {len(listed)}")
        lost = self._entries(pack, listed, place)
        if lost:
            faults.append(
                f"{lost} of {len(listed)} objects cannot be read, or are not what their ids promise"
            )
        if not faults:
            self.whole.update(row.raw for row in listed)
        else:
            tell(".pack", "; ".join(faults), "its sound objects are kept, the others from elsewhere")

    def _derived(self, folder: Path, place: str) -> None:
        """Check what git derives from the objects, to be quicker."""
        for name in DERIVED:
            path = folder / name.removeprefix("objects/")
            try:
                content = read_only(path)
            except OSError:
                continue
            if hashlib.sha1(content[:-20], usedforsecurity=False).digest() != content[-20:]:
                reason = "its checksum is not that of its content"
                heal = "it is set aside; git makes it again"
                whole = f"{place}/{name.removeprefix('objects/')}"
                self.problems.append(Problem(Kind.PACK, whole, reason, heal=heal, files=(name,)))

    def _entries(self, pack: PackFile, listed: list[Row], place: str) -> int:
        """Read all objects that an index names, in the order of the pack; return how many are not sound."""
        offsets = {row.raw: row.offset for row in listed}
        ends = [*(row.offset for row in listed[1:]), pack.end]
        lost = 0
        self._expected += len(listed)
        for row, end in zip(listed, ends, strict=True):
            try:
                kind, content = pack.read(row.offset, offsets.get, self._outside)
                whole = row.checksum is None or pack.checksum(row.offset, end) == row.checksum
                sound = whole and bytes.fromhex(identify(kind, content)) == row.raw
            except Damaged:
                sound = False
            if sound:
                self._add(row.raw, kind, content)
            else:
                lost += 1
                self.bad.setdefault(row.raw, []).append(f"{place}.pack")
            self._step()
        return lost

    def _loose(self, path: Path, place: str) -> None:
        raw = bytes.fromhex(path.parent.name + path.name)
        self.loose += 1
        try:
            packed = path.read_bytes()
        except FileNotFoundError:
            return
        except OSError:
            packed = b""
        self.bytes += len(packed)
        found = unpack_loose(packed)
        if found is None or bytes.fromhex(identify(*found)) != raw:
            self.bad.setdefault(raw, []).append(place)
        else:
            self.whole.add(raw)
            self._add(raw, *found)
        self._step()

    def _add(self, raw: bytes, kind: int, content: bytes) -> None:
        if raw in self.sound:
            return
        self.sound[raw] = kind
        self.objects += 1
        if kind == TREE:
            lines, fault = self._trees.lines(content)
            if fault:
                self.faults[raw] = (Kind.TREE, fault)
            for mode, _, below in lines:
                if below not in self.named:
                    self.named[below] = (raw, mode)
        elif kind == COMMIT:
            match = COMMIT_FORM.match(content)
            if match is None:
                self.faults[raw] = (Kind.COMMIT, "it is not written as a commit")
                return
            parents = tuple(bytes.fromhex(line[7:].decode()) for line in match[2].splitlines())
            self.commits[raw] = CommitLinks(bytes.fromhex(match[1].decode()), parents, int(match[4]))
        elif kind == TAG and (match := re.match(rb"object ([0-9a-f]{40})\n", content)):
            self.tags[raw] = bytes.fromhex(match[1].decode())

    def _outside(self, raw: bytes) -> tuple[int, bytes]:
        try:
            return self._reader.read(raw.hex())
        except (ValueError, IndexError, RecursionError, zlib.error):
            raise ObjectMissing(raw.hex(), raw.hex()) from None

    def _step(self) -> None:
        if self.objects % 256 == 0:
            self._progress("objects", self.objects, self._expected)


def unpack_loose(packed: bytes) -> tuple[int, bytes] | None:
    """Return kind and content of a loose object's file; None if it is none."""
    try:
        inflater = zlib.decompressobj()
        header, _, content = inflater.decompress(packed).partition(b"\0")
    except zlib.error:
        return None
    kind = _CODES.get(header.split(b" ")[0])
    if kind is None or not inflater.eof or inflater.unused_data:
        return None
    return (kind, content) if header == b"%s %d" % (KINDS[kind], len(content)) else None


def object_folders(objects: Path) -> Iterator[tuple[Path, str]]:
    """Yield the repository's folder of objects and those of its alternates, and what to call each."""
    waiting, seen = [(objects, ".git/objects")], set()
    while waiting:
        folder, place = waiting.pop(0)
        if folder.resolve() in seen:
            continue
        seen.add(folder.resolve())
        yield folder, place
        try:
            lines = (folder / "info" / "alternates").read_bytes().splitlines()
        except OSError:
            continue
        for line in lines:
            if line and not line.startswith(b"#"):
                other = folder / line.decode("utf-8", "surrogateescape")
                waiting.append((other, str(other)))


def _index_of(stem: Path, files: set[str]) -> tuple[list[Row] | None, str | None]:
    """Return what a pack's index says, None if it says nothing; and what is wrong with it."""
    if f"{stem.name}.idx" not in files:
        return None, "is missing"
    try:
        index = read_only(stem.with_suffix(".idx"))
        fault = index_fault(index)
        listed = None if fault else rows(index)
        with stem.with_suffix(".pack").open("rb") as pack:
            pack.seek(-20, 2)
            if listed is not None and index[-40:-20] != pack.read():
                return listed, "the index was made for another content of the pack"
    except Damaged as error:
        return None, error.reason
    except OSError as error:
        return None, error.strerror or "cannot be read"
    return listed, fault


def _listed(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except OSError:
        return set()
