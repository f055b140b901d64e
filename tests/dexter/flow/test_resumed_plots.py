"""A plot is shown again where its exchange is shown again, as it was in the first place."""

from collections.abc import Iterator

import pytest

from tests.support.servers import Call, ModelServer, Reply
from tests.support.sessions import dexter
from tests.support.terminal import CTRL_D, Terminal

pytestmark = pytest.mark.terminal

PLOT = Call(
    "plot",
    {
        "title": "Revenue of Acme",
        "unit": "USD",
        "series": [
            {"name": "Acme", "points": [{"x": 2021, "y": 10}, {"x": 2022, "y": 30}, {"x": 2023, "y": 20}]}
        ],
    },
)


@pytest.fixture
def with_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    with ModelServer([Reply(calls=(PLOT,)), Reply("It rose.")]) as server:
        yield ["--model", f"openai:test-model@{server.base_url}"]


def drawing(lines: list[str]) -> list[str]:
    """The lines from the plot's headline to the names on its x axis."""
    first = next(number for number, line in enumerate(lines) if line.startswith("Revenue of Acme (USD)"))
    last = next(number for number, line in enumerate(lines) if number > first and "└" in line)
    return lines[first : last + 2]


@pytest.mark.parametrize("columns", [80, 200])
def test_a_plot_is_drawn_again_on_resume_in_the_history_and_by_show(with_model: list[str], columns: int):
    with Terminal(with_model, columns=columns, rows=40) as chat:
        chat.wait_for("ask, or /help")
        session_id = chat.session_id()
        chat.enter("Draw it")
        chat.wait_for("commit ")
        first = drawing(chat.lines())
        assert len(first) > 10
        chat.type(CTRL_D)
        chat.wait_for("Resume with:")
    with Terminal([*with_model, "--session", session_id], columns=columns, rows=60) as chat:
        chat.wait_for("It rose.")
        chat.wait_for("ask, or /help")
        lines = chat.lines()
        assert drawing(lines) == first
        place = lines.index(first[0])
        assert lines.index("> Draw it") < place < lines.index("It rose.")
        chat.enter("/history all")
        chat.wait_for("Revenue of Acme (USD)", times=2)
        chat.type(CTRL_D)
        chat.wait_for("Resume with:")
    assert "Revenue of Acme (USD)" in dexter("sessions", "show", session_id).stdout


def test_without_cursor_movement_it_is_a_table_again(with_model: list[str]):
    with Terminal(with_model, environment={"TERM": "dumb"}) as chat:
        chat.wait_for("Model: ")
        session_id = chat.session_id()
        chat.enter("Draw it")
        chat.wait_for("commit ")
        chat.enter("exit")
        chat.wait_for("Resume with:")
    with Terminal([*with_model, "--session", session_id], environment={"TERM": "dumb"}) as chat:
        chat.wait_for("It rose.")
        assert "Revenue of Acme (USD)\n" in chat.text()
        assert "2022    30\n" in chat.text()
        chat.enter("exit")
        chat.wait_for("Resume with:")
