from pathlib import Path

import pytest

from dexter.sessions import SessionManager, ToolStep
from dexter.sessions.branching import ExchangeNotFound

STEP = ToolStep(1, "c1", "calculate", {"expression": "1+1"}, "2", True, 3)


def asked(manager: SessionManager, *queries: str) -> list[str]:
    return [
        manager.save_exchange(
            query=query, answer=f"answer to {query}", model="m", provider="p", steps=(STEP,)
        ).id
        for query in queries
    ]


@pytest.fixture
def manager(tmp_path: Path) -> SessionManager:
    manager = SessionManager(tmp_path / ".dexter", identity=("T", "t@example.invalid"))
    manager.start_new("m", "p", "aaaaaaaa")
    return manager


def test_a_fork_starts_with_the_exchanges_up_to_one_and_their_steps_and_leaves_the_source(
    manager: SessionManager,
):
    first, second, _ = asked(manager, "one", "two", "three")
    fork = manager.fork_session(second)
    assert [exchange.query for exchange in fork.exchanges] == ["one", "two"]
    (third,) = asked(manager, "another three")
    view = manager.show(fork.metadata.id)
    assert [exchange.id for exchange in view.exchanges] == [first, second, third]
    assert view.exchanges[-1].parent_id == second
    assert view.metadata.forked_from == {"sessionId": "aaaaaaaa", "exchangeId": second}
    assert view.metadata.exchange_count == 3
    assert manager.steps(first, session_id=fork.metadata.id) == (STEP,)
    assert [exchange.query for exchange in manager.show("aaaaaaaa").exchanges] == ["one", "two", "three"]
    assert [event.action for event in manager.log(fork.metadata.id)] == ["exchange", "forked"]


def test_after_a_rewind_the_next_exchange_follows_the_earlier_one_and_nothing_is_lost(
    manager: SessionManager,
):
    first, second = asked(manager, "one", "two")
    assert [exchange.id for exchange in manager.rewind_session(first)] == [first]
    (third,) = asked(manager, "instead of two")
    exchanges = {exchange.id: exchange for exchange in manager.show("aaaaaaaa").exchanges}
    assert exchanges[third].parent_id == first
    assert set(exchanges) == {first, second, third}
    assert [event.action for event in manager.log("aaaaaaaa")] == [
        "exchange",
        "rewound",
        "exchange",
        "exchange",
        "created",
    ]


def test_a_rewind_is_remembered_until_something_is_asked(manager: SessionManager, tmp_path: Path):
    first, _ = asked(manager, "one", "two")
    manager.rewind_session(first)
    manager.close()
    with SessionManager(tmp_path / ".dexter", identity=("T", "t@example.invalid")) as later:
        later.resume("aaaaaaaa")
        assert later.follows == first
        (third,) = asked(later, "three")
    with SessionManager(tmp_path / ".dexter", identity=("T", "t@example.invalid")) as latest:
        latest.resume("aaaaaaaa")
        assert latest.follows == third


def test_an_exchange_that_is_not_there_changes_nothing(manager: SessionManager):
    asked(manager, "one")
    before = [event.commit for event in manager.log()]
    for act in (manager.rewind_session, manager.fork_session):
        with pytest.raises(ExchangeNotFound):
            act("no-such-id")
    assert [event.commit for event in manager.log()] == before
