"""The plan of a long question: written down, ticked off, shown, kept."""

import asyncio

from dexter.agent import Memory, PlanChanged, PlanItem, ToolFinished
from dexter.agent.planning import plan_tool
from dexter.sessions import ToolStep
from tests.support.agents import Told, agent_for
from tests.support.servers import Call, ModelServer, Reply


def planned(server: ModelServer) -> Told:
    """A run with the tool."""

    async def whole() -> Told:
        agent = agent_for(server, run_tools=[plan_tool])
        told = Told([event async for event in agent.start("A long one?", Memory())])
        await agent.close()
        return told

    return asyncio.run(whole())


def test_a_plan_is_written_down_ticked_off_told_and_kept_as_calls(server: ModelServer):
    server.say(
        Reply(calls=(Call("plan", {"steps": ["Find  the\nrevenue", "Compare"]}),)),
        Reply(calls=(Call("plan", {"done": [1]}),)),
        Reply(calls=(Call("plan", {"done": [2]}),)),
        Reply("Done."),
    )
    told = planned(server)
    assert told.outcome.answer == "Done."
    assert [[item.done for item in event.items] for event in told.of(PlanChanged)] == [
        [False, False],
        [True, False],
        [True, True],
    ]
    assert told.of(PlanChanged)[0].items[0] == PlanItem("Find the revenue")
    assert told.of(ToolFinished)[1].result == '{"done": 1, "of": 2, "next": "Compare"}'
    kept = [step for step in told.outcome.steps if isinstance(step, ToolStep)]
    assert [step.arguments for step in kept][1:] == [{"done": [1]}, {"done": [2]}]


def test_a_plan_that_is_none_and_a_step_that_there_is_not_are_told_to_the_model(server: ModelServer):
    server.say(
        Reply(calls=(Call("plan", {"done": [1]}),)),
        Reply(calls=(Call("plan", {"steps": [" "]}),)),
        Reply(calls=(Call("plan", {"steps": ["One"], "done": [2]}),)),
        Reply("Without a plan."),
    )
    told = planned(server)
    assert told.outcome.answer == "Without a plan."
    assert [event.ok for event in told.of(ToolFinished)] == [False, False, False]
    assert told.of(PlanChanged) == []
    assert "numbered from 1" in told.of(ToolFinished)[2].result


def test_each_run_begins_without_a_plan(server: ModelServer):
    server.say(Reply(calls=(Call("plan", {"steps": ["One"]}),)), Reply("Done."))
    assert len(planned(server).of(PlanChanged)) == 1
    server.say(Reply(calls=(Call("plan", {"done": [1]}),)), Reply("Done."))
    assert planned(server).of(PlanChanged) == []


def test_the_model_is_told_when_to_plan(server: ModelServer):
    planned(server)
    described = server.bodies[0]["tools"][0]["function"]["description"]
    assert "Only for questions that take five tool calls or more" in described
