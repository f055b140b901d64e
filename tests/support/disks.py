"""A disk as a power cut may leave it: what POSIX promises of files and names, and nothing more.

A file's content is on the disk once the file was flushed, a name once its directory was. Of all else each
piece may be there or not, in any order: a name without the content, a rename before the data that was written
first, an old name that was removed. Content that was not flushed may be there, be absent, be zeros where it
made the file longer, or be there in some blocks only.
"""

import hashlib
import itertools
import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = 0
BLOCKS = (512, 4096)


@dataclass(frozen=True)
class Event:
    """One change of a disk. Files and directories go by numbers, as they keep them under every name."""

    call: str
    inode: int = -1
    """The file or directory that is made, named, written or flushed."""
    folder: int = -1
    name: str = ""
    to: tuple[int, str] | None = None
    """Of a rename: the directory and name that it gets."""
    content: bytes = b""
    at: int = 0
    """Of a write: where; of a truncation: the new size."""
    mark: tuple[str, int] | None = None
    """Not a change: what the program said here ("begun" or "done", and the number of what)."""


@dataclass(frozen=True)
class Content:
    """What a file holds: surely, and as its writer sees it."""

    flushed: bytes = b""
    now: bytes = b""


@dataclass(frozen=True)
class Names:
    """What a directory holds: surely, and of each changed name all that it meant, oldest first."""

    flushed: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)

    def now(self, name: str) -> int | None:
        return self.changed[name][-1] if name in self.changed else self.flushed.get(name)

    def set(self, name: str, inode: int | None) -> "Names":
        earlier = self.changed.get(name, (self.flushed.get(name),))
        return replace(self, changed={**self.changed, name: (*earlier, inode)})

    def flush(self) -> "Names":
        merged = {**self.flushed, **{name: values[-1] for name, values in self.changed.items()}}
        return Names({name: inode for name, inode in merged.items() if inode is not None}, {})


@dataclass(frozen=True)
class Disk:
    """All files and directories of a moment."""

    files: Mapping[int, Content]
    folders: Mapping[int, Names]

    @classmethod
    def scan(cls, top: Path) -> tuple["Disk", dict[int, int]]:
        """Return the disk below a real folder, all of it flushed, and its numbers by the system's."""
        files: dict[int, Content] = {}
        folders: dict[int, Names] = {}
        known = {top.stat().st_ino: ROOT}
        for folder, directories, names in os.walk(top):
            directories.sort()
            entries = {}
            for name in [*directories, *sorted(names)]:
                path = Path(folder, name)
                entries[name] = known.setdefault(path.stat().st_ino, len(known))
                if name not in directories:
                    content = path.read_bytes()
                    files[entries[name]] = Content(content, content)
            folders[known[os.stat(folder).st_ino]] = Names(entries)
        return cls(files, folders), known

    def after(self, event: Event) -> "Disk":
        """Return the disk after one more change."""
        files, folders = dict(self.files), dict(self.folders)
        match event.call:
            case "create":
                files[event.inode] = Content()
            case "make_directory":
                folders[event.inode] = Names()
            case "write":
                old = files[event.inode].now.ljust(event.at, b"\0")
                new = old[: event.at] + event.content + old[event.at + len(event.content) :]
                files[event.inode] = replace(files[event.inode], now=new)
            case "truncate":
                cut = files[event.inode].now[: event.at].ljust(event.at, b"\0")
                files[event.inode] = replace(files[event.inode], now=cut)
            case "flush":
                files[event.inode] = Content(files[event.inode].now, files[event.inode].now)
            case "flush_directory":
                folders[event.inode] = folders[event.inode].flush()
        if event.call in {"create", "make_directory", "link"}:
            folders[event.folder] = folders[event.folder].set(event.name, event.inode)
        elif event.call in {"unlink", "remove_directory", "rename"}:
            folders[event.folder] = folders[event.folder].set(event.name, None)
        if event.to is not None:
            folders[event.to[0]] = folders[event.to[0]].set(event.to[1], event.inode)
        return Disk(files, folders)


