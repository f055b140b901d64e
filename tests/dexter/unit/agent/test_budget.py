"""A session that does not fit the model's window: what is sent all the same fits, and is said to."""

import json
import time
from collections.abc import Callable
from datetime import date

import pytest

from dexter.agent import Limits, Memory
from dexter.agent.budget import budget_of, window_of
from dexter.agent.setting import Setting
from dexter.agent.window.tokens import estimate
from dexter.keys import Keys
from dexter.models.choice import ModelChoice
from dexter.sessions import SessionExchange, ToolStep
from dexter.tools.registry import all_tools
from tests.support.agents import QUICK, Told, keys_for
from tests.support.servers import Call, Fail, ModelServer, Reply

Tell = Callable[..., Told]


def long_session(count: int) -> Memory:
    """Exchanges of about 900 tokens, with a tool result each."""
    exchanges = tuple(
        SessionExchange(
            id=f"e{number:03d}",
            timestamp=number,
            query=f"Question {number} on {'copper' if number == 3 else 'wheat'}",
            answer=f"Answer {number}. " + "word " * 300,
            summary=f"Summary {number}.",
        )
        for number in range(count)
    )
    step = ToolStep(1, "c", "calculate", {"expression": "1"}, "result " * 200, ok=True, duration=1)
    return Memory(exchanges, lambda _: (step,))


def sent(server: ModelServer) -> str:
    """The messages of the last request."""
    return json.dumps(server.bodies[-1]["messages"], ensure_ascii=False)


def test_a_session_beyond_the_window_is_cut_to_it_and_keeps_what_matters(server: ModelServer, tell: Tell):
    told = tell("What was that about copper?", model="ollama:small", memory=long_session(60), tools=())
    assert told.outcome.status == "complete"
    text = sent(server)
    assert estimate(text) < 8_192
    assert "Answer 59. word" in text, "the newest in full"
    assert "Answer 3. word" in text, "the relevant one in full, far back as it is"
    assert "[summary of the answer] Summary 58." in text or "Answer 58. word" in text
    assert "Answer 30. word" not in text


def test_a_small_window_has_room_for_the_session_beside_the_tools(server: ModelServer, tell: Tell):
    told = tell("What was that about copper?", model="ollama:small", memory=long_session(60))
    assert told.outcome.status == "complete"
    assert estimate(json.dumps(server.bodies[-1])) < 8_192
    text = sent(server)
    assert "on copper" in text, "the relevant one, if only as its summary"
    assert "Answer 59. word" in text, "the newest"
    offered = {tool["function"]["name"] for tool in server.bodies[-1]["tools"]}
    assert {"calculate", "growth_rate", "present_value", "financial_ratio", "bond", "loan"} <= offered
    assert "accrued_interest" not in offered


def test_a_window_of_usual_size_gets_every_tool(server: ModelServer, tell: Tell):
    tell(model="openai:gpt-4o")
    assert len(server.bodies[-1]["tools"]) == len(all_tools())


def test_another_model_gets_as_much_as_its_own_window_takes(server: ModelServer, tell: Tell):
    memory = long_session(60)
    tell(model="ollama:small", memory=memory, tools=())
    small = len(sent(server))
    tell(model="openai:gpt-4o", memory=memory, tools=())
    large = sent(server)
    assert small < 30_000 < len(large)
    assert all(f"Answer {number}. word" in large for number in range(60))


def test_the_variable_of_an_ollama_server_says_how_large_its_window_is(server: ModelServer, tell: Tell):
    keys = keys_for(server).having("OLLAMA_CONTEXT_LENGTH", "65536")
    tell(model="ollama:small", memory=long_session(40), keys=keys, tools=())
    assert "Answer 10. word" in sent(server)


def test_a_provider_that_says_too_long_is_asked_again_with_less(server: ModelServer, tell: Tell):
    server.say(Fail(400, code="context"), Fail(400, code="context"), Reply("Now it fits."))
    told = tell(model="openai:gpt-4o", memory=long_session(60))
    assert told.outcome.answer == "Now it fits."
    assert told.notices == ["More than fits the window of gpt-4o: asking again with less."] * 2
    sizes = [len(json.dumps(body["messages"])) for body in server.bodies]
    assert sizes[0] > sizes[1] > sizes[2]


def test_a_query_larger_than_the_window_is_asked_shortened_and_that_is_said(server: ModelServer, tell: Tell):
    told = tell("why " * 100_000, model="ollama:small", tools=())
    assert told.outcome.status == "complete"
    assert told.notices == ["The query is larger than the window of small: it gets a shortened one."]
    assert estimate(sent(server)) < 8_192


def test_results_that_pile_up_in_one_run_stay_within_the_window(server: ModelServer, tell: Tell):
    server.say(
        *[
            Reply(calls=(Call("calculate", {"expression": "+".join(["1"] * count)}),))
            for count in range(900, 909)
        ],
        Reply("Done."),
    )
    told = tell(model="ollama:small", limits=Limits(result_tokens=2_000, first_wait=0.001))
    assert told.outcome.answer == "Done."
    assert all(estimate(json.dumps(body["messages"])) < 8_192 * 2 for body in server.bodies)


@pytest.mark.parametrize("model", ["openai:gpt-4o", "anthropic:claude-sonnet-5-5", "google:gemini-2.5-flash"])
def test_a_session_with_tools_failures_and_interruptions_is_valid_for_every_protocol(
    model: str, server: ModelServer, tell: Tell
):
    broken = SessionExchange(id="f", timestamp=9, query="broken", answer="", status="error")
    memory = long_session(3).followed_by(broken, ())
    told = tell(model=model, memory=memory)
    assert told.outcome.status == "complete"
    body = server.bodies[-1]
    roles = [each["role"] for each in body.get("messages") or body["contents"]]
    spoken = [role for role in roles if role not in {"system", "tool"}]
    assert spoken[0] == "user"
    assert spoken[-1] == "user"


def setting(provider: str, model: str, limits: Limits = QUICK, keys: Keys | None = None) -> Setting:
    """What a budget follows from."""
    return Setting(
        ModelChoice(provider, model), keys or Keys(), (), lambda: date(2026, 11, 22), limits, time.monotonic
    )


@pytest.mark.parametrize("fixed", [0, 4_000, 100_000])
@pytest.mark.parametrize("size", [10, 1_000, 1_000_000])
def test_the_parts_of_a_budget_fit_into_the_window_together(fixed: int, size: int):
    limits = Limits(history_tokens=50_000)
    budget = budget_of(setting("openai", "gpt-4o", limits), fixed=fixed, query="q" * size)
    asked = min(estimate("q" * size), budget.query)
    assert asked + budget.history <= budget.request
    assert budget.request + min(fixed, 100_000) + limits.answer_tokens <= 128_000 or fixed == 100_000
    assert 0 <= budget.history <= limits.history_tokens
    assert budget.query > 0


def test_a_window_that_is_no_number_is_not_believed():
    keys = Keys({"OLLAMA_CONTEXT_LENGTH": "lots"})
    assert window_of(setting("ollama", "x", keys=keys)) == 8_192
