"""What providers keep of a prompt: asked for where it has to be, and counted wherever it is told."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from dexter.agent import Limits
from dexter.models.choice import parse_choice
from dexter.sessions import TokenUsageRecord
from dexter.tools.registry import all_tools
from tests.support.agents import QUICK, Told, agent_for
from tests.support.servers import Call, ModelServer, Reply

Tell = Callable[..., Told]
CLAUDE = "anthropic:claude-sonnet-5-5"
ADD = Reply("Let me see.", calls=(Call("calculate", {"expression": "1+1"}),))


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server that keeps of Anthropic's requests what they mark."""
    with ModelServer(caching=True) as running:
        yield running


def marks(body: dict[str, object]) -> dict[str, int]:
    """How many marks a request has where."""
    return {name: str(body.get(name)).count("'cache_control'") for name in ("tools", "system", "messages")}


def steps(count: int) -> list[Reply]:
    """So many different calls, then an answer."""
    return [
        Reply(f"Step {step}.", calls=(Call("calculate", {"expression": f"{step}+1"}),))
        for step in range(count)
    ] + [Reply("Done.")]


def test_a_step_reads_from_the_cache_what_the_step_before_sent(server: ModelServer, tell: Tell):
    server.say(*steps(5))
    usage = tell(model=CLAUDE, tools=all_tools()).outcome.usage
    assert usage
    first, *others = server.bodies
    assert marks(first) == {"tools": 1, "system": 1, "messages": 1}
    assert all(sum(marks(body).values()) <= 4 for body in others)
    assert all(
        "cache_control" not in body for body in server.bodies
    )  # as a field of its own, few servers know it
    # Each block is sent six times at most and written once: what is not read is what is new in a step.
    assert usage.input_tokens == usage.cache_read_tokens + usage.cache_write_tokens
    assert usage.cache_write_tokens < usage.input_tokens / 5
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens == usage.input_tokens + 60


def test_the_hint_of_the_last_step_leaves_tools_and_prompt_in_the_cache(server: ModelServer, tell: Tell):
    server.say(*steps(2))
    tell(model=CLAUDE, tools=all_tools(), limits=Limits(steps=3, first_wait=QUICK.first_wait))
    first, _, last = server.bodies
    assert "last step" in str(last["system"])
    assert last["tools"] == first["tools"]
    assert last["system"][0] == first["system"][0]
    assert marks(last)["system"] == 1


def test_the_next_question_of_a_session_reads_the_prompt_from_the_cache(server: ModelServer, tell: Tell):
    server.say(Reply("One."), Reply("Two."))
    first = tell("first?", model=CLAUDE, tools=all_tools()).outcome.usage
    second = tell("second?", model=CLAUDE, tools=all_tools()).outcome.usage
    assert first
    assert second
    assert (first.cache_read_tokens, second.cache_read_tokens > first.cache_write_tokens * 0.9) == (0, True)


def test_what_is_asked_once_is_not_written_to_a_cache(server: ModelServer):
    async def summarised() -> None:
        agent = agent_for(server, CLAUDE)
        await agent.summarise("What is it?", "It is a long answer. " * 50)
        await agent.close()

    asyncio.run(summarised())
    (body,) = server.bodies
    assert marks(body) == {"tools": 0, "system": 0, "messages": 0}


@pytest.mark.parametrize("model", ["openai:demo", "google:gemini-2.5-flash"])
def test_what_others_read_from_their_cache_by_themselves_is_counted(
    model: str, server: ModelServer, tell: Tell
):
    cached = Reply("Done.", cache_read=900)
    server.say(ADD, cached)
    usage = tell(model=model, tools=all_tools()).outcome.usage
    assert usage == TokenUsageRecord(940, 20, 960, 900, 0)
    assert all(marks(body)["messages"] == 0 for body in server.bodies)


def test_a_limit_of_money_counts_what_was_read_from_the_cache_at_its_own_price(
    server: ModelServer, tell: Tell
):
    from dexter.cli.equipping.bounds import price

    choice = parse_choice(CLAUDE)
    plain = price(choice, TokenUsageRecord(100_000, 0, 100_000))
    read = price(choice, TokenUsageRecord(100_000, 0, 100_000, 100_000, 0))
    written = price(choice, TokenUsageRecord(100_000, 0, 100_000, 0, 100_000))
    assert plain
    assert read
    assert written
    assert 0 < read < plain / 5 < plain < written < plain * 2
    asked: list[TokenUsageRecord] = []

    def noted(_: object, usage: TokenUsageRecord) -> float:
        asked.append(usage)
        return 0.0

    server.say(ADD, Reply("Done."))
    tell(model=CLAUDE, tools=all_tools(), limits=Limits(dollars=1), price=noted)
    assert asked[-1].cache_write_tokens > 0
