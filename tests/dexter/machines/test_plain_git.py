"""People who run git merge, pull, rebase and the like in the sessions: nothing is lost, all is in order."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dexter.sessions.merging.merging import SessionRules
from gitstore import Identity, Store
from gitstore.disk.files import Files
from tests.dexter.machines.settling import (
    WAYS,
    conclude,
    pull,
    settle_marked,
    settle_ours,
    settle_ours_alone,
    try_git,
)
from tests.support.machines import WHO, Machine
from tests.support.sessions import dexter, dexter_json, everything_below
from tests.support.stores import DyingFiles, in_child

TITLE = "A title of the other's"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Machine, Machine, str]]:
    """Two machines that went on apart with one session; its id."""
    one, two = Machine(tmp_path / "one"), Machine(tmp_path / "two", 1_800_000_500.5)
    session = one.ask(None, "first")
    two.take(one)
    for machine in (one, two):
        machine.git("config", "user.name", "A Person")
        machine.git("config", "user.email", "person@example.invalid")
        machine.git("config", "pull.rebase", "false")
    one.ask(session, "here 1")
    two.ask(session, "there")
    one.now += 1000  # so that what the two asked lies in one another
    one.ask(session, "here 2")
    with two.manager() as manager:
        manager.rename_session(session, TITLE)
    with one.manager() as manager:
        manager.tag_session(session, ["mine"])
    yield one, two, session
    for machine in (one, two):
        machine.git("fsck", "--full", "--strict")


def joined(one: Machine, two: Machine) -> str:
    """The tree that the two have once they have met, found out on a copy."""
    copy = Machine(one.home.with_name(f"{one.home.name}-copy"))
    shutil.copytree(one.home, copy.home)
    copy.take(two)
    tree = copy.git("rev-parse", "main^{tree}")
    shutil.rmtree(copy.home)
    return tree


def change_something(machine: Machine) -> None:
    """What a person does next: any change brings all else in order first."""
    machine.ask(None, "something else")


def tree_below(machine: Machine, session: str, at: str = "main") -> str:
    return machine.git("rev-parse", f"{at}:cli/{session}")


@pytest.mark.parametrize("settle", WAYS)
def test_however_a_person_settles_a_merge_it_comes_to_what_meeting_comes_to(
    pair: tuple[Machine, Machine, str], settle: Callable[[Machine, Machine], None]
) -> None:
    one, two, session = pair
    wanted = joined(one, two)
    settle(one, two)
    merge = one.git("rev-parse", "main")
    # Looking changes nothing, and sees all of it.
    assert one.queries(session) == ["first", "here 1", "there", "here 2"]
    (listed,) = dexter_json("sessions", "list", home=one.home)["sessions"]
    assert (listed["exchangeCount"], listed["title"], listed["tags"]) == (4, TITLE, ["mine"])
    assert listed["lastQuery"] == "here 2"
    assert one.git("rev-parse", "main") == merge
    told = dexter("sessions", "verify", home=one.home)
    assert (told.returncode, session in told.stdout) == (1, True)
    # The next change brings it in order first, in a commit of its own.
    before = one.git("rev-list", "--count", "main")
    change_something(one)
    assert one.git("rev-parse", "main~2^{tree}") != one.git("rev-parse", "main^{tree}")
    righted = one.git("log", "--format=%H", "--grep=^repaired after a merge", "-1")
    assert one.git("rev-parse", f"{righted}^{{tree}}") == wanted
    assert one.git("rev-parse", f"{righted}^") == merge
    assert int(one.git("rev-list", "--count", "main")) > int(before)
    assert dexter("sessions", "verify", home=one.home).returncode == 0
    assert one.git("status", "--porcelain") == ""


@pytest.mark.parametrize("settle", [settle_ours, settle_ours_alone, settle_marked])
def test_repair_does_the_same_and_says_so(
    pair: tuple[Machine, Machine, str], settle: Callable[[Machine, Machine], None]
) -> None:
    one, two, session = pair
    wanted = joined(one, two)
    settle(one, two)
    plan = dexter("sessions", "repair", "--dry-run", home=one.home)
    assert (plan.returncode, "would be repaired" in plan.stdout) == (0, True)
    done = dexter("sessions", "repair", home=one.home)
    assert f"Committed: session {session}: in order again after git" in done.stdout
    assert done.returncode == 0
    assert one.git("rev-parse", "main^{tree}") == wanted
    assert dexter("sessions", "repair", home=one.home).stdout.startswith("Nothing to repair.")


def test_two_who_merge_each_other_by_git_and_meet_have_the_same_tip(
    pair: tuple[Machine, Machine, str], tmp_path: Path
) -> None:
    one, two, session = pair
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    wanted = joined(one, two)
    tip = one.git("rev-parse", "main")
    assert pull(one, two, "-X", "ours")
    two.git("fetch", "-q", str(one.sessions), tip)
    two.git("merge", "-q", "--no-edit", "-X", "ours", "FETCH_HEAD")
    for machine in (one, two):
        assert dexter("sessions", "remote", "add", "origin", str(bare), home=machine.home).returncode == 0
    for machine in (one, two, one):
        done = dexter("sessions", "sync", home=machine.home)
        assert done.returncode == 0, done.stderr
    assert one.git("rev-parse", "main") == two.git("rev-parse", "main")
    assert one.git("rev-parse", "main^{tree}") == wanted
    assert one.queries(session) == two.queries(session) == ["first", "here 1", "there", "here 2"]
    assert dexter("sessions", "sync", home=two.home).stdout.startswith("Nothing to do")


def test_a_merge_of_git_s_that_comes_from_another_machine_is_brought_in_order_when_met(
    pair: tuple[Machine, Machine, str],
) -> None:
    one, two, _ = pair
    wanted = joined(one, two)
    assert pull(one, two, "-X", "theirs")  # and no dexter there since
    joining = two.take(one, one.git("rev-parse", "main"))
    assert joining.commit == two.git("rev-parse", "main")
    assert two.git("rev-parse", "main^{tree}") == wanted
    with two.manager() as manager:
        (listed,) = manager.list_sessions()
    assert (listed.title, listed.tags, listed.exchange_count) == (TITLE, ("mine",), 4)
    one.take(two)
    assert one.tip == two.tip


def test_what_a_person_wrote_while_merging_stays(pair: tuple[Machine, Machine, str]) -> None:
    one, two, session = pair
    assert not pull(one, two)
    path = one.sessions / f"cli/{session}/session.json"
    fields = json.loads(one.git("show", f"HEAD:cli/{session}/session.json"))
    path.write_text(json.dumps({**fields, "title": "By hand", "own": 3, "tags": ["mine", "new"]}, indent=2))
    (one.sessions / "notes.txt").write_text("mine\n")
    history = path.with_name("history.jsonl")
    line = history.read_bytes().split(b"\n")[0].replace(b"first", b"typed")
    by_hand = json.dumps({**json.loads(line), "id": "by-hand", "parentId": None}).encode()
    history.write_bytes(history.read_bytes().rstrip(b"\n") + by_hand)  # and the line feed is forgotten
    conclude(one)
    change_something(one)
    assert sorted(one.queries(session)) == ["first", "here 1", "here 2", "there", "typed"]
    with one.manager() as manager:
        found = manager.get(session)
    assert (found.title, found.tags, found.unknown["own"]) == ("By hand", ("mine", "new"), 3)
    assert found.exchange_count == 5
    assert (one.sessions / "notes.txt").read_text() == "mine\n"
    assert dexter("sessions", "verify", home=one.home).returncode == 0


def test_a_session_that_one_deleted_and_the_other_went_on_with_stays_whole(
    pair: tuple[Machine, Machine, str],
) -> None:
    one, two, session = pair
    with one.manager() as manager:
        manager.delete_session(session)
    wanted = joined(one, two)
    assert not pull(one, two)
    # Until the person has said what shall be, what is saved waits and everybody sees it.
    other = one.ask(None, "meanwhile")
    assert one.ids() == {other}
    told = dexter("sessions", "list", home=one.home)
    assert (told.returncode, other in told.stdout) == (0, True)
    refused = dexter("sessions", "remote", "list", home=one.home)
    assert refused.returncode == 0
    one.git("add", "-A")
    one.git("commit", "-q", "--no-edit")
    merge = one.git("rev-parse", "main")
    change_something(one)
    assert one.queries(session) == ["first", "here 1", "there", "here 2"]
    assert one.queries(other) == ["meanwhile"]
    righted = one.git("log", "--format=%H", "--grep=^repaired after a merge", "-1")
    assert one.git("rev-parse", f"{righted}^") == merge
    assert one.git("rev-parse", f"{righted}^{{tree}}") == wanted


def test_sync_while_a_merge_waits_says_what_to_do(pair: tuple[Machine, Machine, str], tmp_path: Path) -> None:
    one, two, _ = pair
    dexter("sessions", "remote", "add", "origin", str(two.sessions), home=one.home)
    assert not pull(one, two)
    done = dexter("sessions", "sync", home=one.home)
    assert done.returncode == 1
    assert "Finish it with git commit" in done.stderr


def test_a_merge_of_three_at_once_has_what_all_of_them_have(
    pair: tuple[Machine, Machine, str], tmp_path: Path
) -> None:
    one, _, session = pair
    others = [Machine(tmp_path / name, 1_800_000_700.25) for name in ("third", "fourth")]
    asked = set()
    for machine in others:
        machine.take(one)
        asked.add(machine.ask(None, "of another"))
        one.git("fetch", "-q", str(machine.sessions), f"main:{machine.home.name}")
    with others[0].manager() as manager:
        manager.rename_session(session, "renamed")
    one.git("fetch", "-q", str(others[0].sessions), "main:third")
    one.ask(None, "meanwhile")
    assert try_git(one, "merge", "-q", "--no-edit", "third", "fourth")
    merge = one.git("rev-parse", "main")
    assert len(one.git("log", "-1", "--format=%P").split()) == 3
    change_something(one)
    assert one.git("rev-list", f"{merge}..main", "--grep=^repaired") == "", "it was in order"
    assert {session, *asked} < one.ids()
    with one.manager() as manager:
        assert manager.get(session).title == "renamed"
    assert dexter("sessions", "verify", home=one.home).returncode == 0


def test_a_squash_is_brought_in_order_and_its_title_is_what_the_person_took(
    pair: tuple[Machine, Machine, str],
) -> None:
    one, two, session = pair
    one.git("fetch", "-q", str(two.sessions), "main")
    assert not try_git(one, "merge", "--squash", "FETCH_HEAD") or one.git("status", "--porcelain")
    tip = one.git("rev-parse", "main")
    one.ask(session, "meanwhile")
    assert one.git("rev-parse", "main") == tip, "it waits, as with any merge: the index is the person's"
    assert one.queries(session) == ["first", "here 1", "here 2", "meanwhile"]
    one.git("add", "-A")
    one.git("commit", "-q", "-m", "squashed, with the marks of the conflict in it")
    wanted = ["first", "here 1", "there", "here 2", "meanwhile"]
    assert one.queries(session) == wanted
    change_something(one)
    assert one.queries(session) == wanted
    with one.manager() as manager:
        found = manager.get(session)
    assert (found.title, found.tags, found.exchange_count) == (TITLE, ("mine",), 5)
    assert dexter("sessions", "verify", home=one.home).returncode == 0
    one.take(two)
    assert one.queries(session) == wanted
    two.take(one)
    assert one.tip == two.tip


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_rebase_is_brought_in_order(pair: tuple[Machine, Machine, str], side: str) -> None:
    one, two, session = pair
    one.git("fetch", "-q", str(two.sessions), "main")
    assert try_git(one, "rebase", "-q", "-X", side, "FETCH_HEAD")
    assert one.queries(session) == ["first", "here 1", "there", "here 2"]
    change_something(one)
    assert one.queries(session) == ["first", "here 1", "there", "here 2"]
    assert dexter("sessions", "verify", home=one.home).returncode == 0
    one.take(two)
    two.take(one)
    assert one.tip == two.tip
    assert two.queries(session) == ["first", "here 1", "there", "here 2"]


def test_an_exchange_picked_from_elsewhere_takes_its_place(pair: tuple[Machine, Machine, str]) -> None:
    one, two, session = pair
    one.git("fetch", "-q", str(two.sessions), "main")
    assert try_git(one, "cherry-pick", "-X", "ours", "FETCH_HEAD~1")
    assert one.queries(session) == ["first", "here 1", "there", "here 2"]
    change_something(one)
    assert one.queries(session) == ["first", "here 1", "there", "here 2"]
    assert dexter("sessions", "verify", home=one.home).returncode == 0
    one.take(two)
    two.take(one)
    assert one.tip == two.tip


def test_what_a_person_reverts_stays_out(pair: tuple[Machine, Machine, str]) -> None:
    one, _, session = pair
    one.git("revert", "--no-edit", "HEAD", "HEAD~1")  # the tag, and the exchange before it
    change_something(one)
    assert one.queries(session) == ["first", "here 1"]
    with one.manager() as manager:
        found = manager.get(session)
    assert (found.tags, found.exchange_count, found.last_query) == ((), 2, "here 1")
    assert dexter("sessions", "verify", home=one.home).returncode == 0


def test_a_merge_that_a_person_reverts_stays_out(pair: tuple[Machine, Machine, str]) -> None:
    one, two, session = pair
    assert pull(one, two, "-X", "ours")
    assert try_git(one, "revert", "--no-edit", "-m", "1", "HEAD")
    change_something(one)
    assert one.queries(session) == ["first", "here 1", "here 2"]
    assert dexter("sessions", "verify", home=one.home).returncode == 0


def test_a_process_that_dies_while_putting_right_leaves_all_of_it_or_nothing(
    pair: tuple[Machine, Machine, str], tmp_path: Path
) -> None:
    one, two, _ = pair
    wanted = joined(one, two)
    assert pull(one, two, "-X", "ours")
    merge, made = one.git("rev-parse", "main"), one.git("rev-parse", "main^{tree}")
    deaths = 0
    for at in range(1, 1000):
        copy = Machine(tmp_path / "copy")
        shutil.copytree(one.home, copy.home)
        died = in_child(lambda: put_right(copy, DyingFiles(at, half=bool(at % 2))))  # noqa: B023
        assert copy.git("rev-parse", "main^{tree}") in {wanted, made}
        put_right(copy, Files())
        assert copy.git("rev-parse", "main^{tree}") == wanted
        assert copy.git("rev-parse", "main^") == merge
        assert copy.git("status", "--porcelain") == ""
        copy.git("fsck", "--full", "--strict")
        shutil.rmtree(copy.home)
        deaths += died == 9
        if not died:
            break
    assert deaths > 20


def put_right(machine: Machine, files: Files) -> None:
    with Store.open(
        machine.sessions,
        identity=Identity(*WHO),
        clock=lambda: 1_900_000_000.0,
        files=files,
        rules=SessionRules(),
    ) as store:
        assert store.put_right() is None


def test_what_was_purged_and_git_brings_back_is_purged_again(
    pair: tuple[Machine, Machine, str], tmp_path: Path
) -> None:
    one, two, session = pair
    secret = one.ask(None, "a rather secret thing")
    two.take(one)
    two.ask(session, "more")
    assert dexter("sessions", "purge", "--yes", secret, home=one.home).returncode == 0
    with one.archive() as archive:
        records = archive.snapshot().read("purged.jsonl")
    assert try_git(one, "pull", "-q", "--no-edit", "-s", "ours", str(two.sessions), "main")
    change_something(one)
    told = dexter("sessions", "list", home=one.home)
    assert "dexter sessions purge --finish" in told.stderr
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    for machine in (one, two, one):
        dexter("sessions", "remote", "add", "origin", str(bare), home=machine.home)
        done = dexter("sessions", "sync", home=machine.home)
        assert done.returncode == 0, done.stderr
    for machine in (one, two):
        assert not [name for name, content in everything_below(machine.home) if b"rather secret" in content]
        assert "more" in machine.queries(session)
        assert (machine.sessions / "purged.jsonl").read_bytes() == records
    assert one.tip == two.tip
