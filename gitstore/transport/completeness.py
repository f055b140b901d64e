"""Whether all that a commit needs is there, and written as git writes it, seen from what is whole already.

A tree is compared with those in its place in the commits before it, which are whole: what differs is looked
into, the rest is not. So that costs what is new, and an object that lies about here unused proves nothing.
"""

from collections.abc import Callable, Iterable

from gitstore import commits, trees
from gitstore.checking.inventory import COMMIT_FORM
from gitstore.checking.trees import TreeLook
from gitstore.errors import Damaged, ObjectCorrupt
from gitstore.kinds import COMMIT, TREE
from gitstore.transport import ancestry

Load = Callable[[str], tuple[int, bytes]]
_LINK = "160000"


class Links:
    """What objects name, noted as they come by: if all of that came, too, nothing else needs to be looked at.

    That is so the first time; it takes a third of what it takes to go through all commits.
    """

    def __init__(self) -> None:
        self._look = TreeLook()
        self._named: set[bytes] = set()

    def meet(self, identifier: str, kind: int, content: bytes) -> None:
        """Note what an object names. Raises Damaged if it is not written as git writes it."""
        if kind == TREE:
            lines, fault = self._look.lines(content)
            if fault:
                raise Damaged(f"tree {identifier}", fault)
            self._named.update(raw for mode, _, raw in lines if mode != b"160000")
        elif kind == COMMIT:
            if COMMIT_FORM.match(content) is None:
                raise Damaged(f"commit {identifier}", "not written as a commit")
            tree, parents, _ = commits.parents(content)
            self._named.update(map(bytes.fromhex, (tree, *parents)))

    def are_closed(self, tip: str, came: Iterable[str]) -> bool:
        """Say whether all that was named is among what came, and the tip, too."""
        there = {bytes.fromhex(identifier) for identifier in (*came, trees.EMPTY)}
        return bytes.fromhex(tip) in there and self._named <= there


class Completeness:
    """A look at commits that came in."""

    def __init__(self, load: Load, is_there: Callable[[str], bool], came: Iterable[str]) -> None:
        """Keep what is asked.

        Args:
            load: Gives kind and content of an object, compared with its id. Raises Damaged.
            is_there: Whether there is an object of an id.
            came: The ids of what came in, all of which were unpacked and compared with their ids.
        """
        self._load = load
        self._is_there = is_there
        self._came = set(came)
        self._look = TreeLook()
        self._sound: set[str] = {trees.EMPTY}

    def check(self, tip: str, whole: Iterable[str], cut: frozenset[str]) -> None:
        """Go through all commits behind `tip` that are not behind those in `whole`.

        Raises:
            Damaged: Something is missing, or not written as it should be.
        """
        for identifier in ancestry.new_commits(self._commit, [tip], whole, cut):
            content = self._commit(identifier)
            if COMMIT_FORM.match(content) is None:
                raise Damaged(f"commit {identifier}", "not written as a commit")
            tree, parents, _ = commits.parents(content)
            above = () if identifier in cut else parents
            before = [commits.parents(self._commit(parent))[0] for parent in above]
            self._tree(tree, before)

    def _tree(self, tree: str, before: list[str]) -> None:
        if tree in self._sound or tree in before:
            return
        content = self._typed(tree, TREE)
        fault = self._look.lines(content)[1]
        if fault:
            raise Damaged(f"tree {tree}", fault)
        earlier = [self._typed(each, TREE) for each in before]
        come = trees.changed(earlier[0], content)[1] if earlier else trees.parse(content)
        for entry in come:
            if entry.mode == _LINK:
                continue
            if entry.is_directory:
                was = [found for each in earlier if (found := trees.find(each, entry.name)) is not None]
                self._tree(entry.id, [each.id for each in was if each.is_directory])
            elif entry.id not in self._came and not self._is_there(entry.id):
                raise Damaged(f"tree {tree}", f"object {entry.id} is missing")
        self._sound.add(tree)

    def _commit(self, identifier: str) -> bytes:
        return self._typed(identifier, COMMIT)

    def _typed(self, identifier: str, kind: int) -> bytes:
        found, content = self._load(identifier)
        if found != kind:
            raise ObjectCorrupt(identifier, identifier)
        return content
