from collections.abc import Iterator
from pathlib import Path

import pytest

from gitstore.transport import Fetched, Pushed, Rejected
from tests.support.remotes import KINDS, Served, missing, serve
from tests.support.remotes.copies import bare, given, sound, store, tip, transport
from tests.support.stores import git, judge, open_store, save


@pytest.fixture(params=KINDS)
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    if reason := missing(request.param):
        pytest.skip(reason)
    with serve(request.param, tmp_path / "served") as found:
        bare(found.root / "far.git")
        yield found


def test_two_machines_exchange_what_they_have(served: Served, way: str, tmp_path: Path) -> None:
    far = served.root / "far.git"
    one, two = store(tmp_path / "one", 1, 2, url=served.url()), store(tmp_path / "two", 9, url=served.url())

    def here(path: Path) -> str:
        found = tip(path)
        assert found is not None
        return found

    # an empty remote
    assert transport(one, way, served).fetch("far") == Fetched(None)
    assert transport(one, way, served).push("far", here(one), None) == Pushed(here(one))
    assert tip(far) == tip(one) == tip(one, "refs/remotes/far/main")

    # the first time on another machine: its own branch stays, all objects come
    own = tip(two)
    first = here(one)
    found = transport(two, way, served).fetch("far")
    assert (found.tip, found.before, found.rewound, found.is_store) == (first, None, False, True)
    assert tip(two, "refs/remotes/far/main") == first
    assert tip(two) == own

    # nothing new
    packs = sorted((two / ".git/objects/pack").iterdir())
    assert transport(two, way, served).fetch("far") == Fetched(first, before=first)
    assert sorted((two / ".git/objects/pack").iterdir()) == packs

    # one new commit, in one direction and back
    with open_store(one) as opened:
        save(opened, "one", 3)
    assert transport(one, way, served).push("far", here(one), first) == Pushed(here(one))
    assert transport(two, way, served).fetch("far") == Fetched(here(one), before=first)
    assert git(two, "log", "--format=%s", "refs/remotes/far/main").count("What is") == 3

    # somebody else pushed in between: nothing is forced
    before = tip(far)
    assert isinstance(transport(two, way, served).push("far", here(two), None), Rejected)
    assert tip(far) == before
    git(two, "tag", "not-for-others")
    git(one, "tag", "not-taken")
    assert "not-taken" not in git(two, "tag")
    git(far, "fsck", "--full", "--strict")
    for path, numbers in ((one, (1, 2, 3)), (two, (9,))):
        sound(path)
        judge(path, [("one", number) for number in numbers])


def test_a_push_that_somebody_was_quicker_with_is_rejected(served: Served, way: str, tmp_path: Path) -> None:
    far = served.root / "far.git"
    one = given(store(tmp_path / "one", 1, url=served.url()), far)
    git(tmp_path, "clone", "--quiet", str(far), str(tmp_path / "two"))
    expected = tip(one)
    with open_store(one) as opened:
        save(opened, "one", 2)
    with open_store(tmp_path / "two") as opened:
        save(opened, "one", 3)
    given(tmp_path / "two", far)
    now = tip(one)
    assert now is not None
    found = transport(one, way, served).push("far", now, expected)
    assert isinstance(found, Rejected)
    assert found.tip in {None, tip(tmp_path / "two")}
    assert tip(far) == tip(tmp_path / "two")
    sound(one)


def test_another_default_branch_is_taken_if_there_is_no_main(
    served: Served, way: str, tmp_path: Path
) -> None:
    far = served.root / "far.git"
    one = store(tmp_path / "one", 1)
    git(one, "push", "--quiet", str(far), "refs/heads/main:refs/heads/trunk")
    git(far, "symbolic-ref", "HEAD", "refs/heads/trunk")
    two = store(tmp_path / "two", 2, url=served.url())
    found = transport(two, way, served).fetch("far")
    assert (found.tip, found.branch) == (tip(one), "refs/heads/trunk")
    sound(two)


def test_a_remote_that_was_put_back_says_so(served: Served, way: str, tmp_path: Path) -> None:
    far = served.root / "far.git"
    one = given(store(tmp_path / "one", 1, 2, 3), far)
    two = store(tmp_path / "two", url=served.url())
    latest = transport(two, way, served).fetch("far").tip
    git(far, "update-ref", "refs/heads/main", f"{tip(one)}~2")
    found = transport(two, way, served).fetch("far")
    assert (found.tip, found.before, found.rewound) == (tip(far), latest, True)
    assert tip(two, "refs/remotes/far/main") == tip(far)
    sound(two)


def test_a_lease_moves_what_a_plain_push_does_not(served: Served, way: str, tmp_path: Path) -> None:
    far = served.root / "far.git"
    one = given(store(tmp_path / "one", 1), far)
    two = store(tmp_path / "two", 2, url=served.url())
    there, new = tip(one), tip(two)
    assert there is not None
    assert new is not None
    opened = transport(two, way, served)
    opened.fetch("far")
    with pytest.raises(ValueError, match="does not descend"):
        opened.push("far", new, there)
    assert isinstance(opened.push("far", new, new, lease=True), Rejected | Pushed)
    assert tip(far) == there
    assert opened.push("far", new, there, lease=True) == Pushed(new)
    assert tip(far) == new
    git(far, "fsck", "--full", "--strict")
    sound(two)


def test_many_new_exchanges_come_whole(served: Served, way: str, tmp_path: Path) -> None:
    far = served.root / "far.git"
    one = store(tmp_path / "one", *range(1, 160), url=served.url())
    new = tip(one)
    assert new is not None
    assert transport(one, way, served).push("far", new, None) == Pushed(new)
    two = store(tmp_path / "two", url=served.url())
    assert transport(two, way, served).fetch("far").tip == new
    git(far, "fsck", "--full", "--strict")
    sound(two)
