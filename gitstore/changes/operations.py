"""What each operation does to a tree, whatever tree that is.

Pure: bytes in, bytes out. The same functions serve the committer and the reader who wants to see what is
saved and not yet in git.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Sequence

import msgspec

from gitstore.changes.documents import update_document
from gitstore.disk import segments
from gitstore.disk.segments import Row
from gitstore.errors import ObjectMissing
from gitstore.kinds import BLOB, TREE, identify
from gitstore.objects import trees
from gitstore.objects.editing import Editor
from gitstore.objects.objects import ObjectReader
from gitstore.values import (
    AppendRecord,
    Change,
    Operation,
    Outcome,
    PutFile,
    RemoveDirectory,
    Replace,
    Require,
    RestoreDirectory,
    Revive,
    UpdateDocument,
)

LastTree = Callable[[str], str | None]
"""Returns the tree of a directory as it was before history deleted it, or None."""


class Applied(msgspec.Struct, frozen=True):
    """What a change did to a tree."""

    outcome: Outcome
    reason: str | None = None
    notes: tuple[str, ...] = ()
    """Sentences for the commit's body."""


def validate(change: Change) -> None:
    """Check a change before it is saved.

    Raises:
        ValueError: A path leaves the store or names git's own files, a record is no single line of JSON with
            its id, a content is larger than git hosts take, or there is no operation. Nothing was changed.
    """
    if not change.operations:
        raise ValueError("a change without operations")
    for operation in change.operations:
        check_path(operation.path)
        if isinstance(operation, AppendRecord | PutFile):
            size = len(operation.record if isinstance(operation, AppendRecord) else operation.content)
            if size >= segments.LARGEST:
                raise ValueError(f"{operation.path}: {size} bytes at once are more than git hosts take")
        if isinstance(operation, AppendRecord):
            if b"\n" in operation.record or b"\r" in operation.record:
                raise ValueError("a record is one line")
            if segments.record_id(operation.record) != operation.id:
                raise ValueError(f"a record without its id {operation.id!r}")
        if isinstance(operation, UpdateDocument) and operation.only and operation.only.first:
            check_path(operation.only.first[0])
        tree = operation.tree if isinstance(operation, RestoreDirectory | Replace) else None
        if tree is not None and not is_id(tree):
            raise ValueError(f"no id of a tree: {tree!r}")


def check_path(path: str) -> None:
    """Raise ValueError unless a path is relative, plain, and none of git's own."""
    parts = path.split("/")
    for part in parts:
        if part in {"", ".", ".."} or part.rstrip(". ").lower() in {".git", "git~1"}:
            raise ValueError(f"not a path of the store: {path!r}")
        if any(ord(letter) < 32 or letter in '\\:*?"<>|\x7f' for letter in part):
            raise ValueError(f"not a path of the store: {path!r}")


def is_id(text: str) -> bool:
    """Say whether a text has the form of an object id."""
    return len(text) == 40 and all(letter in "0123456789abcdef" for letter in text)


def apply_change(change: Change, editor: Editor, reader: ObjectReader, last_tree: LastTree) -> Applied:
    """Apply a change to a tree, wholly or not at all.

    Args:
        change: What shall be true.
        editor: The tree; changed only if the outcome is APPLIED.
        reader: The repository's objects.
        last_tree: Asked by `Revive`.

    Returns:
        What became of it.

    Raises:
        Damaged: An object that is needed is missing or corrupt; the editor must not be used any more.
    """
    for operation in change.operations:  # nothing is done before all of this holds
        if (reason := _refusal(operation, editor, reader)) is not None:
            return Applied(Outcome.REFUSED, reason)
    notes = []
    for operation in change.operations:
        if isinstance(operation, Revive) and editor.entry(operation.path) is None:
            tree = editor.removed.get(operation.path) or last_tree(operation.path)
            if tree is not None:
                editor.put_tree(operation.path, tree)
                notes.append(operation.note)
    records = [operation for operation in change.operations if isinstance(operation, AppendRecord)]
    if any(_is_there(record, editor) for record in records):
        done = bool(notes)  # what came back with its directory is what there was to do
    else:
        done = _apply_all(change.operations, editor) or bool(notes)
    return Applied(Outcome.APPLIED if done else Outcome.ALREADY, None, tuple(notes))


def _refusal(operation: Operation, editor: Editor, reader: ObjectReader) -> str | None:
    """Return what stands against an operation, or None."""
    present = editor.entry(operation.path) is not None
    if isinstance(operation, Require) and operation.present != present:
        return "present" if present else "absent"
    if isinstance(operation, RemoveDirectory) and not present:
        return "absent"
    if isinstance(operation, Replace):
        found = editor.entry(operation.path)
        if (found.id if found else None) != operation.expected:
            return "changed"
        return None if operation.tree is None else _no_such_tree(operation.tree, editor, reader)
    if isinstance(operation, RestoreDirectory):
        return "present" if present else _no_such_tree(operation.tree, editor, reader)
    return None


