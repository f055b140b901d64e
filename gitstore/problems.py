"""What looking at a repository found, as values: problems, and what is worth knowing without being one."""

import enum
from collections.abc import Callable

import msgspec


class Kind(enum.StrEnum):
    """What is wrong, or what is worth knowing."""

    REPOSITORY = "repository"
    """The folder of the repository, or its configuration."""
    HEAD = "HEAD"
    BRANCH = "branch"
    REF = "ref"
    """Another ref than the store's branch, or a line of packed-refs."""
    REFLOG = "reflog"
    PACK = "pack"
    """A file of a pack: pack, index or what goes with them."""
    OBJECT = "object"
    """An object that is missing or corrupt, and that history needs."""
    COPY = "copy"
    """A corrupt copy of an object that has a sound one elsewhere, or that nothing needs."""
    SIGNATURE = "signature"
    """A commit that is not what was signed, or a history that was rewritten below a signature."""
    COMMIT = "commit"
    TREE = "tree"
    JOURNAL = "journal"
    TURNS = "turns"
    LEFTOVER = "leftover"
    """A lock, guard or staged file whose owner is gone."""
    INDEX = "index"
    FILE = "file"
    """A file of the tree whose content is not what it should be."""
    RECORD = "record"
    """A line of a file of records."""
    FIELD = "field"
    """A field that does not say what follows from the records."""
    CACHE = "cache"
    """Something derived that contradicts the tree."""
    WAITING = "waiting"
    """(No problem.) Saved and not yet in git."""
    EDIT = "edit"
    """(No problem.) A person's change in the work tree or in git's index."""
    LINK = "link"
    """(No problem.) A symbolic link or a submodule in the tree."""
    QUARANTINE = "quarantine"
    """(No problem.) Bytes that were set aside."""


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong, or with a kind that is none worth knowing."""

    kind: Kind
    place: str
    """A path of the tree, or a file of the repository that begins with ".git"."""
    reason: str
    line: int | None = None
    """Of the file, from 1."""
    commit: str | None = None
    """The commit (one of them) that has it; None: not of a commit, or of the tip."""
    object: str | None = None
    """Id of the object."""
    heal: str | None = None
    """From where it can be made good; None: it cannot, from what is here."""
    files: tuple[str, ...] = ()
    """The files of the repository that would be set aside, relative to `.git`."""


class Checked(msgspec.Struct, frozen=True):
    """How much was looked at."""

    commits: int = 0
    trees: int = 0
    files: int = 0
    """Contents of files, all versions."""
    objects: int = 0
    packs: int = 0
    loose: int = 0
    bytes: int = 0
    """Of packs and loose objects on the disk."""
    journals: int = 0


class Report(msgspec.Struct, frozen=True):
    """What one look, or two that agree, came to."""

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    checked: Checked
    tip: str | None
    """The commit that the branch names; None if it names none that can be read."""


class Action(msgspec.Struct, frozen=True):
    """One thing that was done to make good a problem, or with a dry run would be."""

    what: str
    """"restored", "set aside", "moved", "rebuilt", "removed", "committed"."""
    place: str
    detail: str


Progress = Callable[[str, int, int], None]
"""Called with what is looked at, how much of it is done, and how much there is (0: unknown)."""


def silent(what: str, done: int, whole: int) -> None:
    """Show no progress."""
    del what, done, whole
