"""Where two histories parted: the best commits that both have, and what one of them has since."""

import heapq
from collections.abc import Callable, Sequence

from gitstore.objects import commits
from gitstore.objects.objects import ObjectReader

_ONE, _OTHER, _BEHIND = 1, 2, 4
_BOTH = _ONE | _OTHER


def merge_bases(reader: ObjectReader, one: str, other: str) -> tuple[str, ...]:
    """Return the commits that both commits descend from and that none of the others descends from, sorted.

    Args:
        reader: The objects.
        one: A commit. It is the only base if the other descends from it.
        other: Another one.

    Returns:
        None if the histories have nothing in common, mostly one, several after both sides merged each other.

    Raises:
        Damaged: A commit is missing or corrupt.
    """
    if one == other:
        return (one,)
    found = _common(reader, one, other)
    if len(found) < 2:
        return tuple(found)
    return tuple(sorted(each for each in found if not _is_behind(reader, each, found - {each})))


def beyond(reader: ObjectReader, tip: str, known: str) -> list[str]:
    """Return the commits that a commit has behind it, itself included, and another one has not.

    Each comes after its parents. Where clocks were wrong there may be some of the other's among them.

    Raises:
        Damaged: A commit is missing or corrupt.
    """
    if tip == known:
        return []
    marks = _walk(reader, tip, known)[0]
    return _by_depth(reader, {commit for commit, mark in marks.items() if mark & _BOTH == _ONE}, tip)


def until(reader: ObjectReader, tip: str, ends: Callable[[str], bool]) -> list[str]:
    """Return the commits behind a commit, itself included, as far as none of them ends the search.

    Each comes after its parents.

    Args:
        reader: The objects.
        tip: The commit.
        ends: Asked of each commit: whether neither it nor what is behind it is wanted.

    Raises:
        Damaged: A commit is missing or corrupt.
    """
    cut = reader.shallow()
    found: set[str] = set()
    waiting = [tip]
    seen = {tip}
    while waiting:
        commit = waiting.pop()
        if ends(commit):
            continue
        found.add(commit)
        parents = () if commit in cut else _parents(reader, commit)[0]
        waiting += [parent for parent in parents if parent not in seen]
        seen.update(parents)
    return _by_depth(reader, found, tip)


def _by_depth(reader: ObjectReader, wanted: set[str], tip: str) -> list[str]:
    """Return some of the commits behind a commit, each after its parents."""
    order: list[str] = []
    done: set[str] = set()
    waiting = [tip] if tip in wanted else []
    while waiting:
        commit = waiting[-1]
        left = [each for each in _parents(reader, commit)[0] if each in wanted and each not in done]
        if commit in done or not left:
            waiting.pop()
            if commit not in done:
                done.add(commit)
                order.append(commit)
        else:
            waiting += left
    return order


def since(reader: ObjectReader, tip: str, bases: Sequence[str]) -> list[str]:
    """Return a commit and those that it descends from, newest first, without the bases and all behind them.

    Where clocks are wrong, some that are behind a base may be among them.

    Raises:
        Damaged: A commit is missing or corrupt.
    """
    cut = reader.shallow()
    behind = dict.fromkeys(bases, True) | ({} if tip in bases else {tip: False})
    heap = [(-_parents(reader, commit)[1], commit) for commit in behind]
    heapq.heapify(heap)
    waiting = set(behind)
    open_ = len(waiting) - len(bases)
    found: dict[str, None] = {}
    while heap and open_ > 0:
        _, commit = heapq.heappop(heap)
        waiting.discard(commit)
        open_ -= not behind[commit]
        if not behind[commit]:
            found[commit] = None
        for parent in () if commit in cut else _parents(reader, commit)[0]:
            before = behind.get(parent)
            mark = behind[commit] or bool(before)
            if before == mark:
                continue
            behind[parent] = mark
            if parent in waiting:
                open_ -= mark
                continue
            waiting.add(parent)
            open_ += not mark
            heapq.heappush(heap, (-_parents(reader, parent)[1], parent))
    return [commit for commit in found if not behind[commit]]


def _is_behind(reader: ObjectReader, commit: str, others: set[str]) -> bool:
    return any(_common(reader, commit, other) == {commit} for other in others)


def _common(reader: ObjectReader, one: str, other: str) -> set[str]:
    """Return common ancestors, among them the best ones."""
    marks, found = _walk(reader, one, other)
    return {commit for commit in found if not marks[commit] & _BEHIND}


def _walk(reader: ObjectReader, one: str, other: str) -> tuple[dict[str, int], set[str]]:
    """Walk as git does, newest first; return the marks of all commits seen, and those common ancestors.

    Clocks may be wrong: a commit whose marks change later is gone through again.
    """
    cut = reader.shallow()
    marks: dict[str, int] = {one: _ONE}
    marks[other] = marks.get(other, 0) | _OTHER
    heap = [(-_parents(reader, commit)[1], commit) for commit in {one, other}]
    heapq.heapify(heap)
    alive = len(heap)
    waiting = dict.fromkeys((one, other), True)
    found: set[str] = set()
    while heap and alive:
        _, commit = heapq.heappop(heap)
        mark = marks[commit]
        waiting[commit] = False
        alive -= not mark & _BEHIND
        if mark & _BOTH == _BOTH and not mark & _BEHIND:
            found.add(commit)
            mark |= _BEHIND
        parents = () if commit in cut else _parents(reader, commit)[0]
        for parent in parents:
            before = marks.get(parent, 0)
            if before | mark == before:
                continue
            marks[parent] = before | mark
            if waiting.get(parent):
                alive -= bool(not before & _BEHIND and mark & _BEHIND)
                continue
            waiting[parent] = True
            alive += not marks[parent] & _BEHIND
            heapq.heappush(heap, (-_parents(reader, parent)[1], parent))
    return marks, found


def _parents(reader: ObjectReader, commit: str) -> tuple[tuple[str, ...], int]:
    _, parents, time = commits.parents(reader.commit(commit))
    return parents, time
