"""The log of turns: how far each journal has been taken into git, so that each change is taken exactly once.

A turn is written and flushed before the branch moves; it holds if the branch is at its tip or has that tip
among its ancestors, and is void otherwise. "Settled" is added when the work tree has followed: from then on
the turn holds whatever a user does to the branch. Files and git's index are not flushed; "checked" says that
all of before has been, or was looked into after a restart of the system. Only who holds the gate writes here;
anyone may read.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from gitstore.changes.journal import frame, scan
from gitstore.disk.files import Files
from gitstore.objects.batch import Batch
from gitstore.objects.editing import Touched
from gitstore.values import Outcome

TURN, SETTLED, COMPACTED, CHECKED = 16, 17, 18, 19
_COMPACT_AT = 256 << 10
_TELLING = 120
"""So many bytes at its beginning tell one file from another that took its place."""
_BINARY: int = getattr(os, "O_BINARY", 0)
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
    boot: str | None = None
    """The run of the system in which files and index were written without being flushed; None: they were."""
    by: str | None = None
    """The journal of who took it. While that process goes on saving the next turn is best left to it: it has
    in memory what others would have to read first."""


class Settled(msgspec.Struct, frozen=True):
    """A note that the work tree has followed a turn."""

    tip: str
    index: str | None
    """Checksum of git's index as it was left then."""


