"""The way of one exchange, against a real server and a real repository."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dexter.agent import AnswerPart, Event, Finished, Memory, remembered
from dexter.asking import Answered, ask
from dexter.sessions import FiguresRecord, NotSaved, SavedExchange, SessionManager, ToolStep
from dexter.summaries import Summaries
from dexter.tools.registry import all_tools
from tests.support.agents import agent_for
from tests.support.servers import Call, Fail, ModelServer, Reply


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server that speaks all protocols."""
    with ModelServer() as running:
        yield running


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[SessionManager]:
    """A session that has begun."""
    with SessionManager(tmp_path / ".dexter") as made:
        made.start_new("demo", "openai")
        yield made


def answered(server: ModelServer, query: str = "What?", **fields: Any) -> Answered:
    """Ask a query to its end."""

    async def whole() -> Answered:
        agent = agent_for(server, tools=all_tools())
        try:
            return await ask(query, agent=agent, **{"memory": Memory(), "show": lambda _: None, **fields})
        finally:
            await agent.close()

    return asyncio.run(whole())


def scratch_lines(home: Path) -> list[dict[str, Any]]:
    """The lines of the one scratchpad file."""
    (path,) = (home / "scratchpad").glob("*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_query_is_on_disk_before_the_model_is_asked(
    server: ModelServer, manager: SessionManager, tmp_path: Path
):
    seen: list[list[dict[str, Any]]] = []

    def show(event: Event) -> None:
        if not seen:
            seen.append(scratch_lines(tmp_path / ".dexter"))

    answered(server, "Remember me", manager=manager, show=show)
    assert seen[0][0]["type"] == "init"
    assert seen[0][0]["content"] == "Remember me"


def test_the_scratchpad_tells_the_whole_run_and_the_session_has_it_too(
    server: ModelServer, manager: SessionManager, tmp_path: Path
):
    server.say(
        Reply("Computing.", "thinking", (Call("calculate", {"expression": "2+2"}),)),
        Reply("Four."),
    )
    result = answered(server, manager=manager)
    lines = scratch_lines(tmp_path / ".dexter")
    kinds = list(dict.fromkeys(line["type"] for line in lines))
    assert kinds == ["init", "thinking", "text", "tool_call", "tool_result", "saving", "end"]
    done = next(line for line in lines if line["type"] == "tool_result")
    assert (done["toolName"], done["args"]) == ("calculate", {"expression": "2+2"})
    assert list((tmp_path / ".dexter/scratchpad/running").iterdir()) == []
    assert result.saved is not None
    assert result.exchange.answer == "Four."
    assert manager.steps(result.exchange.id) == result.outcome.steps


def test_an_error_is_saved_as_one_with_what_there_is_of_the_answer(
    server: ModelServer, manager: SessionManager
):
    server.say(Fail(401))
    result = answered(server, manager=manager)
    stored = manager.show(manager.session_id or "").exchanges
    assert [(each.status, each.query) for each in stored] == [("error", "What?")]
    assert stored[0].error == result.outcome.error
    assert stored[0].error
    assert result.memory.exchanges == stored


def test_a_run_that_is_cancelled_is_saved_as_interrupted(server: ModelServer, manager: SessionManager):
    server.say(Reply("word " * 5_000, pause=0.01))
    runs: list[Any] = []

    def show(event: Event) -> None:
        if isinstance(event, AnswerPart):
            runs[0].cancel()

    result = answered(server, manager=manager, show=show, started=runs.append)
    assert result.exchange.status == "interrupted"
    assert result.exchange.answer.startswith("word")


def test_without_a_manager_nothing_is_written_and_the_memory_goes_on(server: ModelServer, tmp_path: Path):
    first = answered(server, "first", manager=None)
    second = answered(server, "second", manager=None, memory=first.memory)
    assert [each.query for each in second.memory.exchanges] == ["first", "second"]
    assert second.exchange.parent_id == first.exchange.id
    assert second.saved is None
    assert not (tmp_path / ".dexter").exists()
    assert "first" in str(server.bodies[-1]["messages"])


def test_a_resumed_session_is_remembered_with_its_steps(
    server: ModelServer, manager: SessionManager, tmp_path: Path
):
    server.say(Reply(calls=(Call("calculate", {"expression": "2+2"}),)), Reply("Four."))
    result = answered(server, manager=manager)
    session_id = manager.session_id or ""
    manager.close()
    with SessionManager(tmp_path / ".dexter") as later:
        memory = remembered(later, later.resume(session_id))
        (step,) = memory.steps_of(result.exchange.id)
        assert isinstance(step, ToolStep)
        assert memory.steps_of("no-such-exchange") == ()


