"""What the user should be told since a manager was made, and how much of it somebody was handed."""

from collections.abc import Iterable

from dexter.sessions.archive import Archive
from dexter.sessions.notices import Notice


class News:
    """Collects notices, those of the repository included; each of these is there once."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._notices: list[Notice] = []
        self._told = 0

    def add(self, notices: Iterable[Notice]) -> None:
        """Take what somebody found."""
        self._notices += notices

    def hear(self) -> tuple[Notice, ...]:
        """Everything there is, with what the repository has to say."""
        self._notices += [notice for notice in self._archive.notices if notice not in self._notices]
        return tuple(self._notices)

    def take(self) -> tuple[Notice, ...]:
        """The notices that nobody was handed yet."""
        news = self.hear()[self._told :]
        self._told = len(self._notices)
        return news
