"""One file of a session is merged for git, by the rules of `merging`: what git's merge driver does.

Git asks for one file at a time. So that metadata follow from the history of both sides, that is looked up
where git says which commits it merges; else they are merged by field, and put right with the next change.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dexter.sessions.merging.merging import SessionRules
from dexter.sessions.records.identifiers import is_session_id
from dexter.sessions.records.layout import ROOT
from gitstore.changes.snapshot import Snapshot
from gitstore.disk.segments import record_id
from gitstore.errors import Damaged
from gitstore.git import refs
from gitstore.history.ancestry import merge_bases
from gitstore.kinds import BLOB, TREE, identify
from gitstore.merging.documents import merge_documents
from gitstore.merging.merge import merge_trees
from gitstore.merging.records import merge_records
from gitstore.objects import commits
from gitstore.objects.editing import Editor
from gitstore.objects.objects import ObjectReader
from gitstore.objects.trees import EMPTY

_NAMES = ("session.json", "*.jsonl", "steps/*.jsonl", "parts/*.jsonl")
PATTERNS = tuple(f"/{ROOT}/*/{name}" for name in _NAMES)
"""The files that are merged so, as attributes name them."""

_PATH = re.compile(rf"({ROOT}/([^/]+))/(?:session\.json|[^/]+\.jsonl|(?:steps|parts)/[^/]+\.jsonl)")
_OTHER = re.compile("GITHEAD_([0-9a-f]{40})")


class Sides(msgspec.Struct, frozen=True):
    """The versions of a file that git merges."""

    path: str
    """As git names it."""
    base: bytes
    """What it was when the sides parted; empty if there was none."""
    ours: bytes
    theirs: bytes


def merge_file(sides: Sides, git_directory: Path, environment: Mapping[str, str]) -> bytes | None:
    """Return the file as two machines that meet have it; None if this is no file of a session.

    Args:
        sides: Its versions.
        git_directory: `.git`, where the commits are that are merged.
        environment: In which git has named them.
    """
    match = _PATH.fullmatch(sides.path)
    if match is None or not is_session_id(match[2]):
        return None
    if sides.path.endswith(".jsonl"):
        return _records(sides)
    alone = _fields(sides)
    return alone and (_with_history(sides, match[1], git_directory, environment) or alone)


def _records(sides: Sides) -> bytes:
    """All lines of both. One whose id another has stands behind that: git takes no other file from us."""
    merged = merge_records([sides.ours, sides.theirs])
    found = b"".join(merged.lines)
    for line in merged.aside:
        winner = next(each for each in merged.lines if record_id(each) == record_id(line))
        found = found.replace(winner, winner + line, 1)
    return found


def _fields(sides: Sides) -> bytes | None:
    rules = SessionRules().fields(sides.path)
    return merge_documents([sides.base] if sides.base else [], sides.ours, sides.theirs, rules)


def _with_history(
    sides: Sides, directory: str, git_directory: Path, environment: Mapping[str, str]
) -> bytes | None:
    """The metadata as merging the whole session makes them, if these are the sessions that git merges."""
    others = [match[1] for name in environment if (match := _OTHER.fullmatch(name))]
    try:
        head = refs.head(git_directory)
        ours = refs.read(git_directory, head) if head.startswith("refs/") else head
        if ours is None or len(others) != 1:
            return None
        reader = ObjectReader(git_directory)
        reader.remember(EMPTY, TREE, b"")
        views = [_at(reader, commit) for commit in (ours, others[0])]
        for view, content in zip(views, (sides.ours, sides.theirs), strict=True):
            if view.file_id(sides.path) != identify(BLOB, content):
                return None  # git merges something else, such as two common ancestors
        bases = [_at(reader, base) for base in merge_bases(reader, ours, others[0])]
        editor = Editor(reader, EMPTY)
        roots = [_only(editor, directory, view) for view in (*bases, views[1])]
        _only(editor, directory, views[0])
        merge_trees(editor, roots[-1], roots[:-1], SessionRules())
        return editor.read(sides.path)
    except (Damaged, OSError, ValueError):
        return None


def _at(reader: ObjectReader, commit: str) -> Snapshot:
    return Snapshot(commit, commits.parents(reader.commit(commit))[0], reader.tree, reader.blob)


def _only(editor: Editor, directory: str, view: Snapshot) -> str:
    """Let an editor have one directory and nothing else; its tree."""
    if editor.entry(directory) is not None:
        editor.remove(directory)
    tree = view.directory_id(directory)
    if tree is not None:
        editor.put_tree(directory, tree)
    return editor.finish()
