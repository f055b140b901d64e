"""Whether all that a commit needs is there, and written as git writes it, seen from what is whole already.

A tree is compared with those in its place in the commits before it, which are whole: what differs is looked
into, the rest is not. So that costs what is new, and an object that lies about here unused proves nothing.
"""

from collections.abc import Callable, Iterable

from gitstore.checking.trees import TreeLook
from gitstore.errors import Damaged, ObjectCorrupt
from gitstore.kinds import BLOB, COMMIT, TREE
from gitstore.objects import commits, trees
from gitstore.objects.fitness import DEEPEST
from gitstore.transport import ancestry, refusal
from gitstore.transport.refusal import Refused

Load = Callable[[str], tuple[int, bytes]]
_LINK = "160000"


class Links:
    """What objects name, noted as they come by: if all of that came, too, nothing else needs to be looked at.

    That is so the first time; it takes a third of what it takes to go through all commits.
    """

    def __init__(self) -> None:
        self._look = TreeLook()
        self._named: dict[int, set[bytes]] = {COMMIT: set(), TREE: set(), BLOB: set()}
        self._there: dict[int, set[bytes]] = {COMMIT: set(), TREE: {bytes.fromhex(trees.EMPTY)}, BLOB: set()}
        self._refused = False
        self._read_by_git: dict[bytes, set[bytes]] = {}
        """Names of files that git itself reads, by raw id: their content is looked at when all is there."""

    def meet(self, identifier: str, kind: int, content: bytes) -> None:
        """Note what an object names, and whether it is one that git takes."""
        self._there.setdefault(kind, set()).add(bytes.fromhex(identifier))
        if kind == TREE:
            lines, fault = self._look.lines(content)
            self._refused = self._refused or fault is not None
            for mode, name, raw in refusal.worth_a_look(lines) if fault is None else ():
                self._refused = self._refused or refusal.entry_fault(mode, name) is not None
                self._read_by_git.setdefault(raw, set()).add(name)
            for mode, _, raw in lines:
                if mode != b"160000":
                    self._named[TREE if mode == b"40000" else BLOB].add(raw)
        elif kind == COMMIT:
            if refusal.commit_fault(content) is not None:
                self._refused = True
                return
            tree, parents, _ = commits.parents(content)
            self._named[TREE].add(bytes.fromhex(tree))
            self._named[COMMIT].update(map(bytes.fromhex, parents))

    def are_closed(self, tip: str, load: Load) -> bool:
        """Say whether all that was named is among what came, and the tip, too, and needs no second look.

        Args:
            tip: The commit.
            load: Gives kind and content of what came. Raises Damaged.
        """
        if self._refused or bytes.fromhex(tip) not in self._there[COMMIT]:
            return False
        if not all(self._named[kind] <= self._there[kind] for kind in self._named):
            return False
        return all(
            refusal.file_fault(name, load(raw.hex())[1]) is None
            for raw, names in self._read_by_git.items()
            for name in names
        )


class Completeness:
    """A look at commits that came in."""

    def __init__(self, load: Load, kind_of: Callable[[str], int | None]) -> None:
        """Keep what is asked.

        Args:
            load: Gives kind and content of an object, compared with its id. Raises Damaged.
            kind_of: Gives the kind of an object, None if it is nowhere.
        """
        self._load = load
        self._kind_of = kind_of
        self._look = TreeLook()
        self._sound: set[str] = {trees.EMPTY}

    def check(self, tip: str, whole: Iterable[str], cut: frozenset[str]) -> None:
        """Go through all commits behind `tip` that are not behind those in `whole`.

        Raises:
            Refused: Git does not take a commit, a tree or a file of it.
            Damaged: Something is missing.
        """
        for identifier in ancestry.new_commits(self._commit, [tip], whole, cut):
            content = self._commit(identifier)
            fault = refusal.commit_fault(content)
            if fault is not None:
                raise Refused(f"commit {identifier}", fault)
            tree, parents, _ = commits.parents(content)
            above = () if identifier in cut else parents
            before = [commits.parents(self._commit(parent))[0] for parent in above]
            self._tree(tree, before, 0)

    def _tree(self, tree: str, before: list[str], depth: int) -> None:
        if tree in self._sound or tree in before:
            return
        content = self._typed(tree, TREE)
        lines, fault = self._look.lines(content)
        if fault is None and depth > DEEPEST:
            fault = f"more than {DEEPEST} folders lie within each other"
        for mode, name, raw in refusal.worth_a_look(lines) if fault is None else ():
            kind, text = self._load(raw.hex()) if mode not in {b"40000", b"160000"} else (0, b"")
            fault = (
                fault or refusal.entry_fault(mode, name) or refusal.file_fault(name, text if kind else b"")
            )
        if fault is not None:
            raise Refused(f"tree {tree}", fault)
        earlier = [self._typed(each, TREE) for each in before]
        come = trees.changed(earlier[0], content)[1] if earlier else trees.parse(content)
        for entry in come:
            if entry.mode == _LINK:
                continue
            if entry.is_directory:
                was = [found for each in earlier if (found := trees.find(each, entry.name)) is not None]
                self._tree(entry.id, [each.id for each in was if each.is_directory], depth + 1)
                continue
            kind_there = self._kind_of(entry.id)
            if kind_there is None:
                raise Damaged(f"tree {tree}", f"object {entry.id} is missing")
            if kind_there != BLOB:
                raise Refused(f"tree {tree}", f"object {entry.id} is no file")
        self._sound.add(tree)

    def _commit(self, identifier: str) -> bytes:
        return self._typed(identifier, COMMIT)

    def _typed(self, identifier: str, kind: int) -> bytes:
        found, content = self._load(identifier)
        if found != kind:
            raise ObjectCorrupt(identifier, identifier)
        return content
