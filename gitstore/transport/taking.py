"""What came from a remote is looked at, and put among the store's objects under the gate."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

from gitstore.disk.files import Files
from gitstore.errors import Damaged, RemoteNotAStore, RemoteTooNew
from gitstore.git.remotes import Remote
from gitstore.git.repository import FORMAT, MARKER
from gitstore.objects import commits, packfolder, trees
from gitstore.objects.objects import ObjectReader
from gitstore.transport.workroom import Workroom

Read = Callable[[str], tuple[int, bytes]]
_OF_HOSTS = re.compile(r"(?i)(readme|licen[cs]e|copying|\.gitignore|\.gitattributes|\.editorconfig)(\..*)?")
"""What hosts put into a new repository when they are asked to."""


def reader_of(git_directory: Path, room: Workroom) -> Read:
    """Return what reads objects that came in, and those that are here."""
    here, there = ObjectReader(git_directory), ObjectReader(room.path)
    fresh = {identifier for pack in there.packs() for identifier in pack.ids()}

    def read(identifier: str) -> tuple[int, bytes]:
        return there.read(identifier) if identifier in fresh else here.read(identifier)

    return read


def is_store(read: Read, remote: Remote, tip: str) -> bool:
    """Say whether a commit is one of a store; False if it holds what a host puts into a new repository.

    Raises:
        RemoteTooNew: A newer gitstore wrote it.
        RemoteNotAStore: It is something else.
        Damaged: It cannot be read.
    """
    tree = read(commits.parents(read(tip)[1])[0])[1]
    entry = trees.find(tree, MARKER)
    if entry is None:
        names = [each.name for each in trees.parse(tree) if not _OF_HOSTS.fullmatch(each.name)]
        if names:
            raise RemoteNotAStore(remote.name, "a repository of something else")
        return False
    try:
        found = json.loads(read(entry.id)[1]).get("format")
    except (ValueError, AttributeError, Damaged):
        raise RemoteNotAStore(remote.name, f"its {MARKER} is damaged") from None
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise RemoteNotAStore(remote.name, f"its {MARKER} names no format")
    if found > FORMAT:
        raise RemoteTooNew(remote.name, found, FORMAT)
    return True


def install(files: Files, git_directory: Path, room: Workroom) -> list[str]:
    """Put the packs of the workroom where git finds them, flushed, guarded by a `.keep`; return their names.

    Raises:
        OSError: Some may be there, guarded; the next turn treats them as any other packs.
    """
    stage = git_directory / "gitstore" / "stage"
    files.make_directories(stage)
    names = []
    for index in sorted(room.packs.glob("pack-*.idx")):
        name = index.stem
        if (git_directory / "objects" / "pack" / f"{name}.idx").exists():
            continue
        for suffix in (".pack", ".idx"):
            _flush(files, room.packs / (name + suffix))
            files.rename(room.packs / (name + suffix), stage / (name + suffix))
        packfolder.put(files, git_directory, name)
        names.append(name)
    return names


def _flush(files: Files, path: Path) -> None:
    os.chmod(path, 0o644)  # noqa: PTH101  git makes them read-only, and a flush needs to open it
    descriptor = files.open_append(path)
    try:
        files.flush(descriptor)
    finally:
        os.close(descriptor)
