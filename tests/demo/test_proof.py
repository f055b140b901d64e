from pathlib import Path

import pytest

from demo.asking import Acknowledged, Ledger
from demo.proof import Proof
from dexter.sessions import SessionManager


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, Acknowledged]:
    home = tmp_path / ".dexter"
    with SessionManager(home) as manager:
        session = manager.start_new("demo", "openai")
        exchange = manager.save_exchange(
            query="Q", answer="A", summary=None, model="demo", status="complete", duration=1, token_usage=None
        )
    return home, Acknowledged(session.id, exchange.id, "Q", "A", exchange.commit)


def test_what_is_there_is_proved(saved: tuple[Path, Acknowledged], environment: dict[str, str]) -> None:
    home, acknowledged = saved
    proof = Proof(home, environment)
    rows = dict(proof.rows(Ledger(acknowledged=[acknowledged])))
    assert proof.problems == []
    assert rows["acknowledged exchanges that git has exactly once"] == "1"


@pytest.mark.parametrize(
    "wrong", [{"exchange": "another"}, {"answer": "B"}, {"question": "R"}, {"commit": "0" * 40}]
)
def test_what_is_not_there_as_it_was_said_is_a_problem(
    saved: tuple[Path, Acknowledged], wrong: dict[str, str], environment: dict[str, str]
) -> None:
    home, acknowledged = saved
    said = {
        name: getattr(acknowledged, name) for name in ("session", "exchange", "question", "answer", "commit")
    }
    proof = Proof(home, environment)
    proof.rows(Ledger(acknowledged=[Acknowledged(**(said | wrong))]))
    assert proof.problems


def test_a_work_tree_that_is_not_clean_is_a_problem(
    saved: tuple[Path, Acknowledged], environment: dict[str, str]
) -> None:
    home, acknowledged = saved
    (home / "sessions" / "stray").write_text("x")
    proof = Proof(home, environment)
    proof.rows(Ledger(acknowledged=[acknowledged]))
    assert any("git status" in problem for problem in proof.problems)


@pytest.fixture
def environment() -> dict[str, str]:
    import os

    return dict(os.environ)
