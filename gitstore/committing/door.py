"""What the parts of a store share: what is open, who may work now, what a person should be told."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from gitstore.changes.journal import Journal
from gitstore.committing.committer import Committer
from gitstore.disk.files import Files
from gitstore.errors import GitstoreError, StoreClosed, reading
from gitstore.git import repository
from gitstore.git.gate import Gate
from gitstore.merging.rules import Rules
from gitstore.objects.objects import ObjectReader
from gitstore.values import (
    BranchElsewhere,
    Delay,
    FolderAdopted,
    GitBlocked,
    Identity,
    Notice,
    PurgeUnfinished,
)

PATIENCE = 10.0
"""Seconds to wait for another process."""


class Door:
    """A repository that is open, for several threads."""

    def __init__(
        self,
        path: Path,
        opened: repository.Opened,
        *,
        identity: Callable[[], Identity],
        clock: Callable[[], float],
        files: Files,
        rules: Rules | None = None,
    ) -> None:
        """Take over an opened repository. Use `Store.open`."""
        self.path = path
        self._git = opened.git_directory
        self._identity = identity
        self._clock = clock
        self._reader = ObjectReader(self._git)
        self._rules = rules
        self._committer = Committer(files, self._git, self._reader, clock, rules)
        self._gate = Gate(files, self._git / "gitstore")
        self._journal = Journal(files, self._committer.journals)
        self._mutex = threading.RLock()
        self._closed = False
        self._notices: list[Notice] = []
        if opened.adopted is not None:
            self._notices.append(FolderAdopted(str(path), opened.adopted))
        if self.purge_is_unfinished:
            self._notices.append(PurgeUnfinished())

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a person might want to know: of opening, and of what was saved since. Each is there once."""
        return tuple(self._notices)

    @property
    def purge_is_unfinished(self) -> bool:
        """Whether a process died, or failed, while something was taken out of all history.

        Raises Unreadable.
        """
        with reading(str(self.path)):
            return (self._git / "gitstore" / "purging").exists()

    @contextlib.contextmanager
    def _alone(self, failed: Callable[[str], GitstoreError]) -> Iterator[None]:
        """Hold the gate; what the system raises meanwhile becomes an error of ours.

        Args:
            failed: Makes it, of a few words.
        """
        with self._mutex:
            self._check_open()
            try:
                if not self._gate.wait(PATIENCE):
                    raise failed("another process is at work for too long")
                with self._gate:
                    yield
            except OSError as error:
                raise failed(error.strerror or str(error)) from error

    def _blocked(self, error: OSError) -> Delay:
        """Note that git's folder cannot be written, and return that as the reason."""
        self._note([GitBlocked(Delay.NOT_WRITABLE, str(error))])
        return Delay.NOT_WRITABLE

    def _turn(self) -> Delay | None:
        """Take a turn under the gate and note what it has to say."""
        found = self._committer.turn(self._journal.name)
        self._note(found)
        return next((notice.reason for notice in found if isinstance(notice, GitBlocked)), None)

    def _note(self, found: Iterable[Notice]) -> None:
        """Keep what is new; of what passes, only what is true now."""
        passing = (GitBlocked, BranchElsewhere)
        kept = [notice for notice in self._notices if not isinstance(notice, passing)]
        self._notices = [*kept, *(notice for notice in found if notice not in kept)]

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed
