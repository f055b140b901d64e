"""One file of the work tree after another is brought from what the branch had to what it has.

What a person edited is told and left. Nothing is written through a symbolic link. A small file is written
aside and put in place; a long one that only grows gets what is new at its end, so that the cost is that of
what is new. After a crash in between such a file is as it was, with a part of what was to come behind it
(after a power cut perhaps as zeros); it is recognised by that, and written anew.
"""

import contextlib
import enum
import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from gitstore.disk.files import Files
from gitstore.git.index import IndexEntry, stat_numbers
from gitstore.kinds import BLOB, identify
from gitstore.objects.batch import Batch
from gitstore.objects.editing import Touched

_GROWS_IN_PLACE = 4 << 10
"""Bytes from which on a file gets what is new at its end instead of being written anew."""
_MADE = {"100644": 0o666, "100755": 0o777}
"""The kinds of files that are made here, and their permissions before the umask."""
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)


class State(enum.Enum):
    """What a file of the work tree is."""

    ABSENT = 1
    BEFORE = 2
    """As the branch had it."""
    AFTER = 3
    """As the branch has it."""
    EDITED = 4
    """A person's."""
    TORN = 5
    """As the branch had it, with a part of what was to be added."""


class Seen(msgspec.Struct, frozen=True):
    """What a file is now."""

    state: State
    status: os.stat_result | None = None


_EDITED = Seen(State.EDITED)


class _Ready(msgspec.Struct, frozen=True):
    """A file that is about to be brought."""

    seen: Seen
    stage: str | None = None
    """Where what it shall hold stands aside; None: what is new is put at its end."""


