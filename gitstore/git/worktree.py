"""The files and git's index follow the branch; what a person edited is left alone and named.

Taken in the same step as the branch's move: the index is locked before, so that no `git commit` runs
meanwhile, and a moved branch never shows up as staged reversal. Never writes through a symbolic link.
"""

import contextlib
import enum
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from gitstore.disk.files import Files
from gitstore.git import refs
from gitstore.git.checkout import Checkout, Seen, State
from gitstore.git.gitlock import GitLock
from gitstore.git.index import DamagedIndex, Index
from gitstore.kinds import BLOB, identify
from gitstore.objects.batch import Batch
from gitstore.objects.editing import Touched

_PENDING = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "SQUASH_MSG", "rebase-merge", "rebase-apply")
_AT_ONCE = 64
"""So many files are written before the first of them is flushed."""


class Place(enum.Enum):
    """Where the work tree stands to our branch."""

    HERE = "our branch is checked out"
    ELSEWHERE = "another branch or commit is checked out"
    PENDING = "a merge, rebase, cherry-pick or revert of our branch is under way"


def place(git_directory: Path) -> tuple[Place, str]:
    """Return where the work tree stands, and what HEAD names."""
    head = refs.head(git_directory)
    under_way = [name for name in _PENDING if os.path.exists(f"{git_directory}/{name}")]  # noqa: PTH110  at each turn
    for folder in under_way:
        with contextlib.suppress(OSError):
            if (git_directory / folder / "head-name").read_text("utf-8").strip() == refs.BRANCH:
                return Place.PENDING, head
    if head != refs.BRANCH:
        return Place.ELSEWHERE, head
    return Place.PENDING if under_way else Place.HERE, head


def identify_file(path: Path) -> str | None:
    """Return the blob id of a file of the work tree; None if there is none, "" if it is no plain file."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return ""
        return identify(BLOB, path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None


class KeptIndex(msgspec.Struct, frozen=True):
    """Git's index in memory, and what tells its file from any other."""

    index: Index
    status: tuple[int, int, int]


