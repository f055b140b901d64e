"""Before another history joins ours, each is without what the other one's machine purged."""

import msgspec

import gitstore
from dexter.sessions.archive import Archive
from dexter.sessions.purging.erasing import Erasing
from dexter.sessions.purging.purge import PurgeOutcome, apply_records, known_records
from dexter.sessions.reading.reading import read_metadata
from dexter.sessions.reading.session_files import is_there, session_ids
from dexter.sessions.records.layout import ROOT
from dexter.sessions.records.purges import missing
from gitstore.problems import Progress, silent


class Cleared(msgspec.Struct, frozen=True):
    """What purging before joining came to."""

    new: int
    """How many purges only they had."""
    old: int
    """How many only we had, or all if what came from them holds it still."""
    before: gitstore.Snapshot
    """The sessions since, not yet joined."""
    purged: dict[str, int]
    """The sessions of which something is there no more, with the exchanges that they have still."""
    outcome: PurgeOutcome | None
    """None: there was nothing to purge, or it was not done."""


def clear_both(archive: Archive, tip: str, *, dry: bool, progress: Progress = silent) -> Cleared:
    """Purge here what they purged, and in what came from them what was purged here.

    Args:
        archive: Of the home; a ref names what came.
        tip: Their commit.
        dry: Whether only to count.
        progress: Told how far it is.

    Raises:
        NotPurged: It can't be, or not wholly; nothing may be joined then.
    """
    theirs, ours = archive.snapshot(tip), archive.snapshot()
    assert theirs is not None  # noqa: S101  it was fetched
    assert ours is not None  # noqa: S101  it was made
    trees = {each: ours.directory_id(f"{ROOT}/{each}") for each in session_ids(ours)}
    ours_known, theirs_known = known_records(ours), known_records(theirs)
    new, old = missing(theirs_known, ours_known), missing(ours_known, theirs_known)
    if not new and not old and ours_known and _comes_back(archive, Erasing(ours_known), ours.commit, tip):
        old = ours_known
    if dry or not (new or old):
        return Cleared(len(new), len(old), ours, {}, None)
    outcome = apply_records(archive, (*new, *old), progress=progress)
    now = archive.snapshot()
    assert now is not None  # noqa: S101  the branch was moved
    touched = [each for each, tree in trees.items() if now.directory_id(f"{ROOT}/{each}") != tree]
    return Cleared(len(new), len(old), now, {each: _count(now, each) for each in touched}, outcome)


def _comes_back(archive: Archive, erasing: Erasing, ours: str, theirs: str) -> bool:
    """Whether either side has again what both purged: typed, or by a merge of git's with what was before."""
    return archive.holds(erasing, theirs, ours) or archive.holds(erasing, ours, theirs)


def _count(tree: gitstore.Snapshot, session_id: str) -> int:
    return read_metadata(tree, session_id)[0].exchange_count if is_there(tree, session_id) else 0