def _no_such_tree(tree: str, editor: Editor, reader: ObjectReader) -> str | None:
    if tree not in editor.new_objects:
        try:
            kind = reader.read(tree)[0]
        except ObjectMissing:
            return "no such tree"
        if kind != TREE:
            return "no such tree"
    return None


def _is_there(operation: AppendRecord, editor: Editor) -> bool:
    present, _ = _segments(operation.path, editor)
    return segments.holds(present, _loading(editor), operation.id)


def _apply_all(operations: Iterable[Operation], editor: Editor) -> bool:
    """Apply operations that nothing stands against, records of one file at once; say if the tree changed."""
    done = again = False
    waiting: dict[str, list[Row]] = {}
    for document, together in itertools.groupby(operations, _document):
        if document is not None:
            done |= _update(editor, document, [each for each in together if isinstance(each, UpdateDocument)])
            continue
        for operation in together:
            if isinstance(operation, AppendRecord):
                row = Row(operation.id, operation.record, operation.limit)
                waiting.setdefault(operation.path, []).append(row)
                continue
            if isinstance(operation, RemoveDirectory | RestoreDirectory):
                done |= _append(waiting, editor, again=again)
                again = True  # what came back may hold a record already
            done |= _apply(operation, editor)
    return _append(waiting, editor, again=again) or done


def _document(operation: Operation) -> str | None:
    """Return the document that an operation updates: several updates of one in a row write it once."""
    return operation.path if isinstance(operation, UpdateDocument) else None


def _append(waiting: dict[str, list[Row]], editor: Editor, *, again: bool) -> bool:
    """Add records to their files; none is left waiting. With `again` each is looked for before."""
    done = False
    for path, rows in waiting.items():
        present, taken = _segments(path, editor)
        load = _loading(editor)
        if again:
            rows = [row for row in rows if not segments.holds(present, load, row.id)]  # noqa: PLW2901
        changed = segments.place(path, present, load, rows, taken=taken) if rows else {}
        done |= bool(changed)
        for name, content in changed.items():
            if content is None:
                editor.remove(name)
            else:
                editor.write(name, content)
    waiting.clear()
    return done


def _segments(path: str, editor: Editor) -> tuple[list[str], list[int]]:
    """Return the files of a file's records, in order, and the numbers of what has such a name and is none."""
    folder, slash, name = path.rpartition("/")
    first = trees.encode_name(segments.segment_path(name, 2))
    digits = first.rindex(b"0002")
    pattern = re.escape(first[:digits]) + rb"[0-9]{4,6}" + re.escape(first[digits + 4 :])
    names = {
        found[1:-1].decode("utf-8", "surrogateescape")
        for found in re.findall(b" " + pattern + b"\0", editor.tree(folder))
    }
    present, taken = [], []
    for found in segments.segments_among(name, {name, *names}):
        entry = editor.entry(f"{folder}{slash}{found}")
        if entry is None:
            continue
        if entry.is_directory or entry.mode == "160000":
            taken.append(segments.segment_number(name, found) or 1)
        else:
            present.append(f"{folder}{slash}{found}")
    return present, taken


def _loading(editor: Editor) -> segments.Load:
    return lambda path: editor.read(path) or b""


def _apply(operation: Operation, editor: Editor) -> bool:
    """Apply one operation that is no record and that nothing stands against; say whether the tree changed."""
    match operation:
        case PutFile(path, content):
            return _put(editor, path, content)
        case RemoveDirectory(path):
            editor.remove(path)
        case RestoreDirectory(path, tree):
            editor.put_tree(path, tree)
        case Replace():
            return _replace(editor, operation)
        case _:
            return False
    return True


def _update(editor: Editor, path: str, changes: Sequence[UpdateDocument]) -> bool:
    def is_first(records: str, identifier: str) -> bool:
        present, _ = _segments(records, editor)
        return not present or not segments.place_in(
            segments.ended(editor.read(present[0]) or b""), identifier
        )

    before = editor.read(path)
    after = update_document(before, changes, is_first)
    if after is None and before is not None:
        _put(editor, f"{path}.damaged-{identify(BLOB, before)[:8]}", before)
        after = update_document(None, changes, is_first)
    if after is None or after == before:
        return False
    editor.write(path, after)
    return True


def _replace(editor: Editor, change: Replace) -> bool:
    if change.content is not None:
        if change.expected == identify(BLOB, change.content):
            return False
        editor.write(change.path, change.content)
    elif change.tree is not None:
        editor.put_tree(change.path, change.tree)
    elif change.expected is not None:
        editor.remove(change.path)
    return True


def _put(editor: Editor, path: str, content: bytes) -> bool:
    before = editor.read(path)
    if before == content:
        return False
    if before is not None:
        path = f"{path}.{identify(BLOB, content)[:8]}"
        if editor.read(path) is not None:
            return False
    editor.write(path, content)
    return True
