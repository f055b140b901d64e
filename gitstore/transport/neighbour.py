"""A remote that is a folder on this machine, without a program: read, and its branch moved as git does it."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from gitstore.disk.files import Files
from gitstore.errors import BranchDamaged, Damaged, RemoteBroken, RemoteUnreachable
from gitstore.git import refs, repository
from gitstore.objects.objects import ObjectReader
from gitstore.objects.packfolder import KEEP
from gitstore.transport import arriving, parcel
from gitstore.transport.conversation import Advertised
from gitstore.transport.telling import Sent
from gitstore.transport.values import Limits, Progress

CHECKED_OUT = "branch is currently checked out"
_PORTION = 1 << 20


class Neighbour:
    """The other side of a conversation, played here."""

    def __init__(
        self,
        remote: str,
        path: Path,
        files: Files,
        limits: Limits,
        room: Path,
        *,
        progress: Progress | None = None,
    ) -> None:
        self._progress = progress
        self._remote = remote
        self._path = path
        self._files = files
        self._limits = limits
        self._room = room
        self._git = path
        self._reader = ObjectReader(path)

    def advertised(self, service: str) -> Advertised:
        """Return what there is. Raises RemoteUnreachable if there is no repository."""
        del service
        for folder in (self._path / ".git", self._path):
            if (folder / "objects").is_dir() and (folder / "HEAD").is_file():
                self._git, self._reader = folder, ObjectReader(folder)
                break
        else:
            raise RemoteUnreachable(self._remote, "no repository in this folder")
        settings = repository.read_config(self._git)
        if settings.get("extensions.objectformat", "sha1") != "sha1":
            raise RemoteBroken(self._remote, "a repository with SHA-256")
        if settings.get("extensions.refstorage", "files") != "files":
            raise RemoteBroken(self._remote, "a repository with a reftable")
        found = {
            name: each for name, each in refs.packed(self._git).items() if name.startswith("refs/heads/")
        }
        for path in (self._git / "refs" / "heads").rglob("*"):
            name = path.relative_to(self._git).as_posix()
            with contextlib.suppress(BranchDamaged):
                if path.is_file() and not name.endswith(".lock") and (tip := refs.read(self._git, name)):
                    found[name] = tip
        head = refs.head(self._git)
        return Advertised(
            found, head if head.startswith("refs/") else None, frozenset(), bool(self._reader.shallow())
        )

    def pull(
        self, want: str, have: Sequence[str], cut: frozenset[str], can: frozenset[str]
    ) -> Iterator[bytes]:
        """Yield the pack with what a commit needs. Raises RemoteBroken."""
        del cut, can
        try:
            made = parcel.between(self._reader, want, have, thin=True)
        except Damaged as error:
            raise RemoteBroken(self._remote, str(error)) from error
        if made is not None:
            for at in range(0, len(made[1]), _PORTION):
                yield made[1][at : at + _PORTION]

    def push(
        self,
        branch: str,
        old: str | None,
        new: str,
        pack: tuple[bytes, bytes],
        can: frozenset[str],
    ) -> str | None:
        """Move a branch, with a pack put in place before; return why not, None if it was.

        After a crash there may be a pack that nothing needs, with a `.keep`, or a lock of the branch.

        Raises:
            RemoteUnreachable: The folder cannot be written.
        """
        del can
        settings = repository.read_config(self._git)
        bare = settings.get("core.bare", "false") in {"true", "yes", "on", "1"}
        deny = settings.get("receive.denycurrentbranch", "refuse")
        if not bare and refs.head(self._git) == branch and deny not in {"ignore", "warn", "false"}:
            return CHECKED_OUT
        try:
            keep = self._put(pack[0])
            Sent(self._progress, *pack).bytes(len(pack[0]))
            try:
                return self._move(branch, old, new)
            finally:
                if keep is not None:
                    self._files.discard(keep)
        except OSError as error:
            raise RemoteUnreachable(self._remote, error.strerror or str(error)) from error

    def leave(self) -> None:
        """Nothing is held."""

    def _put(self, pack: bytes) -> Path | None:
        """Put a pack where git finds it, flushed, guarded by a `.keep` until the branch has moved."""
        incoming = self._room / "incoming.pack"
        self._files.make_directories(self._room)
        self._files.write_new(incoming, pack, flush=False)
        arriving.put_in_order(
            self._files, incoming, remote=self._remote, outside=self._reader.read, most=self._limits.object
        )
        stem = next(self._room.glob("pack-*.pack")).stem
        folder = self._git / "objects" / "pack"
        self._files.make_directories(folder)
        if (folder / f"{stem}.idx").exists():
            return None
        keep: Path | None = folder / f"{stem}.keep"
        assert keep is not None  # noqa: S101
        try:
            self._files.write_new(keep, KEEP)
        except FileExistsError:  # of a push that was killed, or a person's
            keep = keep if keep.read_bytes() in {KEEP, b""} else None
        for suffix in (".pack", ".idx"):
            content = (self._room / f"{stem}{suffix}").read_bytes()
            written = folder / f"tmp_{os.getpid()}_{os.urandom(6).hex()}"  # git removes what begins so
            self._files.write_new(written, content, mode=0o444)
            self._files.rename(written, folder / f"{stem}{suffix}")
        self._files.flush_directory(folder)
        return keep

    def _move(self, branch: str, old: str | None, new: str) -> str | None:
        target = self._git / branch
        lock = target.with_name(target.name + ".lock")
        self._files.make_directories(target.parent)
        try:
            descriptor = self._files.create(lock)
        except FileExistsError:
            return "the branch is locked"
        held = True
        try:
            if refs.read(self._git, branch) != old:
                return "the branch is elsewhere by now"
            self._files.write(descriptor, new.encode() + b"\n")
            self._files.flush(descriptor)
            self._files.rename(lock, target)
            held = False  # from here on the lock, if there is one, is another's
            self._files.flush_directory(target.parent)
        finally:
            os.close(descriptor)
            if held:
                self._files.discard(lock)
        return None
