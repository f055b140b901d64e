"""The repository with the sessions, opened when it is first needed and made when something is first written.

Owns the opening, and that gitstore's errors become dexter's. Knows no session.
"""

import errno
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import gitstore
from dexter.errors import HomeUnusable
from dexter.paths import Home, is_directory
from dexter.secrets import WELL_KNOWN, Masks
from dexter.sessions.errors import (
    MomentNotFound,
    NotPurged,
    NotSaved,
    StoreDamaged,
    StoreTooNew,
    StoreUnreadable,
)
from dexter.sessions.merging.rules import RulesInTime
from dexter.sessions.records.continuing import DEFAULT, Limits
from dexter.sessions.records.layout import ROOT

if TYPE_CHECKING:
    from gitstore.problems import Progress
    from gitstore.purging.eraser import Eraser

Clock = Callable[[], float]
Who = Callable[[], tuple[str, str]]
"""Gives a name and an e-mail address."""
Masking = Masks | Callable[[], Masks]
"""What is masked in all that is written, or who says so each time."""


def beginning(text: str, now: float) -> int | None:
    """When what a person calls a date or moment begins, in epoch milliseconds; None if it names none.

    Args:
        text: As `--at` takes it; of a day or month its first moment counts.
        now: Epoch seconds.
    """
    moment = gitstore.dates.beginning(text, now)
    return None if moment is None else int(moment * 1000)


