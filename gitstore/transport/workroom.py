"""A repository of its own in which an exchange with a remote takes place, beside the store's.

What comes in lies here until it has been checked: what is damaged, too large or too late never gets among the
store's objects, and git's settings of remotes, hooks and unfinished files of the store play no part.
"""

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from gitstore.disk import locking, rooms
from gitstore.disk.files import Files
from gitstore.objects.objects import ObjectReader

_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
_KEPT = re.compile(r"\s*\[\s*(http|credential|url|ssh)\b.*", re.IGNORECASE)
_CORE = re.compile(r"\s*\[\s*core\s*\]\s*", re.IGNORECASE)
_CORE_KEPT = re.compile(r"\s*(sshcommand|askpass|gitproxy)\s*=.*", re.IGNORECASE)


class Workroom:
    """A folder `gitstore/fetching/<pid>-<12 digits>`, a context manager; those of dead owners go.

    After a crash the folder is left: the next one who makes one removes it, or a turn of the committer.
    """

    def __init__(self, files: Files, git_directory: Path) -> None:
        self._files = files
        self._git = git_directory
        self._above = git_directory / "gitstore" / "fetching"
        self.path = self._above / f"{os.getpid()}-{os.urandom(6).hex()}"
        self._owner = self.path.with_name(self.path.name + rooms.OWNER)
        self._descriptor: int | None = None

    @property
    def packs(self) -> Path:
        """The folder of what came in."""
        return self.path / "objects" / "pack"

    def __enter__(self) -> Self:
        self._files.make_directories(self._above.parent)
        self._descriptor = self._begin()
        rooms.sweep(self._files, self._above, keep=lambda owner: owner == self._owner)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._files.remove_tree(self.path)
            self._files.discard(self._owner)
            with contextlib.suppress(OSError):  # not empty: another is at work
                self._files.remove_directory(self._above)
        if self._descriptor is not None:
            os.close(self._descriptor)

    def _begin(self) -> int:
        """Make the owner's file and lock it.

        Who sweeps just then may take away the folder, which is empty, or the file, which nobody holds yet.
        """
        while True:
            with contextlib.suppress(FileExistsError):
                self._files.make_directory(self._above)  # not flushed: nothing in it has to last
            try:
                descriptor = self._files.open_append(self._owner)
            except FileNotFoundError:
                continue
            try:
                locking.lock(descriptor)
                if os.fstat(descriptor).st_nlink:
                    return descriptor
            except OSError:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def clear_a_place(self) -> None:
        """Make the folder of what comes in. Nothing is flushed."""
        for name in ("", "objects", "objects/pack"):
            self._files.make_directory(self.path / name)

    def furnish(self, refs: Iterable[tuple[str, str]]) -> None:
        """Make a repository for git: it borrows the store's objects and has some refs. Nothing is flushed.

        Args:
            refs: Name and commit of what the store has.
        """
        self.clear_a_place()
        for name in ("objects/info", "refs"):
            self._files.make_directory(self.path / name)
        listed = "# pack-refs with: peeled fully-peeled sorted\n"
        listed += "".join(f"{identifier} {name}\n" for name, identifier in sorted(refs))
        for name, content in (
            ("HEAD", "ref: refs/heads/none\n"),
            ("config", _CONFIG + self._settings()),
            ("packed-refs", listed),
            ("objects/info/alternates", f"{self._git / 'objects'}\n"),
        ):
            self._files.write_new(self.path / name, content.encode("utf-8", "surrogateescape"), flush=False)
        cut = ObjectReader(self._git).shallow()
        if cut:
            text = "".join(f"{identifier}\n" for identifier in sorted(cut))
            self._files.write_new(self.path / "shallow", text.encode(), flush=False)

    def _settings(self) -> str:
        """Return what the store's config says about how hosts are reached."""
        try:
            lines = (self._git / "config").read_text("utf-8", "surrogateescape").splitlines()
        except OSError:
            return ""
        kept: list[str] = []
        inside = core = False
        for line in lines:
            if line.lstrip().startswith("["):
                inside, core = bool(_KEPT.match(line)), bool(_CORE.fullmatch(line))
            if inside:
                kept.append(line)
            elif core and _CORE_KEPT.match(line):
                kept += ["[core]", line]
        return "".join(f"{line}\n" for line in kept)
