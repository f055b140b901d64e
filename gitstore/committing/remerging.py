"""A merge that git made is made again by the rule of the store, in memory; what a person added to it stays.

Git merges lines of text: it loses order, keeps a record twice, and stops at documents, of which a person then
takes one side. The parents tell what that should have come to: what the merge has from one of them is as the
rule has it, and only what none of them has is a person's.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from gitstore.changes.snapshot import Snapshot
from gitstore.disk import segments
from gitstore.history.ancestry import merge_bases
from gitstore.history.departed import Behind
from gitstore.merging.merge import beside, cut, merge_trees
from gitstore.merging.records import lines_of, merge_records
from gitstore.merging.rules import Rules
from gitstore.objects import commits
from gitstore.objects.editing import Editor, Touched, differences
from gitstore.objects.objects import ObjectReader


def remerge(reader: ObjectReader, merge: str, rules: Rules) -> Editor:
    """Return the tree that a merge would have by the rule, with what only the merge itself has.

    What belongs to nobody with rules is as the merge has it.

    Args:
        reader: The repository's objects.
        merge: A commit with two or more parents.
        rules: Of the owner of the records.

    Raises:
        Damaged: An object that is needed is missing or corrupt.
    """
    tree, parents, _ = commits.parents(reader.commit(merge))
    roots = [commits.parents(reader.commit(parent))[0] for parent in parents]
    editor = Editor(reader, roots[0])
    for number, other in enumerate(parents[1:], start=1):
        _join(reader, editor, parents[:number], other, rules)
    views = [Snapshot(merge, root, editor.load_tree, editor.load_blob) for root in roots]
    made = Snapshot(merge, tree, editor.load_tree, editor.load_blob)
    theirs: list[Touched] = []
    own: dict[str, list[Touched]] = {}
    for item in differences(editor.load_tree, editor.finish(), tree):
        owner = rules.owner(item.path)
        if owner is None:
            theirs.append(item)
        elif item.after is not None and item.after not in {view.file_id(item.path) for view in views}:
            own.setdefault(owner, []).append(item)
    editor.put_back(sorted(theirs, key=lambda item: item.after is not None))  # first what makes room
    for directory, items in own.items():
        _Directory(editor, views, made, rules).add(directory, items)
    editor.finish()
    editor.drop_unused()
    return editor


def _join(reader: ObjectReader, editor: Editor, joined: Sequence[str], other: str, rules: Rules) -> None:
    """Merge one more parent with those that have been merged."""
    bases = {base for each in joined for base in merge_bases(reader, each, other)}
    before = sorted((commits.parents(reader.commit(base))[0], base) for base in bases)
    past = Behind(reader, joined[0], other, [base for _, base in before])
    root = commits.parents(reader.commit(other))[0]
    merge_trees(editor, root, [tree for tree, _ in before], rules, past)


class _Directory:
    """One directory with rules, to which a person added something in a merge."""

    def __init__(self, editor: Editor, parents: Sequence[Snapshot], merge: Snapshot, rules: Rules) -> None:
        self._editor = editor
        self._parents = parents
        self._merge = merge
        self._rules = rules

    def add(self, directory: str, items: Sequence[Touched]) -> None:
        """Add what the merge has and no parent to what the rule made of the directory."""
        lines = {first: self._lines(first) for first in sorted({_first(item.path) for item in items})}
        fields = {item.path: self._fields(item.path) for item in items if item.path.endswith(".json")}
        files = [item for item in items if not item.path.endswith((".json", ".jsonl"))]
        if not (any(lines.values()) or any(fields.values()) or files):
            return
        if (
            directory and self._editor.entry(directory) is None
        ):  # deleted by the rule, and a person went on with it
            self._editor.put_tree(directory, self._merge.directory_id(directory) or "")
            return
        for first, added in lines.items():
            self._unite(first, added)
        for path, values in fields.items():
            if values:
                known = _object(self._editor.read(path))
                text = json.dumps({**known, **values}, ensure_ascii=False, indent=2)
                self._editor.write(path, text.encode("utf-8", "replace") + b"\n")
        self._editor.put_back(files)
        self._editor.finish()
        for path, content in self._rules.complete(directory, self._editor.read).items():
            self._editor.write(path, content)

    def _lines(self, first: str) -> list[bytes]:
        """Return the lines of some records that only the merge has."""
        known = {line for parent in self._parents for line in _records(parent, first)}
        return [line for line in _records(self._merge, first) if line not in known]

    def _unite(self, first: str, added: Sequence[bytes]) -> None:
        if not added:
            return
        root = self._editor.finish()
        now = Snapshot("", root, self._editor.load_tree, self._editor.load_blob)
        merged = merge_records([b"".join(_records(now, first)), b"".join(added)])
        for path, part in cut(first, merged.lines, now.segments(first)).items():
            if part is None:
                self._editor.remove(path)
            else:
                self._editor.write(path, part)
        for line in merged.aside:
            self._editor.write(beside(first, line), line)

    def _fields(self, path: str) -> dict[str, Any]:
        """Return the fields of a document that have values which no parent has: a person wrote them.

        Of a list, whose lines git may have taken from both, only what no parent has counts.
        """
        sides = [_object(view.read(path)) for view in self._parents]
        now = _object(self._editor.read(path))
        found: dict[str, Any] = {}
        for name, value in _object(self._merge.read(path)).items():
            if any(name in side and side[name] == value for side in sides):
                continue
            if isinstance(value, list):
                known = [item for side in sides for item in _list(side.get(name))]
                mine = [item for item in value if item not in known]
                if mine:
                    found[name] = [*_list(now.get(name)), *mine]
            else:
                found[name] = value
        return found


def _records(view: Snapshot, first: str) -> Iterator[bytes]:
    """Yield the lines of all files in which some records go on; none if these are no records."""
    for path in view.segments(first) if first.endswith(".jsonl") else ():
        yield from lines_of(view.read(path) or b"")


def _first(path: str) -> str:
    """Return the path of the first file of the records in a file."""
    name = path.rpartition("/")[2]
    if not segments.may_be_further(name):
        return path
    stem, _, suffix = path.rpartition(".")
    return f"{stem.rpartition('.')[0]}.{suffix}"


def _object(content: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(content or b"")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
