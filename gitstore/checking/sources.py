"""Where the bytes of an object that is missing or corrupt can still be had on this disk; nothing is changed.

Whatever is found has the id that is wanted: it is the object, wherever it comes from.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from gitstore.changes import journal
from gitstore.checking import remotes
from gitstore.checking.inventory import unpack_loose
from gitstore.checking.salvage import contents, open_pack
from gitstore.checking.trees import parse
from gitstore.errors import Damaged, ObjectMissing
from gitstore.git.index import DamagedIndex, Index, UnknownIndex
from gitstore.kinds import BLOB, COMMIT, TREE, identify
from gitstore.objects.objects import ObjectReader
from gitstore.objects.trees import DIRECTORY, encode_name
from gitstore.values import PutFile

_LONGEST = 64 << 20
_NAMED = re.compile(rb"^(?:tree|parent) ([0-9a-f]{40})$", re.MULTILINE)


_Rows = Iterator[tuple[bytes, int, bytes, str]]


class Found(msgspec.Struct, frozen=True):
    """An object that was wanted."""

    raw: bytes
    kind: int
    content: bytes
    source: str
    """In words for a person."""


def search(
    git: Path,
    wanted: Iterable[bytes],
    paths: Iterable[str],
    reader: ObjectReader,
    have: Callable[[bytes], bool] | None = None,
) -> Iterator[Found]:
    """Yield the objects of some raw ids as they are found, each once, the nearest source first.

    Args:
        git: `.git`.
        wanted: Raw ids.
        paths: Where in the tree they belong, as far as that is known: later versions of a file are looked for
            there.
        reader: Reads what the repository has.
        have: Whether the repository has an object; with it, what is found brings along what it names.
    """
    left, done = set(wanted), set[bytes]()
    ways: tuple[Callable[[], _Rows], ...] = (
        lambda: _packs(git / "objects" / "pack", reader),
        lambda: _misnamed(git / "objects"),
        lambda: _work_tree(git.parent),
        lambda: _index(git),
        lambda: _prefixes(git.parent, paths),
        lambda: _journals(git),
        lambda: _quarantine(git / "gitstore" / "quarantine", reader),
        lambda: _remotes(git, left),
    )
    found = True
    while left and found:
        found = False
        for way in ways:
            for raw, kind, content, source in way() if left else ():
                if raw not in left:
                    continue
                found = have is not None
                left.discard(raw)
                done.add(raw)
                if have is not None:
                    left |= {each for each in named(kind, content) if each not in done and not have(each)}
                yield Found(raw, kind, content, source)


def named(kind: int, content: bytes) -> list[bytes]:
    """Return the raw ids of what a commit or tree names, without submodules."""
    if kind == TREE:
        return [below for mode, _, below in parse(content) or [] if mode != b"160000"]
    if kind == COMMIT:
        head = content.partition(b"\n\n")[0]
        return [bytes.fromhex(each.decode()) for each in _NAMED.findall(head)]
    return []


def _packs(folder: Path, reader: ObjectReader, what: str = "the pack") -> _Rows:
    """Yield what is in packs that git cannot read, or cannot read all of."""

    def outside(raw: bytes) -> tuple[int, bytes]:
        if folder.name != "pack":
            raise ObjectMissing(raw.hex(), raw.hex())
        return reader.read(raw.hex())

    for path in _files(folder, ".pack"):
        try:
            pack, starts = open_pack(path)
        except (OSError, Damaged):
            continue
        for raw, kind, content in contents(pack, outside, starts):
            yield raw, kind, content, f"{what} {path.name}"


def _misnamed(objects: Path) -> _Rows:
    """Yield loose objects that lie under the name of another one."""
    for folder in _files(objects):
        if len(folder.name) == 2:
            for path in _files(folder):
                try:
                    found = unpack_loose(path.read_bytes())
                except OSError:
                    continue
                if found is not None:
                    yield (
                        bytes.fromhex(identify(*found)),
                        *found,
                        f"the file objects/{folder.name}/{path.name}",
                    )


def _work_tree(root: Path) -> _Rows:
    for path in _below(root):
        try:
            content = path.read_bytes() if path.stat().st_size <= _LONGEST else b""
        except OSError:
            continue
        place = path.relative_to(root).as_posix()
        yield bytes.fromhex(identify(BLOB, content)), BLOB, content, f"the work tree's {place}"


def _index(git: Path) -> _Rows:
    """Yield the trees of what git's index holds."""
    try:
        index = Index((git / "index").read_bytes())
    except (OSError, DamagedIndex, UnknownIndex):
        return
    children: dict[str, dict[str, tuple[str, str]]] = {"": {}}
    for path in index.paths():
        entry = index.get(path)[0]
        parent, _, name = path.rpartition("/")
        children.setdefault(parent, {})[name] = (f"{entry.stat[6]:o}", entry.id)
        while parent:
            children.setdefault(parent.rpartition("/")[0], {})
            parent = parent.rpartition("/")[0]
    for path in sorted(children, key=lambda each: each.count("/") + bool(each), reverse=True):
        keyed = sorted(
            (encode_name(name) + (b"/" if mode == DIRECTORY else b""), mode, name, identifier)
            for name, (mode, identifier) in children[path].items()
        )
        content = b"".join(
            b"".join((mode.encode(), b" ", encode_name(name), b"\0", bytes.fromhex(identifier)))
            for _, mode, name, identifier in keyed
        )
        identifier = identify(TREE, content)
        yield bytes.fromhex(identifier), TREE, content, "git's index"
        if path:
            parent, _, name = path.rpartition("/")
            children[parent][name] = (DIRECTORY, identifier)


