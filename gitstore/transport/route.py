"""What both ways to a remote have in common: what they are asked, and what they answer."""

import re
from typing import Protocol

import msgspec

from gitstore.git.remotes import Remote
from gitstore.transport.values import Pushed, Rejected
from gitstore.transport.workroom import Workroom
from gitstore.values import SetAside

_RACE = re.compile(
    r"fetch first|non-fast-forward|stale info|but expected|reference already exists|elsewhere by now"
    r"|incorrect old value|unable to resolve reference",
    re.IGNORECASE,
)


class Asked(msgspec.Struct, frozen=True):
    """What is to be fetched."""

    branch: str
    before: str | None
    """Where it was seen the last time, if that is here with all that it needs."""
    have: tuple[str, ...]
    """Commits that are here with all that they need: the branch, and what was fetched before."""


class Came(msgspec.Struct, frozen=True):
    """What came into the workroom, complete and checked together with what is here."""

    tip: str | None
    branch: str
    refused: str | None = None
    """Why git refuses the history as the remote has it; `tip` is then that of one without what is refused."""
    left_out: tuple[SetAside, ...] = ()
    """What the newest commit of that is without."""


class Sending(msgspec.Struct, frozen=True):
    """What is to be pushed."""

    branch: str
    new: str
    expected: str | None
    lease: bool


class Route(Protocol):
    """A way to a remote."""

    def receive(self, remote: Remote, asked: Asked, room: Workroom) -> Came:
        """Bring what the remote has into the workroom. Raises RemoteError."""

    def send(self, remote: Remote, sending: Sending, room: Workroom) -> Pushed | Rejected:
        """Move the remote's branch, if it is where it is expected. Raises RemoteError."""


def is_race(reason: str) -> bool:
    """Say whether a push failed because somebody else pushed."""
    return bool(_RACE.search(reason))
