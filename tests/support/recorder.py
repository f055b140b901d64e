"""A disk that does what gitstore asks for and keeps a record of it, for disks that forget."""

import ast
import fcntl
import inspect
import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gitstore.disk.files import Files
from tests.support.disks import Disk, Event

KNOWN = frozenset(
    (
        "create", "open_append", "open_beginning", "write", "flush", "flush_directory", "flush_system",
        "truncate",        "rename", "link", "unlink", "make_directory", "remove_directory",
    )
)  # fmt: skip


def primitives() -> frozenset[str]:
    """The methods of Files that call the system themselves (closing and a hint change nothing)."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(Files)))
    found = set()
    for method in ast.walk(tree):
        if isinstance(method, ast.FunctionDef):
            calls = (node.func for node in ast.walk(method) if isinstance(node, ast.Call))
            asked = {
                call.attr
                for call in calls
                if isinstance(call, ast.Attribute) and ast.unparse(call.value) in {"os", "fcntl"}
            }
            if asked - {"close", "fspath", "posix_fadvise"}:
                found.add(method.name)
    return frozenset(found)


class RecordingFiles(Files):
    """A disk that records each change below a folder, with what was written and where names went."""

    def __init__(self, top: Path) -> None:
        """Begin with what is below a folder now, all of which counts as flushed.

        Raises:
            AssertionError: Files has a call that is not known here: a record would have a hole.
        """
        assert primitives() == KNOWN, f"the recorder and files.py differ in {sorted(primitives() ^ KNOWN)}"
        self.start, self._known = Disk.scan(top)
        self._next = len(self._known)
        self.events: list[Event] = []

    def mark(self, what: str, number: int) -> None:
        """Note in the record what the program had said by now."""
        self.events.append(Event("mark", mark=(what, number)))

    def create(self, path: str | Path, *, directory: int | None = None, mode: int = 0o666) -> int:
        descriptor = super().create(path, directory=directory, mode=mode)
        self._made("create", os.fstat(descriptor), path, directory)
        return descriptor

    def open_append(self, path: str | Path, **options: Any) -> int:
        try:
            os.stat(path, dir_fd=options.get("directory"), follow_symlinks=False)
            there = True
        except FileNotFoundError:
            there = False
        descriptor = super().open_append(path, **options)
        if not there:
            self._made("create", os.fstat(descriptor), path, options.get("directory"))
        return descriptor

    def open_beginning(self, path: str | Path) -> int:
        return super().open_beginning(path)  # changes nothing by itself

    def flush_system(self) -> None:
        super().flush_system()  # a hint: nothing counts as flushed

    def write(self, descriptor: int, content: bytes | bytearray) -> None:
        at_end = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_APPEND
        at = os.fstat(descriptor).st_size if at_end else os.lseek(descriptor, 0, os.SEEK_CUR)
        super().write(descriptor, content)
        self._add(Event("write", self._of(os.fstat(descriptor)), content=bytes(content), at=at))

    def flush(self, descriptor: int) -> None:
        super().flush(descriptor)
        self._add(Event("flush", self._of(os.fstat(descriptor))))

    def flush_directory(self, path: str | Path) -> None:
        super().flush_directory(path)
        self._add(Event("flush_directory", self._of(os.stat(path))))

    def truncate(self, descriptor: int, size: int) -> None:
        super().truncate(descriptor, size)
        self._add(Event("truncate", self._of(os.fstat(descriptor)), at=size))

    def rename(self, old: str | Path, new: str | Path, *, directory: int | None = None) -> None:
        inode = self._of(os.stat(old, follow_symlinks=False))
        folder, name = self._place(old, None)
        to = self._place(new, directory)
        super().rename(old, new, directory=directory)
        if not os.path.lexists(old):  # of two names of one file neither goes
            self._add(Event("rename", inode, folder, name, to))

    def link(self, old: str | Path, new: str | Path) -> None:
        super().link(old, new)
        self._add(Event("link", self._of(os.stat(new, follow_symlinks=False)), *self._place(new, None)))

    def unlink(self, path: str | Path, *, directory: int | None = None) -> None:
        super().unlink(path, directory=directory)
        self._add(Event("unlink", -1, *self._place(path, directory)))

    def make_directory(self, path: str | Path, *, directory: int | None = None) -> None:
        super().make_directory(path, directory=directory)
        self._made("make_directory", os.stat(path, dir_fd=directory), path, directory)

    def remove_directory(self, path: str | Path, *, directory: int | None = None) -> None:
        super().remove_directory(path, directory=directory)
        self._add(Event("remove_directory", -1, *self._place(path, directory)))

    def _made(self, call: str, status: os.stat_result, path: str | Path, directory: int | None) -> None:
        self._known[status.st_ino] = self._next  # the system may give a number that it gave before
        self._next += 1
        self._add(Event(call, self._known[status.st_ino], *self._place(path, directory)))

    def _add(self, event: Event) -> None:
        self.events.append(event)

    def _of(self, status: os.stat_result) -> int:
        return self._known[status.st_ino]

    def _place(self, path: str | Path, directory: int | None) -> tuple[int, str]:
        parent, name = os.path.split(os.fspath(path))
        if directory is not None:
            assert not parent
            return self._of(os.fstat(directory)), name
        return self._of(os.stat(parent or ".")), name


class ForgetfulRecorder(RecordingFiles):
    """A record without some flushes, as if gitstore had left them out: proof that a check can fail."""

    def __init__(self, top: Path, forget: Callable[[Event], bool]) -> None:
        super().__init__(top)
        self._forget = forget

    def _add(self, event: Event) -> None:
        if not self._forget(event):
            super()._add(event)
