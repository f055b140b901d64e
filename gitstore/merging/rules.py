"""What a merge asks: the owner of the records, and the histories behind the trees."""

from collections.abc import Callable, Sequence
from typing import Protocol

from gitstore.merging.documents import Fields

Read = Callable[[str], bytes | None]
"""Gives the content of a file by its path; None if there is none."""


class Past(Protocol):
    """What the histories behind the trees know of directories that are not there any more."""

    def last_trees(self, path: str, by_us: bool) -> Sequence[str]:
        """Return the trees of a directory as a side that deleted it had it last, sorted.

        Args:
            path: Of the directory.
            by_us: Whether our side deleted it, or theirs.
        """

    def is_deleted(self, path: str, by_us: bool) -> bool:
        """Say whether a side deleted a directory itself since the sides parted.

        Args:
            path: Of the directory.
            by_us: Whether our side, or theirs.
        """

    def base_had(self, number: int, path: str) -> bool:
        """Say whether a directory that one of the bases lacks had been there before that one."""

    def older_trees(self) -> Sequence[str]:
        """Return the trees from which several bases came themselves, sorted; none if there is only one."""


class NoPast:
    """Of trees without a history."""

    def last_trees(self, path: str, by_us: bool) -> Sequence[str]:  # noqa: ARG002
        """Return that nothing was deleted."""
        return ()

    def is_deleted(self, path: str, by_us: bool) -> bool:  # noqa: ARG002
        """Return that nobody did."""
        return False

    def base_had(self, number: int, path: str) -> bool:  # noqa: ARG002
        """Return that nothing was deleted."""
        return False

    def older_trees(self) -> Sequence[str]:
        """Return that nothing is known."""
        return ()


class Rules(Protocol):
    """What the owner of the records knows of them."""

    def fields(self, path: str) -> Fields:
        """Return how the fields of a document are merged."""

    def stays(self, directory: str, before: Read, after: Read) -> bool:
        """Say whether a directory that one side deleted stays for what the other side did to it since.

        Args:
            directory: Which one.
            before: Reads files as they were when the sides parted.
            after: Reads them as the other side has them.
        """

    def complete(self, directory: str, read: Read) -> dict[str, bytes]:
        """Return documents of a directory that both sides changed as its records want them, by path."""

    def owner(self, path: str) -> str | None:
        """Return the directory to which a path belongs and that has rules; None: it is somebody else's.

        "" is the root, for files in it that have rules.
        """

    def purged(self, read: Read) -> frozenset[str]:
        """Return what a tree says was taken out of all history, which a merge with another brings back."""

    def ordered(self, directory: str, read: Read) -> dict[str, bytes | None]:
        """Return what of a directory with rules has to be otherwise after git put it together, by path.

        None: the file goes. Nothing if all is as a store leaves it.
        """

    def roots(self) -> tuple[str, ...]:
        """Return the directories in which the directories of records lie."""

    def is_record(self, path: str) -> bool:
        """Say whether something in one of the roots is a directory of records, or nothing at all."""

    def unfit(self, directory: str, begin: Read, read: Read) -> str | None:
        """Return why a directory of records, all of plain files, is none that could be taken; None if it is.

        Args:
            directory: Which one.
            begin: Reads the first 4 KB of its files, which costs less.
            read: Reads its files.
        """


class Plain:
    """Rules of an owner who knows nothing more."""

    def fields(self, path: str) -> Fields:  # noqa: ARG002
        """Return that all fields have one value."""
        return Fields()

    def stays(self, directory: str, before: Read, after: Read) -> bool:  # noqa: ARG002
        """Return that whatever was changed stays."""
        return True

    def complete(self, directory: str, read: Read) -> dict[str, bytes]:  # noqa: ARG002
        """Return that there is nothing to do."""
        return {}

    def owner(self, path: str) -> str | None:  # noqa: ARG002
        """Return that what others did is left as it is."""
        return None

    def purged(self, read: Read) -> frozenset[str]:  # noqa: ARG002
        """Return that nothing was."""
        return frozenset()

    def ordered(self, directory: str, read: Read) -> dict[str, bytes | None]:  # noqa: ARG002
        """Return that there is nothing to do."""
        return {}

    def roots(self) -> tuple[str, ...]:
        """Return that no directory is known."""
        return ()

    def is_record(self, path: str) -> bool:  # noqa: ARG002
        """Return that there is none."""
        return False

    def unfit(self, directory: str, begin: Read, read: Read) -> str | None:  # noqa: ARG002
        """Return that any will do."""
        return None
