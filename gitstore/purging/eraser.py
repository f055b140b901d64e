"""What must go, as the owner of the records knows it."""

from collections.abc import Callable, Mapping
from typing import Protocol

Listing = Callable[[], Mapping[str, str]]
"""Gives the files below a directory: ids by path relative to it."""
Renamed = Callable[[str], str | None]
"""Gives the id that a commit has since; None if it was left out."""


class Eraser(Protocol):
    """Says what is left of directories, files and messages. Pure: the same on every machine.

    What it leaves it must leave as it is when it is asked again, and two erasers must come to the same in
    either order.
    """

    def names(self, directory: str) -> frozenset[str] | None:
        """Return the names in a directory ("": the root) that may have to change; None: any."""

    def is_whole(self, directory: str) -> bool:
        """Say whether a directory is judged as one, by `directory`."""

    def directory(
        self, path: str, listing: Listing, read: Callable[[str], bytes]
    ) -> Mapping[str, bytes | None] | None:
        """Return the files of a directory that change, by path relative to it; None: all of it goes.

        Args:
            path: The directory.
            listing: Its files.
            read: Gives a file's content by the path relative to it.
        """

    def file(self, path: str, content: bytes) -> bytes | None:
        """Return what is left of a file that belongs to no such directory; None: it goes."""

    def message(self, message: bytes, when: int, renamed: Renamed) -> bytes:
        """Return what is left of a commit's message.

        Args:
            message: As it is.
            when: The time of the commit, seconds since 1970.
            renamed: For the commits that it names.
        """

    def holds(self, content: bytes) -> bool:
        """Say whether there is something in bytes of any kind that must not be anywhere."""
