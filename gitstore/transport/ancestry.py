"""Which commits are new, seen from others."""

import heapq
from collections.abc import Callable, Iterable, Iterator

from gitstore.errors import Damaged
from gitstore.objects import commits

Read = Callable[[str], bytes]
"""Gives a commit's content by its id. Raises Damaged."""
_DENSE = 32
"""Commits behind a tip that are all named to a remote; then fewer and fewer."""
NEAR, FAR = 128, 65536
"""Commits behind a tip up to which some are named: if a remote was seen before, and if it was not."""


def new_commits(read: Read, tips: Iterable[str], known: Iterable[str], cut: frozenset[str]) -> list[str]:
    """Return the commits behind `tips` that are not behind `known`, parents before children.

    Where clocks were wrong, some that are behind both may be among them.

    Args:
        read: Reads a commit.
        tips: Where to begin.
        known: Left out, with all behind them.
        cut: Commits whose parents are not looked for.

    Raises:
        Damaged: A commit is missing or corrupt.
    """
    search = _Search(read, cut)
    for identifier in known:
        search.meet(identifier, known=True)
    for identifier in tips:
        search.meet(identifier, known=False)
    order = search.run()
    return _parents_first([each for each in order if each not in search.known], search.parents)


class _Search:
    """Walks back in time from what is known and what is not, until only what is known is left."""

    def __init__(self, read: Read, cut: frozenset[str]) -> None:
        self._read = read
        self._cut = cut
        self._heap: list[tuple[int, str]] = []
        self._fresh: set[str] = set()
        """Commits that wait and are not behind a known one, as far as it went."""
        self._done: set[str] = set()
        self.known: set[str] = set()
        self.parents: dict[str, tuple[str, ...]] = {}

    def meet(self, identifier: str, *, known: bool) -> None:
        """Put a commit into its turn."""
        waiting = [identifier]
        while waiting:
            current = waiting.pop()
            if current not in self.parents:
                _, above, time = commits.parents(self._read(current))
                self.parents[current] = () if current in self._cut else above
                heapq.heappush(self._heap, (-time, current))
                if not known:
                    self._fresh.add(current)
            elif known and current not in self.known and current in self._done:
                waiting += self.parents[current]  # it was taken for new too early
            if known:
                self.known.add(current)
                self._fresh.discard(current)

    def run(self) -> list[str]:
        """Return the commits that were met as new, newest first; some of them may be known by now."""
        order = []
        while self._fresh:
            identifier = heapq.heappop(self._heap)[1]
            self._done.add(identifier)
            self._fresh.discard(identifier)
            known = identifier in self.known
            if not known:
                order.append(identifier)
            for above in self.parents[identifier]:
                self.meet(above, known=known)
        return order


def _parents_first(found: list[str], parents: dict[str, tuple[str, ...]]) -> list[str]:
    """Return commits so that each comes after its parents, whatever their clocks said."""
    wanted, placed = set(found), set[str]()
    order: list[str] = []
    for tip in found:
        stack = [tip]
        while stack:
            identifier = stack[-1]
            missing = [each for each in parents[identifier] if each in wanted and each not in placed]
            if missing and identifier not in placed:
                stack += missing
                continue
            stack.pop()
            if identifier not in placed:
                placed.add(identifier)
                order.append(identifier)
    return order


def contains(read: Read, tip: str, commit: str, cut: frozenset[str]) -> bool:
    """Say whether a commit is another one or an ancestor of it; False also if it is not even there.

    Raises:
        Damaged: Another commit is missing or corrupt.
    """
    try:
        read(commit)
    except Damaged:
        return False
    if not new_commits(read, [commit], [tip], cut):
        return True
    return any(identifier == commit for identifier in _behind(read, tip, cut))  # clocks may be wrong


def _behind(read: Read, tip: str, cut: frozenset[str]) -> Iterator[str]:
    seen, waiting = {tip}, [tip]
    while waiting:
        identifier = waiting.pop()
        yield identifier
        if identifier not in cut:
            above = commits.parents(read(identifier))[1]
            waiting += [each for each in above if each not in seen]
            seen.update(above)


def sample(read: Read, tips: Iterable[str], cut: frozenset[str], far: int) -> list[str]:
    """Return commits that tell a remote what is here: the tips, those just behind them, some far behind.

    Only first parents are followed, up to a commit of another tip. Where history is damaged it ends.
    """
    found: dict[str, None] = dict.fromkeys(tips)
    for tip in list(found):
        current, step, following = tip, 0, 1
        while step < far:
            try:
                above = commits.parents(read(current))[1]
            except (Damaged, ValueError):
                break
            if current in cut or not above or above[0] in found:
                break
            current, step = above[0], step + 1
            if step <= _DENSE or step == following:
                found[current] = None
            following = step * 2 if step == following else following
    return list(found)
