"""Every error that gitstore raises; each carries fields, the sentence for a person is made by the caller.

    GitstoreError
      NotFound(what)                    nothing of that name; nothing was changed
        StoreNotFound(path)             no store there, and it was not to be created
        CommitNotFound(when)            no commit, ref or moment of that name
      NotAStore(path, reason)           something else lives there; it was left as it is
      FormatTooNew(path, found, known)  written by a newer gitstore; it was left as it is
      Damaged(place, reason)            bytes are missing or wrong; never shown as "empty"
        ObjectMissing(place)
        ObjectCorrupt(place)
        BranchDamaged(place)
        Unreadable(place, reason)       the system does not read it now; what it holds is not known
      NotSaved(reason)                  the journal could not take a change: it is not saved, earlier ones are
      ReadOnly(path)                    the disk or folder does not allow writing
      NotJoined(reason)                 another history could not be joined; the branch is where it was
      SigningFailed(reason)             nothing was signed; the branch is where it was
        HistoryRewritten(commit)        what was signed before is no part of the branch any more
      NotPurged(reason, moved)          something could not be taken out of all history, or not wholly
      StoreClosed                       used after close(): a mistake of the caller
      RemoteError(remote)               of another copy of the store; branch, files and index are as they were
        RemoteNotFound(remote)          no remote of that name is configured
        RemoteExists(remote)            the name is taken, or one is a folder of the other
        UrlRefused(remote, reason)      an address that is not used: helpers, control characters, an option
        RemoteUnreachable(remote, reason)   no such host or folder, connection refused or cut
        RemoteRefused(remote, reason)   it wants somebody to prove who they are, or does not let them in
        RemoteSilent(remote, seconds)   nothing came for so long
        RemoteTooLarge(remote, what, limit)   more bytes, or a larger object, than is taken
        RemoteBroken(remote, reason)    what came is damaged, incomplete or not what was asked for
        RemoteRejected(remote, reason)  it does not let its branch be moved (a hook, a checked out branch)
        RemoteNotAStore(remote, reason) something else lives there
        RemoteTooNew(remote, found, known)   written by a newer gitstore

ValueError and TypeError are mistakes of the caller (a path with "..", a record that is no line).
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path


class GitstoreError(Exception):
    """Anything that gitstore reports."""


class NotFound(GitstoreError):
    """What was asked for does not exist."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class StoreNotFound(NotFound):
    """There is no store at this path, and it was not to be created."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class CommitNotFound(NotFound):
    """No commit, ref or moment in history goes by this name."""

    def __init__(self, when: str, reason: str = "unknown") -> None:
        """Keep what was asked.

        Args:
            when: As the caller wrote it.
            reason: "unknown" (neither commit, ref nor date), "ambiguous" or "too early" (a date before the
                first commit).
        """
        super().__init__(when)
        self.when = when
        self.reason = reason


class NotAStore(GitstoreError):
    """The path holds something that is not a store of ours; it was left as it is."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class FormatTooNew(GitstoreError):
    """A newer gitstore wrote this store; it was left as it is."""

    def __init__(self, path: Path, found: object, known: int) -> None:
        super().__init__(f"{path}: format {found!r}, known are formats up to {known}")
        self.path = path
        self.found = found
        self.known = known


class Damaged(GitstoreError):
    """Bytes that should be there are missing or wrong."""

    def __init__(self, place: str, reason: str) -> None:
        """Keep where and what.

        Args:
            place: A path of the tree, a commit, an object id, or a file of the repository; as near as is
                known.
            reason: A few words in English.
        """
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


class ObjectMissing(Damaged):
    """An object that the history names is not in the repository."""

    def __init__(self, place: str, identifier: str) -> None:
        super().__init__(place, f"object {identifier} is missing")
        self.identifier = identifier


class ObjectCorrupt(Damaged):
    """An object is there, and its content is not what its id promises."""

    def __init__(self, place: str, identifier: str) -> None:
        super().__init__(place, f"object {identifier} is corrupt")
        self.identifier = identifier


class BranchDamaged(Damaged):
    """The branch's file names no commit."""


class Unreadable(Damaged):
    """The system does not let it be read now (too many open files, a failing disk, no right to).

    That is not the same as absent or empty; when the cause is gone, it may be whole.
    """


class NotSaved(GitstoreError):
    """A change could not be written to the journal; what was saved before stays."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ReadOnly(NotSaved):
    """The disk or the folder cannot be written; what was saved before stays."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is read-only")
        self.path = path


