"""How often a source is asked: one turn after the other, for all processes of a home together.

A small file per source holds the moment of the next free turn; who takes one moves it on, under a lock that
dies with its owner. Without a home, or where the file can't be written, this process alone is counted.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from dexter.tools.errors import Busy

LONGEST_HOLD = 900.0
"""Seconds. A moment further off than that comes from a clock that was wrong, and does not count."""
_TRIES = 200
_PAUSE = 0.005


class Pace:
    """The turns of one source.

    Args (of the constructor):
        name: What people call the source, for the error.
        per_second: How many turns there are.
        file: Where the next turn is kept; None: in memory.
        clock: Epoch seconds.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        name: str,
        per_second: float,
        file: Path | None,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name = name
        self._gap = 1 / per_second
        self._file = file
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    async def turn(self, longest: float) -> None:
        """Return when it is our turn.

        Args:
            longest: Seconds to wait at most.

        Raises:
            Busy: If the turn comes later than that; none was taken.
        """
        wait = await self._moved(lambda free, now: self._taken(free, now, longest))
        if wait > 0:
            await self._sleep(wait)

    async def hold(self, seconds: float) -> None:
        """Let nobody have a turn for so many seconds, because the source asks for it."""

        def held(free: float, now: float) -> tuple[float, float]:
            return max(free, now + min(seconds, LONGEST_HOLD)), 0.0

        await self._moved(held)

    def _taken(self, free: float, now: float, longest: float) -> tuple[float, float]:
        wait = max(free - now, 0.0)
        if wait > longest:
            raise Busy(self._name, wait)
        return max(free, now) + self._gap, wait

    async def _moved(self, move: Callable[[float, float], tuple[float, float]]) -> float:
        """Move the next free turn as `move` says, which gets it and the time; its second value comes back."""
        descriptor = await self._opened()
        try:
            now = self._clock()
            free = self._next if descriptor is None else _read(descriptor)
            if not free <= now + LONGEST_HOLD:  # true for what is no number, too
                free = now
            free, result = move(free, now)
            self._next = free
            if descriptor is not None:
                _write(descriptor, free)
        finally:
            if descriptor is not None:
                os.close(descriptor)
        return result

    async def _opened(self) -> int | None:
        """The file, locked; None where that can't be had: then better to count alone than not to ask."""
        if self._file is None:
            return None
        try:
            import fcntl  # noqa: PLC0415  there is none on Windows

            self._file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except (ImportError, OSError):
            return None
        for _ in range(_TRIES):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                # Held for microseconds as a rule; a process that was stopped with it must not stop others.
                await self._pause_for_lock(descriptor)
                continue
            return descriptor
        os.close(descriptor)
        return None

    @staticmethod
    async def _pause_for_lock(descriptor: int) -> None:
        try:
            await asyncio.sleep(_PAUSE)
        except asyncio.CancelledError:
            os.close(descriptor)
            raise


def _read(descriptor: int) -> float:
    try:
        return float(os.pread(descriptor, 64, 0).strip() or b"0")
    except (OSError, ValueError):
        return 0.0


def _write(descriptor: int, moment: float) -> None:
    try:
        content = f"{moment:.6f}\n".encode()
        os.pwrite(descriptor, content, 0)
        os.ftruncate(descriptor, len(content))
    except OSError:
        return
