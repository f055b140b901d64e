"""Files below one folder, and no others: each name on the way is opened by itself, and no link is followed.

Owns all access of tools to the user's files. The way down is walked with `openat` and O_NOFOLLOW from a
descriptor of the folder, so that nothing exchanged on the disk meanwhile leads elsewhere. Writing puts the
whole content beside the file and renames it.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dexter.permissions.names import forbidden
from dexter.tools.acting.errors import FileTrouble, OutOfBounds

_LOOK = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
_INTO = _LOOK | os.O_DIRECTORY
_MOST_COMPARED = 50_000_000


@dataclass(frozen=True)
class Entry:
    """One name in a folder; `kind` is file, folder, link or other."""

    name: str
    kind: str
    size: int


class Folder:
    """The working directory.

    Attributes:
        root: Its path, resolved.
    """

    def __init__(self, root: Path, without: Sequence[Path] = ()) -> None:
        """A folder.

        Args:
            root: Its path; links on the way to it are the user's and are followed.
            without: Folders below it that are as good as not there, whatever they are called.
        """
        self.root = Path(os.path.realpath(root))
        self._without = tuple(without)

    def parts(self, path: str) -> tuple[str, ...]:
        """The names of a path below the folder; none for the folder itself.

        Raises:
            OutOfBounds: If it leads out of it, or to what is never touched.
        """
        if any(not char.isprintable() for char in path):
            raise OutOfBounds(ascii(path), "it holds characters that can't be seen")
        pure = PurePosixPath(path.strip() or ".")
        if pure.is_absolute():
            try:
                pure = pure.relative_to(self.root)
            except ValueError:
                raise OutOfBounds(path, "it is outside of the working directory") from None
        if ".." in pure.parts or pure.parts[:1] == ("~",):
            raise OutOfBounds(path, "it is outside of the working directory, or may be: give it without ..")
        if name := forbidden(pure.parts):
            raise OutOfBounds(path, f"{name} is where secrets are kept or programs are steered")
        return pure.parts

    def read(self, parts: Sequence[str], most: int) -> bytes:
        """The content of a file.

        Raises:
            FileTrouble: If it is not there, no file, larger than `most` bytes or not to be read.
            OutOfBounds: If a link is on the way.
        """
        with self._parent(parts) as (parent, name), _explained(parts):
            descriptor = os.open(name, _LOOK | os.O_NONBLOCK, dir_fd=parent)
            with os.fdopen(descriptor, "rb") as file:
                state = os.fstat(file.fileno())
                if not stat.S_ISREG(state.st_mode):
                    raise FileTrouble(_path(parts), "is not a file")
                content = file.read(most + 1)
        if len(content) > most:
            raise FileTrouble(_path(parts), f"has more than {most // 1_000_000} MB")
        return content

    def found(self, parts: Sequence[str], most: int) -> bytes | None:
        """The same, or None if there is no such file."""
        try:
            return self.read(parts, most)
        except FileTrouble as error:
            if error.missing:
                return None
            raise

    def entries(self, parts: Sequence[str]) -> list[Entry]:
        """What is in a folder, by name, without what is never touched.

        Raises:
            FileTrouble: If it is not there or no folder.
            OutOfBounds: If a link is on the way.
        """
        with self._walked(parts) as descriptor, _explained(parts):
            names = sorted(
                name
                for name in os.listdir(descriptor)  # noqa: PTH208  of a descriptor
                if not forbidden([name])
            )
            return [entry for name in names if (entry := self._entry(descriptor, name))]

    def write(self, parts: Sequence[str], content: bytes, *, instead_of: bytes | None) -> None:
        """Write a file and the folders on the way; after a crash there is the old content or the new.

        Args:
            parts: The names of its path.
            content: What it shall hold.
            instead_of: What it held when a person looked at it; None if it was not there.

        Raises:
            FileTrouble: If it holds something else by now, or can't be written. It stays as it was.
            OutOfBounds: If a link is on the way.
        """
        with self._parent(parts, make=True) as (parent, name), _explained(parts):
            mode = self._mode(parts, parent, name)
            if self.found(parts, _MOST_COMPARED) != instead_of:
                raise FileTrouble(_path(parts), "was changed meanwhile by somebody else: look at it again")
            staged = f".{name[:100]}.{os.urandom(4).hex()}"
            descriptor = os.open(
                staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=parent
            )
            try:
                with os.fdopen(descriptor, "wb") as file:
                    if mode is not None:
                        os.fchmod(file.fileno(), mode)
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(staged, name, src_dir_fd=parent, dst_dir_fd=parent)
            except BaseException:
                with suppress(OSError):
                    os.unlink(staged, dir_fd=parent)
                raise
            os.fsync(parent)

    def _mode(self, parts: Sequence[str], parent: int, name: str) -> int | None:
        """The permissions of the file that is there, None if there is none."""
        try:
            state = os.stat(name, dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(state.st_mode):
            raise OutOfBounds(_path(parts), "it is a link, and links are not followed")
        if not stat.S_ISREG(state.st_mode):
            raise FileTrouble(_path(parts), "is not a file")
        if not state.st_mode & 0o222:
            raise FileTrouble(_path(parts), "is write-protected")
        return stat.S_IMODE(state.st_mode) & 0o777

    def _entry(self, descriptor: int, name: str) -> Entry | None:
        try:
            state = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        except OSError:
            return None
        if self._is_without(state):
            return None
        kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
        return Entry(name, kinds.get(stat.S_IFMT(state.st_mode), "other"), state.st_size)

    @contextmanager
    def _parent(self, parts: Sequence[str], *, make: bool = False) -> Iterator[tuple[int, str]]:
        """A descriptor of the folder that a file is in, and the file's name."""
        if not parts:
            raise FileTrouble(".", "is not a file")
        with self._walked(parts[:-1], make=make) as descriptor:
            yield descriptor, parts[-1]

    @contextmanager
    def _walked(self, parts: Sequence[str], *, make: bool = False) -> Iterator[int]:
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for depth, name in enumerate(parts, 1):
                with _explained(parts[:depth]):
                    following = self._into(descriptor, name, make=make)
                os.close(descriptor)
                descriptor = following
                if self._is_without(os.fstat(descriptor)):
                    raise OutOfBounds(_path(parts), "it is where dexter keeps its own data")
            yield descriptor
        finally:
            os.close(descriptor)

    @staticmethod
    def _into(descriptor: int, name: str, *, make: bool) -> int:
        if make:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=descriptor)
        try:
            return os.open(name, _INTO, dir_fd=descriptor)
        except NotADirectoryError:
            if stat.S_ISLNK(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode):
                raise OutOfBounds(name, "it is a link, and links are not followed") from None
            raise

    def _is_without(self, state: os.stat_result) -> bool:
        for path in self._without:
            with suppress(OSError):
                if os.path.samestat(state, path.stat()):
                    return True
        return False


@contextmanager
def _explained(parts: Sequence[str]) -> Iterator[None]:
    """Errors of the system as sentences."""
    try:
        yield
    except FileNotFoundError:
        raise FileTrouble(_path(parts), "is not there", missing=True) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OutOfBounds(_path(parts), "it is a link, and links are not followed") from None
        raise FileTrouble(_path(parts), f"can't be used: {error.strerror or error}") from error


def _path(parts: Sequence[str]) -> str:
    return "/".join(parts) or "."
