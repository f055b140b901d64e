"""What can be counted of all exchanges: who answered, when, how long it took, how many tokens."""

import msgspec

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.catalog.exchange_answers import all_facts
from dexter.sessions.catalog.exchange_indexer import ExchangeIndexer
from dexter.sessions.catalog.exchange_rows import LIVE, Facts
from dexter.sessions.notices import SessionNotice
from dexter.sessions.records.layout import ROOT


class Counted(msgspec.Struct, frozen=True):
    """The facts of all exchanges that can be read, and which sessions can't."""

    facts: tuple[Facts, ...] = ()
    notices: tuple[SessionNotice, ...] = ()


def count(archive: Archive) -> Counted:
    """The facts of every exchange, with what is saved and not yet in git.

    Raises:
        StoreUnreadable: If the repository can't be read.
    """
    snapshot = archive.snapshot()
    if snapshot is None:
        return Counted()
    indexer = ExchangeIndexer(results=False)
    following = gitstore.TreeFollowing(snapshot, ROOT, indexer)
    facts = archive.catalog(LIVE).ask(following, lambda connection: all_facts(connection, following.covered))
    return Counted(tuple(facts), indexer.notices)
