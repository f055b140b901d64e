"""Where a branch belongs that names no commit, and which commits after that one can still be read."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gitstore.changes import journal
from gitstore.checking import branches
from gitstore.checking.inventory import Inventory
from gitstore.checking.look import Look
from gitstore.checking.trees import parse
from gitstore.errors import Damaged
from gitstore.git import refs
from gitstore.kinds import BLOB, TREE
from gitstore.turns import turns

_MOST_AGAIN = 64


class NewTip(msgspec.Struct, frozen=True):
    """A commit for the branch, and those after it, the oldest first, that are not whole."""

    commit: bytes
    source: str
    later: tuple[bytes, ...]


def newest(found: Look) -> NewTip | None:
    """Return the newest whole commit; None if there is none.

    If only ones far back are whole because some old file is lost, the newest one all of whose trees are there
    does: then what is lost stays named in history, and not all of it is written once more.
    """
    whole = _choose(found, files=True)
    if whole is not None and len(whole.later) <= _MOST_AGAIN:
        return whole
    readable = _choose(found, files=False)
    return readable if whole is None or (readable and len(readable.later) < len(whole.later)) else whole


def _choose(found: Look, *, files: bool) -> NewTip | None:
    """Return the newest commit whose tree is whole and whose ancestors are all there; None if there is none.

    What the log of turns, the reflogs, packed-refs and remote-tracking refs name counts first, then what was
    committed on top of it. Commits of other branches count only where nothing else is left.
    """
    inventory = found.inventory
    order = _by_depth(inventory)
    depth = {raw: at for at, raw in enumerate(order)}
    whole = _Whole(found, files=files)
    evidence = dict(_evidence(found))
    known = [raw for raw in evidence if raw in depth and whole.commit(raw)]
    best = max(known, key=lambda raw: (_time(inventory, raw), depth[raw]), default=None)
    if best is None:
        ours = (raw for raw in reversed(order) if _is_store(found, raw) and whole.commit(raw))
        best = next(ours, None)
        if best is None:
            return None
    foreign = _behind(inventory, (raw for name, raw in found.refs.named.items() if _is_foreign(name)))
    after = {best}
    for raw in order:
        if any(parent in after for parent in inventory.commits[raw].parents) and raw not in foreign:
            after.add(raw)
    tip = max(
        (raw for raw in after if whole.commit(raw)), key=lambda raw: (_time(inventory, raw), depth[raw])
    )
    source = evidence.get(tip) or evidence.get(best) or "the newest commit in the packs"
    behind = _behind(inventory, [tip])
    later = _behind(inventory, [*after, *(raw for raw in evidence if raw in depth)]) - behind - foreign
    return NewTip(tip, source, tuple(raw for raw in order if raw in later))


class _Whole:
    """Whether commits are whole; each tree is looked through once."""

    def __init__(self, found: Look, *, files: bool) -> None:
        self._found = found
        self._files = files
        self._trees: dict[bytes, bool] = {}
        self._ancestors: dict[bytes, bool] = {}
        for raw in _by_depth(found.inventory):
            links = found.inventory.commits[raw]
            self._ancestors[raw] = found.inventory.kind(links.tree) == TREE and all(
                self._ancestors.get(parent, False) for parent in links.parents
            )

    def commit(self, raw: bytes) -> bool:
        return self._ancestors.get(raw, False) and self.tree(self._found.inventory.commits[raw].tree)

    def tree(self, root: bytes) -> bool:
        inventory = self._found.inventory
        waiting, seen = [root], []
        sound = True
        while waiting and sound:
            raw = waiting.pop()
            if raw in self._trees:
                sound = self._trees[raw]
                continue
            seen.append(raw)
            lines = read_tree(self._found, raw)
            if lines is None:
                sound = False
                continue
            for mode, _, below in lines:
                if mode == b"40000":
                    waiting.append(below)
                elif self._files and mode != b"160000" and inventory.kind(below) != BLOB:
                    sound = False
        if sound:
            self._trees.update(dict.fromkeys(seen, True))
        else:
            self._trees[root] = False
        return sound


def read_tree(found: Look, raw: bytes) -> list[tuple[bytes, bytes, bytes]] | None:
    """Return the entries of a tree, None if it cannot be read."""
    if found.inventory.kind(raw) != TREE:
        return None
    try:
        return parse(found.reader.tree(raw.hex()))
    except Damaged:
        return None


def _evidence(found: Look) -> Iterator[tuple[bytes, str]]:
    """Yield the commits that the branch is known to have named, the surest first; and who says so."""
    for turn in turns_of(found.git):
        yield bytes.fromhex(turn.tip), "the log of turns"
    ids = [(name, each) for name, _, each in branches.reflog_ids(found.git)]
    for name, each in reversed(ids):
        if name in {f"logs/{refs.BRANCH}", "logs/HEAD"}:
            yield from ((raw, "the reflog") for raw in reversed(each or ()))
    if packed := refs.packed(found.git).get(refs.BRANCH):
        yield bytes.fromhex(packed), "packed-refs"
    own = refs.BRANCH.rpartition("/")[2]
    for name, raw in found.refs.named.items():
        if name.startswith("refs/remotes/") and name.rpartition("/")[2] in {own, "HEAD"}:
            yield raw, name


def turns_of(git: Path) -> list[turns.Turn]:
    """Return the turns in the log, the latest first."""
    try:
        frames = journal.scan((git / "gitstore" / "turns").read_bytes()).frames
    except OSError:
        return []
    found = []
    for frame in reversed(frames):
        if frame.type == turns.TURN:
            try:
                found.append(msgspec.msgpack.decode(frame.payload, type=turns.Turn))
            except msgspec.MsgspecError:
                continue
    return found


def turns_within(found: Look, tip: bytes) -> turns.Turn | None:
    """Return the latest turn in the log whose tip is a commit or an ancestor of it."""
    behind = _behind(found.inventory, [tip])
    return next((turn for turn in turns_of(found.git) if bytes.fromhex(turn.tip) in behind), None)


def _by_depth(inventory: Inventory) -> list[bytes]:
    """Return all commits, each after its parents that are there."""
    order: list[bytes] = []
    seen: set[bytes] = set()
    for start in inventory.commits:
        waiting = [start]
        while waiting:
            raw = waiting[-1]
            above = [
                each
                for each in inventory.commits[raw].parents
                if each in inventory.commits and each not in seen
            ]
            if raw in seen:
                waiting.pop()
            elif above:
                waiting += above
            else:
                seen.add(raw)
                order.append(raw)
                waiting.pop()
    return order


def _behind(inventory: Inventory, starts: Iterable[bytes]) -> set[bytes]:
    """Return some commits with their ancestors, as far as they are there."""
    found: set[bytes] = set()
    waiting = list(starts)
    while waiting:
        raw = waiting.pop()
        if raw in inventory.commits and raw not in found:
            found.add(raw)
            waiting += inventory.commits[raw].parents
    return found


def _is_foreign(name: str) -> bool:
    return name.startswith("refs/") and name != refs.BRANCH and not name.startswith("refs/remotes/")


def _is_store(found: Look, raw: bytes) -> bool:
    lines = read_tree(found, found.inventory.commits[raw].tree) or []
    return any(name == b"gitstore.json" for _, name, _ in lines)


def _time(inventory: Inventory, raw: bytes) -> int:
    return inventory.commits[raw].time
