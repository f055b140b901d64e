"""Sessions meet those of another machine: fetched, joined, pushed, again if somebody else was quicker.

Nothing is forced, and nothing is locked while a remote is waited for: saving goes on. After a crash or a cut
connection either side has all of the other's, or what it had; the next meeting goes on from there.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.driving import PATTERNS
from dexter.sessions.errors import NotSaved, RemoteTrouble
from dexter.sessions.layout import ROOT
from dexter.sessions.purging.meeting import Cleared, clear_both
from dexter.sessions.purging.purge import finish
from dexter.sessions.reading import read_metadata
from dexter.sessions.session_files import session_ids
from gitstore.addresses import shown
from gitstore.disk.files import Files
from gitstore.git import drivers, remotes
from gitstore.problems import Progress, silent
from gitstore.transport import Access, Fetched, Pushed, Transport

Became = Literal["new", "updated", "merged", "two heads", "deleted", "purged", "set aside"]

_TRIES = 5
_ALLOW = "if it is a folder with files, use a bare repository: git init --bare"
_PAUSE = 0.2
"""Seconds before the first further try, at most; twice as many before each one after."""


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


def known_remotes(archive: Archive) -> list[remotes.Remote]:
    """The remotes, in the order in which they were added; none if nothing was stored yet."""
    return remotes.configured(archive.home.sessions / ".git")


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
    git = _git_directory(archive)
    remote = next((each for each in remotes.configured(git) if each.name == name), None)
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
        with _told(name, address):
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
        with _told(name, address):
            joining, now = _joined(archive, tip, dry=dry)
        kept.join(joining, fetched)
        nothing = not holds and _is_fresh(archive, now)
        pushed = not dry and now.commit != fetched.tip and not nothing and (purging or not holds)
        pushed = pushed and fetched.refused is None
        if pushed:
            with _told(name, address):
                if not _push(transport, name, now.commit, fetched, lease=holds):
                    continue
        changed = dict(kept.purged)
        united = set(joining.united) if joining is not None else set()
        for each in _changes(before, now, united, kept.set_aside):
            changed[each.session_id] = each
        unsent = fetched.refused is not None or (holds and not pushed)
        return Synced(
            name,
            address,
            tuple(changed[each] for each in sorted(changed)),
            0 if unsent else len(_differing(archive.snapshot(tip) if tip else None, now)),
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
    git = _git_directory(archive)
    remote = next((each for each in remotes.configured(git) if each.name == name), None)
    branch, tip = expected
    with _told(name, remote.shown if remote else name):
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


def _git_directory(archive: Archive) -> Path:
    """The repository, made if it is not there."""
    archive.make()
    return archive.home.sessions / ".git"


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


def _differing(one: gitstore.Snapshot | None, other: gitstore.Snapshot) -> list[str]:
    """The sessions that are not the same in two trees, sorted."""
    sides = [
        {} if side is None else {each: side.directory_id(f"{ROOT}/{each}") for each in session_ids(side)}
        for side in (one, other)
    ]
    return sorted(
        each for each in sides[0].keys() | sides[1].keys() if sides[0].get(each) != sides[1].get(each)
    )


def _changes(
    before: gitstore.Snapshot, now: gitstore.Snapshot, united: set[str], set_aside: Mapping[str, str]
) -> tuple[SessionSync, ...]:
    found: dict[str, SessionSync] = {}
    for session_id in _differing(before, now):
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


@contextmanager
def _told(name: str, address: str) -> Iterator[None]:
    """Say of a remote what is wrong with it, and what can be done."""
    try:
        yield
    except (gitstore.RemoteError, gitstore.TooMuch) as error:
        reason, advice = _words(error)
        raise RemoteTrouble(name, address, reason, advice) from error


def _words(error: gitstore.RemoteError | gitstore.TooMuch) -> tuple[str, str]:  # noqa: PLR0911  a table
    """What is wrong with a remote, and what to do."""
    detail = str(getattr(error, "reason", ""))
    match error:
        case gitstore.RemoteNotFound():
            return "there is no remote of that name", "see: dexter sessions remote list"
        case gitstore.RemoteUnreachable():
            return f"it can't be reached ({detail})", "check the address and the network, and try again"
        case gitstore.RemoteRefused():
            return f"it lets nobody in ({detail})", "check user, password and keys"
        case gitstore.RemoteSilent(seconds=seconds):
            return f"nothing came from it for {seconds:g} seconds", "try again later"
        case gitstore.TooMuch() | gitstore.RemoteTooLarge():
            return (
                f"it sends too much ({error})",
                "look at what it holds before you take it; there is no setting",
            )
        case gitstore.RemoteRejected():
            return f"it does not let its branch be moved ({detail})", _ALLOW
        case gitstore.RemoteNotAStore():
            return f"it holds something else ({detail})", "give it an empty repository of its own"
        case gitstore.RemoteTooNew():
            return "a newer dexter wrote it", "update dexter"
        case _:
            return f"what it sends is no good ({detail or error})", "look at it with git fsck"


def add_remote(archive: Archive, name: str, url: str) -> remotes.Remote:
    """Add a remote, as `git remote add` does.

    Raises:
        RemoteTrouble: It can't have that name or address. Nothing was changed.
        NotSaved: It can't be written.
    """
    git = _git_directory(archive)
    try:
        return remotes.add(Files(), git, name, url)
    except ValueError as error:
        raise RemoteTrouble(name, shown(url), "no remote can have that name", "choose another") from error
    except gitstore.UrlRefused as error:
        raise RemoteTrouble(name, shown(url), error.reason, "give the address of a repository") from error
    except gitstore.RemoteExists as error:
        raise RemoteTrouble(name, shown(url), "there is a remote of that name", "choose another") from error
    except gitstore.NotSaved as error:
        raise NotSaved(error.reason) from error


def remove_remote(archive: Archive, name: str) -> None:
    """Take a remote away, and what was remembered of it; the sessions stay.

    Raises:
        RemoteTrouble: There is none of that name.
        NotSaved: It can't be written.
    """
    try:
        remotes.remove(Files(), archive.home.sessions / ".git", name)
    except gitstore.RemoteNotFound as error:
        raise RemoteTrouble(name, name, *_words(error)) from error
    except gitstore.NotSaved as error:
        raise NotSaved(error.reason) from error


def install_driver(archive: Archive, name: str, command: str) -> None:
    """Let git merge sessions by a program, in this repository alone.

    Raises:
        NotSaved: It can't be written.
    """
    git = _git_directory(archive)
    try:
        drivers.install(
            Files(), git, name, title="sessions, as dexter merges them", command=command, patterns=PATTERNS
        )
    except gitstore.NotSaved as error:
        raise NotSaved(error.reason) from error


def remove_driver(archive: Archive, name: str) -> None:
    """Let git merge sessions by lines again.

    Raises:
        NotSaved: It can't be written.
    """
    try:
        drivers.remove(Files(), _git_directory(archive), name, PATTERNS)
    except gitstore.NotSaved as error:
        raise NotSaved(error.reason) from error
