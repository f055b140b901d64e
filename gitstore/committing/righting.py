"""What people did on the branch with git is put right: a commit on top, the same wherever it is made.

Merges of git's are made again by the rule (see `remerging`); what other commits of git's left out of order is
put in order. Nothing that anybody saved is taken out by that, and what a person took out later stays out.
"""

import itertools
from collections.abc import Sequence

import msgspec

from gitstore.changes.snapshot import Snapshot
from gitstore.committing.remerging import remerge
from gitstore.committing.sifting import Sieve
from gitstore.disk.segments import record_id
from gitstore.errors import TooMuch
from gitstore.history.ancestry import beyond, until
from gitstore.kinds import COMMIT
from gitstore.merging.merge import merge_trees
from gitstore.merging.rules import Rules
from gitstore.objects import commits, packs, trees
from gitstore.objects.commits import NOBODY
from gitstore.objects.editing import Editor, differences
from gitstore.objects.objects import ObjectReader
from gitstore.turns.building import Built
from gitstore.turns.turns import Standing


class Righted(msgspec.Struct, frozen=True):
    """What has to be put on top of a tip."""

    editor: Editor
    """Has the tree as it is to be."""
    directories: tuple[str, ...]
    """Those that it changes, sorted."""
    merges: tuple[str, ...]
    """The merges that were made again."""
    purge: bool
    """Whether a merge brought back what had been taken out of all history: that has to be done again."""


def news(reader: ObjectReader, tip: str, known: str | None) -> list[str]:
    """Return the commits that have to be looked at, each after its parents.

    Args:
        reader: The repository's objects.
        tip: The commit where to begin.
        known: Where all was right: only what came since counts. None: what came since the last commits that a
            store made.

    Raises:
        Damaged: A commit is missing or corrupt.
    """
    if known is None:
        return until(reader, tip, lambda commit: _is_ours(reader, commit))
    return beyond(reader, tip, known)


def right(
    reader: ObjectReader, tip: str, new: Sequence[str], before: str | None, rules: Rules
) -> Righted | None:
    """Return what has to be put right at a tip; None if nothing.

    Args:
        reader: The repository's objects.
        tip: The commit that the branch names.
        new: What has to be looked at, as `news` returned it.
        before: The tree where all was right; None: only what the new commits changed is looked at.
        rules: Of the owner of the records.

    Raises:
        Damaged: An object that is needed is missing or corrupt.
    """
    if not new:
        return None
    root = _tree(reader, tip)
    editor = Editor(reader, root)
    done = {merge for commit in new for merge in _righted_by(reader, commit)}
    merges = [
        each
        for each in new
        if len(_parents(reader, each)) > 1 and each not in done and not _is_ours(reader, each)
    ]
    sieve = Sieve(reader, rules)
    for merge in merges:
        if _is_sound(sieve, reader, merge):
            _again(reader, editor, merge, rules)
    for directory in _directories(reader, editor, new, before, rules):
        for path, content in rules.ordered(directory, editor.read).items():
            if content is None:
                editor.remove(path)
            else:
                editor.write(path, content)
    now = editor.finish()
    purge = any(_brings_back(reader, merge, rules) for merge in merges)
    if now == root and not purge:
        return None
    editor.drop_unused()
    owners = {rules.owner(item.path) or item.path for item in differences(editor.load_tree, root, now)}
    return Righted(editor, tuple(sorted(owners)), tuple(merges), purge)


def _is_sound(sieve: Sieve, reader: ObjectReader, merge: str) -> bool:
    """Say whether all that a merge was made of can be in a tree: else what was set aside could come back."""
    made = _tree(reader, merge)
    sides = [_tree(reader, parent) for parent in _parents(reader, merge)]
    paths = sorted({path for side in sides for path in sieve.differing(made, side)})
    if any(sieve.fault_in(tree, path) is not None for tree in (made, *sides) for path in paths):
        return False
    editor = Editor(reader, made)
    try:
        for side in sides:
            sieve.weigh(side, made, editor)
            sieve.weigh(made, side, editor)
    except TooMuch:
        return False
    return True


def _brings_back(reader: ObjectReader, merge: str, rules: Rules) -> bool:
    """Say whether a side of a merge does not know all that was taken out of the history of another."""
    trees = [_tree(reader, parent) for parent in _parents(reader, merge)]
    views = [Snapshot(merge, tree, reader.tree, reader.blob) for tree in trees]
    return len({rules.purged(view.read) for view in views}) > 1


