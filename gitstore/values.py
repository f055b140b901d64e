"""The values that callers hand in and get back: identities, changes and their operations, receipts, entries.

Everything here is frozen. An operation says what shall be true, not how the tree looks now, so that it can be
applied to whatever tip is found when its turn comes.
"""

import enum
from typing import Any

import msgspec

from gitstore.disk.segments import FILE_LIMIT


class Identity(msgspec.Struct, frozen=True):
    """Who a commit is by, as git writes it."""

    name: str
    email: str


class AppendRecord(msgspec.Struct, frozen=True, tag="append"):
    """Add one line to a file of JSON lines, in the order of the ids (normally at the end).

    A line that would bring the file over its limit begins the next one: `history.jsonl` goes on in
    `history.0002.jsonl` and so on (see `Snapshot.segments`). A change whose record is already in one of them
    was applied before and is skipped as a whole.
    """

    path: str
    record: bytes
    """One JSON object in one line, without the line feed."""
    id: str
    """The record's own "id" field."""
    limit: int = FILE_LIMIT
    """Bytes that the last file may have for the record to go to its end."""


class PutFile(msgspec.Struct, frozen=True, tag="put"):
    """Write a file once.

    The same content again changes nothing. Other content never replaces what is there: it is kept beside it,
    as `<path>.<first 8 digits of its blob id>`.
    """

    path: str
    content: bytes


class Only(msgspec.Struct, frozen=True):
    """When a document is updated: all of this holds at the moment at which the update is applied."""

    at_most: dict[str, Any] = {}
    """Fields that are absent or not larger than this."""
    at_least: dict[str, Any] = {}
    """Fields that are absent or not smaller than this."""
    first: tuple[str, str] | None = None
    """A file of JSON lines, and an id: no record there has a smaller one. Looked at if the rest holds."""


class UpdateDocument(msgspec.Struct, frozen=True, tag="update"):
    """Change fields of a JSON document, creating it if need be; fields that are not named stay as they are.

    A document that is not a JSON object is kept beside as `<path>.damaged-<8 digits>` and begun anew.
    """

    path: str
    set: dict[str, Any] = {}
    default: dict[str, Any] = {}
    """Set only where the field is absent."""
    increase: dict[str, int | float] = {}
    """Added to the number that is there; an absent field counts as 0."""
    maximum: dict[str, Any] = {}
    """Set where the field is absent or smaller."""
    minimum: dict[str, Any] = {}
    """Set where the field is absent or larger."""
    add_to_set: dict[str, list[Any]] = {}
    """Values appended to a list unless they are in it."""
    remove_from_set: dict[str, list[Any]] = {}
    unset: list[str] = []
    """Fields taken away."""
    only: Only | None = None
    """Otherwise nothing is changed; None: always."""


class RemoveDirectory(msgspec.Struct, frozen=True, tag="remove"):
    """Take a directory out of the tree. If it is absent already, the change is refused ("absent")."""

    path: str


class RestoreDirectory(msgspec.Struct, frozen=True, tag="restore"):
    """Bring a directory back as an earlier tree had it. If it is there, the change is refused ("present")."""

    path: str
    tree: str
    """Id of the directory's tree, e.g. from `Deletion.tree`."""


class Revive(msgspec.Struct, frozen=True, tag="revive"):
    """If a directory was deleted in history, bring it back as it was, and say so in the commit's body."""

    path: str
    note: str
    """A sentence added to the commit's body if the directory had to be brought back."""


class Require(msgspec.Struct, frozen=True, tag="require"):
    """Refuse the whole change ("absent" or "present") unless a file or directory is there, or is not."""

    path: str
    present: bool = True


class Replace(msgspec.Struct, frozen=True, tag="replace"):
    """Put a content, or the tree of a directory, in place of another one that need not be readable.

    For repairs. If something else is there by then, the whole change is refused ("changed").
    """

    path: str
    expected: str | None
    """Id of what is there; None: nothing is."""
    content: bytes | None = None
    """Of a file; None with no `tree`: what is there is taken away."""
    tree: str | None = None
    """Id of a tree that the repository has, for a directory."""


Operation = (
    AppendRecord | PutFile | UpdateDocument | RemoveDirectory | RestoreDirectory | Revive | Require | Replace
)


class Change(msgspec.Struct, frozen=True):
    """The operations that belong together: they become one commit, or none of them is applied."""

    operations: tuple[Operation, ...]
    subject: str
    """First line of the commit's message; control characters become spaces."""
    body: str = ""
    trailers: tuple[tuple[str, str], ...] = ()
    time: float | None = None
    """When it happened, seconds since 1970; None: when it is saved."""


class Outcome(enum.StrEnum):
    """What became of a change."""

    APPLIED = "applied"
    ALREADY = "already"
    """Nothing was left to do: it had been applied before."""
    REFUSED = "refused"


class Delay(enum.StrEnum):
    """Why git does not have a saved change yet. It gets it with the next change or at the next opening."""

    BUSY = "busy"
    """Another process is committing for longer than we wait."""
    BRANCH_LOCKED = "branch locked"
    """A lock of git's on the branch that is not ours."""
    INDEX_LOCKED = "index locked"
    """A lock of git's on its index that is not ours, e.g. of `git commit -a` with its editor open."""
    INDEX_UNKNOWN = "index unknown"
    """Git's index is damaged or has a form that gitstore cannot keep (split, sparse)."""
    MERGE = "merge under way"
    """A merge, rebase, cherry-pick or revert of the store's branch waits for the user to finish it."""
    NOT_WRITABLE = "not writable"
    """The disk is full or failed, or git's folder cannot be written."""
    DAMAGED = "damaged"
    """An object or the branch is damaged."""
    MOVING = "moving"
    """Others move the branch faster than we can follow."""
    LATER = "later"
    """The caller did not want to wait."""