class WorkTree:
    """The work tree of a repository whose branch is checked out, its index locked."""

    def __init__(
        self,
        files: Files,
        git_directory: Path,
        kept: "KeptIndex | None" = None,
        *,
        flush: bool = True,
        restarted: bool = False,
    ) -> None:
        """Take over a work tree.

        Args:
            files: The disk.
            git_directory: `.git`.
            kept: Git's index as an earlier turn of this process left it; read again if it is another now.
            flush: Whether files and index are to be on the disk when `follow` returns.
            restarted: Whether a torn index may be what a power cut has left of ours.
        """
        self._flush = flush
        self._restarted = restarted
        self._files = files
        self._git = git_directory
        self._root = git_directory.parent
        self._lock = GitLock(files, git_directory, git_directory / "index")
        self._index: Index | None = None
        self._indexed_at = 0
        self._kept = kept
        self._checkout: Checkout | None = None
        self._touched: Sequence[Touched] = ()
        self._ready: list[tuple[Touched, Seen]] = []
        self._edited: list[str] = []
        self.left: KeptIndex | None = None
        """Git's index as `follow` left it."""

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
            status = path.stat()
            self._indexed_at = status.st_mtime_ns
            if self._kept is not None and self._kept.status == _identity(status):
                return self._kept.index
            content = path.read_bytes()
            return Index(content)
        except FileNotFoundError:
            pass
        except DamagedIndex:
            if not self._restarted:
                self._keep_damaged(content)
        index = Index()
        for item in tracked():
            if item.after is not None:
                index.set(item.path, item.after, None, int(item.mode, 8))
        return index

    def _keep_damaged(self, content: bytes) -> None:
        folder = self._git / "gitstore" / "quarantine"
        self._files.make_directories(folder)
        name = f"index-{identify(BLOB, content)[:8]}"
        self._files.replace(folder / name, content, stage=folder / f"{name}.new")

    def release(self) -> None:
        """Give the index back; without `follow` it is unchanged, and what was prepared is removed."""
        self._close()
        self._lock.release()

    def abandon(self) -> None:
        """Keep git out of the index: the branch has moved and the index could not follow.

        A `git commit` would take the old index for the user's wish and undo what the branch has. Whoever
        next holds the gate takes the lock over and lets the index follow.
        """
        self._close()
        self._lock.abandon()

    def _close(self) -> None:
        if self._checkout is not None:
            self._checkout.close()

    def prepare(
        self,
        touched: Sequence[Touched],
        content: Callable[[str], bytes],
        recent: Mapping[str, tuple[str | None, set[str | None]]],
        batch: Batch,
    ) -> None:
        """Write aside what files shall hold once the branch has moved; `follow` puts it in place.

        Args:
            touched: What the branch's move changes.
            content: Gives a blob's content by its id.
            recent: What the latest turns made of each path, and what it was before.
            batch: Flushed by the caller before the branch moves.

        Raises:
            OSError: It could not be written; `release` clears up.
        """
        self._renew(recent)
        self._checkout = Checkout(self._files, self._git, content)
        self._touched = touched
        self._ready = self._look(touched[:_AT_ONCE], self._checkout, batch)

    def follow(self) -> tuple[str, ...]:
        """Make files and index hold what the branch holds now, as prepared, and give the index back.

        Only files that are as the branch had them are written.

        Returns:
            The paths that a person edited; their files are as they were.

        Raises:
            OSError: A part may be done; doing it again is right.
        """
        assert self._index is not None  # noqa: S101
        assert self._checkout is not None  # noqa: S101
        with Batch(self._files, flush=self._flush) as batch:
            self._put(self._ready, self._checkout, batch)
            for start in range(_AT_ONCE, len(self._touched), _AT_ONCE):
                ready = self._look(self._touched[start : start + _AT_ONCE], self._checkout, batch)
                batch.flush()
                self._put(ready, self._checkout, batch)
            self._lock.fill(self._index.parts(), batch)
            batch.flush()
        self._lock.replace()
        if self._flush:
            self._checkout.flush_directories()
            self._files.flush_directory(self._git)
        self._checkout.close()
        self.left = KeptIndex(self._index, _identity((self._git / "index").stat()))
        return tuple(self._edited)

    @property
    def checksum(self) -> str:
        """The checksum of git's index as it was read, or after `follow` as it was written."""
        assert self._index is not None  # noqa: S101
        return self._index.checksum

    def accept(self, path: str, after: str | None, earlier: set[str | None]) -> bool:
        """Let an entry, which vouches for nothing, be as the branch has it, if an earlier turn left it so.

        Returns:
            False if it is something else: a person's.
        """
        assert self._index is not None  # noqa: S101
        entries = self._index.get(path)
        now = entries[0].id if entries else None
        if len(entries) > 1 or (now != after and now not in earlier):
            return False
        self._renew_entry(path, after)
        return True

    def _renew_entry(self, path: str, after: str | None) -> None:
        assert self._index is not None  # noqa: S101
        if after is None:
            self._index.remove(path)
        else:
            self._index.set(path, after, None)

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
            self._renew_entry(path, after)

    def _look(
        self, touched: Sequence[Touched], checkout: Checkout, batch: Batch
    ) -> list[tuple[Touched, Seen]]:
        """Look at some files, and write aside what those shall hold that are ours."""
        assert self._index is not None  # noqa: S101
        ours = []
        for item in touched:
            entries = self._index.get(item.path)
            known = entries[0] if len(entries) == 1 and entries[0].stage == 0 else None
            if (entries and not known) or (known and known.id not in {item.before, item.after}):
                self._edited.append(item.path)  # staged or in conflict: the user's
                continue
            seen = checkout.look(item, known, self._indexed_at)
            ours.append((item, checkout.prepare(item, seen, batch)))
        return ours

    def _put(self, ours: Sequence[tuple[Touched, Seen]], checkout: Checkout, batch: Batch) -> None:
        """Put what was prepared in place, and set the entries in the index."""
        assert self._index is not None  # noqa: S101
        for item, seen in ours:
            found = checkout.put(item, seen, batch)
            edited = found.state is State.EDITED
            if item.after is None:
                self._index.remove(item.path)
            else:
                # Git must go on to look into an edited file: an entry with its times would vouch for it.
                self._index.set(item.path, item.after, None if edited else found.status, int(item.mode, 8))
            if edited:
                self._edited.append(item.path)


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns
