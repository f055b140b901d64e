"""What reading a file brings: whole sessions, and what of the file could not be read."""

from pathlib import Path

import msgspec

from dexter.sessions import Transcript


class Trouble(msgspec.Struct, frozen=True):
    """Something of a file that was left out; `line` counts from 1."""

    path: Path
    reason: str
    line: int | None = None


class Reading(msgspec.Struct, frozen=True):
    """The sessions of a file or folder, and what was left out of it."""

    transcripts: tuple[Transcript, ...] = ()
    troubles: tuple[Trouble, ...] = ()
