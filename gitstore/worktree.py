"""The files and git's index follow the branch; what a person edited is left alone and named.

Taken in the same step as the branch's move: the index is locked before, so that no `git commit` runs
meanwhile, and a moved branch never shows up as staged reversal. Never writes through a symbolic link.
"""

import contextlib
import enum
import errno
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from gitstore import refs
from gitstore.editing import Touched
from gitstore.files import Files
from gitstore.gitlock import GitLock
from gitstore.index import DamagedIndex, Index, IndexEntry, stat_numbers
from gitstore.objects import BLOB, identify

_PENDING = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
_MADE = {"100644": 0o666, "100755": 0o777}
"""The kinds of files that are made here, and their permissions before the umask."""
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


class Place(enum.Enum):
    """Where the work tree stands to our branch."""

    HERE = "our branch is checked out"
    ELSEWHERE = "another branch or commit is checked out"
    PENDING = "a merge, rebase, cherry-pick or revert of our branch is under way"


def place(git_directory: Path) -> tuple[Place, str]:
    """Return where the work tree stands, and what HEAD names."""
    head = refs.head(git_directory)
    for folder in ("rebase-merge", "rebase-apply"):
        with contextlib.suppress(OSError):
            if (git_directory / folder / "head-name").read_text("utf-8").strip() == refs.BRANCH:
                return Place.PENDING, head
    if head != refs.BRANCH:
        return Place.ELSEWHERE, head
    if any((git_directory / name).exists() for name in _PENDING):
        return Place.PENDING, head
    return Place.HERE, head


