"""Whether what is derived says the same as the tree: looked at as it lies there, nothing is changed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import msgspec

import gitstore
from dexter.paths import Home
from dexter.sessions.archive import Archive
from dexter.sessions.catalog import exchange_rows, listing
from dexter.sessions.catalog.comparing import Difference, compare_exchanges, compare_sessions
from dexter.sessions.records.layout import ROOT
from gitstore.problems import Kind, Problem, Progress, silent

if TYPE_CHECKING:
    import sqlite3

SCHEMAS = (
    listing.LIVE,
    listing.DELETED,
    exchange_rows.LIVE,
    exchange_rows.LIVE_WITH_RESULTS,
    exchange_rows.DELETED,
    exchange_rows.DELETED_WITH_RESULTS,
    gitstore.HISTORY,
)


_Look: TypeAlias = "Callable[[sqlite3.Connection], Sequence[Difference]]"


class Contradiction(msgspec.Struct, frozen=True):
    """A catalog says something else than the repository of a session or one exchange of it (None: of any)."""

    catalog: str
    session_id: str | None
    exchange_id: str | None
    reason: str

    @property
    def place(self) -> str:
        """The catalog, and what in it."""
        named = (("session", self.session_id), ("exchange", self.exchange_id))
        within = ", ".join(f"{what} {identifier}" for what, identifier in named if identifier)
        return f"catalog/{self.catalog}" + (f" ({within})" if within else "")


def contradictions(archive: Archive) -> list[Contradiction]:
    """What the catalogs say that the repository does not: of sessions, deleted ones, exchanges, the history.

    Only rows that name the tree that a session has now, or had when it was deleted last, or a commit of the
    branch, are judged: others are behind, and are brought on when they are next needed.

    Raises:
        StoreUnreadable: If the repository can't be read.
    """
    snapshot = archive.snapshot()
    return [] if snapshot is None else _against(archive, snapshot)


def check_catalogs(home: Home, snapshot: gitstore.Snapshot, progress: Progress = silent) -> list[Problem]:
    """What the catalogs of a home say that a tree does not, as problems; no store is opened."""
    with Archive(home.root) as archive:
        return [
            Problem(
                Kind.CACHE,
                each.place,
                f"the catalog says something else than the repository: {each.reason}",
                heal="made anew from the repository",
            )
            for each in _against(archive, snapshot, progress)
        ]


def _against(
    archive: Archive, snapshot: gitstore.Snapshot, progress: Progress = silent
) -> list[Contradiction]:
    found: list[Contradiction] = []
    for schema, look in _looks(archive.home, snapshot, progress):
        try:
            wrong = archive.catalog(schema).peek(look) or ()
        except gitstore.Doubt as doubt:
            wrong = (Difference(None, None, str(doubt) or "it contradicts itself"),)
        except gitstore.Damaged:  # told by the look at the objects
            continue
        found += [Contradiction(schema.name, *each) for each in wrong]
    return found


def _looks(
    home: Home, snapshot: gitstore.Snapshot, progress: Progress
) -> list[tuple[gitstore.Schema, _Look]]:
    """What compares each catalog with what it is made from: the sessions, the deleted ones, the history."""
    from gitstore.checking import deleted  # noqa: PLC0415  nobody else needs it
    from gitstore.checking.chronicle import compare_history  # noqa: PLC0415  as above

    @functools.cache
    def gone() -> gitstore.Snapshot:  # the whole history is looked through, if there is such a catalog
        return deleted(home.sessions, snapshot.commit, ROOT)

    def history(connection: sqlite3.Connection) -> list[Difference]:
        wrong = compare_history(home.sessions / ".git", snapshot.commit, ROOT, connection, progress)
        return [Difference(name, None, reason) for name, reason in wrong.items()]

    def exchanges(tree: Callable[[], gitstore.Snapshot], *, results: bool) -> _Look:
        return lambda connection: compare_exchanges(tree(), connection, results=results)

    return [
        (listing.LIVE, lambda connection: compare_sessions(snapshot, connection)),
        (exchange_rows.LIVE, exchanges(lambda: snapshot, results=False)),
        (exchange_rows.LIVE_WITH_RESULTS, exchanges(lambda: snapshot, results=True)),
        (gitstore.HISTORY, history),
        (listing.DELETED, lambda connection: compare_sessions(gone(), connection)),
        (exchange_rows.DELETED, exchanges(gone, results=False)),
        (exchange_rows.DELETED_WITH_RESULTS, exchanges(gone, results=True)),
    ]


def discard_catalogs(archive: Archive) -> None:
    """Throw all catalogs away: they are made anew when they are next needed."""
    for schema in SCHEMAS:
        archive.catalog(schema).discard()
