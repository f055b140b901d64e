"""A derived file beside a store: made from the tree, thrown away at any doubt, never needed.

It is one of SQLite. What is in it and how it follows the tree is the caller's; here is how it is opened,
shared, given up and made anew. What SQLite writes is no part of the store and does not go through `files.py`:
whatever a crash leaves of it, the next one who opens it goes on from there or throws it away.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from gitstore.disk import locking
from gitstore.disk.files import Files

if TYPE_CHECKING:
    import sqlite3

_APPLICATION = 0x67736361  # "gsca"
_PATIENCE = 5.0
_WAITED_OUT = {3, 5, 6, 8, 10, 13, 14, 23}
"""What SQLite says when a file is sound and can't be used now: no permission, busy, locked, read-only,
failed, full, can't be opened, not authorised."""

Result = TypeVar("Result")


class Schema(msgspec.Struct, frozen=True):
    """What a catalog is made of; another version of it is another catalog."""

    name: str
    """Of the file, without an ending."""
    version: int
    """At least 1; raised whenever a statement or the meaning of a row changes."""
    statements: tuple[str, ...]


class Doubt(Exception):
    """What is in a catalog contradicts the tree or itself: it is thrown away and made anew."""


_DOUBTFUL = (Doubt, msgspec.MsgspecError, ValueError, TypeError, LookupError, AttributeError)
"""What a row that is not what it was written as can make of whoever reads it."""


class Following(Protocol):
    """How a catalog is brought to where the store is."""

    def is_current(self, connection: sqlite3.Connection) -> bool:
        """Say whether there is nothing to do; called in a transaction that only reads."""

    def update(self, connection: sqlite3.Connection) -> bool:
        """Do a part of the work, in a transaction that writes, and say whether that was the last one."""