class NotJoined(GitstoreError):
    """Another history could not be joined to ours; the branch is where it was."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SigningFailed(GitstoreError):
    """Nothing was signed; the branch is where it was, and what is saved stays."""

    def __init__(self, reason: str, advice: str = "") -> None:
        """Keep why.

        Args:
            reason: A few words in English, or of the program that signs.
            advice: What can be done.
        """
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


class HistoryRewritten(SigningFailed):
    """What was signed before is no part of the branch any more: signing would cover that up."""

    def __init__(self, commit: str) -> None:
        """Keep the commit that the branch had, with a signature in it or behind it."""
        super().__init__(f"history was rewritten: the branch had {commit[:10]}, with a signature")
        self.commit = commit


class NotPurged(GitstoreError):
    """Something could not be taken out of all history, or not wholly."""

    def __init__(self, reason: str, *, moved: bool = False) -> None:
        """Keep why.

        Args:
            reason: A few words in English.
            moved: Whether the branch has the new history already, and only what it was before is still there,
                or some of it. Doing it again finishes it.
        """
        super().__init__(reason)
        self.reason = reason
        self.moved = moved


class TooMuch(NotJoined):
    """Another history would bring more than is taken into a work tree; the branch is where it was."""

    def __init__(self, what: str, limit: int) -> None:
        """Keep what there is too much of.

        Args:
            what: In the plural, in words for people.
            limit: How many are taken.
        """
        super().__init__(f"more than {limit:,} {what}")
        self.what = what
        self.limit = limit


class StoreClosed(GitstoreError):
    """The store was used after it was closed."""


class RemoteError(GitstoreError):
    """Of another copy of the store; branch, files and index here are as they were."""

    def __init__(self, remote: str, detail: str = "") -> None:
        super().__init__(f"{remote}: {detail}" if detail else remote)
        self.remote = remote


class RemoteNotFound(RemoteError):
    """No remote of that name is configured."""


class RemoteExists(RemoteError):
    """The name of a remote is taken already, or lies below that of another."""


class _RemoteReason(RemoteError):
    """An error of a remote with a few words in English, without passwords and control characters."""

    def __init__(self, remote: str, reason: str) -> None:
        super().__init__(remote, reason)
        self.reason = reason


class UrlRefused(_RemoteReason):
    """An address that is never used: a helper program, an option, control characters, an unknown scheme."""


class RemoteUnreachable(_RemoteReason):
    """There is no such host or folder, or the connection was refused or cut."""


class RemoteRefused(_RemoteReason):
    """The remote wants to know who asks, or does not let them in."""


class RemoteSilent(RemoteError):
    """Nothing came from the remote for too long."""

    def __init__(self, remote: str, seconds: float) -> None:
        super().__init__(remote, f"silent for {seconds:g} s")
        self.seconds = seconds


class RemoteTooLarge(RemoteError):
    """The remote sends more than is taken."""

    def __init__(self, remote: str, what: str, limit: int) -> None:
        """Keep what is too large.

        Args:
            remote: Its name.
            what: "total", or the id of an object.
            limit: Bytes that are taken.
        """
        super().__init__(remote, f"{what}: more than {limit} bytes")
        self.what = what
        self.limit = limit


class RemoteBroken(_RemoteReason):
    """What came from the remote is damaged, incomplete or not what was asked for; none of it was taken."""


class RemoteRejected(_RemoteReason):
    """The remote does not let its branch be moved."""


class RemoteNotAStore(_RemoteReason):
    """The remote holds something that is not a store; nothing was taken from it."""


class RemoteTooNew(RemoteError):
    """A newer gitstore wrote the remote; nothing was taken from it."""

    def __init__(self, remote: str, found: object, known: int) -> None:
        super().__init__(remote, f"format {found!r}, known are formats up to {known}")
        self.found = found
        self.known = known


@contextlib.contextmanager
def reading(place: str) -> Iterator[None]:
    """Raise Unreadable where the system raises OSError; for what only reads.

    Args:
        place: What the error shall name where the system names no file.
    """
    try:
        yield
    except OSError as error:
        raise unreadable(error, place) from error


def unreadable(error: OSError, place: str) -> Unreadable:
    """Return what `reading` raises, for where entering a context would cost more than what is done there."""
    named = error.filename if isinstance(error.filename, str) else place
    return Unreadable(named, error.strerror or str(error))