class Receipt(msgspec.Struct, frozen=True):
    """What `Store.apply` has to say about a change that is saved."""

    outcome: Outcome
    commit: str | None
    """The commit that holds the change; None if there was nothing to commit, or it is delayed."""
    reason: str | None = None
    """Of a refusal: "present" or "absent" (see the operations), or "no such tree"."""
    delayed: Delay | None = None
    """Why git does not have the change yet, although it is saved."""
    left: tuple[str, ...] = ()
    """Paths whose files a person edited, and that were therefore left as they are."""


class Packing(msgspec.Struct, frozen=True):
    """How the objects of a store lie on the disk."""

    packs: int
    loose: int
    """Objects in files of their own."""
    bytes: int
    """Of all files below `.git/objects`."""


class Joined(enum.StrEnum):
    """What joining another history comes to."""

    ALREADY = "already"
    """We had all of it."""
    FORWARDED = "forwarded"
    """It had all of ours: the branch went on to it."""
    MERGED = "merged"
    """Both had something of their own: a commit has both as parents."""


class SetAside(msgspec.Struct, frozen=True):
    """A directory of records that can't be one: the tree has what was sound of it before, or nothing."""

    path: str
    reason: str
    """In words for people, without anything that came with it."""


class Joining(msgspec.Struct, frozen=True):
    """What became of two histories."""

    outcome: Joined
    before: str
    """The branch's commit before."""
    commit: str
    """The branch's commit since."""
    united: tuple[str, ...] = ()
    """Directories in which both sides had changed something."""
    stayed: tuple[str, ...] = ()
    """Directories that one side had deleted and that stay, because the other had gone on with them."""
    aside: tuple[str, ...] = ()
    """Files that hold what had no place: a second content of one name, another record with the same id."""
    set_aside: tuple[SetAside, ...] = ()
    """What the other side has, and perhaps ours, and what could not be taken."""


class Signed(msgspec.Struct, frozen=True):
    """What was signed."""

    commit: str
    """The signed commit, on the branch."""
    commits: int
    """How many its signature is the first to cover, itself not counted."""


class Purged(msgspec.Struct, frozen=True):
    """What it came to when something was taken out of all history."""

    before: str
    """The branch's commit before."""
    commit: str
    """The branch's commit since."""
    rewritten: int
    """Commits that are others now."""
    left_out: int
    """Commits that had nothing more to say."""
    objects: int
    """Objects that are there no more."""
    looked_through: int
    """Objects that were unpacked and looked through afterwards."""
    left: tuple[str, ...] = ()
    """Where something of it still is: files that a person edited, for example. Best none."""


class LogEntry(msgspec.Struct, frozen=True):
    """One commit, as the history tells it."""

    commit: str
    time: float
    """When it happened, seconds since 1970."""
    author: Identity
    subject: str
    body: str
    """The message without subject and trailers."""
    trailers: tuple[tuple[str, str], ...]
    parents: tuple[str, ...] = ()

    def trailer(self, key: str) -> str | None:
        """Return the last value of a trailer, or None."""
        return next((value for name, value in reversed(self.trailers) if name == key), None)

    @property
    def action(self) -> str | None:
        """The value of the trailer `Action`."""
        return self.trailer("Action")


class Deletion(msgspec.Struct, frozen=True):
    """A directory that the history has and the tip has not."""

    path: str
    commit: str
    """The commit that deleted it."""
    time: float
    tree: str
    """The directory's tree as it was before, for `RestoreDirectory`."""


class JournalRecovered(msgspec.Struct, frozen=True, tag="journal-recovered"):
    """Changes that a process had saved and that it did not live to commit are now committed."""

    changes: int


class JournalDamaged(msgspec.Struct, frozen=True, tag="journal-damaged"):
    """Bytes in the middle of a journal could not be read; they are kept in a file."""

    path: str
    bytes: int


class FolderAdopted(msgspec.Struct, frozen=True, tag="folder-adopted"):
    """The folder had files of ours and no repository: a repository was made around them."""

    path: str
    files: int


class EditsLeft(msgspec.Struct, frozen=True, tag="edits-left"):
    """These files were edited by a person and are left as they are; the commit has the store's version."""

    paths: tuple[str, ...]


class BranchElsewhere(msgspec.Struct, frozen=True, tag="branch-elsewhere"):
    """The work tree is at another branch or commit: the store's branch moves, the files stay as they are."""

    head: str


class PutRight(msgspec.Struct, frozen=True, tag="put-right"):
    """What a person's git had merged or committed is in order again, in a commit on top of it."""

    directories: tuple[str, ...]


class GitBlocked(msgspec.Struct, frozen=True, tag="git-blocked"):
    """Changes are saved in the journal, and git cannot take them now."""

    reason: Delay
    detail: str = ""
    """What the system or the check said: for a log, not for a screen."""


class PurgeUnfinished(msgspec.Struct, frozen=True, tag="purge-unfinished"):
    """A process died, or failed, while something was taken out of all history; it has to be done again."""


Notice = (
    JournalRecovered
    | JournalDamaged
    | FolderAdopted
    | EditsLeft
    | BranchElsewhere
    | PutRight
    | GitBlocked
    | PurgeUnfinished
)