@dataclass(frozen=True)
class Image:
    """What is found after a cut: directories, and files with their content; equal numbers are one file."""

    folders: tuple[str, ...]
    files: tuple[tuple[str, int, bytes], ...]

    def digest(self) -> bytes:
        first: dict[int, str] = {}
        parts = [*self.folders]
        for path, inode, content in self.files:
            same = first.setdefault(inode, path)
            parts.append(f"{path}={same}:{hashlib.sha1(content).hexdigest()}")
        return hashlib.sha1("\n".join(parts).encode()).digest()

    def write(self, top: Path) -> None:
        """Make it real below a new folder."""
        base = os.fspath(top)
        os.mkdir(base)
        for path in self.folders:
            os.mkdir(f"{base}/{path}")
        first: dict[int, str] = {}
        for path, inode, content in self.files:
            full = f"{base}/{path}"
            if inode in first:
                os.link(first[inode], full)
                continue
            first[inode] = full
            descriptor = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            os.write(descriptor, content)
            os.close(descriptor)


@dataclass(frozen=True)
class State:
    """What became of each piece that was not surely on the disk, in the order of `Cut`."""

    contents: tuple[bytes, ...]
    names: tuple[int | None, ...]


class Cut:
    """A power cut at one moment: of what is not surely on the disk, every piece may be or not."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.contents = [inode for inode, found in disk.files.items() if found.flushed != found.now]
        self.names = [(folder, name) for folder, found in disk.folders.items() for name in found.changed]

    def count(self) -> int:
        """How many states there are when a content is kept, dropped or zeroed, and a name one of its own."""
        total = 1
        for inode in self.contents:
            total *= len(self._plain(inode))
        for at in self.names:
            total *= len(set(self._values(at)))
        return total

    def every(self) -> Iterator[State]:
        """All states of `count`."""
        contents = itertools.product(*(self._plain(inode) for inode in self.contents))
        names = [sorted(set(self._values(at)), key=str) for at in self.names]
        for pair in itertools.product(contents, itertools.product(*names)):
            yield State(*pair)

    def sample(self, chance: random.Random) -> State:
        """One state, with blocks torn besides; lazy and eager disks as well as those that do as they like."""
        keep = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        keep_names = chance.choice((keep, 1 - keep, 0.5))
        contents = tuple(self._content(inode, keep, chance) for inode in self.contents)
        names = []
        for at in self.names:
            *earlier, latest = self._values(at)
            names.append(latest if chance.random() < keep_names else chance.choice(earlier))
        return State(contents, tuple(names))

    def kept(self) -> State:
        """The state in which everything got through: that of a process that was killed."""
        contents = tuple(self.disk.files[inode].now for inode in self.contents)
        return State(contents, tuple(self._values(at)[-1] for at in self.names))

    def without(self, state: State, name: tuple[int, str]) -> State:
        """Return a state in which the latest change of one name did not get through."""
        at = self.names.index(name)
        return replace(state, names=(*state.names[:at], self._values(name)[-2], *state.names[at + 1 :]))

    def image(self, state: State) -> Image:
        """Return what is found."""
        changed = dict(zip(self.contents, state.contents, strict=True))
        entries = {inode: dict(found.flushed) for inode, found in self.disk.folders.items()}
        for (folder, name), inode in zip(self.names, state.names, strict=True):
            entries[folder].pop(name, None)
            if inode is not None:
                entries[folder][name] = inode
        folders: list[str] = []
        files: list[tuple[str, int, bytes]] = []
        seen: set[int] = set()

        def walk(folder: int, prefix: str) -> None:
            for name, inode in sorted(entries[folder].items()):
                if inode in self.disk.files:
                    content = changed.get(inode)
                    known = self.disk.files[inode].now if content is None else content
                    files.append((prefix + name, inode, known))
                elif inode not in seen:  # a directory has one name
                    seen.add(inode)
                    folders.append(prefix + name)
                    walk(inode, f"{prefix}{name}/")

        walk(ROOT, "")
        return Image(tuple(folders), tuple(files))

    def reduce(self, state: State, breaks: Callable[[State], bool]) -> State:
        """Return the state that still breaks something, with as many pieces got through as can be."""
        kept = self.kept()
        for at, content in enumerate(kept.contents):
            trial = replace(state, contents=(*state.contents[:at], content, *state.contents[at + 1 :]))
            state = trial if breaks(trial) else state
        for at, inode in enumerate(kept.names):
            trial = replace(state, names=(*state.names[:at], inode, *state.names[at + 1 :]))
            state = trial if breaks(trial) else state
        return state

    def describe(self, state: State) -> list[str]:
        """Return what did not get through, for a person."""
        kept = self.kept()
        found = []
        for inode, got, whole in zip(self.contents, state.contents, kept.contents, strict=True):
            if got != whole:
                found.append(f"content of {self._paths(inode)}: {len(got)} B of {len(whole)} B, {got[:24]!r}")
        for (folder, name), got_name, latest in zip(self.names, state.names, kept.names, strict=True):
            if got_name != latest:
                now = "absent" if got_name is None else f"file {got_name}"
                was = "absent" if latest is None else f"file {latest}"
                found.append(f"name {self._paths(folder)}/{name}: {now}, was {was}")
        return found

    def _paths(self, inode: int) -> str:
        def names(folder: int) -> Iterator[tuple[str, int]]:
            found = self.disk.folders[folder]
            yield from found.flushed.items()
            for name, values in found.changed.items():
                yield from ((name, value) for value in values if value is not None)

        above = [
            (folder, name) for folder in self.disk.folders for name, value in names(folder) if value == inode
        ]
        if not above:
            return "" if inode == ROOT else f"({inode})"
        return f"{self._paths(above[0][0])}/{above[0][1]}"

    def _values(self, at: tuple[int, str]) -> tuple[int | None, ...]:
        return self.disk.folders[at[0]].changed[at[1]]

    def _plain(self, inode: int) -> list[bytes]:
        found = self.disk.files[inode]
        return list(dict.fromkeys((found.now, found.flushed, _zeroed(found))))

    def _content(self, inode: int, keep: float, chance: random.Random) -> bytes:
        found = self.disk.files[inode]
        if chance.random() < keep:
            return found.now
        kind = chance.choice(("dropped", "zeroed", "torn", "torn"))
        if kind == "torn":
            return _torn(found, chance.choice(BLOCKS), chance)
        return found.flushed if kind == "dropped" else _zeroed(found)


def _zeroed(content: Content) -> bytes:
    """The new length, with zeros for what made the file longer."""
    if len(content.now) <= len(content.flushed):
        return content.flushed
    return content.flushed.ljust(len(content.now), b"\0")


def _torn(content: Content, block: int, chance: random.Random) -> bytes:
    """Each block old, new, or zeros where there was nothing; the length at an end or a block between."""
    old, new = content.flushed, content.now
    low, high = sorted((len(old), len(new)))
    between = range(low // block * block + block, high, block)
    size = chance.choice((len(new), len(new), len(old), *([chance.choice(between)] if between else [])))
    pieces = []
    for at in range(0, size, block):
        was, now = old[at : at + block], new[at : at + block]
        pieces.append((now if chance.random() < 0.5 else was).ljust(min(block, size - at), b"\0"))
    return b"".join(pieces)[:size]


def moments(disk: Disk, events: list[Event], keep: Callable[[int], bool] = lambda _: True) -> dict[int, Cut]:
    """A cut after each number of events that is asked for."""
    found = {0: Cut(disk)} if keep(0) else {}
    for at, event in enumerate(events, 1):
        if event.mark is None:
            disk = disk.after(event)
        if keep(at):
            found[at] = Cut(disk)
    return found