def identify_file(path: Path) -> str | None:
    """Return the blob id of a file of the work tree; None if there is none, "" if it is no plain file."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return ""
        return identify(BLOB, path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None


class _Found(enum.Enum):
    ABSENT = 1
    BEFORE = 2
    AFTER = 3
    EDITED = 4


class _Followed(msgspec.Struct):
    content: Callable[[str], bytes]
    left: list[str] = []
    folders: set[str] = set()
    """Directories whose names changed."""


class WorkTree:
    """The work tree of a repository whose branch is checked out, its index locked."""

    def __init__(self, files: Files, git_directory: Path) -> None:
        self._files = files
        self._git = git_directory
        self._root = git_directory.parent
        self._lock = GitLock(files, git_directory, git_directory / "index")
        self._index: Index | None = None
        self._indexed_at = 0

    def lock(self, patience: float, tracked: Callable[[], Iterable[Touched]]) -> None:
        """Lock the index and read it.

        An index that is gone or damaged is made anew from the branch: git would take every file for deleted.

        Args:
            patience: Seconds to wait for a foreign lock.
            tracked: Gives each file that the branch has, as it has it.

        Raises:
            Taken: Another holds git's lock of the index.
            UnknownIndex: The index cannot be kept as it is.
            OSError: Something could not be written or read; nothing was changed.
        """
        self._lock.take(patience=patience)
        try:
            self._index = self._read(tracked)
        except BaseException:
            self._lock.release()
            raise

    def _read(self, tracked: Callable[[], Iterable[Touched]]) -> Index:
        path = self._git / "index"
        try:
            content = path.read_bytes()
            self._indexed_at = path.stat().st_mtime_ns
            return Index(content)
        except FileNotFoundError:
            pass
        except DamagedIndex:
            folder = self._git / "gitstore" / "quarantine"
            self._files.make_directories(folder)
            name = f"index-{identify(BLOB, content)[:8]}"
            self._files.replace(folder / name, content, stage=folder / f"{name}.new")
        index = Index()
        for item in tracked():
            if item.after is not None:
                index.set(item.path, item.after, None, int(item.mode, 8))
        return index

    def release(self) -> None:
        """Give the index back; without `follow` it is unchanged."""
        self._lock.release()

    def abandon(self) -> None:
        """Keep git out of the index: the branch has moved and the index could not follow.

        A `git commit` would take the old index for the user's wish and undo what the branch has. Whoever
        next holds the gate takes the lock over and lets the index follow.
        """
        self._lock.abandon()

    def follow(
        self,
        touched: Sequence[Touched],
        content: Callable[[str], bytes],
        recent: Mapping[str, tuple[str | None, set[str | None]]],
    ) -> tuple[str, ...]:
        """Make files and index hold what the branch holds now, and give the index back.

        Only files that are as the branch had them are written.

        Args:
            touched: What the branch's move changed.
            content: Gives a blob's content by its id.
            recent: What the latest turns made of each path, and what it was before.

        Returns:
            The paths that a person edited; their files are as they were.

        Raises:
            OSError: A part may be done; doing it again is right.
        """
        assert self._index is not None  # noqa: S101
        done = _Followed(content)
        self._renew(recent)
        for item in touched:
            self._one(item, done)
        for folder in sorted(done.folders):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                self._files.flush_directory(self._root / folder)
        self._lock.fill(self._index.encode())
        self._lock.replace()
        self._files.flush_directory(self._git)
        return tuple(done.left)

    def _renew(self, recent: Mapping[str, tuple[str | None, set[str | None]]]) -> None:
        """Set entries right that git set back, which reads the index before it locks it and writes it whole.

        Where the file is as we made it, an older entry is no wish of a person.
        """
        assert self._index is not None  # noqa: S101
        for path, (after, earlier) in recent.items():
            entries = self._index.get(path)
            now = entries[0].id if entries else None
            if len(entries) > 1 or now not in earlier or identify_file(self._root / path) != after:
                continue
            if after is None:
                self._index.remove(path)
            else:
                self._index.set(path, after, None)

    def _one(self, item: Touched, done: _Followed) -> None:
        assert self._index is not None  # noqa: S101
        entries = self._index.get(item.path)
        known = entries[0] if len(entries) == 1 and entries[0].stage == 0 else None
        if (
            len(entries) > 1
            or (entries and not known)
            or (known and known.id not in {item.before, item.after})
        ):
            done.left.append(item.path)  # staged or in conflict: the user's
            return
        parent, _, name = item.path.rpartition("/")
        folder = self._enter(parent, create=item.after is not None, done=done)
        if folder is None:
            status = None
            found = _Found.ABSENT if item.after is None else _Found.EDITED
        else:
            try:
                found, status = self._look(folder, name, item, known)
                if found is _Found.EDITED:
                    # Git must go on to look into the file: an entry with its times would vouch for the edit.
                    status = None
                else:
                    found, status = self._bring(folder, item, (found, status), done)
            finally:
                os.close(folder)
        if item.after is None:
            self._index.remove(item.path)
            if folder is not None and found is not _Found.EDITED:
                self._prune(parent, done)
        else:
            self._index.set(item.path, item.after, status, int(item.mode, 8))
        if found is _Found.EDITED:
            done.left.append(item.path)

    def _bring(
        self, folder: int, item: Touched, seen: tuple[_Found, os.stat_result | None], done: _Followed
    ) -> tuple[_Found, os.stat_result | None]:
        """Bring one file from `before` to `after`; return what it is then."""
        parent, _, name = item.path.rpartition("/")
        found = seen[0]
        if item.after is None:
            if found is _Found.BEFORE:
                self._files.unlink(name, directory=folder)
                done.folders.add(parent)
            return _Found.ABSENT, None
        if found is _Found.AFTER:
            return seen
        if (found is _Found.ABSENT and item.before is not None) or item.mode not in _MADE:
            return _Found.EDITED, None  # a person took it away, or it is a link, which is not ours to make
        stage = self._git / "gitstore" / "stage" / "file"
        self._files.make_directories(stage.parent)
        self._files.discard(stage)
        self._files.write_new(stage, done.content(item.after), mode=_MADE[item.mode])
        self._files.rename(stage, name, directory=folder)
        done.folders.add(parent)
        return _Found.AFTER, os.stat(name, dir_fd=folder, follow_symlinks=False)

    def _look(
        self, folder: int, name: str, item: Touched, known: IndexEntry | None
    ) -> tuple[_Found, os.stat_result | None]:
        """Say what a file is, reading it only if the index does not vouch for it."""
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return _Found.ABSENT, None
        if stat.S_ISLNK(status.st_mode) and item.mode == "120000" and item.after is not None:
            target = os.fsencode(os.readlink(name, dir_fd=folder))
            return (_Found.AFTER, status) if identify(BLOB, target) == item.after else (_Found.EDITED, None)
        if not stat.S_ISREG(status.st_mode):
            return _Found.EDITED, None
        vouched = known and list(known.stat) == stat_numbers(status) and status.st_mtime_ns < self._indexed_at
        if vouched and known:
            identifier = known.id
        else:
            descriptor = os.open(name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0), dir_fd=folder)
            with os.fdopen(descriptor, "rb") as file:
                identifier = identify(BLOB, file.read())
        if identifier == item.after:
            return _Found.AFTER, status
        return (_Found.BEFORE if identifier == item.before else _Found.EDITED), status

    def _enter(self, path: str, *, create: bool, done: _Followed) -> int | None:
        """Open a directory of the work tree, never through a link; None if it is absent or something else."""
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
                    done.folders.add(above)
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

    def _prune(self, path: str, done: _Followed) -> None:
        """Remove directories that became empty."""
        while path:
            try:
                self._files.remove_directory(self._root / path)
            except OSError:  # not empty, or gone
                return
            done.folders.discard(path)
            path = path.rpartition("/")[0]
            done.folders.add(path)
