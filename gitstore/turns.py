"""The log of turns: how far each journal has been taken into git, so that each change is taken exactly once.

A turn is written and flushed before the branch moves; it holds if the branch is at its tip or has that tip
among its ancestors, and is void otherwise. "Settled" is added when the work tree has followed: from then on
the turn holds whatever a user does to the branch. Only who holds the gate writes here; anyone may read.
"""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from gitstore.editing import Touched
from gitstore.files import Files
from gitstore.journal import frame, scan
from gitstore.values import Outcome

TURN, SETTLED = 16, 17
_COMPACT_AT = 128 << 10
_KEPT = 32
"""So many of the latest turns tell an index entry that git set back from one that a person staged."""


class Result(msgspec.Struct, frozen=True):
    """What became of one change of a journal."""

    end: int
    """Where its frame ends."""
    outcome: Outcome
    commit: str | None
    reason: str | None
    left: tuple[str, ...] = ()


class Turn(msgspec.Struct, frozen=True):
    """What one turn of the committer is about to make true."""

    before: str
    tip: str
    offsets: dict[str, int]
    """Of each journal that is there: all before is in git once the turn holds."""
    results: dict[str, list[Result]]
    """Of each journal, those of the latest turn that took changes from it."""
    touched: list[Touched]
    pack: str | None
    follow: bool
    """Whether the work tree is to follow."""


class Standing(msgspec.Struct, frozen=True):
    """What the log says, seen from where the branch is."""

    turn: Turn | None
    """The latest that holds."""
    settled: bool
    void: tuple[Turn, ...] = ()
    """Later ones that do not hold."""

    @property
    def offsets(self) -> dict[str, int]:
        """How far each journal is in git."""
        return self.turn.offsets if self.turn else {}

    def result(self, journal: str, end: int) -> Result | None:
        """Return what became of the change whose frame ends there, if it was in its journal's latest turn."""
        found = self.turn.results.get(journal, []) if self.turn else []
        return next((result for result in found if result.end == end), None)


class TurnLog:
    """The log of one repository."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files = files
        self._folder = folder
        self._path = folder / "turns"

    def stamp(self) -> tuple[int, int]:
        """Return a value that differs after each write; (0, 0) if there is no log."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return 0, 0
        return status.st_ino, status.st_size

    def standing(self, holds: Callable[[str], bool]) -> Standing:
        """Read the log.

        Args:
            holds: Whether a commit is the branch's tip or an ancestor of it.
        """
        try:
            frames = scan(self._path.read_bytes()).frames
        except FileNotFoundError:
            return Standing(None, settled=True)
        settled: set[str] = set()
        void: list[Turn] = []
        for item in reversed(frames):
            if item.type == SETTLED:
                settled.add(item.payload.decode())
            elif item.type == TURN:
                turn = msgspec.msgpack.decode(item.payload, type=Turn)
                if turn.tip in settled:
                    return Standing(turn, settled=True, void=tuple(void))
                if holds(turn.tip):
                    return Standing(turn, settled=False, void=tuple(void))
                void.append(turn)
        return Standing(None, settled=True, void=tuple(void))

    def rests_at(self, tip: str) -> bool:
        """Say whether the log ends with a settled turn to this commit: then nothing is left to do."""
        last = frame(SETTLED, tip.encode())
        try:
            with self._path.open("rb") as file:
                file.seek(-len(last), os.SEEK_END)
                return file.read() == last
        except OSError:  # no log, or a shorter one
            return False

    def recent(self, most: int = _KEPT) -> list[Turn]:
        """Return the latest settled turns, oldest first."""
        try:
            frames = scan(self._path.read_bytes()).frames
        except FileNotFoundError:
            return []
        settled: set[bytes] = set()
        found: list[Turn] = []
        for item in reversed(frames):
            if item.type == SETTLED:
                settled.add(item.payload)
            elif item.type == TURN and len(found) < most:
                turn = msgspec.msgpack.decode(item.payload, type=Turn)
                if turn.tip.encode() in settled:
                    found.append(turn)
        return found[::-1]

    def write(self, turn: Turn) -> None:
        """Add a turn and flush it.

        Raises:
            OSError: It is not to be relied on; the branch must not move.
        """
        self._files.make_directories(self._folder)
        fresh = self.stamp() == (0, 0)
        self._append(frame(TURN, msgspec.msgpack.encode(turn)), flush=True)
        if fresh:
            self._files.flush_directory(self._folder)

    def settle(self, turn: Turn) -> None:
        """Note that the work tree has followed; a power cut may take the note away, which is found out."""
        content = frame(SETTLED, turn.tip.encode())
        if self.stamp()[1] < _COMPACT_AT:
            self._append(content, flush=False)
            return
        whole = frame(TURN, msgspec.msgpack.encode(turn)) + content
        for earlier in reversed(self.recent()):
            done = frame(SETTLED, earlier.tip.encode())
            whole = frame(TURN, msgspec.msgpack.encode(earlier)) + done + whole
            if len(whole) > _COMPACT_AT // 2:
                break
        self._files.replace(self._path, whole, stage=self._folder / "turns.new")

    def _append(self, content: bytes, *, flush: bool) -> None:
        descriptor = self._files.open_append(self._path)
        try:
            self._files.write(descriptor, content)
            if flush:
                self._files.flush(descriptor)
        finally:
            os.close(descriptor)
