"""How large the store is at rest, and at most while it grows: 1,000 exchanges of 3 KB among 1,000 sessions.

Read in two ways: one session of 1,000 exchanges beside 1,000 others with one each, and 1,000 exchanges spread
over 1,000 sessions. Each exchange is saved alone, as a chat does, so that everything that keeps the store
small has to do its work meanwhile. Beside it: `gzip -6` of every history by itself, and what `git gc` leaves
of a copy.
"""

import argparse
import gzip
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.filling import WHO, Writer, fill, names
from benchmarks.homes import Homes
from benchmarks.measure import Row, megabytes
from gitstore import Store
from gitstore.disk.files import Files


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print the tables and return what they come to."""
    parser = argparse.ArgumentParser("rest", description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--exchanges", type=int, default=1000)
    asked = parser.parse_args(arguments)
    ids = names(asked.sessions)
    folder = homes.folder("rest")
    spread = [ids[number % len(ids)] for number in range(asked.exchanges)]
    return [
        *_reading("in one session among others", folder / "one", ids, ["long0001"] * asked.exchanges),
        *_reading("one a session", folder / "spread", [], spread),
    ]


def _reading(title: str, path: Path, others: Sequence[str], sessions: Sequence[str]) -> list[Row]:
    writer = Writer()
    if others:
        fill(path, others, writer)
    disk = Watched(path / ".git")
    with Store.open(path, identity=WHO, files=disk) as store:
        for session in sessions:
            store.apply(writer.change(session))
            disk.look()
    rest, blocks = size(path / ".git"), allocated(path / ".git")
    objects = size(path / ".git" / "objects")
    histories = [file.read_bytes() for file in sorted(path.glob("cli/*/history.jsonl"))]
    text, zipped = sum(map(len, histories)), sum(len(gzip.compress(each, 6)) for each in histories)
    count = sum(each.count(b"\n") for each in histories)
    collected = _after(path, path.with_name("gc"), "gc", "--quiet", "--prune=now")
    loose = _after(path, path.with_name("loose"), "repack", "--quiet", "-a", "-d", "-f")
    aggressive = _after(path, path.with_name("aggressive"), "gc", "--quiet", "--prune=now", "--aggressive")
    packs = len(list((path / ".git" / "objects" / "pack").glob("*.pack")))
    print(f"at rest: {len(sessions):,} exchanges of 3 KB saved, {title}")
    print(f"{len(histories):,} sessions, {count:,} exchanges in all")
    print(f"{'':<58}{'bytes':>12}{'of gzip':>9}{'of git gc':>10}")
    for name, figure in (
        ("histories", text),
        ("gzip -6 of each history", zipped),
        (".git/objects", objects),
        (".git", rest),
        (".git, allocated blocks", blocks),
        (".git/objects after git gc --prune=now", collected),
        (".git/objects as git gc packs them when they are loose", loose),
        (".git/objects after git gc --aggressive --prune=now", aggressive),
        ("most ever: .git", disk.most),
        ("most ever: .git, allocated blocks", disk.most_blocks),
    ):
        print(f"{name:<58}{figure:>12,}{figure / zipped:>9.2f}{figure / collected:>10.2f}")
    print(f"{packs} packs at rest; gzip makes the histories {text / zipped:.2f} times smaller\n")
    beside = f"aggressive {objects / aggressive:.2f}, gzip {megabytes(zipped)}"
    above = (disk.most - rest, disk.most_blocks - blocks)
    return [
        Row(
            f"at rest, {len(sessions):,} exchanges of 3 KB, {title}",
            "1.75 times gzip -6",
            f"{objects / zipped:.2f} (.git {rest / zipped:.2f})",
            beside,
        ),
        Row(
            "the same beside `git gc`",
            "0.6 of it",
            f"{objects / loose:.2f} (after ours {objects / collected:.2f})",
            f"git gc of loose objects {megabytes(loose)}, of ours {megabytes(collected)}: it keeps deltas",
        ),
        Row(
            "most ever on disk during that run",
            "at rest + 16 MB",
            f"+ {megabytes(above[0])}",
            f"in blocks + {megabytes(above[1])}",
        ),
    ]


class Watched(Files):
    """A disk that is looked at whenever something is about to be taken from it: then there is most on it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.most = 0
        self.most_blocks = 0

    def look(self) -> None:
        """Take note of how much there is now."""
        self.most = max(self.most, size(self._folder))
        self.most_blocks = max(self.most_blocks, allocated(self._folder))

    def unlink(self, path: str | Path, *, directory: int | None = None) -> None:
        """Look before a pack goes."""
        if str(path).endswith(".pack"):
            self.look()
        super().unlink(path, directory=directory)

    def rename(self, old: str | Path, new: str | Path, *, directory: int | None = None) -> None:
        """Look before a pack is put in place."""
        if str(new).endswith(".pack"):
            self.look()
        super().rename(old, new, directory=directory)


def size(folder: Path) -> int:
    """Bytes of all files below a folder, as their lengths say."""
    return _total(folder, lambda found: found.st_size)


def allocated(folder: Path) -> int:
    """Bytes that the disk gave to all files and folders below a folder."""
    return _total(folder, lambda found: getattr(found, "st_blocks", 0) * 512)


def _total(folder: Path, of: Callable[[os.stat_result], int]) -> int:
    """Add up; what is removed while we look counts for nothing."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            try:
                total += of(os.lstat(os.path.join(place, name)))  # noqa: PTH118  thousands of times
            except FileNotFoundError:
                continue
    return total


def _after(path: Path, copy: Path, *command: str) -> int:
    """What is left of the objects of a copy after a command of git's."""
    shutil.copytree(path / ".git", copy / ".git")
    peers.git(copy, *command)
    left = size(copy / ".git" / "objects")
    shutil.rmtree(copy)
    return left