class Checkout:
    """Brings the files of one move of the branch: `look` and `prepare` before it, `put` after it."""

    def __init__(self, files: Files, git_directory: Path, content: Callable[[str], bytes]) -> None:
        self._files = files
        self._root = git_directory.parent
        self._stage = f"{git_directory}/gitstore/stage"
        self._content = content
        self._ready: dict[str, _Ready] = {}
        self._staged = 0
        self._folders: set[str] = set()
        """Directories whose names changed."""
        self._open: tuple[str, int] | None = None
        """The directory that was entered last: mostly it is the next one, too."""

    def look(self, item: Touched, known: IndexEntry | None, indexed_at: int) -> Seen:
        """Say what a file is, reading it only if git's index does not vouch for it.

        Args:
            item: The file, and what the branch had and has.
            known: What the index says of it.
            indexed_at: When the index was written, in nanoseconds.
        """
        parent, _, name = item.path.rpartition("/")
        with self._entered(parent) as folder:
            if folder is None:
                return Seen(State.ABSENT) if item.after is None or self._is_free(parent) else _EDITED
            try:
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                return Seen(State.ABSENT)
            if stat.S_ISLNK(status.st_mode) and item.mode == "120000" and item.after is not None:
                target = os.fsencode(os.readlink(name, dir_fd=folder))
                return Seen(State.AFTER, status) if identify(BLOB, target) == item.after else _EDITED
            if not stat.S_ISREG(status.st_mode):
                return _EDITED
            vouched = known and list(known.stat) == stat_numbers(status) and status.st_mtime_ns < indexed_at
            if vouched and known:
                return Seen(_state(item, known.id), status)
            with os.fdopen(os.open(name, _READ, dir_fd=folder), "rb") as file:
                content = file.read()
        state = _state(item, identify(BLOB, content))
        if state is State.EDITED and self._is_torn(item, content):
            state = State.TORN
        return Seen(state, status)

    def prepare(self, item: Touched, seen: Seen, batch: Batch) -> Seen:
        """Write aside what a file shall hold, and return what it is then; `put` ends it.

        Args:
            item: The file.
            seen: As `look` found it.
            batch: Flushed by the caller before `put`.
        """
        if item.after is None or seen.state in {State.AFTER, State.EDITED}:
            return seen
        if (seen.state is State.ABSENT and item.before is not None) or item.mode not in _MADE:
            return _EDITED  # a person took it away, or it is a link, which is not ours to make
        content = self._content(item.after)
        if self._only_grows(item, seen, content):
            self._ready[item.path] = _Ready(seen)
            return seen
        stage = f"{self._stage}/file-{self._staged}"
        self._staged += 1
        self._ready[item.path] = _Ready(seen, stage)
        batch.write_new(stage, content, _MADE[item.mode])
        return seen

    def put(self, item: Touched, seen: Seen, batch: Batch) -> Seen:
        """Put what was prepared in its place, or take away what the branch has not; return what is there.

        Args:
            item: The file.
            seen: As `prepare` left it.
            batch: Flushed by the caller afterwards: it has what was put at the end of long files.
        """
        parent, _, name = item.path.rpartition("/")
        ready = self._ready.pop(item.path, None)
        if item.after is None:
            if seen.state in {State.BEFORE, State.TORN}:
                with self._entered(parent) as folder:
                    if folder is not None:
                        self._files.unlink(name, directory=folder)
                        self._folders.add(parent)
            if seen.state is not State.EDITED:
                self._prune(parent)
            return seen if seen.state is State.EDITED else Seen(State.ABSENT)
        if ready is None:
            return seen
        if ready.stage is None:
            return self._grow(item, ready.seen, batch)
        with self._entered(parent, create=True) as folder:
            if folder is None or _stat(name, folder) != _stat_of(ready.seen.status):
                self._files.discard(ready.stage)
                return _EDITED  # since we looked
            self._files.rename(ready.stage, name, directory=folder)
            self._folders.add(parent)
            return Seen(State.AFTER, os.stat(name, dir_fd=folder, follow_symlinks=False))

    def flush_directories(self) -> None:
        """Return when all names are on the disk."""
        for folder in sorted(self._folders):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                self._files.flush_directory(f"{self._root}/{folder}")
        self._folders.clear()

    def close(self) -> None:
        """Close what is open, and remove what was prepared and not put."""
        self._leave()
        for ready in self._ready.values():
            if ready.stage is not None:
                with contextlib.suppress(OSError):
                    self._files.discard(ready.stage)
        self._ready.clear()

    def _only_grows(self, item: Touched, seen: Seen, content: bytes) -> bool:
        """Say whether a file is long, and gets something at its end and no more; and has no second name."""
        if len(content) < _GROWS_IN_PLACE or seen.state is not State.BEFORE or item.before is None:
            return False
        if seen.status is None or seen.status.st_nlink != 1:
            return False
        return content.startswith(self._content(item.before))

    def _grow(self, item: Touched, seen: Seen, batch: Batch) -> Seen:
        """Write what is new at the end of a file: only now, as the branch has it."""
        assert item.after is not None  # noqa: S101
        assert seen.status is not None  # noqa: S101
        parent, _, name = item.path.rpartition("/")
        with self._entered(parent) as folder:
            if folder is None or _stat(name, folder) != _stat_of(seen.status):
                return _EDITED  # since we looked
            descriptor = self._files.open_append(name, directory=folder)
        batch.add(descriptor)
        if _stat_of(os.fstat(descriptor)) != _stat_of(seen.status):
            return _EDITED
        self._files.write(descriptor, self._content(item.after)[seen.status.st_size :])
        return Seen(State.AFTER, os.fstat(descriptor))

    def _is_torn(self, item: Touched, content: bytes) -> bool:
        """Say whether a file is one of ours that was to get something at its end."""
        if item.before is None or item.after is None or len(content) < _GROWS_IN_PLACE // 2:
            return False
        before, after = self._content(item.before), self._content(item.after)
        if not (after.startswith(before) and content.startswith(before)) or len(content) > len(after):
            return False
        pairs = zip(content[len(before) :], after[len(before) :], strict=False)
        return all(found in {wanted, 0} for found, wanted in pairs)

    def _is_free(self, path: str) -> bool:
        """Say whether a directory could be made: nothing else is in its place or above it."""
        full = self._root
        for name in path.split("/"):
            full /= name
            if full.is_symlink() or (full.exists() and not full.is_dir()):
                return False
        return True

    @contextlib.contextmanager
    def _entered(self, path: str, *, create: bool = False) -> Iterator[int | None]:
        """Open a directory of the work tree, never through a link; None if it is absent or something else."""
        if self._open is None or self._open[0] != path:
            self._leave()
            folder = self._enter(path, create=create)
            self._open = None if folder is None else (path, folder)
        yield None if self._open is None else self._open[1]

    def _leave(self) -> None:
        if self._open is not None:
            os.close(self._open[1])
            self._open = None

    def _enter(self, path: str, *, create: bool) -> int | None:
        current = os.open(self._root, os.O_RDONLY)  # where the store is, a link may say
        above = ""
        for name in path.split("/") if path else ():
            try:
                try:
                    deeper = os.open(name, _DIRECTORY, dir_fd=current)
                except FileNotFoundError:
                    if not create:
                        return None
                    self._files.make_directory(name, directory=current)
                    self._folders.add(above)
                    deeper = os.open(name, _DIRECTORY, dir_fd=current)
            except OSError as error:
                if error.errno in {errno.ENOTDIR, errno.ELOOP}:
                    return None
                raise
            finally:
                os.close(current)
            current = deeper
            above = f"{above}/{name}" if above else name
        return current

    def _prune(self, path: str) -> None:
        """Remove directories that became empty."""
        self._leave()
        while path:
            try:
                self._files.remove_directory(self._root / path)
            except OSError:  # not empty, or gone
                return
            self._folders.discard(path)
            path = path.rpartition("/")[0]
            self._folders.add(path)


def _state(item: Touched, identifier: str) -> State:
    if identifier == item.after:
        return State.AFTER
    return State.BEFORE if identifier == item.before else State.EDITED


def _stat(name: str, folder: int) -> tuple[int, ...]:
    try:
        return _stat_of(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return ()


def _stat_of(status: os.stat_result | None) -> tuple[int, ...]:
    return (status.st_ino, status.st_size, status.st_mtime_ns) if status is not None else ()
