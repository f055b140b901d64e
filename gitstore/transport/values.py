"""What goes into an exchange with a remote, and what comes out of it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from gitstore.values import SetAside

Progress = Callable[[str], None]
"""Told what is being done, in git's words ("Receiving objects:  40% (8/20)"); several times a second."""
Credentials = Callable[[str], tuple[str, str] | None]
"""Gives user and password for a host that asks, None if there are none."""


DEEPEST = 5_000
"""Deltas of deltas that are taken; git itself makes 4,095 at most."""
UNPACKED = 64 << 30
"""Bytes of all objects that are taken: a pack of a few kilobytes may stand for more than any disk has."""


class Limits(msgspec.Struct, frozen=True):
    """How much is taken from a remote."""

    total: int = 2 << 30
    """Bytes in all."""
    object: int = 100 << 20
    """Bytes of a single object, not compressed; what git hosts take."""
    silence: float = 60.0
    """Seconds without any sign of progress."""
    unpacking: float = 900.0
    """Seconds that a `git` program may be at work on what came, after the last byte of it."""


class Access(msgspec.Struct, frozen=True):
    """How remotes are reached; gitstore itself reads no environment."""

    git: Path | None = None
    """A `git` program to be used if it is of version 2.30 or later; without one gitstore talks itself."""
    environment: Mapping[str, str] = {}
    """For the programs that are started (git, ssh), and of proxies."""
    terminal: bool = False
    """Whether these programs may ask a person on the terminal."""
    credentials: Credentials | None = None
    """Asked where gitstore talks itself and the address has no password."""
    progress: Progress | None = None


class Fetched(msgspec.Struct, frozen=True):
    """Where the branch of a remote is; all that it needs is in the repository, and was checked."""

    tip: str | None
    """The commit; None: the remote is empty."""
    branch: str = "refs/heads/main"
    """What the remote calls it."""
    before: str | None = None
    """Where it was seen the last time."""
    rewound: bool = False
    """Whether `before` is no ancestor of `tip`: somebody put the remote back, or rewrote it."""
    refused: str | None = None
    """Why git refuses the history as the remote has it; `tip` is then that of one without what is refused.

    The remote's branch is not behind that one, so nothing can be pushed there.
    """
    left_out: tuple[SetAside, ...] = ()
    """What that history is without, as far as the remote's newest commit has it."""
    is_store: bool = True
    """False: the remote holds nothing but what a host puts into a new repository (a README, a licence)."""


class Pushed(msgspec.Struct, frozen=True):
    """The remote's branch is there now."""

    tip: str


class Rejected(msgspec.Struct, frozen=True):
    """The remote's branch is elsewhere: somebody else pushed. Nothing was changed there."""

    tip: str | None
    """Where; None: it did not say, or has no such branch."""
