"""While a store changes, other implementations of git read it after each call that changes the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitstore.interop import moments
from tests.gitstore.interop.campaign import holds, run
from tests.support.readers import READERS, IsomorphicGit, Reader
from tests.support.stores import judge

FIRST, LAST = 15, 18
"""Of the changes that are watched; the packs of those before are many enough to be made fewer meanwhile."""


@pytest.fixture(params=list(READERS))
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    if request.param == IsomorphicGit.name and (reason := IsomorphicGit.missing()):
        pytest.skip(reason)
    made = READERS[request.param]()
    yield made
    made.close()


def test_a_reader_sees_a_whole_state_at_every_moment(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    before = moments.prepare(path, FIRST)
    states = moments.models(0, LAST)
    seen, length, looks, calls = None, 0, 0, set()
    with moments.stepped(path, FIRST, LAST) as steps:
        for call, acknowledged in steps:
            now = moments.visible(path)
            if now == seen:
                continue
            seen = now
            known = before + acknowledged
            look = reader.look(path)
            holds(look, known, states)
            assert length <= len(look.commits) <= len(known) + 1
            length = len(look.commits)
            looks += 1
            calls.add(call)
    assert looks > 5 * (LAST - FIRST)
    assert {"rename", "link", "unlink"} <= calls
    look = reader.look(path)
    assert look.clean
    assert len(look.commits) == 1 + LAST
    judge(path)


def test_readers_at_their_own_pace_see_whole_states_of_a_store_that_changes_at_its_own(
    tmp_path: Path,
) -> None:
    readers = [name for name in READERS if name != IsomorphicGit.name or IsomorphicGit.missing() is None]
    looks = run(tmp_path, changes=40, readers=readers)
    assert all(looks[name] > 1 for name in readers)
