"""The rules of merging sessions, loaded when first asked for: a list and a prompt need none of them."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dexter.sessions.merging.merging import SessionRules
    from gitstore import Fields

Read = Callable[[str], bytes | None]
"""Gives the content of a file by its path; None if there is none."""


class RulesInTime:
    """Implements `gitstore.Rules` by what `SessionRules` says."""

    @functools.cached_property
    def _rules(self) -> "SessionRules":
        from dexter.sessions.merging.merging import SessionRules  # noqa: PLC0415  see above

        return SessionRules()

    def fields(self, path: str) -> "Fields":
        """Return how the fields of a document are merged."""
        return self._rules.fields(path)

    def stays(self, directory: str, before: Read, after: Read) -> bool:
        """Say whether a session that was deleted on one machine stays."""
        return self._rules.stays(directory, before, after)

    def complete(self, directory: str, read: Read) -> dict[str, bytes]:
        """Return the metadata of a session with what follows from all of its exchanges."""
        return self._rules.complete(directory, read)

    def owner(self, path: str) -> str | None:
        """Return the directory of the session to which a path belongs."""
        return self._rules.owner(path)

    def purged(self, read: Read) -> frozenset[str]:
        """Return what a tree says was purged."""
        return self._rules.purged(read)

    def ordered(self, directory: str, read: Read) -> dict[str, bytes | None]:
        """Return what of a session has to be otherwise after git put it together."""
        return self._rules.ordered(directory, read)

    def roots(self) -> tuple[str, ...]:
        """Return where sessions lie."""
        return self._rules.roots()

    def is_record(self, path: str) -> bool:
        """Say whether something there is a session, or nothing at all."""
        return self._rules.is_record(path)

    def unfit(self, directory: str, begin: Read, read: Read) -> str | None:
        """Return why a directory can't be a session; None if it can."""
        return self._rules.unfit(directory, begin, read)
