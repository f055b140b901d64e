"""What is told of an exchange while it goes on: how many objects came or went, in git's words.

Of what a remote says only that is handed on which git would say itself: no other text, and no character that
a terminal obeys.
"""

import re
import struct
import time
from bisect import bisect_right
from collections.abc import Sequence

from gitstore.transport.values import Progress

_STEP = re.compile(rb"(?:remote: )?([A-Z][a-z]+ [a-z]+: +\d{1,3}% \(\d+/\d+\)[ -~]{0,60}?) *")
_LONGEST = 1 << 12
"""Bytes of a line that is not yet at its end."""
_EVERY = 0.1
"""Seconds between two tellings of a count."""


class Steps:
    """Picks from what git prints, or a remote sends, the lines that tell how far it is."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._rest = b""

    def hear(self, part: bytes) -> None:
        """Take in a part, which may end in the midst of a line; the last step in it is told."""
        if self._progress is None:
            return
        *lines, self._rest = re.split(rb"[\r\n]+", self._rest + part)
        self._rest = self._rest[-_LONGEST:]
        found = [match for line in lines if (match := _STEP.fullmatch(line))]
        if found:
            self._progress(found[-1][1].decode("ascii"))


class Count:
    """Tells how many of some objects are done."""

    def __init__(self, progress: Progress | None, what: str, total: int) -> None:
        """Tell nothing yet.

        Args:
            progress: Who is told; None: nobody.
            what: "Receiving objects".
            total: How many there are.
        """
        self._progress = progress
        self._what = what
        self._total = total
        self._done = 0
        self._bytes = 0
        self._told = 0.0

    def bytes(self, count: int) -> None:
        """So many bytes in all are through."""
        self._bytes = count
        self._tell()

    def one_more(self) -> None:
        """One more object is done."""
        self.objects(self._done + 1)

    def objects(self, done: int) -> None:
        """So many objects in all are done."""
        self._done = min(done, self._total)
        self._tell()

    def _tell(self) -> None:
        if self._progress is None:
            return
        now = time.monotonic()
        ended = self._done == self._total
        if not ended and now - self._told < _EVERY:
            return
        self._told = now
        percent = 100 * self._done // self._total if self._total else 100
        end = ", done." if ended else ""
        counted = f"({self._done}/{self._total})"
        self._progress(f"{self._what}: {percent:3d}% {counted}, {_size(self._bytes)}{end}")


class Sent:
    """Counts the objects of a pack as its bytes go out."""

    def __init__(self, progress: Progress | None, pack: bytes, index: bytes, before: int = 0) -> None:
        """Read where objects are, if anybody wants to know.

        Args:
            progress: Who is told.
            pack: All of it.
            index: Of it.
            before: Bytes that go out before it.
        """
        self._starts: Sequence[int] = ()
        self._before = before
        self._size = len(pack)
        total = int.from_bytes(pack[8:12], "big")
        self._count = Count(progress, "Writing objects", total)
        if progress is not None and total:
            at = 8 + 1024 + 24 * total
            self._starts = sorted(struct.unpack(f">{total}I", index[at : at + 4 * total]))

    def bytes(self, count: int) -> None:
        """So many bytes in all are out."""
        if not self._starts:
            return
        inside = count - self._before
        self._count.bytes(max(0, inside))
        done = bisect_right(self._starts, inside) - (inside < self._size)
        self._count.objects(max(0, done))


def objects_in(head: bytes) -> int:
    """Return how many objects a pack has by its first twelve bytes; 0 if they are not those of a pack."""
    return int.from_bytes(head[8:12], "big") if head[:4] == b"PACK" and len(head) >= 12 else 0


def _size(count: int) -> str:
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= size:
            return f"{count / size:.2f} {unit}"
    return f"{count} bytes"