class Archive:
    """A home's repository; a home that has none yet reads as empty, and reading makes none."""

    def __init__(
        self,
        home: Path,
        *,
        identity: Who | None = None,
        clock: Clock = time.time,
        limits: Limits = DEFAULT,
        masks: Masking = WELL_KNOWN,
    ) -> None:
        self.home = Home(Path(home))
        self.clock = clock
        self.limits = limits
        self._masks = masks
        self._identity = identity
        self._author: gitstore.Identity | None = None
        self._store: gitstore.Store | None = None
        self._catalogs: dict[str, gitstore.Catalog] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back what is held; the next use opens again."""
        for catalog in self._catalogs.values():
            catalog.close()
        if self._store is not None:
            self._store.close()
            self._store = None

    @property
    def masks(self) -> Masks:
        """What must be masked now in every text before it becomes a part of a change or a draft."""
        return self._masks if isinstance(self._masks, Masks) else self._masks()

    @property
    def notices(self) -> tuple[gitstore.Notice, ...]:
        """What the repository has to say since it was opened."""
        return tuple(self._store.notices) if self._store is not None else ()

    def snapshot(self, at: str | None = None) -> gitstore.Snapshot | None:
        """The tree as of a date, commit or ref, or as it is now; None if there was nothing yet.

        Raises:
            MomentNotFound: If nothing goes by that name.
            StoreUnreadable: If the repository can't be read.
        """
        store = self._open()
        if store is None:
            return None
        with self._translated():
            try:
                snapshot = store.snapshot(None if at is None else store.resolve(at))
            except gitstore.CommitNotFound as error:
                if error.reason == "too early":
                    return None
                raise
            # Read here, so that damage above the sessions is told as such; below it is each session's own.
            snapshot.tree(ROOT)
            return snapshot

    def catalog(self, schema: gitstore.Schema) -> gitstore.Catalog:
        """What is derived from the repository under that name; made when it is first asked something."""
        known = self._catalogs.get(schema.name)
        if known is None:
            known = self._catalogs[schema.name] = gitstore.Catalog(self.home.catalog, schema)
        return known

    def gather(self, trees: Mapping[str, str]) -> gitstore.Snapshot | None:
        """Sessions that are gone, each as one of its trees had it, as if they were there; by their ids."""
        store = self._open()
        return None if store is None else store.gather(ROOT, trees)

    def log(self, directory: str | None, limit: int | None) -> Iterator[gitstore.LogEntry]:
        """The commits that touched a directory, or all, newest first."""
        store = self._open()
        if store is not None:
            with self._translated():
                yield from store.log(directory, limit, catalog=self.catalog(gitstore.HISTORY))

    def deletions(self, parent: str) -> Iterator[gitstore.Deletion]:
        """What was deleted below a directory and is not there now, newest first."""
        store = self._open()
        if store is not None:
            with self._translated():
                yield from store.deletions(parent, catalog=self.catalog(gitstore.HISTORY))

    def apply(self, change: gitstore.Change) -> gitstore.Receipt:
        """Save a change: once this returns it survives a crash, and normally it is committed.

        Raises:
            NotSaved: If it can't be written. Nothing was changed.
            HomeUnusable: If the data directory can't be made.
            StoreUnreadable: If the repository can't be opened.
        """
        self.make()
        with self._translated(writing=True):
            return self._opened().apply(change)

    def make(self) -> None:
        """Make the repository if it is not there.

        Raises:
            NotSaved: If it can't be written. Nothing was changed.
            HomeUnusable: If the data directory can't be made.
            StoreUnreadable: If there is one that can't be opened.
        """
        if not is_directory(self.home.root):
            self.home.create()
        with self._translated(writing=True):
            self._opened()
        # Only now: in a folder whose sessions can't be opened nothing is changed.
        self.home.create()

    def sign(
        self, signer: Callable[[bytes, gitstore.Identity], bytes], *, merges: bool, again: bool
    ) -> gitstore.Signed | None:
        """Put a signed commit on top of all that is there; see `gitstore.Store.sign`, whose errors it raises.

        None if there is nothing to sign, or no repository.
        """
        store = self._open()
        return None if store is None else store.sign(signer, merges=merges, again=again)

    def join(self, commit: str) -> gitstore.Joining:
        """Let the history of another machine join, of which the repository has all objects.

        Raises:
            NotSaved: If it can't be. The sessions are as they were.
            gitstore.TooMuch: If it would bring more than is taken. The sessions are as they were.
        """
        with self._translated(writing=True):
            return self._opened().join(commit)

    def preview(self, commit: str) -> tuple[gitstore.Joining, gitstore.Snapshot]:
        """What `join` would come to, and the sessions as they would be then; nothing is changed."""
        with self._translated():
            return self._opened().preview(commit)

    def put_right(self) -> gitstore.Delay | None:
        """Put right now what people did with git, as the next change would; why that cannot be, or None.

        Raises:
            StoreUnreadable: If the repository can't be opened.
        """
        store = self._open()
        if store is None:
            return None
        with self._translated(writing=True):
            return store.put_right()

    def announce_purge(self) -> None:
        """Note that something is about to be purged: who finds that note after a crash finishes it.

        Raises:
            NotPurged: It could not be done now. Nothing was changed.
        """
        with self._translated(writing=True):
            self._opened().announce_purge()

    def holds(self, eraser: "Eraser", commit: str, other: str) -> bool:
        """Whether something must go of what a commit has behind it and another one has not."""
        with self._translated():
            return self._opened().holds(eraser, commit, other)

    def purge(
        self, eraser: "Eraser", progress: "Progress", beside: Callable[[], None] | None = None
    ) -> gitstore.Purged:
        """Write all history anew as an eraser wants it; catalogs are closed, and best removed.

        Args:
            eraser: Says what is left.
            progress: Told how far it is.
            beside: Clears what lies beside the repository; called twice (see `gitstore.Store.purge`).

        Raises:
            NotPurged: If it can't be, or not wholly.
        """
        for catalog in self._catalogs.values():
            catalog.close()
        self._catalogs.clear()
        with self._translated(writing=True):
            return self._opened().purge(eraser, progress, beside)

    @property
    def purge_is_unfinished(self) -> bool:
        """Whether something was being taken out of all history when a process died, or failed."""
        store = self._open()
        return store is not None and store.purge_is_unfinished

    def pack(self) -> tuple[gitstore.Packing, gitstore.Packing] | None:
        """Bring all objects of git's into one pack; how they lay and lie, None if there is no repository.

        Raises:
            NotSaved: If it can't be written. All objects are where they were.
        """
        store = self._open()
        if store is None:
            return None
        with self._translated(writing=True):
            return store.pack()

    def _open(self) -> gitstore.Store | None:
        """The store, or None if there is nothing to open. Files without a repository are adopted."""
        if self._store is None:
            if not self._is_there():
                return None
            with self._translated():
                return self._opened()
        return self._store

    def _is_there(self) -> bool:
        if os.path.lexists(self.home.root) and not is_directory(self.home.root):
            raise HomeUnusable(self.home.root, "it is not a directory")
        try:
            return any(self.home.sessions.iterdir())
        except FileNotFoundError:
            if os.path.lexists(self.home.sessions):
                raise StoreUnreadable(self.home.sessions, "it is a link to nothing") from None
            return False
        except NotADirectoryError:
            raise StoreUnreadable(self.home.sessions, "it is not a directory") from None
        except OSError as error:
            raise StoreUnreadable(self.home.sessions, error.strerror or str(error)) from error

    def _opened(self) -> gitstore.Store:
        if self._store is None:
            self._store = gitstore.Store.open(
                self.home.sessions, identity=self._who, clock=self.clock, rules=RulesInTime()
            )
        return self._store

    def _who(self) -> gitstore.Identity:
        """Who commits are by, found out once and not before the first: it may take a run of git."""
        if self._author is None:
            self._author = gitstore.Identity(*(self._identity or self._user)())
        return self._author

    def _user(self) -> tuple[str, str]:
        from dexter.identity import user_identity  # noqa: PLC0415  what only reads never asks

        return user_identity(self.home.sessions)

    @contextmanager
    def _translated(self, *, writing: bool = False) -> Iterator[None]:
        try:
            yield
        except gitstore.TooMuch:  # whoever asked for it knows from whom it comes
            raise
        except gitstore.CommitNotFound as error:
            raise MomentNotFound(error.when, error.reason) from error
        except gitstore.FormatTooNew as error:
            raise StoreTooNew(
                error.path, f"format {error.found}, known are formats up to {error.known}"
            ) from error
        except gitstore.NotAStore as error:
            raise StoreUnreadable(error.path, error.reason) from error
        except (gitstore.NotSaved, gitstore.NotJoined) as error:
            raise NotSaved(error.reason) from error
        except gitstore.NotPurged as error:
            raise NotPurged(error.reason, moved=error.moved) from error
        except gitstore.Damaged as error:
            raise StoreDamaged(self.home.sessions, f"{error.place}: {error.reason}") from error
        except OSError as error:
            reason = error.strerror or str(error)
            if writing or error.errno in {errno.EROFS, errno.ENOSPC}:
                raise NotSaved(reason) from error
            raise StoreUnreadable(self.home.sessions, reason) from error
