"""All of a history written anew without what must go: commit by commit, from the first one on.

A function of the history and the eraser alone. Every machine that has the same history gets the same new one,
with the same ids: author, committer and times of a commit stay. One that says nothing any more, because all
that it changed is gone, is left out.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from gitstore.kinds import BLOB, COMMIT, TAG, TREE
from gitstore.objects import commits, signatures, trees
from gitstore.objects.editing import Editor
from gitstore.objects.objects import ObjectReader
from gitstore.objects.trees import Entry
from gitstore.problems import Progress, silent
from gitstore.purging.eraser import Eraser
from gitstore.purging.produced import Produced

_SUBMODULE = "160000"
_MERGED_TAG = re.compile(rb"(?m)^mergetag [^\n]*\n(?: [^\n]*\n)*")
"""A tag that was merged, whole in the commit: with its old ids, and a signature that fits nothing now."""
_BEGIN_OF_SIGNATURE = re.compile(rb"(?m)^-----BEGIN (?:PGP|SSH) SIGNATURE-----$")
_OURS = b"<merge@gitstore.invalid>"
"""Who makes the commits in which two histories meet: their parents are sorted."""


class Rewriting:
    """One passage through a history; what was found stays."""

    def __init__(self, reader: ObjectReader, eraser: Eraser, progress: Progress = silent) -> None:
        self._reader = reader
        self._eraser = eraser
        self._progress = progress
        self._trees: dict[tuple[str, str], str | None] = {}
        """What became of directories, by path and id."""
        self._latest: dict[str, tuple[bytes, bytes]] = {}
        """The version of each directory that was seen last, and what became of it."""
        self._assumed: str | None = None
        """The tree of a commit that is as it shall be."""
        self._seen: dict[str, bytes] = {}
        self._roots: dict[str, tuple[str, str]] = {}
        """The trees of commits, before and since."""
        self.produced = Produced()
        self.kept: set[str] = set()
        """The objects of before that are still needed."""
        self.commits: dict[str, str] = {}
        """What each commit is since; one that was left out is what was before it."""
        self.left_out: set[str] = set()

    def take(self, tips: Iterable[str]) -> None:
        """Write anew whatever is behind some commits, or tags of such.

        Raises:
            Damaged: An object is missing or corrupt.
        """
        order = self._parents_first(tips)
        for number, identifier in enumerate(order, 1):
            self._commit(identifier)
            self._progress("commits", number, len(order))

    def assume(self, identifier: str) -> None:
        """Take it that a commit, and all that is behind it, is as it shall be."""
        tree = commits.parents(self._reader.commit(identifier))[0]
        self.commits[identifier] = identifier
        self._roots[identifier] = (tree, tree)
        self._assumed = tree

    def keep(self, identifier: str) -> None:
        """Keep an object of before, with what is behind it, as it is."""
        kind, content = self._reader.read(identifier)
        if kind == TREE:
            self._keep_tree("", identifier)
        elif kind == TAG:
            self.kept.add(identifier)
            self.keep(content[7:47].decode("ascii", "replace"))
        else:
            self.kept.add(identifier)

    def target(self, identifier: str) -> str:
        """Return what a ref to something is to name since: a commit, a tag, or what it named.

        Raises:
            Damaged: It is missing or corrupt.
        """
        if identifier in self.commits:
            return self.commits[identifier]
        kind, content = self._reader.read(identifier)
        if kind != TAG:
            self.keep(identifier)
            return identifier
        named = content[7:47].decode("ascii", "replace")
        now = self.target(named)
        head, _, message = content.partition(b"\n\n")
        unsigned = _BEGIN_OF_SIGNATURE.split(message)[0]
        told = self._eraser.message(unsigned, 0, self._renamed)
        if (now, told) == (named, unsigned):
            self.kept.add(identifier)
            return identifier
        told = b"object " + now.encode() + head[47:] + b"\n\n" + told
        return self.produced.other(TAG, told)

    def _parents_first(self, tips: Iterable[str]) -> list[str]:
        order: dict[str, None] = {}
        for tip in tips:
            waiting = [(tip, False)]
            while waiting:
                identifier, ready = waiting.pop()
                if identifier in order or identifier in self.commits:
                    continue
                if ready:
                    order[identifier] = None
                    continue
                kind, content = self._reader.read(identifier)
                if kind == TAG:
                    waiting.append((content[7:47].decode("ascii", "replace"), False))
                elif kind == COMMIT:
                    waiting.append((identifier, True))
                    waiting += [(each, False) for each in reversed(commits.parents(content)[1])]
        return list(order)

    def _commit(self, identifier: str) -> None:
        content = self._reader.commit(identifier)
        tree, parents, when = commits.parents(content)
        now = self._directory("", tree)
        root = self._empty() if now is None else now
        self._roots[identifier] = (tree, root)
        above = list(dict.fromkeys(self.commits[each] for each in parents))
        if len(above) == 1 and self._says_nothing(tree, root, parents):
            self.commits[identifier] = above[0]
            self.left_out.add(identifier)
            return
        message = content.partition(b"\n\n")[2]
        told = self._eraser.message(message, when, self._renamed)
        if root == tree and tuple(above) == parents and told == message:
            self.commits[identifier] = identifier
            self.kept.add(identifier)
            return
        if signatures.is_signed(content) and self._did_nothing(tree, parents):
            self.commits[identifier] = above[0]  # it only carried a signature
            self.left_out.add(identifier)
            return
        at = 46 + 48 * len(parents)
        rest = _MERGED_TAG.sub(b"", signatures.strip(content).partition(b"\n\n")[0][at:] + b"\n")
        if _OURS in rest.partition(b"\n")[0]:
            above.sort()
        lines = [f"tree {root}\n", *(f"parent {each}\n" for each in above)]
        self.commits[identifier] = self.produced.commit("".join(lines).encode() + rest + b"\n" + told)

    def _says_nothing(self, tree: str, root: str, parents: tuple[str, ...]) -> bool:
        """Say whether all that a commit changed is gone, or where its two sides differed."""
        still = all(self._roots[each][1] == root for each in parents)
        return still and not self._did_nothing(tree, parents)

    def _did_nothing(self, tree: str, parents: tuple[str, ...]) -> bool:
        """Say whether a commit had the tree of its only parent before."""
        return len(parents) == 1 and self._roots[parents[0]][0] == tree

    def _renamed(self, identifier: str) -> str | None:
        return None if identifier in self.left_out else self.commits.get(identifier, identifier)

    def _empty(self) -> str:
        return self.produced.tree("", b"")

    def _directory(self, path: str, identifier: str) -> str | None:
        """Return the id of what is left of a directory; None if nothing is."""
        key = (path, identifier)
        if key not in self._trees:
            whole = self._eraser.is_whole(path)
            self._trees[key] = self._judged(path, identifier) if whole else self._went(path, identifier)
        return self._trees[key]

    def _went(self, path: str, identifier: str) -> str | None:
        """Go through what differs from the version that was seen last."""
        names = self._eraser.names(path)
        old = self._reader.tree(identifier, path or "the root")
        before, after = self._latest.get(path) or self._as_assumed(path)
        gone, come = trees.changed(before, old)
        still = {entry.name for entry in come}
        new = after
        for entry in gone:
            if entry.name not in still:
                new = trees.splice(new, entry.name, None)
        for entry in come:
            entry_now = self._entry(f"{path}/{entry.name}" if path else entry.name, entry, names)
            if entry_now is None:
                new = trees.splice(new, entry.name, None)
            else:
                new = trees.splice(new, entry.name, entry_now.mode, entry_now.id)
        self._latest[path] = (old, new)
        if new == old:
            self.kept.add(identifier)
            return identifier
        return self.produced.tree(path, new) if new else None

    def _as_assumed(self, path: str) -> tuple[bytes, bytes]:
        """Return a directory as it is in what was assumed to be as it shall be, twice."""
        identifier = self._assumed
        for name in path.split("/") if path and identifier else ():
            found = trees.find(self._reader.tree(identifier or "", path), name)
            identifier = found.id if found is not None and found.is_directory else None
            if identifier is None:
                break
        content = b"" if identifier is None else self._reader.tree(identifier, path)
        return content, content

    def _entry(self, path: str, entry: Entry, names: frozenset[str] | None) -> Entry | None:
        """Return what is left of one name; None if nothing is."""
        if entry.mode == _SUBMODULE:
            return entry
        if names is not None and entry.name not in names:
            if entry.is_directory:
                self._keep_tree(path, entry.id)
            else:
                self.kept.add(entry.id)
            return entry
        if entry.is_directory:
            now = self._directory(path, entry.id)
            return None if now is None else Entry(entry.mode, entry.name, now)
        key = (path, entry.id)
        if key not in self._trees:
            content = self._reader.blob(entry.id, path)
            left = self._eraser.file(path, content)
            if left == content:
                self.kept.add(entry.id)
                self._trees[key] = entry.id
            else:
                self._trees[key] = None if left is None else self.produced.blob(path, left)
        found = self._trees[key]
        return None if found is None else Entry(entry.mode, entry.name, found)

    def _judged(self, path: str, identifier: str) -> str | None:
        """Let the eraser judge a directory as one."""
        found: dict[str, str] = {}

        def listing() -> dict[str, str]:
            if not found:
                found.update(self._files(identifier, ""))
            return found

        def read(name: str) -> bytes:
            return self._reader.blob(listing()[name], f"{path}/{name}")

        changes = self._eraser.directory(path, listing, read)
        if changes is None:
            return None
        if not changes:
            self._keep_tree(path, identifier)
            return identifier
        return self._changed(path, identifier, changes)

    def _changed(self, path: str, identifier: str, changes: Mapping[str, bytes | None]) -> str | None:
        """Make the directory that files which change leave."""
        editor = Editor(self._reader, identifier)
        for name, content in changes.items():
            if content is None:
                editor.remove(name)
            else:
                editor.write(name, content)
        root = editor.finish()
        editor.drop_unused()
        made = editor.new_objects
        if root in made and not made[root].content:
            return None
        if root != identifier:
            for each in made.values():
                take = self.produced.blob if each.kind == BLOB else self.produced.tree
                take(f"{path}/{editor.places[each.id]}".rstrip("/"), each.content)
        self._keep_tree(path, root, editor.load_tree)
        return root

    def _files(self, identifier: str, path: str) -> Iterable[tuple[str, str]]:
        for entry in trees.parse(self._reader.tree(identifier, path)):
            name = f"{path}/{entry.name}" if path else entry.name
            if entry.is_directory:
                yield from self._files(entry.id, name)
            elif entry.mode != _SUBMODULE:
                yield name, entry.id

    def _keep_tree(self, path: str, identifier: str, load: Callable[[str, str], bytes] | None = None) -> None:
        """Keep a directory with all that is in it; what was made anew is kept by itself."""
        if identifier in self.kept:
            return
        content = (load or self._reader.tree)(identifier, path)
        if identifier not in self.produced:
            self.kept.add(identifier)
        come = trees.changed(self._seen.get(path, b""), content)[1]
        self._seen[path] = content
        for entry in come:
            if entry.is_directory:
                self._keep_tree(f"{path}/{entry.name}", entry.id, load)
            elif entry.mode != _SUBMODULE and entry.id not in self.produced:
                self.kept.add(entry.id)
