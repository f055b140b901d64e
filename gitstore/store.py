"""The door to a store: open, apply, read, log, close."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from gitstore.changes.journal import list_journals
from gitstore.committing.door import PATIENCE
from gitstore.disk.files import Files
from gitstore.disk.locking import locked_by_another
from gitstore.errors import Damaged
from gitstore.git import gitlock, repository
from gitstore.histories import Histories
from gitstore.merging.rules import Rules
from gitstore.values import Identity


class Store(Histories):
    """A store that is open, for several threads; any number of processes may have it open at once."""

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        identity: Callable[[], Identity] | Identity,
        create: bool = True,
        clock: Callable[[], float] = time.time,
        files: Files | None = None,
        rules: Rules | None = None,
    ) -> Self:
        """Open the store in a folder, making it if need be, and finish what a crash left.

        Args:
            path: The folder; `path/.git` is the repository.
            identity: Who commits are by; a function is asked once per change (and not before the first).
            create: Whether to make a store where there is nothing. Files of a store whose `.git` is gone are
                put into a repository in either case, and `FolderAdopted` says so.
            clock: Gives seconds since 1970.
            files: The disk; a test may hand in one that fails.
            rules: What the caller knows of its records: histories join by them, and what a person merged or
                committed with git is put right by them before the next change. None: that stays as it is.

        Returns:
            The store, to be closed or used as a context manager.

        Raises:
            StoreNotFound: There is none and `create` is False; nothing was made.
            NotAStore: Something else is there; nothing was changed.
            FormatTooNew: A newer program wrote it; nothing was changed.
            NotSaved: It would have to be made, and the disk is full or failed; ReadOnly if it cannot be
                written.
            Unreadable: The system does not read what is there now; nothing was changed.
        """
        disk = Files() if files is None else files
        ask = (lambda: identity) if isinstance(identity, Identity) else identity
        full = Path.cwd() / path
        opened = repository.find(full, files=disk, who=ask, now=clock(), create=create)
        store = cls(full, opened, identity=ask, clock=clock, files=disk, rules=rules)
        store._recover()
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Bring into git what is saved, as far as that is possible now, and give everything back.

        What git cannot take now stays in the journal, for the next who opens the store.
        """
        with self._mutex:
            if self._closed:
                return
            with contextlib.suppress(OSError, Damaged):
                if self._journal.path is not None and self._gate.wait(PATIENCE):
                    with self._gate:
                        self._turn()
                        if self._journal.drained(self._committer.standing().offsets):
                            self._journal.discard()
                        self._committer.rest()
            self._journal.close()
            self._gate.close()
            self._closed = True

    def _recover(self) -> None:
        """Finish what dead processes left, if there is anything and nobody is at it already."""
        with contextlib.suppress(OSError, Damaged):  # reading works without
            if not self._work_is_left() or not self._gate.try_enter():
                return
            with self._gate:
                self._turn()

    def _work_is_left(self) -> bool:
        if any(not locked_by_another(path) for path in list_journals(self._committer.journals)):
            return True
        if gitlock.left(self._git) or self.purge_is_unfinished:  # and perhaps no journal tells of it
            return True
        if self._committer.log.stamp() == (0, 0):
            return False
        if self._committer.restarted():
            return True
        if self._committer.log.rests_at(repository.tip_of(self._git)):
            return False
        standing = self._committer.standing()
        return not standing.settled or bool(standing.void) or self._committer.undone()