def built(reader: ObjectReader, tip: str, righted: Righted, standing: Standing) -> Built:
    """Return what puts a tip right as a turn that takes nothing from the journals.

    Args:
        reader: The repository's objects.
        tip: The commit that the branch names.
        righted: As `right` returned it.
        standing: How far the journals are.
    """
    time = float(commits.parents(reader.commit(tip))[2])
    trailers = (("Action", "repaired"), *(("Merge", merge) for merge in righted.merges))
    subject = f"repaired after {'a merge' if righted.merges else 'commits'} of git's"
    body = "\n".join(f"{path}: put in order" for path in righted.directories)
    commit = commits.make(
        righted.editor.finish(),
        (tip,),
        author=NOBODY,
        authored=time,
        committed=time,
        message=commits.compose(subject, body, trailers),
        anywhere=True,
    )
    made = packs.packed(COMMIT, commit)
    turn = standing.turn
    offsets, results = (dict(turn.offsets), dict(turn.results)) if turn else ({}, {})
    return Built(
        made.id, righted.editor, [made], offsets, results, None, NOBODY, why="gitstore: repaired after git"
    )


def _again(reader: ObjectReader, editor: Editor, merge: str, rules: Rules) -> None:
    """Let an editor's tree, which comes from a merge, have what the merge is by the rule."""
    made = _tree(reader, merge)
    again = remerge(reader, merge, rules)
    wanted = again.finish()
    here = editor.finish()
    if wanted == made:
        return
    if here != made:
        wanted = _without_taken_back(again, wanted, made, editor, rules)
    editor.adopt(again)
    merge_trees(editor, wanted, [made], rules)


def _without_taken_back(again: Editor, wanted: str, made: str, editor: Editor, rules: Rules) -> str:
    """Leave a directory out from which a person took records since the merge: that was a wish."""
    here = Snapshot("", editor.finish(), editor.load_tree, editor.load_blob)
    then = Snapshot("", made, again.load_tree, again.load_blob)
    for item in differences(again.load_tree, made, wanted):
        owner = rules.owner(item.path)
        if owner and not _ids(then, owner) <= _ids(here, owner):
            tree = then.directory_id(owner)
            if again.entry(owner) is not None:
                again.remove(owner)
            if tree is not None:
                again.put_tree(owner, tree)
    return again.finish()


def _ids(view: Snapshot, directory: str) -> set[tuple[str, str]]:
    """Return the ids of the records in a directory, each with the name of its first file."""
    found = set()
    for path in view.files(directory):
        if path.endswith(".jsonl"):
            name = path.split(".", 1)[0]
            for line in (view.read(path) or b"").split(b"\n"):
                if (identifier := record_id(line)) is not None:
                    found.add((name, identifier))
    return found


def _directories(
    reader: ObjectReader, editor: Editor, new: Sequence[str], before: str | None, rules: Rules
) -> list[str]:
    """Return the directories with rules that may have been changed by git."""
    if before is not None:
        pairs = [(before, editor.finish())]
    else:
        pairs = [
            (_tree(reader, parent), _tree(reader, commit))
            for commit in new
            for parent in _parents(reader, commit)[:1]
        ]
    found: set[str] = set()
    for one, other in pairs:
        found |= _differing(editor, one, other, rules)
    return sorted(each for each in found if each and editor.entry(each) is not None)


def _differing(editor: Editor, one: str, other: str, rules: Rules) -> set[str]:
    """Return the directories with rules that differ in two trees; what lies in them is not looked into."""
    found: set[str] = set()
    for root in rules.roots():
        sides = [_directory(editor, tree, root) for tree in (one, other)]
        for entry in itertools.chain(*trees.changed(*sides)):
            path = f"{root}/{entry.name}"
            owner = rules.owner(f"{path}/{entry.name}" if entry.is_directory else path)
            found |= set() if owner is None else {owner}
    return found


def _directory(editor: Editor, tree: str, path: str) -> bytes:
    """Return the tree of a directory; empty if there is none."""
    content = editor.load_tree(tree, "the root")
    for name in path.split("/"):
        entry = trees.find(content, name)
        if entry is None or not entry.is_directory:
            return b""
        content = editor.load_tree(entry.id, path)
    return content


def _righted_by(reader: ObjectReader, commit: str) -> list[str]:
    """Return the merges that a commit put right."""
    content = reader.commit(commit)
    if NOBODY.email.encode() not in content:
        return []
    found = commits.read(content, commit)
    return [value for key, value in commits.entry(commit, found).trailers if key == "Merge"]


def _is_ours(reader: ObjectReader, commit: str) -> bool:
    return commits.is_ours(reader.commit(commit), commit)


def _parents(reader: ObjectReader, commit: str) -> tuple[str, ...]:
    return commits.parents(reader.commit(commit))[1]


def _tree(reader: ObjectReader, commit: str) -> str:
    return commits.parents(reader.commit(commit))[0]
