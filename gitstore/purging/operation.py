"""The parts of taking something out of all history, in their order; the branch is moved by the committer."""

from pathlib import Path
from types import TracebackType
from typing import Self

from gitstore.disk.files import Files
from gitstore.errors import Damaged, NotPurged
from gitstore.git import refs
from gitstore.git.index import Index
from gitstore.objects import commits, packfolder, packs
from gitstore.objects.editing import Editor, differences
from gitstore.objects.objects import ObjectReader
from gitstore.problems import Progress
from gitstore.purging import clearing, naming, packing, proof
from gitstore.purging.clearing import Objects
from gitstore.purging.eraser import Eraser
from gitstore.purging.refusing import why_not
from gitstore.purging.rewriting import Rewriting
from gitstore.turns import sealing
from gitstore.turns.building import Built
from gitstore.turns.turns import Standing
from gitstore.values import Identity, Purged

MARK = "purging"
"""There while something is being taken out; found after a crash."""


def announce(files: Files, git: Path, reader: ObjectReader) -> None:
    """Say on the disk that something is being taken out.

    Raises:
        NotPurged: It can't be. Nothing was changed.
        Damaged: A ref can't be read. Nothing was changed.
        OSError: As the system says.
    """
    if (reason := why_not(git, reader)) is not None:
        raise NotPurged(reason)
    naming.tips(git)
    _mark(files, git, "")


def _mark(files: Files, git: Path, pack: str) -> None:
    """Say on the disk that something is being taken out, and which pack is put in place. Raises OSError."""
    stage = git / "gitstore" / "stage"
    files.make_directories(stage)  # a clone has none
    files.replace(git / "gitstore" / MARK, pack.encode(), stage=stage / MARK)


class Operation:
    """One of them, under the gate, as a context that says on the disk that it is under way."""

    def __init__(
        self, files: Files, git: Path, reader: ObjectReader, eraser: Eraser, progress: Progress
    ) -> None:
        self._files = files
        self._git = git
        self._reader = reader
        self._eraser = eraser
        self._progress = progress
        self._rewriting = Rewriting(reader, eraser, progress)
        self._before: dict[str, str] = {}
        self._after: dict[str, str] = {}
        self._objects = Objects((), (), frozenset())
        self._pack = ""
        self._mark = git / "gitstore" / MARK

    def __enter__(self) -> Self:
        """Begin. Raises NotPurged if it cannot be: nothing was changed."""
        announce(self._files, self._git, self._reader)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._files.discard(self._mark)
            self._files.flush_directory(self._mark.parent)

    def write(self, tip: str) -> str:
        """Write the new history behind all refs into a pack of its own, and return the branch's new commit.

        Git's index is locked meanwhile, so what is staged is known.

        Raises:
            Damaged: An object is missing or corrupt. Nothing was written.
            OSError: The disk is full or failed; nothing names what was written.
        """
        self._objects = self._look()
        self._before = {name: tip for name, tip in naming.tips(self._git).items() if name != refs.SIGNED}
        self._rewriting.take(self._before.values())
        self._after = {name: self._rewriting.target(each) for name, each in self._before.items()}
        self._keep_staged()
        pack = packs.encode(packing.gather(self._reader, self._rewriting))
        _mark(self._files, self._git, f"pack-{pack[0]}")
        self._pack = packfolder.install(self._files, self._git, pack, read_back=True)
        self._reader.refresh()
        return self._rewriting.commits[tip]

    def built(self, new: str, standing: Standing, who: Identity) -> Built:
        """Return the move of the branch as a turn that takes nothing from the journals."""
        root = commits.parents(self._reader.commit(new))[0]
        turn = standing.turn
        offsets, results = (dict(turn.offsets), dict(turn.results)) if turn else ({}, {})
        editor = Editor(self._reader, root)
        return Built(new, editor, [], offsets, results, None, who, why="gitstore: history rewritten")

    def name_all(self) -> None:
        """Let the other refs name the new history; the pack is one like any other then. May raise Moved."""
        if self._after != self._before:
            sealing.forget(self._files, self._git)  # what was signed is another history
        naming.move(self._files, self._git, self._before, self._after)
        packfolder.release(self._files, self._git, self._pack)

    def clear(self, journals: Path, offsets: dict[str, int]) -> None:
        """Remove all that is not needed any more.

        Args:
            journals: Their folder.
            offsets: How far each is in git.
        """
        clearing.clear_traces(self._files, self._git, self._eraser)
        clearing.erase_journals(self._files, journals, offsets)
        clearing.clear_objects(self._files, self._git, self._objects, self._pack)
        stage = self._git / "gitstore" / "stage" / "cleared"
        self._files.replace(self._git / "gitstore" / "cleared", b"", stage=stage)

    def result(self, before: str, new: str, edited: tuple[str, ...]) -> Purged:
        """Look through everything, and return what it came to."""
        fresh = ObjectReader(self._git)
        now = {name for pack in fresh.packs() for name in pack.ids()} | set(fresh.loose())
        removed = self._objects.ids - self._rewriting.kept - self._rewriting.produced.ids()
        left = proof.left(self._git, self._eraser, removed, self._progress)
        changed = {old for old, since in self._rewriting.commits.items() if old != since}
        return Purged(
            before,
            new,
            len(changed - self._rewriting.left_out),
            len(self._rewriting.left_out),
            len(removed - now),
            len(now),
            tuple(dict.fromkeys((*left, *edited))),
        )

    def _look(self) -> Objects:
        found = self._reader.packs()
        known = {pack.path.stem for pack in found}
        for index in (self._git / "objects" / "pack").glob("pack-*.idx"):
            if index.stem not in known and index.with_suffix(".pack").exists():  # it would stay
                raise Damaged(f".git/objects/pack/{index.stem}", "cannot be read")
        loose = self._reader.loose()
        ids = frozenset({name for pack in found for name in pack.ids()} | set(loose))
        return Objects(tuple(pack.path.stem for pack in found), tuple(loose), ids)

    def _keep_staged(self) -> None:
        """Keep what a person staged and has not committed."""
        try:
            index = Index((self._git / "index").read_bytes())
        except FileNotFoundError:
            return
        needed = self._rewriting
        known = self._tracked()
        for path in index.paths():
            for entry in index.get(path):
                if known.get(path) == entry.id or entry.id in needed.kept or entry.id in needed.produced:
                    continue
                if entry.id in self._objects.ids:
                    needed.keep(entry.id)

    def _tracked(self) -> dict[str, str | None]:
        """Return what the branch has under each path: that goes with the branch."""
        root = commits.parents(self._reader.commit(self._before[refs.BRANCH]))[0]
        return {item.path: item.after for item in differences(self._reader.tree, None, root)}