def _prefixes(root: Path, paths: Iterable[str]) -> _Rows:
    """Yield the earlier versions of files of records: such a file grows at its end."""
    for place in sorted({path for path in paths if path.endswith(".jsonl")}):
        path = root / place
        try:
            content = path.read_bytes() if not path.is_symlink() else b""
        except OSError:
            continue
        end = len(content)
        while end > 0:
            part = content[:end]
            yield bytes.fromhex(identify(BLOB, part)), BLOB, part, f"the work tree's {place}, a later version"
            end = content.rfind(b"\n", 0, end - 1) + 1


def _journals(git: Path) -> _Rows:
    for path in journal.list_journals(git / "gitstore" / "journal"):
        try:
            frames = journal.scan(path.read_bytes()).frames
        except OSError:
            continue
        for frame in frames:
            try:
                operations = journal.decode(frame.payload).change.operations
            except msgspec.MsgspecError:
                continue
            for operation in operations:
                if isinstance(operation, PutFile):
                    content = operation.content
                    yield bytes.fromhex(identify(BLOB, content)), BLOB, content, f"the journal {path.name}"


def _quarantine(folder: Path, reader: ObjectReader) -> _Rows:
    for path in sorted(_below(folder)):
        if path.suffix == ".pack":
            continue
        try:
            content = path.read_bytes()
        except OSError:
            continue
        yield bytes.fromhex(identify(BLOB, content)), BLOB, content, "the quarantine"
        if (found := unpack_loose(content)) is not None:
            yield bytes.fromhex(identify(*found)), *found, "the quarantine"
    for below in sorted({path.parent for path in _below(folder) if path.suffix == ".pack"}):
        yield from _packs(below, reader, "the quarantine's pack")


def _remotes(git: Path, left: set[bytes]) -> _Rows:
    for remote in remotes.configured(git):
        if remote.objects is not None:
            other = ObjectReader(remote.objects.parent)
            for raw, kind, content in read_from(other, left):
                yield raw, kind, content, f"the remote {remote.name}"


def read_from(other: ObjectReader, left: set[bytes]) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield what another repository has of a set that may grow meanwhile."""
    tried: set[bytes] = set()
    while todo := left - tried:
        tried |= todo
        for raw in sorted(todo):
            try:
                kind, content = other.read(raw.hex())
            except (Damaged, ValueError, OSError):
                continue
            yield raw, kind, content


def _files(folder: Path, suffix: str | None = None) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if suffix is None or path.suffix == suffix)
    except OSError:
        return []


def _below(folder: Path) -> Iterator[Path]:
    """Yield the plain files below a folder, without git's own; links are not followed."""
    for path in _files(folder):
        if path.is_symlink() or path.name == ".git":
            continue
        if path.is_dir():
            yield from _below(path)
        elif path.is_file():
            yield path
