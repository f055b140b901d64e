"""One sync in the background: quiet, one at a time in a home, bounded in time; what went wrong is noted.

A second one that comes while one is at it leaves a note and goes: then the first has one more turn. Whatever
this process does when it is killed, its lock is free then, and both sides have what they had or all of it.
"""

import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn, Self

from dexter.cli.bugs import report
from dexter.cli.equipping import reaching
from dexter.cli.exits import explain
from dexter.cli.machines import sync_state
from dexter.cli.machines.sync_text import text_of
from dexter.cli.notices import sentence
from dexter.cli.stored.signing import sign_if_wanted
from dexter.errors import DexterError
from dexter.keys import env_files, load_keys
from dexter.paths import Home
from dexter.settings import load_settings
from dexter.terminal.cleaning import clean, one_line

if TYPE_CHECKING:
    from dexter.sessions.machines.outcome import Synced

PATIENCE = 600.0
"""Seconds that all of it may take."""
_LAST = 30
"""Seconds after that in which to leave."""
_BY_HAND = "By hand: dexter sessions sync"


class _Ended(BaseException):
    """Told to end, or out of time: nothing but the way out may catch it for good."""

    def __init__(self, *, late: bool) -> None:
        super().__init__()
        self.late = late
        self.where = ""
        """Which remote it was waiting for."""


def main(home: str, patience: float = PATIENCE) -> None:
    """Sync the sessions of a home with its remote, and once more if that was wished meanwhile."""
    place = Home(Path(home))

    def end(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(_LAST)
        raise _Ended(late=number == signal.SIGALRM)

    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, end)
    signal.setitimer(signal.ITIMER_REAL, patience)
    try:
        sync_state.wish(place)
        while sync_state.is_wished(place):
            with _alone(place) as alone:
                if not alone or not _turns(place):
                    return
    except _Ended as ended:
        if ended.late:
            text = f"{ended.where}it took longer than {patience:g} seconds. {_BY_HAND}"
            sync_state.failed(place, text, time.time())
    except OSError as error:  # the home can't be written: so nothing can be fetched, either
        print(error, file=sys.stderr)


@contextlib.contextmanager
def _alone(place: Home) -> Iterator[bool]:
    """Whether this is the only one in the home, for as long as it is entered."""
    lock = os.open(place.sync / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)


def _turns(place: Home) -> bool:
    """Sync as long as it is wished; False if it failed, which another turn at once would not better."""
    while sync_state.is_wished(place):
        sync_state.take_wish(place)
        with _Log(place) as log:
            try:
                done = _turn(place, log)
            except DexterError as error:
                failure = f"{explain(error).text.removeprefix('Error: ')} {_BY_HAND}."
            except Exception as error:  # noqa: BLE001  nobody sees a traceback of this process
                said = report(error, ("--home", str(place.root)), os.environ).removeprefix("Error: ")
                failure = f"{said} {_BY_HAND}"
            else:
                failure = done or ""
            if failure:
                failure = log.masked(one_line(failure))
                log.write(f"failed: {failure}")
                sync_state.failed(place, failure, time.time())
                return False
            sync_state.succeeded(place)
    return True


def _turn(place: Home, log: "_Log") -> str | None:
    """Meet the remote once; returns why it was left out, if it was."""
    from dexter.identity import user_identity
    from dexter.sessions.archive import Archive
    from dexter.sessions.machines.remotes import known_remotes
    from dexter.sessions.machines.sync import sync as meet

    if load_settings(place.settings_file).sync is None:
        return None
    with Archive(place.root, identity=lambda: user_identity(place.sessions), clock=time.time) as archive:
        known = known_remotes(archive)
        if not known:
            log.write("there is no remote")
            return None
        remote = reaching.meant(known, None)
        if remote is None:
            listed = ", ".join(one_line(each.name) for each in known)
            return f"of several remotes ({listed}) none is called origin. {_BY_HAND} --remote NAME"
        where = f"{one_line(remote.name)} ({one_line(remote.shown)})"
        if (url := reaching.exposed(place, remote)) is not None:
            where = f"{one_line(remote.name)} ({reaching.as_shown(url)})"
            return f"{where} may be public, and nobody said that it is not. Say so once: dexter sessions sync"
        log.write(where)
        if (unsigned := sign_if_wanted(archive, ask=False)) is not None:
            log.write(unsigned)
        try:
            found = meet(archive, remote.name, reaching.quiet_access())
        except _Ended as ended:
            ended.where = f"{where}: "
            raise
        log.write(text_of(found))
        for notice in archive.notices:
            log.write(sentence(notice))
    return _undone(found, where)


def _undone(found: "Synced", where: str) -> str | None:
    """What the user has to do, though the remote was met."""
    if found.holds_purged:
        purge = f"Purge it there, too: dexter sessions purge --finish --remote {one_line(found.remote)}"
        return f"{where}: nothing was sent, it still has what was purged here. {purge}"
    if found.left:
        return f"what was purged is still in {', '.join(found.left)}. {_BY_HAND}"
    return None


class _Log:
    """What one turn does, in a file of the home that holds no other; keys and passwords are masked."""

    def __init__(self, place: Home) -> None:
        keys = load_keys(os.environ, env_files(Path.cwd(), place.root))
        self._mask = keys.mask
        self._path = place.sync_log
        self._file: int | None = None

    def __enter__(self) -> Self:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with contextlib.suppress(OSError):
            self._file = os.open(self._path, flags, 0o600)
        self.write(f"sync in the background, process {os.getpid()}")
        return self

    def __exit__(self, *exception: object) -> None:
        self.write("stopped" if exception[0] else "ended")
        if self._file is not None:
            os.close(self._file)

    def masked(self, text: str) -> str:
        """A text without what dexter knows to be secret."""
        return self._mask(text)

    def write(self, text: str) -> None:
        """Add lines, each with the time."""
        if self._file is None:
            return
        now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        lines = "".join(f"{now} {line}\n" for line in self.masked(clean(text)).splitlines() if line)
        with contextlib.suppress(OSError):
            os.write(self._file, lines.encode("utf-8", "backslashreplace"))