class Checked(msgspec.Struct, frozen=True):
    """A note that the files of all turns before are on the disk."""


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
    """The log of one repository. What was read of it is kept: it only grows, or is put in place anew."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files = files
        self._folder = folder
        self._path = f"{folder}/turns"
        self._begins = b""
        self._read_to = 0
        self._rows: list[Turn | Settled | Checked] = []

    def stamp(self) -> tuple[int, int]:
        """Return a value that differs after each write; (0, 0) if there is no log."""
        try:
            status = os.stat(self._path)  # noqa: PTH116  several times at each turn
        except FileNotFoundError:
            return 0, 0
        return status.st_ino, status.st_size

    def unflushed(self, boot: str | None) -> list[Turn]:
        """Return the turns, oldest first, whose files may not have got to the disk before a restart.

        Args:
            boot: The run of the system that is now; None if that is not known.
        """
        found: list[Turn] = []
        for row in reversed(self._read()):
            if isinstance(row, Checked):
                break
            if isinstance(row, Turn) and row.follow and row.boot not in {None, boot}:
                found.append(row)
        return found[::-1]

    def standing(self, holds: Callable[[Turn], bool]) -> Standing:
        """Read the log.

        Args:
            holds: Whether the branch has the turn's tip, as its own or behind it.
        """
        settled: set[str] = set()
        void: list[Turn] = []
        for row in reversed(self._read()):
            if isinstance(row, Settled):
                settled.add(row.tip)
            elif isinstance(row, Checked):
                continue
            elif row.tip in settled:
                return Standing(row, settled=True, void=tuple(void))
            elif holds(row):
                return Standing(row, settled=False, void=tuple(void))
            else:
                void.append(row)
        return Standing(None, settled=True, void=tuple(void))

    def rests_at(self, tip: str) -> bool:
        """Say whether the log ends with a settled turn to this commit: then nothing is left to do."""
        last = next((row for row in reversed(self._read()) if not isinstance(row, Checked)), None)
        return isinstance(last, Settled) and last.tip == tip

    def rested_at(self) -> str | None:
        """Return the commit of the latest settled turn; None if there is none."""
        return next((row.tip for row in reversed(self._read()) if isinstance(row, Settled)), None)

    def taken_by(self) -> tuple[str | None, float]:
        """Return the journal of who took the latest turn, None if that is not known, and when that was."""
        last = next((row.by for row in reversed(self._read()) if isinstance(row, Turn)), None)
        return last, 0.0 if last is None else os.stat(self._path).st_mtime  # noqa: PTH116  at each turn

    def given_up(self, held: Turn | None) -> set[str]:
        """Return the names of packs of turns that came to nothing.

        Args:
            held: The latest turn that holds.
        """
        settled = {row.tip for row in self._read() if isinstance(row, Settled)}
        kept = settled if held is None else {*settled, held.tip}
        return {
            row.pack for row in self._read() if isinstance(row, Turn) and row.pack and row.tip not in kept
        }

    def index_left(self) -> str | None:
        """Return the checksum of git's index as the latest settled turn left it, if that wrote it."""
        return next((row.index for row in reversed(self._read()) if isinstance(row, Settled)), None)

    def recent(self, most: int = _KEPT) -> list[Turn]:
        """Return the latest settled turns, oldest first."""
        settled: set[str] = set()
        found: list[Turn] = []
        for row in reversed(self._read()):
            if isinstance(row, Settled):
                settled.add(row.tip)
            elif len(found) >= most:
                break
            elif isinstance(row, Turn) and row.tip in settled:
                found.append(row)
        return found[::-1]

    def write(self, turn: Turn, batch: Batch) -> None:
        """Add a turn, flushed with the batch: before that the branch must not move.

        Raises:
            OSError: It is not to be relied on; the branch must not move.
        """
        try:
            descriptor = self._files.open_append(self._path)
        except FileNotFoundError:
            self._files.make_directories(self._folder)
            descriptor = self._files.open_append(self._path)
        batch.add(descriptor)
        fresh = os.fstat(descriptor).st_size == 0
        self._cut_off_torn(descriptor)
        self._files.write(descriptor, frame(TURN, msgspec.msgpack.encode(turn)))
        if fresh:
            self._files.flush_directory(self._folder)

    def settle(self, turn: Turn, index: str | None = None) -> None:
        """Note that the work tree has followed; a power cut may take the note away, which is found out.

        Args:
            turn: Which one.
            index: Checksum of git's index as it was left; None if it was not written.
        """
        self._append(_settled(turn, index))

    @property
    def is_long(self) -> bool:
        """Whether it is time to put a shorter log in its place."""
        return self.stamp()[1] > _COMPACT_AT

    def paths(self) -> list[str]:
        """Return the files of all turns in the log that followed without being flushed."""
        turns = (row for row in self._read() if isinstance(row, Turn) and row.follow and row.boot)
        return sorted({item.path for turn in turns for item in turn.touched})

    def compact(self) -> None:
        """Put a log of the latest turns in place of this one; the files of all of them have been flushed.

        Raises:
            OSError: The log is as it was.
        """
        index = self.index_left()
        whole = b""
        for number, turn in enumerate(reversed(self.recent())):
            flushed = msgspec.structs.replace(turn, boot=None)
            settled = _settled(turn, None if number else index)
            whole = frame(TURN, msgspec.msgpack.encode(flushed)) + settled + whole
            if len(whole) > _COMPACT_AT // 2:
                break
        whole = frame(COMPACTED, os.urandom(8)) + whole  # it begins like no other
        self._files.replace(Path(self._path), whole, stage=self._folder / "turns.new")

    def forget(self, turn: Turn) -> None:
        """Put a log in place of this one that only knows how far each journal is in git, and no paths.

        Args:
            turn: The latest one that holds; it is settled.

        Raises:
            OSError: The log is as it was.
        """
        index = self.index_left()
        bare = msgspec.structs.replace(turn, before=turn.tip, touched=[], pack=None, follow=False, boot=None)
        whole = frame(COMPACTED, os.urandom(8)) + frame(TURN, msgspec.msgpack.encode(bare))
        self._files.replace(Path(self._path), whole + _settled(bare, index), stage=self._folder / "turns.new")

    def checked(self) -> None:
        """Note that the files of all turns are on the disk; without it they are looked into again."""
        self._append(frame(CHECKED, b""))

    def _read(self) -> list["Turn | Settled | Checked"]:
        """Return turns and notes in the order of writing; only what is new since the last look is read."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | _BINARY)
        except FileNotFoundError:
            self._begins, self._read_to, self._rows = b"", 0, []
            return []
        try:
            begins = os.read(descriptor, _TELLING)
            size = os.fstat(descriptor).st_size
            if begins != self._begins or size < self._read_to:
                self._begins, self._read_to, self._rows = begins, 0, []
            if size == self._read_to:
                return self._rows
            os.lseek(descriptor, self._read_to, os.SEEK_SET)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read()
        finally:
            os.close(descriptor)
        rows = list(self._rows)
        end = 0
        for item in scan(content).frames:
            end = item.end
            if item.type == SETTLED:
                tip, _, index = item.payload.decode("ascii", "replace").partition(" ")
                rows.append(Settled(tip, index or None))
            elif item.type == CHECKED:
                rows.append(Checked())
            elif item.type == TURN:
                rows.append(msgspec.msgpack.decode(item.payload, type=Turn))
        self._rows = rows
        self._read_to += end  # what is torn now may be whole at the next look
        return rows

    def _cut_off_torn(self, descriptor: int) -> None:
        """Let what is added follow the last whole note, and not what a crash left half written.

        Nobody else writes meanwhile: who takes a turn holds the gate.
        """
        self._read()
        if os.fstat(descriptor).st_size > self._read_to:
            self._files.truncate(descriptor, self._read_to)

    def _append(self, content: bytes) -> None:
        descriptor = self._files.open_append(self._path)
        try:
            self._cut_off_torn(descriptor)
            self._files.write(descriptor, content)
        finally:
            os.close(descriptor)


def _settled(turn: Turn, index: str | None) -> bytes:
    return frame(SETTLED, (f"{turn.tip} {index}" if index else turn.tip).encode())


def made_of_paths(turns: Iterable[Turn]) -> dict[str, tuple[str | None, set[str | None]]]:
    """Return what turns, oldest first, made of each path in the end, and what it was before and meanwhile."""
    found: dict[str, tuple[str | None, set[str | None]]] = {}
    for turn in turns:
        for item in turn.touched if turn.follow else ():
            earlier = found[item.path][1] | {found[item.path][0]} if item.path in found else set()
            found[item.path] = (item.after, (earlier | {item.before}) - {item.after})
    return found
