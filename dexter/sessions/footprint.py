"""How many bytes a home takes, by what they are for. Reads names and sizes, never a content."""

import os
from collections.abc import Iterator
from pathlib import PurePath

import msgspec

from dexter.paths import Home
from dexter.sessions.records.layout import ROOT

KINDS = (
    "packs",
    "loose objects",
    "journals",
    "rest of .git",
    "histories",
    "steps",
    "metadata",
    "rest of the work tree",
    "catalog",
    "scratchpad",
    "messages",
    "cache",
    "rest of the home",
)


class Footprint(msgspec.Struct, frozen=True):
    """Files of one kind: how many, their lengths, and what the disk gave them (0 where it does not say)."""

    kind: str
    files: int = 0
    bytes: int = 0
    allocated: int = 0


def footprints(home: Home) -> tuple[Footprint, ...]:
    """All kinds in their order, with zeros for what is not there. What vanishes meanwhile is not counted."""
    found = {kind: Footprint(kind) for kind in KINDS}
    for path, status in _walk(str(home.root)):
        kind = _kind(PurePath(path).relative_to(home.root).parts, home)
        before = found[kind]
        blocks = getattr(status, "st_blocks", 0) * 512
        found[kind] = Footprint(
            kind, before.files + 1, before.bytes + status.st_size, before.allocated + blocks
        )
    return tuple(found.values())


def _kind(parts: tuple[str, ...], home: Home) -> str:  # noqa: PLR0911  a table
    match parts:
        case (home.sessions.name, ".git", *inside):
            return _kind_in_git(inside)
        case (home.sessions.name, folder, _, "steps", *_) if folder == ROOT:
            return "steps"
        case (home.sessions.name, folder, _, name) if folder == ROOT and name.startswith("history"):
            return "histories"
        case (home.sessions.name, folder, _, name) if folder == ROOT and name.endswith((".json", ".jsonl")):
            return "metadata"
        case (home.sessions.name, *_):
            return "rest of the work tree"
        case (first, *_) if first in {
            home.catalog.name,
            home.scratchpad.name,
            home.messages_file.parent.name,
            home.cache.name,
        }:
            return first
        case _:
            return "rest of the home"


def _kind_in_git(inside: list[str]) -> str:
    match inside:
        case ("objects", "pack", *_):
            return "packs"
        case ("objects", folder, _) if len(folder) == 2:
            return "loose objects"
        case ("gitstore", "journal", *_):
            return "journals"
        case _:
            return "rest of .git"


def _walk(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Every file below a folder; links are counted themselves and not followed."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    if entry.is_dir(follow_symlinks=False):
                        yield from _walk(entry.path)
                    else:
                        yield entry.path, entry.stat(follow_symlinks=False)
                except OSError:
                    continue
    except OSError:
        return
