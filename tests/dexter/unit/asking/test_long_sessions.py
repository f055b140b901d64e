"""Sessions that outgrow the window, against a real server, a real repository and other processes."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dexter.agent import Event, Memory, Notice, remembered
from dexter.agent.window.compaction import planned
from dexter.agent.window.context import assemble
from dexter.agent.window.tokens import estimate
from dexter.agent.window.turns import full_turn
from dexter.asking import ask
from dexter.cli.equipping.toolbox import read_result
from dexter.sessions import SessionExchange, SessionManager
from dexter.sessions.records.compactions import Compaction
from dexter.summaries import Summaries
from dexter.tools.registry import Tool
from tests.support.agents import KEY, agent_for
from tests.support.servers import Call, Fail, ModelServer, Reply
from tests.support.servers.replies import Scripted
from tests.support.sessions import dexter, make_session

LONG = "A figure and what it rests on. " * 150
NOTES = "The user asks about copper; 41.7 kt in 2024 (exchange 2)."


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server that speaks all protocols."""
    with ModelServer() as running:
        yield running


def asked(
    home: Path,
    server: ModelServer,
    replies: Sequence[Scripted],
    *queries: str,
    session_id: str | None = None,
    tools: Sequence[Tool] = (),
) -> list[Event]:
    """Ask queries in a session, with summaries; what happened."""
    events: list[Event] = []

    async def whole() -> None:
        agent = agent_for(server, "ollama:small", tools=tools, run_tools=[read_result])
        summaries = Summaries()
        with SessionManager(home) as manager:
            if session_id is None:
                manager.start_new("small", "ollama")
                memory = Memory()
            else:
                memory = remembered(manager, manager.resume(session_id, record=False))
            for query in queries:
                answered = await ask(
                    query,
                    manager=manager,
                    agent=agent,
                    memory=memory,
                    show=events.append,
                    summaries=summaries,
                )
                memory = answered.memory
                await summaries.idle()
            await summaries.close(manager, wait=30)
        await agent.close()

    server.say(*replies)
    asyncio.run(whole())
    return events


def filled(home: Path, count: int = 8) -> str:
    """A session that a small window has no room for."""
    with SessionManager(home) as manager:
        session = manager.start_new("small", "ollama").id
        for number in range(count):
            manager.save_exchange(
                query=f"Question {number}?", answer=f"Answer {number}. {LONG}", model="small", duration=1
            )
    return session


def stored(home: Path, session_id: str) -> list[Compaction]:
    """What stands for exchanges of the session."""
    with SessionManager(home) as manager:
        return list(manager.compactions(session_id))


def notices(events: Sequence[Event]) -> list[str]:
    """The lines beside the answers."""
    return [event.text for event in events if isinstance(event, Notice)]


def test_a_session_that_fills_the_window_is_summarised_and_the_next_query_has_the_summary(
    tmp_path: Path, server: ModelServer
):
    home = tmp_path / ".dexter"
    session = filled(home)
    replies = [Reply("Eight."), Reply(NOTES), Reply("Nine.")]
    events = asked(home, server, replies, "And an eighth?", "And a ninth?", session_id=session)
    (made,) = stored(home, session)
    assert made.text == NOTES
    assert 3 <= made.exchanges < 9
    request = json.dumps(server.bodies[1]["messages"])
    assert "outgrown the window" in request
    assert "Question 0?" in request
    assert "Question 8?" not in request
    last = json.dumps(server.bodies[2]["messages"])
    assert NOTES in last
    assert "[summary of the answer]" not in last
    assert "And an eighth?" in last
    told = f"The window is full: the first {made.exchanges} exchanges stand in it as a summary"
    assert [each for each in notices(events) if each.startswith("The window is full")] == [
        f"{told}; all of them stay in the session."
    ]
    with SessionManager(home) as manager:
        assert len(manager.show(session).exchanges) == 10


def test_a_resume_in_another_process_uses_it(tmp_path: Path, server: ModelServer):
    home = tmp_path / ".dexter"
    session = filled(home)
    asked(home, server, [Reply("Eight."), Reply(NOTES)], "And an eighth?", session_id=session)
    environment = {"OLLAMA_BASE_URL": server.address}
    arguments = ("--print", "Go on", "-s", session, "--model", "ollama:small")
    done = dexter(*arguments, home=home, environment=environment)
    assert done.returncode == 0
    assert "stand in it as a summary; all of them stay in the session." in done.stderr
    assert NOTES in json.dumps(server.bodies[-1]["messages"])


def test_a_second_summary_takes_the_first_one_in(tmp_path: Path, server: ModelServer):
    home = tmp_path / ".dexter"
    session = filled(home)
    asked(home, server, [Reply("Eight."), Reply(NOTES)], "And an eighth?", session_id=session)
    with SessionManager(home) as manager:
        manager.resume(session, record=False)
        for number in range(6):
            manager.save_exchange(query=f"Later {number}?", answer=LONG, model="small", duration=1)
    asked(home, server, [Reply("Short."), Reply("Later notes.")], "And then?", session_id=session)
    first, second = sorted(stored(home, session), key=lambda each: each.exchanges)
    assert first.exchanges < second.exchanges
    assert NOTES in json.dumps(server.bodies[-1]["messages"]), "it is made from the one before"
    assert "Question 0?" not in json.dumps(server.bodies[-1]["messages"])


