"""The loop: tools that fail, the limit on steps, cancelling."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from dexter.agent import (
    Agent,
    AnswerPart,
    Limits,
    Memory,
    Notice,
    Run,
    StepStarted,
    ToolFinished,
    ToolStarted,
    warm_up,
)
from dexter.agent.run import Ending, Progress
from dexter.agent.scope import Scope
from dexter.models.choice import OFFLINE_CHOICE
from dexter.sessions import ToolStep
from dexter.tools.errors import NotComputable
from dexter.tools.registry import Tool
from tests.support.agents import Told, agent_for, keys_for
from tests.support.servers import Call, ModelServer, Reply

Tell = Callable[..., Told]


def tool(function: Callable[..., Any], name: str = "look") -> Tool:
    """A tool for a test."""
    return Tool(name, "Looking", function)


def test_a_tool_that_can_not_do_it_tells_the_model_and_the_run_goes_on(server: ModelServer, tell: Tell):
    def look(what: str) -> dict[str, Any]:
        """Look.

        Args:
            what: At what.
        """
        raise NotComputable(f"there is no {what}")

    server.say(Reply(calls=(Call("look", {"what": "moon"}),)), Reply("No moon."))
    told = tell(tools=[tool(look)])
    assert told.outcome.answer == "No moon."
    assert told.of(ToolFinished)[0].result == "there is no moon."
    assert not told.of(ToolFinished)[0].ok
    assert "there is no moon." in server.bodies[1]["messages"][-1]["content"]


def test_a_tool_with_a_bug_tells_the_model_too(server: ModelServer, tell: Tell):
    def look() -> dict[str, Any]:
        """Look."""
        raise ZeroDivisionError("by nought")

    server.say(Reply(calls=(Call("look"),)), Reply("It failed."))
    told = tell(tools=[tool(look)])
    assert told.outcome.status == "complete"
    assert told.of(ToolFinished)[0].result == "The tool failed (ZeroDivisionError: by nought)."


def test_wrong_arguments_unknown_tools_and_broken_json_are_corrected_by_the_model(
    server: ModelServer, tell: Tell
):
    def look(count: int) -> dict[str, Any]:
        """Look.

        Args:
            count: How often.
        """
        return {"looked": count}

    server.say(
        Reply(calls=(Call("look", {"count": "many"}),)),
        Reply(calls=(Call("glance", {}),)),
        Reply(calls=(Call("look", '{"count": '),)),
        Reply(calls=(Call("look", {"count": 3}),)),
        Reply("Three."),
    )
    told = tell(tools=[tool(look)])
    assert told.outcome.answer == "Three."
    assert [event.ok for event in told.of(ToolFinished)] == [False, False, False, True]
    assert len([step for step in told.outcome.steps if isinstance(step, ToolStep)]) == 4


def test_a_result_larger_than_agreed_is_kept_and_shown_in_part(server: ModelServer, tell: Tell):
    def look() -> dict[str, Any]:
        """Look."""
        return {"text": "x" * 10_000_000}

    server.say(Reply(calls=(Call("look"),)), Reply("Much."))
    told = tell(tools=[tool(look)], limits=Limits(result_tokens=100))
    result = told.of(ToolFinished)[0].result
    assert len(result) > 10_000_000
    shown = server.bodies[1]["messages"][-1]["content"]
    assert len(shown) <= 350
    assert 'read_result("now.1", start=' in shown


def test_the_last_step_gets_no_tools_and_ends_in_an_answer(server: ModelServer, tell: Tell):
    again = Reply(calls=(Call("calculate", {"expression": "1+1"}),))
    server.say(again, again, Reply("Two, as far as I came."))
    told = tell(limits=Limits(steps=3))
    assert (told.outcome.status, told.outcome.answer) == ("complete", "Two, as far as I came.")
    assert told.notices == ["The limit of 3 steps is reached: answering with what there is."]
    choices = [body.get("tool_choice") for body in server.bodies]
    assert choices[:2] != ["none", "none"]
    assert choices[2] == "none"
    assert "last step" in str(server.bodies[2]["messages"])


def test_a_model_that_never_stops_calling_tools_still_ends_in_an_answer(server: ModelServer, tell: Tell):
    server.say(*[Reply(calls=(Call("calculate", {"expression": "20+22"}),))] * 5)
    told = tell(limits=Limits(steps=2))
    assert told.outcome.status == "complete"
    assert "No complete answer was reached. The limit of 2 steps is reached." in told.outcome.answer
    assert "42" in told.outcome.answer
    assert len(server.requests) == 2


def test_a_tool_of_a_run_is_made_for_each_and_tells_what_happens_in_it(server: ModelServer):
    def noting(scope: Scope) -> Tool:
        seen: list[int] = []

        def note(text: str) -> dict[str, Any]:
            """Note something.

            Args:
                text: What.
            """
            seen.append(scope.step())
            scope.emit(Notice(text))
            return {"noted": len(seen)}

        return Tool("note", "Noting", note)

    async def twice() -> list[Told]:
        agent = agent_for(server, run_tools=[noting])
        assert [each.name for each in agent.tools] == ["note"]
        found = []
        for _ in range(2):
            told = Told()
            async for event in agent.start("What?", Memory()):
                told.events.append(event)
            found.append(told)
        await agent.close()
        return found

    for _ in range(2):
        server.say(
            Reply(calls=(Call("note", {"text": "one"}),)),
            Reply(calls=(Call("note", {"text": "two"}),)),
            Reply("Done."),
        )
    for told in asyncio.run(twice()):
        assert told.notices == ["one", "two"]
        assert [each.result for each in told.of(ToolFinished)] == ['{"noted": 1}', '{"noted": 2}']
        assert [each.step for each in told.of(ToolFinished)] == [1, 2]
    assert [each["function"]["name"] for each in server.bodies[0]["tools"]] == ["note"]


def cancelled(server: ModelServer, when: type, tools: list[Tool] | None = None) -> tuple[Told, float]:
    """A run that is cancelled at the first event of a kind, and the seconds until it ended."""

    async def whole() -> tuple[Told, float]:
        agent = agent_for(server, tools=tools or [])
        run = agent.start("What?", Memory())
        told, asked = Told(), 0.0
        async for event in run:
            told.events.append(event)
            if isinstance(event, when) and not asked:
                asked = time.monotonic()
                run.cancel()
        took = time.monotonic() - asked
        await run.closed()
        await agent.close()
        return told, took

    return asyncio.run(whole())


def test_cancelling_keeps_what_came_and_closes_the_connection(server: ModelServer):
    server.say(Reply("word " * 10_000, pause=0.01))
    told, took = cancelled(server, AnswerPart)
    assert told.outcome.status == "interrupted"
    assert told.outcome.answer.startswith("word")
    assert took < 5, "a hang, not a matter of speed"
    assert server.hung_up.wait(10), "the provider is not kept busy"


def test_cancelling_does_not_wait_for_a_tool_and_keeps_the_call(server: ModelServer):
    released = threading.Event()

    def look() -> dict[str, Any]:
        """Look for very long."""
        released.wait(20)
        return {}

    server.say(Reply("Let me look.", calls=(Call("look"),)))

    async def whole() -> Told:
        agent = agent_for(server, tools=[tool(look)])
        run = agent.start("What?", Memory())
        told = Told()
        async for event in run:
            told.events.append(event)
            if isinstance(event, ToolStarted):
                run.cancel()
        assert not released.is_set()
        released.set()
        await run.closed()
        await agent.close()
        return told

    outcome = asyncio.run(whole()).outcome
    assert outcome.status == "interrupted"
    step = outcome.steps[-1]
    assert isinstance(step, ToolStep)
    assert (step.name, step.ok, step.result) == ("look", False, "[interrupted: no result]")


def test_cancelling_before_anything_happened_and_again_after_the_end(server: ModelServer):
    async def whole() -> tuple[Told, Told]:
        agent = agent_for(server)
        first, second = agent.start("What?", Memory()), None
        first.cancel()
        early = Told([event async for event in first])
        second = agent.start("What?", Memory())
        late = Told([event async for event in second])
        second.cancel()
        await first.closed()
        await agent.close()
        return early, late

    early, late = asyncio.run(whole())
    assert len(early.events) == 1
    assert early.outcome.status == "interrupted"
    assert late.outcome.status == "complete"


def test_a_run_can_be_cancelled_from_another_thread(server: ModelServer):
    server.say(Reply("word " * 10_000, pause=0.01))

    async def whole() -> Told:
        agent = agent_for(server)
        run = agent.start("What?", Memory())
        told = Told()
        async for event in run:
            told.events.append(event)
            if isinstance(event, AnswerPart) and len(told.events) == 3:
                threading.Thread(target=run.cancel).start()
        await run.closed()
        await agent.close()
        return told

    assert asyncio.run(whole()).outcome.status == "interrupted"


def test_two_queries_in_a_row_share_one_agent(server: ModelServer):
    async def whole() -> list[str]:
        agent = agent_for(server)
        runs = [Told([each async for each in agent.start(query, Memory())]) for query in ("one", "two")]
        await agent.close()
        return [told.outcome.answer for told in runs]

    first, second = asyncio.run(whole())
    assert first != second


def test_warming_up_raises_nothing_and_a_summary_needs_a_model_that_can_be_asked(server: ModelServer):
    warm_up(OFFLINE_CHOICE)

    async def whole() -> tuple[str | None, str | None]:
        agent = agent_for(server)
        server.say(Reply("  A short\nsummary. "))
        there = await agent.summarise("q", "a")
        await agent.close()
        none = Agent(OFFLINE_CHOICE, keys=keys_for(server), today=lambda: date(2026, 1, 1))
        return there, await none.summarise("q", "a")

    assert asyncio.run(whole()) == ("A short summary.", None)


def test_work_that_raises_what_nobody_foresaw_still_ends():
    async def whole() -> tuple[Told, Run]:
        async def work(progress: Progress) -> Ending:
            progress.emit(StepStarted(1))
            raise KeyError("nobody foresaw this")

        run = Run(work, OFFLINE_CHOICE)
        return Told([event async for event in run]), run

    told, run = asyncio.run(whole())
    assert told.outcome.status == "error"
    assert "KeyError" in (told.outcome.error or "")
    assert isinstance(run.bug, KeyError)
