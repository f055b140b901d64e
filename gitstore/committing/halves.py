"""Packs without their index, and indexes without their pack: what a power cut, or damage, may leave.

A pack is never taken away for that: it may hold what nothing else does. It gets its index again. Only what a
turn had written that was given up goes, and an index whose objects all lie elsewhere.
"""

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from gitstore.disk.files import Files
from gitstore.errors import Damaged, GitstoreError
from gitstore.objects.batch import Batch
from gitstore.objects.objects import ObjectReader

_ABANDONED = 600.0
"""Seconds after which half a pack is not one that is being put in place: git puts the other half beside it at
once."""
_MOST = 1 << 31
_LEAST = 32
"""Bytes of a pack that holds something."""


class Halves:
    """The halves in one repository; each is looked into once by each process."""

    def __init__(self, files: Files, git_directory: Path, reader: ObjectReader) -> None:
        self._files = files
        self._stage = git_directory / "gitstore" / "stage"
        self._reader = reader
        self._seen: set[Path] = set()

    def settle(
        self, halves: Iterable[Path], age_of: Callable[[Path], float], given_up: Callable[[], set[str]]
    ) -> None:
        """Bring halves in order that have been there for a while.

        Args:
            halves: As `packfolder.unfinished` found them.
            age_of: Gives the seconds since a file was changed.
            given_up: Gives the names of packs of turns that came to nothing.

        Raises:
            OSError: The disk is full or failed; nothing is lost.
        """
        for half in halves:
            if half in self._seen or age_of(half) <= _ABANDONED:
                continue
            self._seen.add(half)
            spare = half.stat().st_size < _LEAST or (half.suffix == ".idx" and self._is_spare(half))
            if spare or half.stem in given_up():
                self._files.discard(half)
            elif half.suffix == ".pack":
                with contextlib.suppress(GitstoreError):  # `verify` tells of it
                    self._index(half)

    def _is_spare(self, index: Path) -> bool:
        """Say whether all that an index names lies elsewhere."""
        from gitstore.checking.packfile import rows  # noqa: PLC0415  20 ms, seldom needed

        try:
            for row in rows(index.read_bytes()):
                self._reader.read(row.raw.hex())
        except Damaged:
            return False
        return True

    def _index(self, pack: Path) -> None:
        """Make the index of a pack again, aside, and put it in place whole and flushed."""
        from gitstore.transport.arriving import put_in_order  # noqa: PLC0415  20 ms, seldom needed

        aside = self._stage / pack.name
        self._files.link(pack, aside)
        try:
            put_in_order(self._files, aside, remote=pack.name, outside=self._reader.read, most=_MOST)
            made = aside.with_suffix(".idx")
            if made.exists():
                with Batch(self._files) as batch:
                    batch.add(os.open(made, os.O_RDONLY))
                    batch.flush()
                self._files.rename(made, pack.with_suffix(".idx"))
                self._files.flush_directory(pack.parent)
        finally:
            for left in (aside, aside.with_suffix(".idx")):
                self._files.discard(left)
