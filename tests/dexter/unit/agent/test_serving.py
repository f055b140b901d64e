"""The model server in a process of its own, which the demonstration and the terminal tests ask."""

import asyncio

from dexter.agent import Memory, ToolFinished
from dexter.keys import Keys
from dexter.models.choice import parse_choice
from dexter.models.ollama import list_models
from dexter.tools.registry import all_tools
from tests.support.agents import Told, agent_for
from tests.support.servers import ModelServer
from tests.support.servers.echo import token_of
from tests.support.servers.process import serving


def test_its_answers_follow_from_the_query_alone_and_it_lists_models_as_ollama_does():
    async def asked(queries: list[str], base_url: str) -> list[Told]:
        keys = Keys({"OPENAI_BASE_URL": base_url})
        with ModelServer() as unused:
            agent = agent_for(unused, str(parse_choice("openai:demo")), tools=all_tools(), keys=keys)
            told = [Told([each async for each in agent.start(query, Memory())]) for query in queries]
            await agent.close()
            assert unused.requests == []
        return told

    queries = ["one", "one", "another", "use:tool please", "fail:401"]
    with serving() as server:
        first, again, other, tool, failed = asyncio.run(asked(queries, server.base_url))
        assert "demo" in list_models(Keys({"OLLAMA_HOST": server.address}), timeout=5)
    assert first.outcome.answer == again.outcome.answer != other.outcome.answer
    assert token_of("one") in first.outcome.answer
    assert tool.of(ToolFinished)[0].ok
    assert "The tool said:" in tool.outcome.answer
    assert failed.outcome.status == "error"
