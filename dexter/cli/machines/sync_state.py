"""What the last sync in the background had to say, kept for the next start: a line, told once.

Owns two small files in the home's `sync/` folder: the runs write the one, the starts the other, so that
neither takes away what the other wrote meanwhile. A file that is torn counts as not there.
"""

import os
import time
from contextlib import suppress

import msgspec

from dexter.paths import Home

_AGAIN = 86_400
"""Seconds after which a failure that lasts is told once more."""


class Failure(msgspec.Struct, frozen=True):
    """Why there was no sync."""

    text: str
    """Which remote, what is wrong and what to do, on one line."""
    since: float
    """Epoch seconds of the first of the failures without a success in between."""


class _Told(msgspec.Struct, frozen=True):
    failure: Failure
    at: float


def failed(home: Home, text: str, now: float) -> None:
    """Note a failure; after a crash there is the old note or the new one."""
    before = current(home)
    failure = Failure(text, before.since if before else now)
    staged = home.sync / "failure.new"
    with suppress(OSError):
        home.sync.mkdir(exist_ok=True)
        staged.write_bytes(msgspec.json.encode(failure))
        staged.replace(home.sync / "failure.json")


def succeeded(home: Home) -> None:
    """Forget a failure."""
    for name in ("failure.json", "told.json"):
        with suppress(OSError):
            (home.sync / name).unlink()


def current(home: Home) -> Failure | None:
    """The failure that lasts, if there is one."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((home.sync / "failure.json").read_bytes(), type=Failure)
    return None


def line(failure: Failure) -> str:
    """A failure as a person reads it."""
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(failure.since))
    return f"Not synced in the background since {since}: {failure.text}"


def news(home: Home, now: float) -> str | None:
    """The line for who starts now, None if there is none or it was told; one that lasts is told each day."""
    failure = current(home)
    if failure is None:
        return None
    path = home.sync / "told.json"
    with suppress(OSError, msgspec.MsgspecError):
        told = msgspec.json.decode(path.read_bytes(), type=_Told)
        if told.failure == failure and 0 <= now - told.at < _AGAIN:
            return None
    with suppress(OSError):
        path.write_bytes(msgspec.json.encode(_Told(failure, now)))
    return line(failure)


def wish(home: Home) -> None:
    """Leave a note that a sync is wanted, for whoever is at it or comes next. Raises OSError."""
    home.sync.mkdir(exist_ok=True)
    (home.sync / "again").touch()


def is_wished(home: Home) -> bool:
    """Whether there is such a note."""
    return os.path.lexists(home.sync / "again")


def take_wish(home: Home) -> None:
    """Take the note away: what is done from now on fulfils it."""
    (home.sync / "again").unlink(missing_ok=True)
