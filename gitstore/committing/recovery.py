"""What a crash or a failure left half done is finished, under the gate, before anything new is begun."""

import contextlib
import os
from pathlib import Path

from gitstore.disk import boots
from gitstore.disk.files import Files
from gitstore.errors import Damaged, Unreadable
from gitstore.git import gitlock, refs, repository
from gitstore.git.worktree import Place, WorkTree, identify_file, place
from gitstore.history.history import History
from gitstore.objects import commits, packfolder
from gitstore.objects.batch import Batch
from gitstore.objects.editing import Editor, Touched, differences
from gitstore.objects.objects import ObjectReader
from gitstore.turns import restart
from gitstore.turns.restart import Restart
from gitstore.turns.turns import Standing, Turn, TurnLog, made_of_paths


class Recovery:
    """Decides what a turn came to, and brings it to its end."""

    def __init__(self, files: Files, git_directory: Path, reader: ObjectReader, log: TurnLog) -> None:
        self._files = files
        self._git = git_directory
        self._reader = reader
        self._log = log
        self._locked = [git_directory / refs.BRANCH, git_directory / "config"]
        """What is locked for the time of a turn, besides the index."""
        self._stage = git_directory / "gitstore" / "stage"
        self._boot = boots.current()
        self._unharmed = False
        """Whether nothing of before the system's start is unflushed: then that stays so while it runs."""
        self._contained: tuple[str, dict[str, bool]] = ("", {})

    def standing(self) -> Standing:
        """Read how far the journals are in git, as seen from where the branch is."""
        tip = repository.tip_of(self._git)
        return self._log.standing(lambda turn: self._contains(tip, turn))

    def clear(self, guarded: list[str]) -> None:
        """Remove what the dead left: locks of ours (not the index's), staged files, guards of packs.

        Args:
            guarded: Names of packs with a `.keep` of ours.
        """
        targets = self._locked
        if gitlock.left(self._git):
            others = [self._git / name for name in ("packed-refs", refs.SIGNED, "info/attributes")]
            targets = [*targets, *others, *refs.locked_remotes(self._git)]
        gitlock.clear(self._files, self._git, targets)
        gitlock.sweep(self._files, self._git, self._git / "index")
        with contextlib.suppress(FileNotFoundError):
            for name in os.listdir(self._stage):  # noqa: PTH208  at each turn
                self._files.remove_tree(self._stage / name)
        for name in guarded:
            packfolder.withdraw(self._files, self._git, name)

    def restarted(self) -> list[Turn]:
        """Return the turns whose files may have been lost because the system was started anew."""
        if self._unharmed:
            return []
        found = self._log.unflushed(self._boot)
        self._unharmed = not found
        return found

    def look_after(self, turns: list[Turn], patience: float) -> tuple[str, ...]:
        """Write again what a power cut took of files and index, if our branch is checked out.

        Args:
            turns: As `restarted` returned them.
            patience: Seconds to wait for git's lock of the index.

        Returns:
            The paths that a person edited, left as they are.

        Raises:
            Taken: Git's index is locked by another.
            OSError: A part may be done; doing it again is right.
        """
        if place(self._git)[0] is not Place.HERE:
            return ()
        tip = repository.tip_of(self._git)
        held = [turn for turn in turns if self._contains(tip, turn)]
        tree = WorkTree(self._files, self._git, restarted=True)
        tree.lock(patience, lambda: self.tracked(tip))
        try:
            left = Restart(self._files, self._git, self._reader, tip).look_after(held, tree)
        except BaseException:
            tree.release()
            raise
        self._log.checked()
        return left

    def finish(self, turn: Turn, patience: float) -> tuple[str, ...]:
        """Finish what a turn left undone whose branch has moved, and whose owner died or failed.

        Returns:
            The paths that a person edited, left as they are.

        Raises:
            Taken: Git's index is locked by another.
            OSError: A part may be done; doing it again is right.
        """
        left: tuple[str, ...] = ()
        index = None
        if turn.follow and place(self._git)[0] is Place.HERE:
            tree = WorkTree(self._files, self._git)
            tree.lock(patience, lambda: self.tracked(turn.before))
            try:
                with Batch(self._files) as batch:
                    tree.prepare(self._still(turn), self._reader.blob, self.recent(tree), batch)
                    batch.flush()
                left = tree.follow()
                index = tree.checksum
            except BaseException:
                tree.abandon()
                raise
        self.settle(turn, index)
        return left

    def settle(self, turn: Turn, index: str | None) -> None:
        """Note that the latest turn is done, and let git treat its pack as any other.

        Args:
            turn: The latest one that holds.
            index: Checksum of git's index as it was left; None if it was not written.
        """
        self._log.settle(turn, index)
        if self._log.is_long:
            restart.flush(self._files, self._git, self._log.paths())
            self._log.compact()
        if turn.pack:
            packfolder.release(self._files, self._git, turn.pack)

    def let_go(self, tree: WorkTree, tip: str) -> None:
        """Give the index back, unless the branch has moved on and left it behind."""
        try:
            behind = refs.read(self._git) != tip
        except Damaged:
            behind = True
        if behind:
            tree.abandon()
        else:
            tree.release()

    def tracked(self, tip: str) -> list[Touched]:
        """Return each file of a commit."""
        return differences(self._reader.tree, None, commits.parents(self._reader.commit(tip))[0])

    def taken_back(self, tip: str, under_way: Turn | None = None) -> list[Touched]:
        """Return what a commit of git's undid in the tip without anybody's wish.

        `git commit` reads the index before it locks it. One that read it just before a turn replaced it, and
        locked it just after, commits the old content on top of the turn. The work tree tells that from a
        person's wish: there the file is as the turn left it. (`git revert`, `git checkout` and an editor
        change the file, too.)

        Args:
            tip: The commit that the branch names.
            under_way: A turn that holds and is not settled, for a reader, who cannot finish it first: its
                committer may have died after files and index had followed.

        Raises:
            Damaged: The tip cannot be read.
        """
        turns = self._log.recent() + ([under_way] if under_way is not None else [])
        if not turns or turns[-1].tip == tip or place(self._git)[0] is not Place.HERE:
            return []
        editor = Editor(self._reader, commits.parents(self._reader.commit(tip))[0])
        found = []
        for path, (after, earlier) in made_of_paths(turns).items():
            entry = editor.entry(path)
            now = entry.id if entry else None
            if now in earlier and identify_file(self._git.parent / path) == after:
                found.append(Touched(path, now, after))
        return found

    def recent(self, tree: WorkTree) -> dict[str, tuple[str | None, set[str | None]]]:
        """Return what the latest turns made of each path that they touched, and what it was before.

        None of it is of interest if git's index is as the latest turn left it.
        """
        if tree.checksum == self._log.index_left():
            return {}
        return made_of_paths(self._log.recent())

    def _still(self, turn: Turn) -> list[Touched]:
        """Return what the turn touched, as far as the branch has not gone on since (by a user's commit)."""
        root = commits.parents(self._reader.commit(repository.tip_of(self._git)))[0]
        editor = Editor(self._reader, root)
        found = []
        for item in turn.touched:
            entry = editor.entry(item.path)
            if (entry.id if entry else None) == item.after:
                found.append(item)
        return found

    def _contains(self, tip: str, turn: Turn) -> bool:
        """Say whether the branch has what a turn made, without asking twice for one tip."""
        if self._contained[0] != tip:
            self._contained = (tip, {})
        known = self._contained[1]
        if turn.tip not in known:
            try:
                known[turn.tip] = History(self._reader, tip).contains(turn.tip, turn.before)
            except Unreadable:  # then the turn must not be taken for void
                raise
            except Damaged:
                return False
        return known[turn.tip]
