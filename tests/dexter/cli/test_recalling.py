"""What earlier sessions found, in the real program: offered, told, switched off; never of what is gone."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dexter.sessions import FiguresRecord, SessionManager
from tests.support.agents import KEY
from tests.support.servers import ModelServer, Reply
from tests.support.sessions import dexter, make_session, save

ASKED = "What was the revenue of Nvidia in 2024?"
SAID = "It was 60.9 billion USD (10-K of 2024)."
TOLD = "Recalled: 1 exchange from "


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with three sessions, one of which is about Nvidia."""
    home = tmp_path / ".dexter"
    make_session(home, ASKED, session_id="nvidia22", answer=SAID)
    make_session(home, "What is the price of copper?", "And of tin?")
    return home


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server that speaks all protocols."""
    with ModelServer() as running:
        yield running


def offered(
    server: ModelServer, home: Path, *arguments: str, query: str = "How did Nvidia revenue grow?"
) -> str:
    """What is told on stderr; whatever is told must be what the request held."""
    environment = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}
    done = dexter("--print", query, "--model", "openai:demo", *arguments, home=home, environment=environment)
    assert done.returncode == 0
    assert (TOLD in done.stderr) == (SAID in json.dumps(server.bodies[-1]["messages"]))
    return done.stderr


def test_a_new_session_is_offered_what_an_earlier_one_found_and_its_name(home: Path, server: ModelServer):
    assert f"{TOLD}nvidia22 (20" in offered(server, home)
    (asked,) = [each for each in server.bodies[-1]["messages"] if SAID in str(each["content"])]
    assert "from session nvidia22, exchange " in asked["content"]


def test_a_figure_that_only_an_earlier_session_has_is_told_as_that_and_kept_as_that(
    home: Path, server: ModelServer
):
    server.say(Reply("It grew from 60.9 billion by 114%."))
    told = offered(server, home)
    assert "Figures: 0 traced, 1 from earlier sessions (60.9 billion), 1 the model's own: 114%\n" in told
    with SessionManager(home) as manager:
        session = manager.list_sessions()[0].id
        (exchange,) = manager.show(session).exchanges
    assert exchange.figures == FiguresRecord(0, 0, ("114%",), ("60.9 billion",))
    server.say(Reply("As I said: 60.9 billion."))
    again = offered(server, home, "-s", session, "--no-recall", query="Once more?")
    assert "Figures: 0 traced, 1 from earlier sessions (60.9 billion)\n" in again
    shown = dexter("sessions", "show", session, home=home).stdout
    assert shown.count("1 from earlier sessions (60.9 billion)") == 2
    printed = dexter("sessions", "show", session, "--json", home=home).stdout
    assert json.loads(printed)["exchanges"][0]["figures"] == {
        "traced": 0, "asked": 0, "own": ["114%"], "recalled": ["60.9 billion"],
    }  # fmt: skip


def test_what_does_not_bear_on_the_question_is_not_offered(home: Path, server: ModelServer):
    assert TOLD not in offered(server, home, query="What is 2+2?")


def test_the_session_itself_is_not_offered_to_itself(home: Path, server: ModelServer):
    environment = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}
    arguments = ("--print", "How did Nvidia revenue grow?", "--model", "openai:demo", "-s", "nvidia22")
    assert TOLD not in dexter(*arguments, home=home, environment=environment).stderr


def test_it_can_be_switched_off_for_a_run_and_for_good(home: Path, server: ModelServer):
    assert TOLD not in offered(server, home, "--no-recall", "--no-session")
    (home / "settings.json").write_text('{"recall": false}')
    assert TOLD not in offered(server, home, "--no-session")
    (home / "settings.json").write_text('{"recall": true}')
    assert TOLD in offered(server, home, "--no-session")


@pytest.mark.parametrize("how", ["delete", "purge"])
def test_what_was_deleted_or_purged_is_not_offered(home: Path, server: ModelServer, how: str):
    assert TOLD in offered(server, home, "--no-session"), "so that it is in the catalog"
    assert dexter("sessions", how, "nvidia22", "--yes", home=home).returncode == 0
    assert TOLD not in offered(server, home, "--no-session")


def test_what_was_left_by_going_back_in_this_session_is_not_offered(home: Path, server: ModelServer):
    with SessionManager(home) as manager:
        manager.resume("nvidia22")
        manager.rewind_session(None)
        save(manager, "Something else?")
    environment = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}
    arguments = ("--print", "How did Nvidia revenue grow?", "--model", "openai:demo", "-s", "nvidia22")
    assert TOLD not in dexter(*arguments, home=home, environment=environment).stderr
    assert SAID not in json.dumps(server.bodies[-1]["messages"])


def test_the_questions_of_a_batch_are_offered_nothing(home: Path, server: ModelServer, tmp_path: Path):
    (tmp_path / "questions.csv").write_text("question\nHow did Nvidia revenue grow?\n")
    environment = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}
    arguments = ("batch", str(tmp_path / "questions.csv"), "--model", "openai:demo")
    assert dexter(*arguments, home=home, environment=environment).returncode == 0
    assert SAID not in json.dumps(server.bodies[-1]["messages"])
