"""The tree of one moment, read only."""

from collections import Counter
from collections.abc import Callable, Mapping

from gitstore.disk.segments import may_be_further, segments_among
from gitstore.kinds import TREE, identify
from gitstore.objects import trees
from gitstore.objects.trees import Entry

_FEW = 8


class Snapshot:
    """What the store held at one commit, or holds now with what is saved and not yet in git."""

    def __init__(
        self,
        commit: str,
        root: str,
        load_tree: Callable[[str, str], bytes],
        load_blob: Callable[[str, str], bytes],
        pending: int = 0,
    ) -> None:
        self.commit = commit
        """The commit that it is based on."""
        self.pending = pending
        """How many changes it holds that the commit has not."""
        self._root = root
        self._load_tree = load_tree
        self._load_blob = load_blob
        self._trees: dict[str, bytes] = {}
        self._listings: dict[str, dict[str, Entry]] = {}
        self._further: dict[str, list[str]] = {}
        self._looks: Counter[str] = Counter()

    def names(self, directory: str = "") -> list[str]:
        """Return the names in a directory, as git sorts them; none if there is no such directory.

        Raises:
            Damaged: Its tree is missing or corrupt.
        """
        return list(self._listing(directory))

    def directories(self, directory: str = "") -> list[str]:
        """Return those names in a directory that are directories.

        Raises:
            Damaged: Its tree is missing or corrupt.
        """
        return [name for name, entry in self._listing(directory).items() if entry.is_directory]

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None if there is no file of that name.

        Raises:
            Damaged: Its content or a tree on the way is missing or corrupt.
        """
        entry = self._entry(path)
        if entry is None or entry.is_directory or entry.mode == "160000":
            return None
        return self._load_blob(entry.id, path)

    def files(self, directory: str = "") -> list[str]:
        """Return the paths of all files below a directory, sorted.

        Raises:
            Damaged: A tree is missing or corrupt.
        """
        found = []
        for name, entry in self._listing(directory).items():
            path = f"{directory}/{name}" if directory else name
            found += self.files(path) if entry.is_directory else [path]
        return sorted(found)

    def segments(self, path: str) -> list[str]:
        """Return the paths of the files that hold the records of a file of JSON lines, in order.

        Those are the file itself and those in which it goes on: `history.jsonl`, `history.0002.jsonl` ...

        Raises:
            Damaged: The tree of their directory is missing or corrupt.
        """
        parent, slash, name = path.rpartition("/")
        listing = self._listing(parent)
        further = self._further.get(parent)
        if further is None:
            further = self._further[parent] = [
                other for other, entry in listing.items() if may_be_further(other) and not entry.is_directory
            ]
        first = listing.get(name)
        present = [] if first is None or first.is_directory else [name]
        if further:
            present = segments_among(name, {*present, *further})
        return [f"{parent}{slash}{found}" for found in present]

    def exists(self, path: str) -> bool:
        """Say whether there is a file or directory of that name. Raises Damaged."""
        return self._entry(path) is not None

    def tree(self, directory: str = "") -> bytes:
        """Return a directory's tree as git has it; empty if there is no such directory.

        Raises:
            Damaged: It, or a tree on the way, is missing or corrupt.
        """
        known = self._trees.get(directory)
        if known is None:
            identifier = self.directory_id(directory)
            found = b"" if identifier is None else self._load_tree(identifier, directory or "the root")
            known = self._trees[directory] = found
        return known

    def directory_id(self, path: str) -> str | None:
        """Return the id of a directory's tree, which differs whenever anything in it differs; None if absent.

        Raises:
            Damaged: A tree on the way is missing or corrupt.
        """
        if not path:
            return self._root
        entry = self._entry(path)
        return entry.id if entry is not None and entry.is_directory else None

    def file_id(self, path: str) -> str | None:
        """Return the id of a file's content, which may be lost; None if there is no file of that name.

        Raises:
            Damaged: A tree on the way is missing or corrupt.
        """
        entry = self._entry(path)
        return entry.id if entry is not None and not entry.is_directory else None

    def _entry(self, path: str) -> Entry | None:
        parent, _, name = path.rpartition("/")
        known = self._listings.get(parent)
        if known is None:
            self._looks[parent] += 1
            # A few names are looked up in the bytes: parsing 10,000 takes 20 ms.
            if self._looks[parent] <= _FEW:
                return trees.find(self.tree(parent), name)
            known = self._listing(parent)
        return known.get(name)

    def _listing(self, path: str) -> dict[str, Entry]:
        known = self._listings.get(path)
        if known is None:
            known = self._listings[path] = {entry.name: entry for entry in trees.parse(self.tree(path))}
        return known


def gathered(
    parent: str,
    directories: Mapping[str, str],
    load_tree: Callable[[str, str], bytes],
    load_blob: Callable[[str, str], bytes],
) -> Snapshot:
    """Return directories, given the id of the tree of each name, as if they lay side by side in `parent`."""
    listing = trees.join(
        trees.Entry(trees.DIRECTORY, name, identifier) for name, identifier in directories.items()
    )
    root = trees.splice(b"", parent, trees.DIRECTORY, identify(TREE, listing))
    made = {identify(TREE, tree): tree for tree in (root, listing)}

    def load(identifier: str, place: str) -> bytes:
        return made[identifier] if identifier in made else load_tree(identifier, place)

    return Snapshot("", identify(TREE, root), load, load_blob)
