"""A purge that dies at any call of the disk has done nothing, or says that it is to be finished."""

import shutil
from pathlib import Path

from dexter.sessions.archive import Archive
from dexter.sessions.purging.purge import Purging, finish, known_records, purge
from tests.dexter.machines.dying import dying
from tests.support.machines import WHO
from tests.support.sessions import git, make_session
from tests.support.sweeps import every


def archive(home: Path) -> Archive:
    return Archive(home, identity=lambda: WHO)


def test_a_purge_that_dies_anywhere_is_not_begun_or_finished_by_who_finds_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    session = make_session(home, "What of this goes?")
    stays = make_session(home, "What stays?")
    for at in every(9):
        trial = tmp_path / "trial"
        shutil.copytree(home, trial)

        def take_out(_: object, trial: Path = trial) -> None:
            with archive(trial) as opened:
                purge(opened, Purging(sessions=(session,)))

        _, died = dying(take_out, at, half=True)
        with archive(trial) as opened:
            begun = bool(known_records(opened.snapshot()))
            unfinished = opened.purge_is_unfinished
            if begun and not unfinished:
                told = git(trial, "cat-file", "--batch", "--batch-all-objects")
                assert "What of this goes?" not in told
            if unfinished:
                assert finish(opened).left == ()
        here = git(trial, "ls-tree", "--name-only", "main:cli").split()
        assert here == ([stays] if begun else sorted((session, stays)))
        git(trial, "fsck", "--full", "--strict")
        shutil.rmtree(trial)
        if not died:
            break
    assert at > 30
