"""What a person types while a run is under way, in a pseudo-terminal: put in, or asked next if too late."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import Call, ModelServer, Reply
from tests.support.servers.asked import Asked
from tests.support.servers.replies import Scripted
from tests.support.sessions import dexter_json
from tests.support.terminal import CTRL_C, CTRL_D, Terminal

pytestmark = pytest.mark.terminal

FIRST = "What is six times seven?"


class Model:
    """A model that calls a tool first; it waits before each of its replies until it is let go on."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may = threading.Semaphore(0)

    def __call__(self, asked: Asked) -> Scripted:
        """The reply to what is asked."""
        self.asked.append(asked.query)
        self.may.acquire(timeout=60)
        if asked.query == FIRST and not asked.results:
            return Reply(calls=(Call("calculate", {"expression": "6*7"}),))
        return Reply(f"Answer to: {asked.query}")


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def with_model(model: Model, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    with ModelServer(answering=model) as server:
        yield ["--model", f"openai:test-model@{server.base_url}"]
        model.may.release(100)


def test_what_is_typed_while_tools_run_steers_the_run_and_what_is_too_late_is_asked_next(
    model: Model, with_model: list[str], tmp_path: Path
):
    arguments = [*with_model, "--home", str(tmp_path / ".dexter")]
    with Terminal(arguments) as chat:
        chat.wait_for("ask, or /help")
        session_id = chat.session_id()
        chat.enter(FIRST)
        chat.wait_for(lambda: model.asked == [FIRST])
        chat.enter("In words, please.")
        chat.wait_for("next: In words, please.")
        model.may.release()
        chat.wait_for(lambda: len(model.asked) == 2)
        assert model.asked[1] == "In words, please."
        chat.wait_for(lambda: "next: In words" not in chat.text())
        assert chat.text().index("* calculate(") < chat.text().index("> In words, please.")
        chat.enter("And six times eight?")
        chat.wait_for("next: And six times eight?")
        model.may.release(2)
        chat.wait_for("Answer to: And six times eight?")
        chat.wait_for("commit ", times=2)
        assert "Answer to: In words, please." in chat.text()
        chat.type(CTRL_D)
        chat.wait_for("Resume with:")
    shown = dexter_json("sessions", "show", session_id, home=tmp_path / ".dexter")["exchanges"]
    assert [each["query"] for each in shown] == [FIRST, "And six times eight?"]
    assert [each.get("further") for each in shown] == [[{"step": 2, "text": "In words, please."}], None]
    with Terminal([*arguments, "--session", session_id]) as chat:
        chat.wait_for(f"> {FIRST}\n> In words, please.\n")
        chat.type(CTRL_D)
        chat.wait_for("Resume with:")


def test_ctrl_c_ends_the_run_with_the_words_that_it_had(model: Model, with_model: list[str], tmp_path: Path):
    with Terminal([*with_model, "--home", str(tmp_path / ".dexter")]) as chat:
        chat.wait_for("ask, or /help")
        session_id = chat.session_id()
        chat.enter(FIRST)
        chat.wait_for(lambda: model.asked == [FIRST])
        chat.enter("In words, please.")
        chat.wait_for("next: In words, please.")
        model.may.release()
        chat.wait_for(lambda: len(model.asked) == 2)
        chat.enter("Another one?")
        chat.wait_for("next: Another one?")
        chat.type(CTRL_C)
        chat.wait_for("Interrupted.")
        model.may.release(2)
        chat.wait_for("Answer to: Another one?")
        chat.wait_for("commit ", times=2)
        chat.type(CTRL_D)
        chat.wait_for("Resume with:")
    shown = dexter_json("sessions", "show", session_id, home=tmp_path / ".dexter")["exchanges"]
    assert [(each["query"], each["status"]) for each in shown] == [
        (FIRST, "interrupted"),
        ("Another one?", "complete"),
    ]
    assert shown[0]["further"] == [{"step": 2, "text": "In words, please."}]
