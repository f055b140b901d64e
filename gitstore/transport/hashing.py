"""The ids of what a pack holds, made in a thread beside the one that unpacks: hashing lets others run."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import NamedTuple, Self

from gitstore.checking.packfile import PackFile
from gitstore.kinds import identify

_BYTES = 4 << 20
_COUNT = 256
"""So much is handed to the thread at once, for handing over costs as much as hashing a kilobyte."""
_UNDER_WAY = 2


class Unpacked(NamedTuple):
    """One object of a pack: where its entry begins and ends, and what it is."""

    at: int
    end: int
    kind: int
    content: bytes


Named = Callable[[Unpacked, str, int], None]
"""Told an object with its id and the CRC-32 of its entry. May raise, which ends the reading."""


class Hashing:
    """Names objects in the order in which they are handed in; use it in a `with` block."""

    def __init__(self, pack: PackFile, named: Named) -> None:
        """A hashing that has nothing to do yet.

        Args:
            pack: Where the objects lie.
            named: Told of each object in this thread, some time after it was handed in.
        """
        self._pack = pack
        self._named = named
        self._pool = ThreadPoolExecutor(1)
        self._gathered: list[Unpacked] = []
        self._bytes = 0
        self._under_way: deque[tuple[list[Unpacked], Future[list[tuple[str, int]]]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def take(self, unpacked: Unpacked) -> None:
        """Hand in an object. Raises what `named` raises, of this object or an earlier one."""
        self._gathered.append(unpacked)
        self._bytes += len(unpacked.content)
        if self._bytes >= _BYTES or len(self._gathered) >= _COUNT:
            self._hand_over()
            while len(self._under_way) > _UNDER_WAY:
                self._tell()

    def settle(self) -> None:
        """Return when each object that was handed in was told. Raises what `named` raises."""
        if self._gathered:
            self._hand_over()
        while self._under_way:
            self._tell()

    def _hand_over(self) -> None:
        batch, self._gathered, self._bytes = self._gathered, [], 0
        self._under_way.append((batch, self._pool.submit(self._name, batch)))

    def _name(self, batch: list[Unpacked]) -> list[tuple[str, int]]:
        return [(identify(each.kind, each.content), self._pack.checksum(each.at, each.end)) for each in batch]

    def _tell(self) -> None:
        batch, future = self._under_way.popleft()
        for unpacked, (identifier, checksum) in zip(batch, future.result(), strict=True):
            self._named(unpacked, identifier, checksum)
