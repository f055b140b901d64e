"""Sessions meet those of another machine: fetched, joined, pushed, again if somebody else was quicker.

Nothing is forced, and nothing is locked while a remote is waited for: saving goes on. After a crash or a cut
connection either side has all of the other's, or what it had; the next meeting goes on from there.
"""

import random
import time
from collections.abc import Callable

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.errors import RemoteTrouble
from dexter.sessions.machines.outcome import SessionSync, Synced, changes, differing
from dexter.sessions.machines.remotes import found_remote, git_directory
from dexter.sessions.machines.trouble import told
from dexter.sessions.purging.meeting import Cleared, clear_both
from dexter.sessions.purging.purge import finish
from dexter.sessions.reading.session_files import session_ids
from gitstore.problems import Progress, silent
from gitstore.transport import Access, Fetched, Pushed, Transport

_TRIES = 5
_PAUSE = 0.2
"""Seconds before the first further try, at most; twice as many before each one after."""


def sync(
    archive: Archive,
    name: str,
    access: Access,
    *,
    dry: bool = False,
    purging: bool = False,
    progress: Progress = silent,
    sleep: Callable[[float], None] = time.sleep,
) -> Synced:
    """Meet a remote, and return what that came to.

    Args:
        archive: Of the home; it is made if it is not there.
        name: Of the remote.
        access: How it is reached.
        dry: Whether only to say what would become of the sessions here; what the remote has is fetched.
        purging: Whether the remote's history is to be written anew as well, if it has what was purged here.
        progress: Told how far purging is.
        sleep: Waits before a further try.

    Raises:
        NotPurged: What another machine purged can't be purged here now; nothing was joined.
        RemoteTrouble: The remote is unknown, cannot be reached, or does not let in what is ours. What was
            fetched before is joined: nothing is lost on either side.
        NotSaved: It can't be joined or written here now.
        StoreUnreadable: The repository can't be opened.
    """
    git = git_directory(archive)
    remote = found_remote(git, name)
    address = remote.shown if remote else name
    transport = Transport(git, access)
    if not dry:
        archive.put_right()  # what git merged here goes out as dexter merges it
        if archive.purge_is_unfinished:
            finish(archive, progress)
    before = _present(archive)
    kept = _Kept()
    for attempt in range(_TRIES):
        if attempt:
            sleep(random.uniform(0, _PAUSE * 2**attempt))  # noqa: S311  no secret
        with told(name, address):
            fetched = transport.fetch(name)
        tip, holds = fetched.tip, False
        if tip is not None:
            cleared = clear_both(archive, tip, dry=dry, progress=progress)
            kept.note(cleared)
            if cleared.outcome is not None:
                before = cleared.before
                tip = transport.seen(name)
                holds = bool(cleared.old) and tip != fetched.tip
        kept.rewound = kept.rewound or (fetched.rewound and not kept.purges and not holds)
        with told(name, address):
            joining, now = _joined(archive, tip, dry=dry)
        kept.join(joining, fetched)
        nothing = not holds and _is_fresh(archive, now)
        pushed = not dry and now.commit != fetched.tip and not nothing and (purging or not holds)
        pushed = pushed and fetched.refused is None
        if pushed:
            with told(name, address):
                if not _push(transport, name, now.commit, fetched, lease=holds):
                    continue
        changed = dict(kept.purged)
        united = set(joining.united) if joining is not None else set()
        for each in changes(before, now, united, kept.set_aside):
            changed[each.session_id] = each
        unsent = fetched.refused is not None or (holds and not pushed)
        return Synced(
            name,
            address,
            tuple(changed[each] for each in sorted(changed)),
            0 if unsent else len(differing(archive.snapshot(tip) if tip else None, now)),
            pushed,
            tuple(sorted(kept.stayed)),
            tuple(sorted(kept.aside)),
            rewound=kept.rewound,
            dry=dry,
            purges=kept.purges,
            holds_purged=holds and not pushed,
            left=kept.left,
            kept_from=fetched.refused,
            there=_place(fetched.branch, now.commit if pushed else fetched.tip),
        )
    raise RemoteTrouble(name, address, "others push to it faster than we can follow", "try again")


class _Kept:
    """What is told in the end, of all tries."""

    def __init__(self) -> None:
        self.stayed: set[str] = set()
        self.aside: set[str] = set()
        self.set_aside: dict[str, str] = {}
        self.rewound = False
        self.purges = 0
        self.purged: dict[str, SessionSync] = {}
        self.left: tuple[str, ...] = ()

    def note(self, cleared: Cleared) -> None:
        """Note what was purged."""
        self.purges += cleared.new
        self.purged |= {each: SessionSync(each, "purged", count) for each, count in cleared.purged.items()}
        if cleared.outcome is not None:
            self.left = cleared.outcome.left

    def join(self, joining: gitstore.Joining | None, fetched: Fetched) -> None:
        """Note what joining came to, and what was left out before."""
        if joining is not None:
            self.set_aside |= {each.path: each.reason for each in (*fetched.left_out, *joining.set_aside)}
            self.stayed |= {path.rpartition("/")[2] for path in joining.stayed}
            self.aside |= set(joining.aside)


def push_anew(archive: Archive, name: str, access: Access, expected: tuple[str, str]) -> bool:
    """Put a remote's branch to the history of here, which was written anew; False if it is elsewhere by now.

    Args:
        archive: Of the home.
        name: Of the remote.
        access: How it is reached.
        expected: Its branch, and the commit that it is at.

    Raises:
        RemoteTrouble: It can't be reached, or does not allow it; it is as it was.
    """
    git = git_directory(archive)
    remote = found_remote(git, name)
    branch, tip = expected
    with told(name, remote.shown if remote else name):
        return _push(Transport(git, access), name, _present(archive).commit, Fetched(tip, branch), lease=True)


def _place(branch: str, tip: str | None) -> tuple[str, str] | None:
    return None if tip is None else (branch, tip)


def _is_fresh(archive: Archive, now: gitstore.Snapshot) -> bool:
    """Say whether nothing was ever stored here: then there is nothing to push."""
    return not session_ids(now) and len(list(archive.log(None, 2))) == 1


def _push(transport: Transport, name: str, tip: str, fetched: Fetched, *, lease: bool) -> bool:
    """Move the remote's branch; False if somebody else has moved it meanwhile."""
    try:
        found = transport.push(name, tip, fetched.tip, lease=lease, branch=fetched.branch)
        return isinstance(found, Pushed)
    except gitstore.RemoteRejected:  # some servers say no more to who was just too late
        if transport.fetch(name).tip == fetched.tip:
            raise
        return False


def _present(archive: Archive) -> gitstore.Snapshot:
    found = archive.snapshot()
    assert found is not None  # noqa: S101  it was made
    return found


def _joined(
    archive: Archive, tip: str | None, *, dry: bool
) -> tuple[gitstore.Joining | None, gitstore.Snapshot]:
    """What joining came to, or would come to, and the sessions since."""
    if tip is None:
        return None, _present(archive)
    if dry:
        return archive.preview(tip)
    joining = archive.join(tip)
    return joining, archive.snapshot(joining.commit) or _present(archive)