class FullDisk(SessionManager):
    """A manager whose disk is full by the time there is something to save."""

    def save_exchange(self, **fields: Any) -> SavedExchange:  # noqa: ARG002  as the manager's own
        """Save nothing."""
        raise NotSaved("No space left on device")


def test_an_answer_that_can_not_be_saved_has_been_shown_and_the_next_start_recovers_it(
    server: ModelServer, tmp_path: Path
):
    shown: list[Event] = []
    with FullDisk(tmp_path / ".dexter") as manager:
        session_id = manager.start_new("demo", "openai").id
        with pytest.raises(NotSaved):
            answered(server, manager=manager, show=shown.append)
    assert isinstance(shown[-1], Finished)
    with SessionManager(tmp_path / ".dexter") as later:
        (exchange,) = later.resume(session_id).exchanges
    assert exchange.query == "What?"
    assert exchange.answer == shown[-1].outcome.answer


class Kept:
    """Keeps summaries as a manager does."""

    def __init__(self, session_id: str | None) -> None:
        self.session_id = session_id
        self.texts: dict[str, str] = {}

    def add_summary(self, exchange_id: str, text: str) -> None:
        """Keep it."""
        self.texts[exchange_id] = text

    def add_compaction(self, exchange_id: str, exchanges: int, text: str, summary: str) -> None:
        """Keep none: the sessions here are short."""
        raise AssertionError((exchange_id, exchanges, text, summary))


def test_a_summary_is_handed_in_only_where_it_belongs(server: ModelServer):
    async def whole() -> tuple[dict[str, str], dict[str, str], str]:
        agent, summaries = agent_for(server), Summaries()
        server.say(Reply("long " * 200), Reply("What it was about."))
        result = await ask(
            "What?", manager=None, agent=agent, memory=Memory(), show=lambda _: None, summaries=summaries
        )
        elsewhere = Kept("other123")
        await summaries.close(elsewhere, wait=10)
        here = summaries.hand_in(None)
        await agent.close()
        return elsewhere.texts, here, result.exchange.id

    elsewhere, here, exchange_id = asyncio.run(whole())
    assert elsewhere == {}
    assert here == {exchange_id: "What it was about."}


def test_an_exchange_as_short_as_a_summary_needs_none(server: ModelServer):
    async def whole() -> None:
        agent, summaries = agent_for(server), Summaries()
        server.say(Reply("short"))
        await ask("What?", manager=None, agent=agent, memory=Memory(), show=print, summaries=summaries)
        await summaries.close(None, wait=10)
        await agent.close()

    asyncio.run(whole())
    assert len(server.bodies) == 1


def test_a_summary_that_fails_leaves_the_one_made_from_the_text(server: ModelServer, manager: SessionManager):
    async def whole() -> Answered:
        agent, summaries = agent_for(server), Summaries()
        server.say(Reply("long " * 200), Fail(500))
        result = await ask(
            "What?", manager=manager, agent=agent, memory=Memory(), show=lambda _: None, summaries=summaries
        )
        await summaries.close(manager, wait=10)
        await agent.close()
        return result

    result = asyncio.run(whole())
    assert (result.exchange.summary or "").startswith("What?")


def test_the_figures_of_an_answer_are_traced_shown_and_kept_with_it(
    server: ModelServer, manager: SessionManager
):
    shown: list[Event] = []
    computing = Reply(calls=(Call("calculate", {"expression": "1000 * 1.5"}),))
    server.say(computing, Reply("1,500, which is 5% less than 1,579."))
    first = answered(server, "1000 and half of it?", manager=manager, show=shown.append)
    expected = FiguresRecord(1, 0, ("5%", "1,579"))
    assert isinstance(shown[-1], Finished)
    assert shown[-1].outcome.figures == expected
    assert first.outcome.answer == "1,500, which is 5% less than 1,579."
    server.say(Reply("As found: 1,500 from 1000."))
    second = answered(server, "Again?", manager=manager, memory=first.memory)
    assert second.exchange.figures == FiguresRecord(2, 1, ())
    server.say(Reply("No number here."))
    answered(server, "And now?", manager=manager, memory=second.memory)
    assert manager.session_id is not None
    kept = manager.show(manager.session_id).exchanges
    assert [each.figures for each in kept] == [expected, FiguresRecord(2, 1, ()), None]


def test_the_figures_of_an_answer_that_is_not_whole_are_not_looked_into(server: ModelServer):
    server.say(Reply("It is 4,711 and", why="refused"))
    assert answered(server, manager=None).outcome.figures is None