class Catalog:
    """One derived file, for several threads; any number of processes may use it at once.

    It is made when it is first asked. Where that is impossible (read-only or full disk, somebody else is at
    work for too long) the same is done in memory: it costs time, and nothing else is different.

    Args:
        folder: Made if need be; it may be deleted at any moment.
        schema: What is in it.
        patience: Seconds to wait for another process that is updating.
    """

    def __init__(self, folder: Path, schema: Schema, *, patience: float = _PATIENCE) -> None:
        self.path = folder / f"{schema.name}.db"
        self._schema = schema
        self._patience = patience
        self._files = Files()
        self._mutex = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._memory: sqlite3.Connection | None = None
        self._process = os.getpid()
        self._inherited: list[sqlite3.Connection | None] = []

    def ask(self, following: Following, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Bring the catalog to where the store is, and return what `work` finds in it then.

        Nobody changes it in between. `work` may be called again if something was doubtful, so it should
        change nothing but its result. What a crash on the way leaves is a catalog at an earlier state.

        Raises:
            Damaged: As the following has it; nothing about the catalog itself is ever an error.
        """
        import sqlite3  # noqa: PLC0415  8 ms, not needed to save

        with self._mutex:
            self._after_fork()
            for _ in range(2):
                try:
                    return _run(self._opened(), following, work)
                except sqlite3.Error as error:
                    if getattr(error, "sqlite_errorcode", 1) & 0xFF in _WAITED_OUT:
                        break
                    self._give_up()
                except OSError:
                    break
                except _DOUBTFUL:
                    self._give_up()
            return self._in_memory(following, work)

    def peek(self, work: Callable[[sqlite3.Connection], Result]) -> Result | None:
        """Return what `work` finds in the file as it lies there; None if there is none of this schema.

        Nothing is made, brought up to date or thrown away.

        Raises:
            Doubt: The file can't be read.
        """
        import sqlite3  # noqa: PLC0415  as above

        with self._mutex:
            if not self.path.is_file():
                return None
            try:
                connection = sqlite3.connect(self.path, timeout=self._patience, isolation_level=None)
            except sqlite3.Error:
                return None
            try:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version != self._schema.version:
                    return None
                connection.execute("BEGIN")
                return work(connection)
            except (sqlite3.Error, *_DOUBTFUL) as error:
                raise Doubt(str(error)) from error
            finally:
                _roll_back(connection)
                _close(connection)

    def discard(self) -> None:
        """Throw the file away; the next question makes it anew."""
        with self._mutex:
            self.close()
            with contextlib.suppress(OSError), self._alone():
                self._remove()

    def close(self) -> None:
        """Give everything back; the next question opens it again."""
        with self._mutex:
            self._after_fork()
            for connection in (self._connection, self._memory):
                if connection is not None:
                    _close(connection)
            self._connection = self._memory = None

    def _in_memory(self, following: Following, work: Callable[[sqlite3.Connection], Result]) -> Result:
        import sqlite3  # noqa: PLC0415  as above

        known, self._memory = self._memory, None
        if known is not None:
            try:
                result = _run(known, following, work)
            except (sqlite3.Error, *_DOUBTFUL):
                known.close()
            else:
                self._memory = known
                return result
        fresh = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._make(fresh)
        result = _run(fresh, following, work)
        self._memory = fresh
        return result

    def _opened(self) -> sqlite3.Connection:
        """Return the connection to the file that has the name now."""
        if self._connection is not None:
            if _identity(self.path) == self._identity:
                return self._connection
            _close(self._connection)  # somebody deleted it
            self._connection = None
        if not self.path.parent.is_dir():
            with contextlib.suppress(FileExistsError):
                self._files.make_directory(self.path.parent)
        with self._alone():
            connection = self._connect()
            if not self._is_ours(connection):
                _close(connection)
                self._remove()
                connection = self._connect()
                self._make(connection)
            self._connection, self._identity = connection, _identity(self.path)
            return connection

    def _connect(self) -> sqlite3.Connection:
        import sqlite3  # noqa: PLC0415  as above

        return sqlite3.connect(
            self.path, timeout=self._patience, isolation_level=None, check_same_thread=False
        )

    def _is_ours(self, connection: sqlite3.Connection) -> bool:
        """Say whether the file has our tables, making them in a new one."""
        import sqlite3  # noqa: PLC0415  as above

        try:
            found = [
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("application_id", "user_version")
            ]
            if found == [_APPLICATION, self._schema.version]:
                _settle(connection)
                return True
            if found == [0, 0] and not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                self._make(connection)
                return True
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 1) & 0xFF in _WAITED_OUT:
                _close(connection)
                raise
        return False

    def _make(self, connection: sqlite3.Connection) -> None:
        _settle(connection)
        connection.execute("BEGIN IMMEDIATE")
        for statement in self._schema.statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {self._schema.version}")
        connection.execute("COMMIT")

    def _give_up(self) -> None:
        """Throw the file away that is open, unless somebody else has done so already."""
        if self._connection is None:
            return
        _close(self._connection)
        self._connection = None
        with contextlib.suppress(OSError), self._alone():
            if _identity(self.path) == self._identity:
                self._remove()

    def _remove(self) -> None:
        for ending in ("", "-wal", "-shm", "-journal"):
            self._files.discard(self.path.with_name(self.path.name + ending))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep others from opening or removing: a file with the log of another one is damaged."""
        descriptor = self._files.open_append(self.path.with_name("lock"))
        try:
            locking.lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _after_fork(self) -> None:
        """Leave to the parent what is the parent's: closing it here would take away its locks."""
        if self._process != os.getpid():
            self._inherited += [self._connection, self._memory]
            self._connection = self._memory = None
            self._process = os.getpid()


def _run(
    connection: sqlite3.Connection, following: Following, work: Callable[[sqlite3.Connection], Result]
) -> Result:
    connection.execute("BEGIN")
    try:
        if following.is_current(connection):
            return work(connection)
    finally:
        _roll_back(connection)
    while True:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if following.update(connection):
                result = work(connection)
                break
            connection.execute("COMMIT")
        except BaseException:
            _roll_back(connection)
            raise
    _commit(connection)
    return result


def _commit(connection: sqlite3.Connection) -> None:
    """Keep what was done if that is possible: the answer is right in either case."""
    import sqlite3  # noqa: PLC0415  as above

    try:
        connection.execute("COMMIT")
    except sqlite3.OperationalError:
        _roll_back(connection)


def _roll_back(connection: sqlite3.Connection) -> None:
    import sqlite3  # noqa: PLC0415  as above

    with contextlib.suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _settle(connection: sqlite3.Connection) -> None:
    """Readers never wait for a writer; a power cut leaves an earlier state."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA journal_size_limit = 4194304")
    # Where much is new the same pages change again and again: they are held, and moved less often.
    connection.execute("PRAGMA cache_size = -16384")
    connection.execute("PRAGMA wal_autocheckpoint = 4096")


def _close(connection: sqlite3.Connection) -> None:
    import sqlite3  # noqa: PLC0415  as above

    with contextlib.suppress(sqlite3.Error):
        connection.close()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
