"""Another history joins ours, in memory: the branch goes on to it, or gets a commit with both as parents.

That commit is the same on every machine that joins the same two histories: its parents are sorted, its times
are the later one of theirs, and it is by nobody in particular.
"""

import itertools

import msgspec

from gitstore.committing.sifting import Side, Sieve, without
from gitstore.history.ancestry import merge_bases
from gitstore.history.departed import Behind
from gitstore.kinds import COMMIT
from gitstore.merging.merge import Merged, merge_trees
from gitstore.merging.rules import Rules
from gitstore.objects import commits, packs
from gitstore.objects.editing import Editor
from gitstore.objects.objects import ObjectReader
from gitstore.objects.packs import Packed
from gitstore.turns.building import Built
from gitstore.turns.turns import Standing
from gitstore.values import Identity, Joined, Joining, SetAside


class Plan(msgspec.Struct, frozen=True):
    """What joining would come to."""

    joining: Joining
    tip: str
    """Where the branch would be."""
    editor: Editor
    commit: bytes | None = None
    """Of both histories, or of theirs without what is set aside; None: the branch only goes on, or stays."""


def plan(reader: ObjectReader, ours: str, theirs: str, rules: Rules, seed: str) -> Plan:
    """Return what joining another history comes to.

    Args:
        reader: The repository's objects.
        ours: The commit of our branch.
        theirs: The commit to join, with all that is behind it.
        rules: Of the owner of the records.
        seed: Id of the tree of a store in which nothing has been saved: such a one gives way.

    Raises:
        Damaged: An object that is needed is missing or corrupt.
        TooMuch: It would bring more than is taken.
    """
    trees = {commit: commits.parents(reader.commit(commit))[0] for commit in (ours, theirs)}
    editor = Editor(reader, trees[ours])
    bases = merge_bases(reader, ours, theirs)
    fresh = {
        commit
        for commit in trees
        if trees[commit] == seed and not bases and not commits.parents(reader.commit(commit))[1]
    }
    sieve = Sieve(reader, rules)
    paths = sieve.differing(trees[ours], trees[theirs])
    other = Editor(reader, trees[theirs])
    aside = sieve.sift(other, Side(theirs, trees[theirs], bases), paths)
    if bases == (theirs,) or (fresh == {ours, theirs} and ours < theirs):
        return Plan(Joining(Joined.ALREADY, ours, ours, set_aside=aside), ours, editor)
    sieve.weigh(trees[ours], other.finish(), other)
    if bases == (ours,) or ours in fresh:
        if not aside:
            return Plan(Joining(Joined.FORWARDED, ours, theirs), theirs, other)
        other.drop_unused()
        return _with_commit(reader, Joined.FORWARDED, ours, (theirs,), other, Merged(other.finish()), aside)
    aside = _together(aside, sieve.sift(editor, Side(ours, trees[ours], bases), paths))
    editor.adopt(other)
    roots = {base: commits.parents(reader.commit(base))[0] for base in bases}
    before = sorted((without(editor, sieve, roots[base], paths), base) for base in bases)
    past = Behind(reader, ours, theirs, [base for _, base in before], sieve.is_sound)
    merged = merge_trees(editor, other.finish(), [tree for tree, _ in before], rules, past)
    return _with_commit(reader, Joined.MERGED, ours, (ours, theirs), editor, merged, aside)


def _with_commit(  # noqa: PLR0917  named where it is called
    reader: ObjectReader,
    outcome: Joined,
    ours: str,
    parents: tuple[str, ...],
    editor: Editor,
    merged: Merged,
    aside: tuple[SetAside, ...],
) -> Plan:
    commit = _commit(reader, merged, aside, *parents)
    tip = packs.packed(COMMIT, commit).id
    joining = Joining(outcome, ours, tip, merged.united, merged.stayed, merged.aside, aside)
    return Plan(joining, tip, editor, commit)


def _together(*sides: tuple[SetAside, ...]) -> tuple[SetAside, ...]:
    """Return what either side has that is set aside, once, whichever side is ours."""
    found: dict[str, SetAside] = {}
    for each in itertools.chain(*sides):
        found[each.path] = min(each, found.get(each.path, each), key=lambda one: one.reason)
    return tuple(found[path] for path in sorted(found))


def built(plan: Plan, standing: Standing, author: Identity, brought: Packed | None = None) -> Built:
    """Return a plan as a turn that takes nothing from the journals.

    Args:
        plan: What joining comes to.
        standing: How far the journals are in git.
        author: For the reflog.
        brought: The commit to join, if the repository does not have it yet.
    """
    turn = standing.turn
    made = [] if brought is None else [brought]
    made += [] if plan.commit is None else [packs.packed(COMMIT, plan.commit)]
    offsets, results = (dict(turn.offsets), dict(turn.results)) if turn else ({}, {})
    why = f"gitstore: {plan.joining.outcome.value}"
    return Built(plan.tip, plan.editor, made, offsets, results, None, author, why=why)


def _commit(reader: ObjectReader, merged: Merged, aside: tuple[SetAside, ...], *parents: str) -> bytes:
    times = [commits.parents(reader.commit(parent))[2] for parent in parents]
    time = min(float(max(times)), commits.LATEST)
    told = [f"{path}: united" for path in merged.united if path]
    told += [
        f"{path}: had been deleted, and is kept because of what came to it since" for path in merged.stayed
    ]
    told += [f"{path}: kept beside another one of its name" for path in merged.aside]
    told += [f"{each.path}: set aside: {each.reason}" for each in aside]
    subject = f"merged: {len(merged.united)} changed on both sides" if merged.united else "merged"
    message = commits.compose(subject, "\n".join(told), (("Action", "merged"),))
    return commits.make(
        merged.tree,
        tuple(sorted(parents)),
        author=commits.NOBODY,
        authored=time,
        committed=time,
        message=message,
        anywhere=True,
    )
