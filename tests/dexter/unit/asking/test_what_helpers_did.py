"""What helpers did is kept with the exchange, belongs to them wherever it is seen, and can be read on in."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dexter.agent import HelperTold, Memory, ToolFinished, remembered
from dexter.agent.research import research_tool
from dexter.asking import Answered, ask
from dexter.cli.equipping.toolbox import read_result
from dexter.exports.formats import rendered
from dexter.imports.sources import find_sources, read_source
from dexter.secrets import Masks
from dexter.sessions import (
    HelperRecord,
    ReasoningStep,
    SessionManager,
    Step,
    TextStep,
    ToolStep,
    Wanted,
    parse_query,
)
from dexter.sessions.records.steps import own
from dexter.tools.registry import Tool
from tests.support.agents import agent_for
from tests.support.servers import Call, ModelServer, Reply
from tests.support.servers.asked import Asked
from tests.support.servers.replies import Scripted
from tests.support.sessions import dexter, everything_below, git, is_sound

WHOLE, TASKS = "Which earned more, A or B?", ["Revenue of A?", "Revenue of B?"]
KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"
FILED = {"A": "Kestrel filed 5131.25 and " + "x" * 3_000_000, "B": f"Merlin filed 4222.75 with {KEY}"}


def filing(of: str) -> str:
    """Look up what a company filed.

    Args:
        of: Which company.
    """
    return FILED[of]


def answering(asked: Asked) -> Scripted:
    """The replies of the run, and of its two helpers."""
    if asked.query in TASKS:
        of = asked.query[-2]
        if asked.results:
            return Reply(f"{of} had {asked.results[-1].split()[2]}, up 17.9%.")
        return Reply("Looking.", f"Of {of}.", (Call("filing", {"of": of}),))
    if asked.query == WHOLE:
        calls = (Call("research", {"tasks": TASKS}),)
        return Reply("A: 5,131.25, B: 4,222.75, up 17.9%.") if asked.results else Reply(calls=calls)
    return Reply("Read.") if asked.results else Reply(calls=(Call("read_result", {"result": asked.query}),))


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(answering=answering) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


@pytest.fixture
def manager(home: Path) -> Iterator[SessionManager]:
    with SessionManager(home, masks=Masks.of({})) as made:
        made.start_new("demo", "openai")
        yield made


def answered(server: ModelServer, query: str = WHOLE, **fields: Any) -> Answered:
    """Ask a query to its end."""
    reading = (Tool("filing", "Filing", filing),)

    async def whole() -> Answered:
        agent = agent_for(server, tools=reading, run_tools=[research_tool(reading), read_result])
        try:
            return await ask(query, agent=agent, **{"memory": Memory(), "show": lambda _: None, **fields})
        finally:
            await agent.close()

    return asyncio.run(whole())


def without_ids(steps: tuple[Step, ...]) -> list[tuple[Any, ...]]:
    """Kind, number of the helper, and what it is about."""
    return [
        (
            type(each),
            each.helper and each.helper.number,
            each.name if isinstance(each, ToolStep) else each.text,
        )
        for each in steps
    ]


def test_steps_of_helpers_are_stored_behind_their_call_and_journalled_as_they_come(
    server: ModelServer, manager: SessionManager, home: Path
):
    journalled: list[int] = []

    def show(event: object) -> None:
        if isinstance(event, HelperTold) and isinstance(event.event, ToolFinished):
            (path,) = (home / "scratchpad").glob("*.jsonl")
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            journalled.append(sum(each["type"] == "tool_result" and "helper" in each for each in lines))

    result = answered(server, manager=manager, show=show)
    assert journalled == [1, 2]
    kept = manager.steps(result.exchange.id)
    assert without_ids(kept) == [
        (ToolStep, None, "research"),
        (ReasoningStep, 1, "Of A."),
        (TextStep, 1, "Looking."),
        (ToolStep, 1, "filing"),
        (ReasoningStep, 2, "Of B."),
        (TextStep, 2, "Looking."),
        (ToolStep, 2, "filing"),
    ]
    call, *others = kept
    assert isinstance(call, ToolStep)
    assert {each.helper for each in others} == {HelperRecord(1, call.call_id, n) for n in (1, 2)}
    results = [each.result for each in kept if isinstance(each, ToolStep) and each.helper]
    assert results == [FILED["A"], FILED["B"].replace(KEY, "[masked: openai key]")]
    assert not [place for place, content in everything_below(home) if KEY.encode() in content]
    assert is_sound(home)


def test_a_figure_from_a_helpers_tool_is_traced_and_one_of_its_own_is_not(
    server: ModelServer, manager: SessionManager
):
    figures = answered(server, manager=manager).exchange.figures
    assert figures is not None
    assert (figures.traced, figures.own, figures.recalled) == (2, ("17.9%",), ())


def test_a_later_turn_reads_on_in_what_a_helper_found_and_is_told_no_call_of_its_own(
    server: ModelServer, manager: SessionManager
):
    first = answered(server, manager=manager)
    name = f"{first.exchange.id[-8:]}.1.1.1"
    assert manager.session_id is not None
    memory = remembered(manager, manager.resume(manager.session_id, record=False))
    for known in (first.memory, memory):
        later = answered(server, name, manager=None, memory=known)
        read = later.outcome.steps[0]
        assert isinstance(read, ToolStep)
        told = json.loads(read.result)
        assert (told["result"], told["tool"], told["characters"]) == (name, "filing", len(FILED["A"]))
        assert "Kestrel filed 5131.25" in told["text"]
        sent = server.bodies[-2]["messages"]
        assert [each["role"] for each in sent] == ["system", "user", "assistant", "tool", "assistant", "user"]
        assert [call["function"]["name"] for call in sent[2]["tool_calls"]] == ["research"]
    listed = answered(server, "list", manager=None, memory=memory).outcome.steps[0]
    assert isinstance(listed, ToolStep)
    names = [each["result"].partition(".")[2] for each in json.loads(listed.result)["results"]]
    assert names == ["1", "1.1.1", "1.2.1"]


def test_a_run_reads_on_in_what_its_own_helper_found(server: ModelServer):
    calls = iter([Call("research", {"tasks": TASKS[:1]}), Call("read_result", {"result": "now.1.1.1"})])

    def reading(asked: Asked) -> Scripted:
        if asked.query in TASKS:
            return answering(asked)
        call = next(calls, None)
        return Reply("Read.") if call is None else Reply(calls=(call,))

    server.answering = reading
    *_, read = own(answered(server, manager=None).outcome.steps)
    assert isinstance(read, ToolStep)
    assert read.ok
    assert "Kestrel filed 5131.25" in json.loads(read.result)["text"]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_an_export_has_them_and_an_import_brings_them_back(
    server: ModelServer, manager: SessionManager, tmp_path: Path, form: str
):
    exchange = answered(server, manager=manager).exchange
    assert manager.session_id is not None
    whole, _ = manager.transcript(manager.session_id)
    path = tmp_path / f"x.{form}"
    path.write_text(rendered(whole, form))
    (source,) = find_sources(path)
    with SessionManager(tmp_path / "elsewhere") as other:
        other.import_session(read_source(source).transcripts[0], "a test")
        assert other.steps(exchange.id, session_id=whole.metadata.id) == whole.steps_of(exchange)


def test_show_and_texts_to_read_say_which_helper_it_was(
    server: ModelServer, manager: SessionManager, home: Path
):
    answered(server, manager=manager)
    session = manager.session_id
    assert session is not None
    whole, _ = manager.transcript(session)
    page, text = rendered(whole, "html"), rendered(whole, "md")
    assert "1 tool call, 2 by helpers" in page
    assert '<details class="helper"><summary>Helper 2: 1 tool call</summary>' in page
    assert "Merlin filed 4222.75" in page
    assert "Helper 2: `filing` with" in text
    manager.close()
    lines = dexter("sessions", "show", session, home=home).stdout.splitlines()
    (at,) = (number for number, line in enumerate(lines) if line.startswith("  * research("))
    assert lines[at + 1].startswith("      helper 1: filing(of=A) -> Kestrel filed 5131.25")
    assert lines[at + 2].startswith("      helper 2: filing(of=B) -> Merlin filed 4222.75")
    shown = json.loads(dexter("sessions", "show", session, "--json", home=home).stdout)
    assert [bool(each.get("helper")) for each in shown["exchanges"][0]["steps"]] == [False] + [True] * 6


def test_a_search_through_results_finds_what_a_helpers_tool_returned(
    server: ModelServer, manager: SessionManager
):
    exchange = answered(server, manager=manager).exchange
    for words, count in (("Merlin filed", 1), ("Merlin crashed", 0)):
        found = manager.look_up(Wanted(parse_query(words), results=True))
        assert [hit.exchange_id for hit in found.hits] == [exchange.id] * count


def test_a_text_that_is_purged_is_in_no_step_of_a_helper_any_more(
    server: ModelServer, manager: SessionManager, home: Path
):
    exchange = answered(server, manager=manager).exchange
    session = manager.session_id
    manager.close()
    done = dexter("sessions", "purge", "--pattern", "Merlin filed 4222.75", "--yes", home=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert not [place for place, content in everything_below(home) if b"Merlin" in content]
    with SessionManager(home) as after:
        kept = after.steps(exchange.id, session_id=session)
    assert [bool(each.helper) for each in kept] == [False] + [True] * 6
    git(home, "fsck", "--full", "--strict")


def test_a_run_that_is_cancelled_keeps_what_its_helpers_had_found(
    server: ModelServer, manager: SessionManager
):
    def slow(asked: Asked) -> Scripted:
        if asked.query == TASKS[0] and asked.results:
            return Reply("Half of an answer that never ends " * 50, pause=0.2)
        return answering(asked)

    server.answering = slow
    runs: list[Any] = []
    seen: set[str] = set()

    def show(event: object) -> None:
        if isinstance(event, HelperTold):
            seen.add(f"{event.number} {type(event.event).__name__}")
        if {"2 Finished", "1 ToolFinished"} <= seen:
            runs[0].cancel()

    result = answered(server, manager=manager, show=show, started=runs.append)
    assert result.exchange.status == "interrupted"
    found = [
        (each.helper and each.helper.number, each.name, each.ok)
        for each in manager.steps(result.exchange.id)
        if isinstance(each, ToolStep)
    ]
    assert found == [(None, "research", False), (1, "filing", True), (2, "filing", True)]
