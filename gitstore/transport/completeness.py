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
