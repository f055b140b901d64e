"""Whether git was at work on the branch since a store was: asked at each look, mostly answered at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gitstore.disk.files import Files
from gitstore.errors import Damaged, Unreadable
from gitstore.git import repository
from gitstore.objects import commits
from gitstore.objects.objects import ObjectReader
from gitstore.turns.turns import TurnLog

if TYPE_CHECKING:
    from gitstore.committing.righting import Righted
    from gitstore.merging.rules import Rules
    from gitstore.turns.building import Built
    from gitstore.turns.turns import Standing


def to_put_right(path: Path, rules: Rules) -> tuple[str, ...]:
    """Return the directories that the next change puts right after git. Nothing is opened or changed.

    Args:
        path: The folder of the store.
        rules: Of the owner of the records.
    """
    git = path / ".git"
    try:
        tip = repository.tip_of(git)
        found = Watch(ObjectReader(git), rules).look(tip, TurnLog(Files(), git / "gitstore").rested_at())
    except (Damaged, ValueError):
        return ()
    return () if found is None else found.directories


class Watch:
    """Finds what has to be put right after git, and remembers it for the tip of that moment."""

    def __init__(self, reader: ObjectReader, rules: Rules | None) -> None:
        self._reader = reader
        self._rules = rules
        self._asked: tuple[str, str | None] | None = None
        self._found: Righted | None = None

    def forget(self) -> None:
        """Forget what was found: what it is made from may be there no more."""
        self._asked, self._found = None, None

    def look(self, tip: str, rested: str | None) -> Righted | None:
        """Return what has to be put right at a tip; None if nothing, or if there are no rules.

        What can't be read for damage is not looked into: `check` tells that.

        Args:
            tip: The commit that the branch names.
            rested: The commit of the latest settled turn; None if there is none.

        Raises:
            Unreadable: The system does not read what is there now.
        """
        if self._rules is None or tip == rested:
            return None
        if self._asked != (tip, rested):
            self._found = self._look(tip, rested)
            self._asked = tip, rested
        return self._found

    def look_at(self, tip: str, theirs: str) -> Righted | None:
        """Return what has to be put right at a tip of what another history brought. Raises Unreadable."""
        if self._rules is None:
            return None
        try:
            if commits.is_ours(self._reader.commit(theirs), theirs):
                return None
            from gitstore.committing import righting  # noqa: PLC0415  it needs what joins histories: 10 ms

            new = righting.news(self._reader, theirs, None)
            return righting.right(self._reader, tip, new, None, self._rules)
        except Unreadable:
            raise
        except Damaged:
            return None

    def built(self, tip: str, righted: Righted, standing: Standing) -> Built:
        """Return what puts a tip right as a turn. Raises Damaged."""
        from gitstore.committing import righting  # noqa: PLC0415  as in `look_at`

        return righting.built(self._reader, tip, righted, standing)

    def _look(self, tip: str, rested: str | None) -> Righted | None:
        try:
            if rested is None and commits.is_ours(self._reader.commit(tip), tip):
                return None
            from gitstore.committing import righting  # noqa: PLC0415  as in `look_at`

            assert self._rules is not None  # noqa: S101
            try:
                new = righting.news(self._reader, tip, rested)
                before = None if rested is None else commits.parents(self._reader.commit(rested))[0]
            except Unreadable:
                raise
            except Damaged:  # where it rested may be gone
                new, before = righting.news(self._reader, tip, None), None
            return righting.right(self._reader, tip, new, before, self._rules)
        except Unreadable:
            raise
        except Damaged:
            return None
