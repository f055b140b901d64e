"""Which commits can be reached, what they need that is not there, and where in the tree that belongs."""

from collections.abc import Iterable
from pathlib import Path

from gitstore.checking.inventory import Inventory
from gitstore.checking.trees import parse
from gitstore.errors import Damaged
from gitstore.kinds import BLOB, COMMIT, TREE
from gitstore.objects.objects import ObjectReader
from gitstore.objects.trees import EMPTY
from gitstore.problems import Kind, Problem

_SUBMODULE = b"160000"
_DIRECTORY = b"40000"


class Reached:
    """The commits behind some refs, newest or oldest in no particular order, found without recursion."""

    def __init__(self, inventory: Inventory, starts: Iterable[bytes], shallow: set[bytes]) -> None:
        self.inventory = inventory
        self.commits: dict[bytes, None] = {}
        self.missing: dict[bytes, bytes] = {}
        """Commits that are not there, each with one that names it."""
        self.trees: dict[bytes, bytes] = {}
        """Root trees, each with a commit that has it."""
        waiting = []
        for start in starts:
            at = start
            while at in inventory.tags:
                at = inventory.tags[at]
            waiting.append((at, at))
        while waiting:
            raw, child = waiting.pop()
            if raw in self.commits:
                continue
            links = inventory.commits.get(raw)
            if links is None:
                if inventory.kind(raw) in {None, COMMIT}:
                    self.missing.setdefault(raw, child)
                continue
            self.commits[raw] = None
            self.trees.setdefault(links.tree, raw)
            if raw not in shallow:
                waiting += [(parent, raw) for parent in links.parents]

    def needs(self) -> dict[bytes, int]:
        """Return what trees and commits name and is not there as what it should be, with that kind."""
        found: dict[bytes, int] = {}
        for raw in self.trees:
            if self.inventory.kind(raw) != TREE:
                found[raw] = TREE
        for raw, (_, mode) in self.inventory.named.items():
            kind = TREE if mode == _DIRECTORY else BLOB
            if mode != _SUBMODULE and self.inventory.kind(raw) != kind:
                found[raw] = kind
        return found


class Places:
    """Where in history objects belong: path and a commit, found from the trees that name them."""

    def __init__(self, reached: Reached, reader: ObjectReader) -> None:
        self._reached = reached
        self._named = reached.inventory.named
        self._reader = reader
        self._walked: dict[bytes, tuple[str, bytes]] | None = None
        self._seen: set[bytes] = set()

    def loose_ends(self) -> list[bytes]:
        """Return the commits and trees that nothing needs and that name, or lead to, what is not there.

        Git's fsck tells them as broken links, reachable or not.
        """
        inventory = self._reached.inventory
        unused = [raw for raw in inventory.commits if raw not in self._reached.commits]
        lacking = self._reached.needs()
        if not any(raw not in inventory.sound for each in unused for raw in _names(inventory, each)) and all(
            self.of(raw) for raw in lacking
        ):
            return []
        self._walk()
        below: dict[bytes, list[bytes]] = {raw: _names(inventory, raw) for raw in unused}
        for raw, kind in inventory.sound.items():
            if kind == TREE and raw not in self._seen and raw.hex() != EMPTY:
                try:
                    lines = parse(self._reader.tree(raw.hex())) or []
                except Damaged:
                    continue
                below[raw] = [each for mode, _, each in lines if mode != _SUBMODULE]
        ends: set[bytes] = set()
        size = -1
        while size != len(ends):
            size = len(ends)
            ends |= {
                raw
                for raw, names in below.items()
                if any(n not in inventory.sound or n in ends for n in names)
            }
        return sorted(ends)

    def of(self, raw: bytes) -> tuple[str, bytes] | None:
        """Return path and commit of an object; None if no commit that can be reached has it."""
        path: list[str] = []
        at = raw
        for _ in range(64):
            if at in self._reached.trees:
                return "/".join(reversed(path)), self._reached.trees[at]
            if at not in self._named:
                break
            tree = self._named[at][0]
            name = self._name(tree, at)
            if name is None:
                break
            path.append(name)
            at = tree
        return self._walk().get(raw)

    def _name(self, tree: bytes, raw: bytes) -> str | None:
        try:
            lines = parse(self._reader.tree(tree.hex())) or []
        except Damaged:
            return None
        return next(
            (name.decode("utf-8", "surrogateescape") for _, name, below in lines if below == raw), None
        )

    def _walk(self) -> dict[bytes, tuple[str, bytes]]:
        """Return the places of all that is named and not there, by going through every tree once.

        The way from a tree upwards ends where no commit has the first tree that was seen to name something;
        another one may.
        """
        if self._walked is None:
            self._walked = {}
            lacking = self._reached.needs()
            seen = self._seen
            for root, commit in self._reached.trees.items():
                waiting = [(root, "")]
                while waiting:
                    raw, path = waiting.pop()
                    if raw in lacking:
                        self._walked.setdefault(raw, (path, commit))
                    if raw in seen or self._reached.inventory.kind(raw) != TREE:
                        continue
                    seen.add(raw)
                    try:
                        lines = parse(self._reader.tree(raw.hex())) or []
                    except Damaged:
                        continue
                    for mode, name, below in lines:
                        if below in lacking or (mode == _DIRECTORY and below not in seen):
                            full = name.decode("utf-8", "surrogateescape")
                            waiting.append((below, f"{path}/{full}" if path else full))
        return self._walked


def _names(inventory: Inventory, commit: bytes) -> list[bytes]:
    links = inventory.commits[commit]
    return [links.tree, *links.parents]


def shallow(git_directory: Path) -> set[bytes]:
    """Return the commits whose parents a shallow clone left out."""
    try:
        lines = (git_directory / "shallow").read_text("ascii", "replace").split()
        return {bytes.fromhex(line) for line in lines}
    except (OSError, ValueError):
        return set()


def faults(reached: Reached, places: Places) -> list[Problem]:
    """Return the commits and trees that are there as their ids promise, and are not written as such."""
    found = []
    for raw, (kind, reason) in reached.inventory.faults.items():
        place = places.of(raw) if kind is Kind.TREE else None
        where, commit = place or ("", raw if kind is Kind.COMMIT else None)
        name = where or (f"commit {raw.hex()}" if kind is Kind.COMMIT else "the root of the tree")
        found.append(Problem(kind, name, reason, commit=commit.hex() if commit else None, object=raw.hex()))
    return found
