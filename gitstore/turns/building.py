"""Changes become commits, in memory: nothing here writes to the disk."""

import functools
import time
from collections.abc import Callable

import msgspec

from gitstore.changes import operations
from gitstore.changes.journal import Saved
from gitstore.changes.pending import Pending, Taking
from gitstore.errors import Damaged
from gitstore.history.departed import Departed
from gitstore.kinds import BLOB, COMMIT
from gitstore.objects import commits, packs
from gitstore.objects.editing import Editor, Touched
from gitstore.objects.objects import ObjectReader
from gitstore.objects.packs import Packed
from gitstore.turns.turns import Result
from gitstore.values import Identity, Outcome

_DEEPEST = 40
_LONGEST = 0.1
"""Seconds spent on building one turn: with a long backlog, what is done is in git before the next part is
begun."""


class Built(msgspec.Struct):
    """The commits of one turn, and all that belongs to them."""

    tip: str
    editor: Editor
    commits: list[Packed]
    offsets: dict[str, int]
    results: dict[str, list[Result]]
    stopped: Damaged | None
    author: Identity | None
    """Of the last commit."""
    recovered: int = 0
    complete: bool = True
    """Whether there was time for all that is pending."""
    why: str | None = None
    """For the reflog; None: how many were saved."""

    def content(self, identifier: str) -> bytes:
        """Return the content of a file that the turn makes, or that the repository has. Raises Damaged."""
        return self.editor.load_blob(identifier, identifier)


def build(
    reader: ObjectReader,
    tip: str,
    taking: Taking,
    results: dict[str, list[Result]],
    clock: Callable[[], float],
    *,
    back: list[Touched],
    departed: Departed,
) -> Built:
    """Make a commit of each pending change, in memory.

    Args:
        reader: The repository's objects.
        tip: Where the branch is.
        taking: What is pending.
        results: What became of the changes of each journal before.
        clock: Gives the time of the commits.
        back: What has to be put back first (see `Recovery.taken_back`); then nothing else is taken.
        departed: Knows what was deleted, for `Revive`.

    Returns:
        What to write. A change that meets damage stops its journal, not the others.

    Raises:
        Damaged: The tip itself cannot be read.
    """
    root = commits.parents(reader.commit(tip))[0]
    kept = {name: found for name, found in results.items() if name in taking.offsets}
    built = Built(tip, Editor(reader, root), [], dict(taking.offsets), kept, None, None)
    stopped: set[str] = set()
    last_tree = functools.partial(departed.last_tree, tip)
    orphans = {path.name for path in taking.orphans}
    if back:
        # In a turn of its own: index and files are as they were before the undoing commit. A turn that went
        # further would find them neither as before nor as after, and take that for a person's wish.
        _put_back(built, reader, tip, back, clock())
        built.complete = False
        return built
    for name in {item.journal for item in taking.pending}:
        built.results[name] = []
    built.complete = taking.complete
    until = time.monotonic() + _LONGEST
    for item in taking.pending:
        if item.journal in stopped:
            continue
        if built.commits and time.monotonic() > until:
            built.complete = False
            break
        mark = built.editor.mark()
        change = item.saved.change
        try:
            applied = operations.apply_change(change, built.editor, reader, last_tree)
            after = built.editor.finish()
        except Damaged as damaged:
            built.editor.go_back(mark)
            built.stopped = damaged
            stopped.add(item.journal)
            continue
        commit = None
        outcome = applied.outcome
        if outcome is Outcome.APPLIED and after == root:
            outcome = Outcome.ALREADY
        if outcome is Outcome.APPLIED:
            root = after
            packed = _commit(built.tip, after, item.saved, applied.notes, clock())
            built.commits.append(packed)
            built.tip = commit = packed.id
            built.author = item.saved.author
            built.recovered += item.journal in orphans
        else:
            built.editor.go_back(mark)
        built.results[item.journal].append(Result(item.end, outcome, commit, applied.reason))
        built.offsets[item.journal] = item.end
    return built


def overlay(  # noqa: PLR0917  named where it is called
    editor: Editor,
    reader: ObjectReader,
    tip: str,
    pending: list[Pending],
    back: list[Touched],
    departed: Departed,
) -> tuple[Editor, int, Damaged | None]:
    """Return the tree of a tip with all that is pending or to be put back, and how many changes those are.

    The editor has the tip's tree, or what that has to be. A change that meets damage is left out; the last
    such damage comes third.

    Raises:
        Damaged: The tip's tree cannot be read.
    """
    met: Damaged | None = None
    last_tree = functools.partial(departed.last_tree, tip)
    editor.put_back(back)
    editor.finish()
    count = int(bool(back))
    for item in pending:
        mark = editor.mark()
        try:
            operations.apply_change(item.saved.change, editor, reader, last_tree)
            editor.finish()
        except Damaged as damaged:
            editor.go_back(mark)
            met = damaged
            continue
        count += 1
    return editor, count, met


def _put_back(built: Built, reader: ObjectReader, tip: str, back: list[Touched], now: float) -> str:
    """Make the commit that puts back what another took without wanting to; return its tree."""
    built.editor.put_back(back)
    root = built.editor.finish()
    who = commits.read(reader.commit(tip), tip).author
    body = f"A commit that was made of an old index had undone {len(back)} files."
    message = commits.compose("store repaired", body, (("Action", "repaired"),))
    made = commits.make(root, (tip,), author=who, authored=now, committed=now, message=message)
    built.commits.append(packs.packed(COMMIT, made))
    built.tip = built.commits[-1].id
    built.author = who
    return root


def arrange(made: list[Packed], editor: Editor) -> list[Packed]:
    """Put a turn's objects in the order of a pack: of each path the newest whole, older ones as deltas.

    One that the newest begins with is a delta of that; others are of the next newer one, in short chains.
    """
    by_place: dict[str, list[Packed]] = {}
    for item in editor.new_objects.values():
        by_place.setdefault(editor.places[item.id], []).append(item)
    found = list(reversed(made))
    for versions in by_place.values():
        newest = newer = versions[-1]
        found.append(newest)
        for rank, item in enumerate(reversed(versions[:-1]), start=1):
            grown = item.kind == BLOB and newest.content.startswith(item.content)
            base = newest if grown or rank % _DEEPEST == 0 else newer
            found.append(msgspec.structs.replace(item, base=base.id, grown_from=None))
            newer = item
    return found


def _commit(parent: str, tree: str, saved: Saved, notes: tuple[str, ...], now: float) -> Packed:
    change = saved.change
    body = "\n\n".join(text for text in (change.body, *notes) if text)
    when = saved.time if change.time is None else change.time
    message = commits.compose(change.subject, body, change.trailers)
    return packs.packed(
        COMMIT,
        commits.make(
            tree,
            (parent,),
            author=saved.author,
            authored=when,
            committed=max(now, when),
            message=message,
        ),
    )
