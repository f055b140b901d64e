"""Two machines go on with the same sessions, and join: the table of what becomes of them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dexter.sessions import SessionManager
from gitstore import Identity, Store
from tests.support import machines
from tests.support.machines import WHO


class Machine(machines.Machine):
    """One machine that takes what another has by a real `git fetch`, and is held to what git says."""

    def do(self, what: Callable[[SessionManager], object]) -> None:
        with self.manager() as manager:
            what(manager)

    def join(self, other: "Machine") -> str:
        """Join what the other one has, and hold the repository to what git says."""
        self.git("fetch", "-q", str(other.sessions), "main")
        commit = self.git("rev-parse", "FETCH_HEAD")
        (self.sessions / ".git/FETCH_HEAD").unlink()
        with self.archive() as archive:
            joining = archive.join(commit)
        assert self.git("status", "--porcelain") == ""
        assert self.git("fsck", "--full", "--strict", "--no-dangling") == ""
        dangling = self.git("fsck", "--dangling")
        assert "blob" not in dangling
        assert "tree" not in dangling
        assert self.tip == joining.commit
        return joining.outcome.value


def both(one: Machine, other: Machine) -> None:
    """Join both ways, each with what the other had before; both are then at the same commit."""
    before = Machine(other.home.parent / "before")
    subprocess.run(
        ["git", "clone", "-q", str(other.home / "sessions"), str(before.home / "sessions")], check=True
    )
    other.join(one)
    one.join(before)
    assert one.tip == other.tip
    assert one.join(other) == other.join(one) == "already"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Machine, Machine, str]:
    """Two machines that have a session with two exchanges in common."""
    one, other = Machine(tmp_path / "one/home"), Machine(tmp_path / "other/home", 1_700_000_000.0)
    session = one.ask(None, "first")
    one.ask(session, "second")
    other.do(lambda manager: manager.list_sessions())
    (other.home / "sessions").parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["git", "clone", "-q", str(one.home / "sessions"), str(other.home / "sessions")], check=True
    )
    return one, other, session


Machines = tuple[Machine, Machine, str]


def test_what_only_one_side_has_the_other_goes_on_to(pair: Machines) -> None:
    one, other, session = pair
    one.ask(session, "third")
    assert other.join(one) == "forwarded"
    assert one.tip == other.tip
    assert other.queries(session) == ["first", "second", "third"]


def test_sessions_that_changed_on_one_side_each_are_both_as_they_were_changed(pair: Machines) -> None:
    one, other, session = pair
    one.ask(session, "third")
    new = other.ask(None, "another")
    both(one, other)
    for machine in (one, other):
        assert machine.queries(session) == ["first", "second", "third"]
        assert machine.queries(new) == ["another"]


def test_a_session_that_both_went_on_with_has_all_exchanges_and_two_heads(pair: Machines) -> None:
    one, other, session = pair
    one.ask(session, "here")
    one.ask(session, "and here")
    other.ask(session, "there")
    both(one, other)
    for machine in (one, other):
        assert machine.queries(session) == ["first", "second", "there", "here", "and here"]
        with machine.manager() as manager:
            metadata = manager.get(session)
            exchanges = manager.show(session).exchanges
        assert metadata.exchange_count == 5
        assert metadata.heads == (exchanges[2].id, exchanges[4].id)
        assert (metadata.first_query, metadata.last_query) == ("first", "and here")
        assert exchanges[2].parent_id == exchanges[3].parent_id == exchanges[1].id
    assert "Action: merged" in one.git("log", "-1", "--format=%B")


def test_a_session_that_was_deleted_and_not_gone_on_with_is_deleted(pair: Machines) -> None:
    one, other, session = pair
    one.do(lambda manager: manager.delete_session(session))
    other.ask(None, "another")
    other.do(lambda manager: manager.resume(session))  # which says nothing against it
    both(one, other)
    assert session not in one.ids() | other.ids()
    with one.manager() as manager:
        manager.restore_session(session)
    assert other.join(one) == "forwarded"
    assert other.queries(session) == ["first", "second"]


def test_a_session_that_was_restored_since_both_knew_it_was_deleted_stays(pair: Machines) -> None:
    one, other, session = pair
    one.do(lambda manager: manager.delete_session(session))
    other.join(one)
    one.do(lambda manager: manager.restore_session(session))
    other.ask(None, "another")
    both(one, other)
    assert one.queries(session) == ["first", "second"]


def test_a_session_that_was_deleted_and_gone_on_with_stays_with_all_of_both(pair: Machines) -> None:
    one, other, session = pair
    one.ask(session, "only here, before it was deleted")
    one.do(lambda manager: manager.delete_session(session))
    other.ask(session, "there")
    both(one, other)
    for machine in (one, other):
        assert set(machine.queries(session)) == {
            "first",
            "second",
            "there",
            "only here, before it was deleted",
        }
    assert f"cli/{session}: had been deleted" in one.git("log", "-1", "--format=%B")


def test_machines_that_never_met_have_the_sessions_of_both(tmp_path: Path) -> None:
    one, other = Machine(tmp_path / "one/home"), Machine(tmp_path / "other/home")
    first, second = one.ask(None, "here"), other.ask(None, "there")
    both(one, other)
    assert one.ids() == other.ids() == {first, second}


def test_a_machine_without_sessions_goes_on_from_the_other(tmp_path: Path) -> None:
    one, other = Machine(tmp_path / "one/home"), Machine(tmp_path / "other/home")
    one.ask(None, "here")
    session = other.ask(None, "there")
    other.do(lambda manager: manager.delete_session(session))
    fresh = Machine(tmp_path / "fresh/home")
    gitless = fresh.home / "sessions"
    gitless.parent.mkdir(parents=True)
    Store.open(gitless, identity=Identity(*WHO)).close()
    assert fresh.join(one) == "forwarded"
    assert fresh.ids() == one.ids()
    assert fresh.git("rev-list", "--count", "main") == one.git("rev-list", "--count", "main")


def test_the_title_is_that_of_the_later_change_and_tags_are_as_added_and_removed(pair: Machines) -> None:
    one, other, session = pair
    one.do(lambda manager: manager.rename_session(session, "mine"))
    other.ask(None, "another")
    both(one, other)
    with other.manager() as manager:
        assert manager.get(session).title == "mine"


def test_where_a_session_was_rewound_to_is_what_one_of_both_said_and_the_later_one(pair: Machines) -> None:
    one, other, session = pair
    one.ask(session, "third")
    other.join(one)
    with one.manager() as manager:
        first, second, _ = (each.id for each in manager.show(session).exchanges)
    one.do(lambda manager: manager.rewind(session, first))
    other.now = one.now + 60
    other.do(lambda manager: manager.rewind(session, second))
    both(one, other)
    for machine in (one, other):
        machine.ask(session, f"from {machine.home.parent.name}")
    for machine in (one, other):
        with machine.manager() as manager:
            assert manager.show(session).exchanges[-1].parent_id == second


def test_saving_goes_on_after_joining_and_while_another_has_it_open(pair: Machines) -> None:
    one, other, session = pair
    with one.manager() as manager:
        manager.resume(session)
        other.ask(session, "there")
        one.join(other)
        manager.save_exchange(
            query="on", answer="yes", summary=None, model="m", status="complete", duration=1, token_usage=None
        )
    assert set(one.queries(session)) == {"first", "second", "there", "on"}
    assert len(one.queries(session)) == 4
    assert one.git("status", "--porcelain") == ""


def test_what_another_machine_deleted_can_be_restored_by_who_never_had_it(tmp_path: Path) -> None:
    one, other = Machine(tmp_path / "one/home"), Machine(tmp_path / "other/home", 1_700_000_000.0)
    session = one.ask(None, "first")
    one.ask(session, "second")
    one.do(lambda manager: manager.delete_session(session))
    other.ask(None, "another")
    other.join(one)
    other.do(lambda manager: manager.restore_session(session))
    assert other.queries(session) == ["first", "second"]


def test_a_session_stays_with_all_of_it_if_who_deleted_it_has_joined_others_since(
    pair: Machines, tmp_path: Path
) -> None:
    one, other, session = pair
    one.ask(session, "only here, before it was deleted")
    one.do(lambda manager: manager.delete_session(session))
    other.ask(session, "there")
    third = Machine(tmp_path / "third/home")
    third.ask(None, "another")
    third.join(one)
    third.join(other)
    assert set(third.queries(session)) == {"first", "second", "there", "only here, before it was deleted"}


def test_a_session_stays_with_all_that_each_had_who_deleted_it(pair: Machines, tmp_path: Path) -> None:
    one, other, session = pair
    third = Machine(tmp_path / "third/home")
    third.do(lambda manager: manager.list_sessions())
    subprocess.run(["git", "clone", "-q", str(one.sessions), str(third.sessions)], check=True)
    for machine, query in ((one, "here"), (other, "there")):
        machine.ask(session, query)
        machine.do(lambda manager: manager.rename_session(session, query))  # noqa: B023  done at once
        machine.do(lambda manager: manager.delete_session(session))
    third.ask(session, "elsewhere")
    one.join(other)
    one.join(third)
    assert set(one.queries(session)) == {"first", "second", "here", "there", "elsewhere"}


def test_a_restored_session_stays_although_others_knew_only_of_its_deletion(pair: Machines) -> None:
    one, other, session = pair
    other.ask(None, "another")
    before = other.tip
    one.do(lambda manager: manager.delete_session(session))
    deleted = one.tip
    one.do(lambda manager: manager.restore_session(session))
    machines.Machine.take(one, other, before)
    machines.Machine.take(other, one, deleted)  # both are behind the other's last but one
    assert session in one.ids() - other.ids()
    both(one, other)
    assert one.queries(session) == ["first", "second"]


def test_what_stayed_against_one_deletion_goes_with_a_later_one_that_knew_why(
    pair: Machines, tmp_path: Path
) -> None:
    one, other, session = pair
    third = Machine(tmp_path / "third/home")
    third.do(lambda manager: manager.list_sessions())
    one.do(lambda manager: manager.delete_session(session))
    deleted = one.tip
    other.ask(session, "there")
    machines.Machine.take(third, other)
    other.join(one)
    assert session in other.ids()
    third.do(lambda manager: manager.delete_session(session))
    machines.Machine.take(third, one, deleted)
    both(other, third)
    assert session not in other.ids()


def test_a_machine_that_never_had_a_session_says_nothing_of_it(tmp_path: Path) -> None:
    one, other, third = (Machine(tmp_path / f"{number}/home") for number in range(3))
    session, another = one.ask(None, "first"), other.ask(None, "another")
    one.do(lambda manager: manager.tag_session(session, ["red"]))
    third.do(lambda manager: manager.list_sessions())
    apart = one.tip, other.tip
    machines.Machine.take(third, one)
    one.ask(None, "more")
    for machine, tip in ((one, apart[1]), (third, apart[1])):
        machines.Machine.take(machine, other, tip)
    third.do(lambda manager: manager.tag_session(session, [], ["red"]))
    other.ask(another, "more")
    other.join(third)
    both(one, other)
    with one.manager() as manager:
        assert manager.get(session).tags == ()
    third.do(lambda manager: manager.delete_session(session))
    one.ask(another, "and more")
    both(one, third)
    assert session not in one.ids()


def test_a_rewind_is_that_of_one_machine(pair: Machines) -> None:
    one, other, session = pair
    with one.manager() as manager:
        first, second = (each.id for each in manager.show(session).exchanges)
    one.do(lambda manager: manager.rewind(session, first))
    last = other.ask(session, "third")
    assert last == session
    other.do(lambda manager: manager.rewind(session, None))
    with other.manager() as manager:
        third = manager.show(session).exchanges[-1].id
    both(one, other)
    with one.manager() as manager:
        fields = manager.get(session).unknown
    assert (fields.get("rewoundTo"), fields["rewoundAfter"]) in {(first, second), (None, third)}