def test_a_session_that_fits_is_not_summarised(tmp_path: Path, server: ModelServer):
    home = tmp_path / ".dexter"
    session = make_session(home, *[f"Question {number}?" for number in range(8)])
    asked(home, server, [Reply("Eight.")], "And an eighth?", session_id=session)
    assert len(server.bodies) == 1
    assert stored(home, session) == []


def test_without_a_summary_by_a_model_the_summaries_that_exist_stand_there(
    tmp_path: Path, server: ModelServer
):
    home = tmp_path / ".dexter"
    session = filled(home)
    replies = [Reply("Eight."), Fail(500), Reply("Nine."), Fail(500)]
    asked(home, server, replies, "8?", "9?", session_id=session)
    assert stored(home, session) == []
    assert "Question 1?" in json.dumps(server.bodies[-2]["messages"])


def test_a_result_of_many_megabytes_is_stored_whole_and_read_on_in_another_process(
    tmp_path: Path, server: ModelServer
):
    home = tmp_path / ".dexter"
    text = "".join(f"row {number} of the table\n" for number in range(1_000_000))

    def table() -> dict[str, Any]:
        """Return a table."""
        return {"text": text}

    replies = [Reply(calls=(Call("table"),)), Reply("It is long.")]
    asked(home, server, replies, "The table?", tools=[Tool("table", "Table", table)])
    with SessionManager(home) as manager:
        (session,) = [each.id for each in manager.list_sessions()]
        (exchange,) = manager.show(session).exchanges
    steps = (home / f"sessions/cli/{session}/steps").glob("*.jsonl")
    assert sum(path.stat().st_size for path in steps) > len(text)
    name = f"{exchange.id[-8:]}.1"
    program = (
        "import sys; from dexter.sessions import SessionManager\n"
        "from dexter.agent import remembered\n"
        "from dexter.agent.window.results import RunResults\n"
        "from dexter.tools.reading import reading_tool\n"
        "with SessionManager(sys.argv[1]) as manager:\n"
        "    memory = remembered(manager, manager.resume(sys.argv[2], record=False))\n"
        "    found = reading_tool(RunResults(memory))(result=sys.argv[3], search='row 999999 of')\n"
        "    print(found['characters'], found['places'][0]['text'])\n"
    )
    arguments = [sys.executable, "-c", program, str(home), session, name]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    assert done.stdout.startswith(f"{len(json.dumps({'text': text}))} <quoted ")
    assert "row 999999 of the table" in done.stdout
    # The model of a later query reads on by itself.
    server.say(Reply(calls=(Call("read_result", {"result": name, "start": 20_000_000}),)), Reply("Read."))
    environment = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}
    arguments = ["--print", "Read on", "-s", session, "--model", "openai:demo"]
    assert dexter(*arguments, home=home, environment=environment).stdout == "Read.\n"
    shown = json.dumps(server.bodies[-1]["messages"])
    assert name in shown
    assert "characters 20000000 to 20012000" in shown


words = st.integers(0, 400).map(lambda count: "word " * count)


@settings(max_examples=60)
@given(
    answers=st.lists(words, max_size=14),
    covered=st.integers(0, 14),
    budget=st.integers(300, 8_000),
    source=st.integers(100, 4_000),
)
def test_a_plan_covers_the_oldest_leaves_the_newest_and_only_if_the_window_is_full(
    answers: list[str], covered: int, budget: int, source: int
):
    exchanges = tuple(
        SessionExchange(f"e{number:02d}", number, f"q{number}", answer)
        for number, answer in enumerate(answers)
    )
    memory = Memory(exchanges)
    if 0 < covered <= len(exchanges):
        memory = memory.compacted([Compaction("", exchanges[covered - 1].id, covered, "before " * 20)])
    plan = planned(memory, budget, source)
    known = memory.compaction
    first = known.exchanges if known else 0
    whole = sum(full_turn(each, ()).tokens for each in exchanges[first:])
    if whole + (estimate(known.text) if known else 0) <= budget:
        assert plan is None
    if plan is not None:
        assert plan.exchanges == exchanges[first : plan.count]
        assert plan.count < len(exchanges), "the newest stays as it is"
        made = Compaction("", plan.last.id, plan.count, "notes")
        assert memory.compacted([made]).compaction == made
        turns = assemble(memory.compacted([made]), "next", budget)
        assert sum(turn.tokens for turn in turns) <= budget
        assert turns[-1].exchange_id == exchanges[-1].id


def test_what_stands_for_exchanges_is_told_first_and_they_only_where_the_query_is_about_them():
    exchanges = tuple(
        SessionExchange(f"e{number:02d}", number, f"On {what}?", LONG, summary="brief")
        for number, what in enumerate(["tin", "copper", "zinc", "lead", "iron", "gold"])
    )
    memory = Memory(exchanges).compacted([Compaction("", "e03", 4, NOTES)])
    turns = assemble(memory, "What of copper?", 5_000)
    assert [turn.exchange_id for turn in turns] == ["", "e01", "e04", "e05"]
    assert turns[0].answer == NOTES
    assert "exchanges 1 to 4" in turns[0].query
