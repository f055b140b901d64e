"""Reading a store: its tree now or at any commit, and what happened."""

import contextlib
from collections.abc import Iterator, Mapping

from gitstore.catalogs.catalog import Catalog
from gitstore.changes.journal import list_journals
from gitstore.changes.snapshot import Snapshot, gathered
from gitstore.committing.door import PATIENCE, Door
from gitstore.errors import reading
from gitstore.git import repository
from gitstore.history import history
from gitstore.history.chronicle import Chronicle
from gitstore.objects import commits
from gitstore.values import Delay, Deletion, GitBlocked, LogEntry

_LOOKS = 10


class Views(Door):
    """What there is to see of a store."""

    def snapshot(self, at: str | None = None) -> Snapshot:
        """Return the tree of a commit, or of now.

        Args:
            at: Id of a commit (see `resolve`); None: the branch's tip, with all that is saved and not yet in
                git.

        Raises:
            Damaged: The branch, the commit or its tree is missing or corrupt; Unreadable if the system does
                not read it now.
        """
        with self._mutex, reading(str(self.path)):
            self._check_open()
            if at is not None:
                return self._plain(at)
            if not list_journals(self._committer.journals):
                tip = repository.tip_of(self._git)
                if self._committer.log.rests_at(tip):
                    return self._plain(tip)
                if self._rules is None and self._committer.log.stamp() == (0, 0):
                    return self._plain(tip)
            return self._present()

    def gather(self, parent: str, directories: Mapping[str, str]) -> Snapshot:
        """Return directories as earlier trees had them as if they lay side by side in `parent`.

        Args:
            parent: A directory of the root.
            directories: The id of each one's tree (see `Deletion.tree`), by its name.
        """
        with self._mutex:
            self._check_open()
            return gathered(parent, directories, self._reader.tree, self._reader.blob)

    def resolve(self, when: str) -> str:
        """Return the id of the commit that a person means by a date, a commit or a ref.

        Args:
            when: "2026-02-21" (the end of that day), "2 weeks ago", RFC 3339, an abbreviated id, "main~2", a
                tag, ...

        Raises:
            CommitNotFound: None of these, ambiguous, or before the first commit.
            Damaged: History cannot be read that far.
        """
        with self._mutex, reading(str(self.path)):
            self._check_open()
            return history.resolve(self._reader, self._git, repository.tip_of(self._git), when, self._clock())

    def log(
        self, directory: str | None = None, limit: int | None = None, *, catalog: Catalog | None = None
    ) -> Iterator[LogEntry]:
        """Yield what happened, newest first: all commits, or those that changed a directory.

        Args:
            directory: The directory, or None for all.
            limit: The most to yield, or None for all.
            catalog: One of the schema `HISTORY`, so that not all of history is walked to find what happened
                to a directory; best always asked about directories with the same parent.

        Raises:
            Damaged: A commit or tree is missing or corrupt; what came before was yielded.
        """
        self._check_open()
        parent, _, name = (directory or "").rpartition("/")
        with reading(str(self.path)):
            tip = repository.tip_of(self._git)
            if catalog is not None and parent:
                return Chronicle(self._reader, tip, parent, catalog).log(name, limit)
            return history.History(self._reader, tip).log(directory, limit)

    def deletions(self, parent: str, *, catalog: Catalog | None = None) -> Iterator[Deletion]:
        """Yield the directories in `parent` that were deleted and are not back, the latest deletion first.

        Args:
            parent: The directory that they were in.
            catalog: As `log` takes it.

        Raises:
            Damaged: A commit or tree is missing or corrupt; what came before was yielded.
        """
        self._check_open()
        with reading(str(self.path)):
            tip = repository.tip_of(self._git)
            if catalog is not None:
                return Chronicle(self._reader, tip, parent, catalog).deletions()
            return history.History(self._reader, tip).deletions(parent)

    def _present(self) -> Snapshot:
        """Return tip and journals of one moment, though committers are at work."""
        for _ in range(_LOOKS):
            before = self._committer.log.stamp()
            found = self._look()
            if self._committer.log.stamp() == before and repository.tip_of(self._git) == found.commit:
                return found
        with contextlib.suppress(OSError):  # they are faster than we: let them wait for a moment
            if self._gate.wait(PATIENCE):
                with self._gate:
                    return self._look()
        return self._look()

    def _look(self) -> Snapshot:
        tip = repository.tip_of(self._git)
        editor, waiting, met = self._committer.overlay(tip, self._committer.standing())
        if met is not None:
            self._note([GitBlocked(Delay.DAMAGED, str(met))])
        if not waiting:
            return self._plain(tip)
        return Snapshot(tip, editor.finish(), editor.load_tree, editor.load_blob, waiting)

    def _plain(self, commit: str) -> Snapshot:
        root = commits.parents(self._reader.commit(commit))[0]
        return Snapshot(commit, root, self._reader.tree, self._reader.blob)
