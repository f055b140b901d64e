"""What a meeting with another machine came to, as values, and how that is seen in two trees."""

from collections.abc import Mapping
from typing import Literal

import msgspec

import gitstore
from dexter.sessions.reading.reading import read_metadata
from dexter.sessions.reading.session_files import session_ids
from dexter.sessions.records.layout import ROOT

Became = Literal["new", "updated", "merged", "two heads", "deleted", "purged", "set aside"]


class SessionSync(msgspec.Struct, frozen=True):
    """What became of one session here."""

    session_id: str
    became: Became
    exchanges: int = 0
    """How many it has now."""
    title: str = ""
    """What a list shows of it."""
    reason: str = ""
    """Why it was set aside."""


class Synced(msgspec.Struct, frozen=True):
    """What a meeting came to."""

    remote: str
    address: str
    """As it may be shown."""
    sessions: tuple[SessionSync, ...]
    """What changed here, and what was set aside, by id."""
    sent: int
    """Sessions that changed there."""
    pushed: bool
    stayed: tuple[str, ...] = ()
    """Sessions that were deleted on one side and stay, because the other went on with them."""
    aside: tuple[str, ...] = ()
    """Files that hold what had no place."""
    rewound: bool = False
    """Whether somebody had put the remote back to something older; it has all of ours again."""
    dry: bool = False
    purges: int = 0
    """How often somebody purged something on another machine that was (or would be) purged here now."""
    holds_purged: bool = False
    """Whether the remote still has what was purged here: then nothing is sent to it."""
    left: tuple[str, ...] = ()
    """Where something that was purged still is on this machine; best none."""
    there: tuple[str, str] | None = None
    """The remote's branch, and the commit that it is at now; None: it is empty."""
    kept_from: str | None = None
    """Why nothing can be pushed to the remote; None: nothing stands against it."""

    @property
    def set_aside(self) -> tuple[SessionSync, ...]:
        """The sessions that the remote has and that could not be taken."""
        return tuple(each for each in self.sessions if each.became == "set aside")


def differing(one: gitstore.Snapshot | None, other: gitstore.Snapshot) -> list[str]:
    """The sessions that are not the same in two trees, sorted."""
    sides = [
        {} if side is None else {each: side.directory_id(f"{ROOT}/{each}") for each in session_ids(side)}
        for side in (one, other)
    ]
    return sorted(
        each for each in sides[0].keys() | sides[1].keys() if sides[0].get(each) != sides[1].get(each)
    )


def changes(
    before: gitstore.Snapshot, now: gitstore.Snapshot, united: set[str], set_aside: Mapping[str, str]
) -> tuple[SessionSync, ...]:
    """What became of each session that is not as it was, or that could not be taken, by id.

    Args:
        before: What was here.
        now: What is here.
        united: Paths of sessions that both sides had changed.
        set_aside: Paths of sessions that could not be taken, with the reason.
    """
    found: dict[str, SessionSync] = {}
    for session_id in differing(before, now):
        path = f"{ROOT}/{session_id}"
        if now.directory_id(path) is None:
            found[session_id] = SessionSync(session_id, "deleted")
            continue
        metadata = read_metadata(now, session_id)[0]
        became: Became = "merged" if path in united else "updated"
        if before.directory_id(path) is None:
            became = "new"
        elif len(metadata.heads) > max(1, len(read_metadata(before, session_id)[0].heads)):
            became = "two heads"
        found[session_id] = SessionSync(session_id, became, metadata.exchange_count, metadata.preview)
    for path, reason in set_aside.items():
        session_id = path.removeprefix(f"{ROOT}/")
        known = found.get(session_id, SessionSync(session_id, "set aside"))
        found[session_id] = msgspec.structs.replace(known, became="set aside", reason=reason)
    return tuple(found[session_id] for session_id in sorted(found))
