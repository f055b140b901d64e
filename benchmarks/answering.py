"""What dexter adds to a model: until the first word, a tool call, and until a query is cancelled.

The model is a server in a process of its own on the loopback; beside us the same requests, sent bare.
"""

import argparse
import asyncio
import json
import resource
import time
from collections.abc import Sequence
from datetime import date
from typing import Any

import httpx2

from benchmarks.homes import Homes
from benchmarks.measure import Row, middle, spread
from dexter.agent import Agent, AnswerPart, Event, Finished, Limits, Memory, Notice, ToolFinished, ToolStarted
from dexter.keys import Keys
from dexter.models.choice import parse_choice
from dexter.tools.registry import Tool, all_tools
from tests.support.servers.process import serving

ROUNDS = 30
CALLS = 200
KEY = "sk-benchmark-0123456789"


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:  # noqa: ARG001  nothing is stored
    """Print the tables and return what they come to."""
    parser = argparse.ArgumentParser("answering", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--calls", type=int, default=CALLS, help="tool calls of the long run")
    asked = parser.parse_args(arguments)
    with serving() as server:
        return asyncio.run(_rows(server.base_url, asked.rounds, asked.calls))


async def _rows(address: str, rounds: int, calls: int) -> list[Row]:
    agent = _agent(address, all_tools(), Limits(steps=calls + 5))
    bare = httpx2.AsyncClient(base_url=address, headers={"authorization": f"Bearer {KEY}"})
    try:
        return [
            await _first_word(agent, bare, rounds),
            await _cancelled(address, max(rounds // 3, 1)),
            *await _many_calls(agent, bare, calls),
        ]
    finally:
        await agent.close()
        await bare.aclose()


def _agent(address: str, tools: Sequence[Tool], limits: Limits) -> Agent:
    keys = Keys({"OPENAI_BASE_URL": address, "OPENAI_API_KEY": KEY})
    choice = parse_choice("openai:demo")
    return Agent(choice, keys=keys, today=lambda: date(2026, 11, 22), tools=tools, limits=limits)


async def _first_word(agent: Agent, bare: httpx2.AsyncClient, rounds: int) -> Row:
    bodies: list[dict[str, Any]] = [_body("words:50 plain")]
    ours: list[float] = []
    plain: list[float] = []
    for number in range(rounds + 2):
        began = time.perf_counter()
        took = 0.0
        async for event in agent.start(f"words:50 plain {number}", Memory()):
            if isinstance(event, AnswerPart) and not took:
                took = time.perf_counter() - began
        if number >= 2:  # the first ones import and connect
            ours.append(took)
            plain.append(await _bare_first_word(bare, bodies[0]))
    ours.sort()
    plain.sort()
    spread("until the first word", ["the same request, bare", "dexter"], [plain, ours])
    more = ours[len(ours) // 2] - plain[len(plain) // 2]
    return Row("first word, over the bare stream", "50 ms", f"{more * 1000:.1f} ms", f"bare {middle(plain)}")


async def _bare_first_word(client: httpx2.AsyncClient, body: dict[str, Any]) -> float:
    began = time.perf_counter()
    took = 0.0
    async with client.stream("POST", "/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            if not took and '"content": "A' in line:
                took = time.perf_counter() - began
    return took


async def _cancelled(address: str, rounds: int) -> Row:
    async def look() -> dict[str, Any]:
        """Look for long."""
        await asyncio.sleep(60)
        return {}

    looking = Tool("calculate", "Looking", look)
    cases: tuple[tuple[str, Sequence[Tool], str, type[Event]], ...] = (
        ("in a stream", (), "words:5000 pause:0.002", AnswerPart),
        ("in a tool", (looking,), "use:tool", ToolStarted),
        ("waiting for a retry", (), "fail:500", Notice),
    )
    times: list[list[float]] = []
    for _, tools, query, moment in cases:
        agents = [_agent(address, tools, Limits(first_wait=60, longest_wait=120)) for _ in range(rounds)]
        times.append(sorted([await _until_cancelled(agent, query, moment) for agent in agents]))
    names = [name for name, *_ in cases]
    spread("from cancelling to the outcome with what was reached", names, times)
    worst = max(row[-1] for row in times) * 1000
    return Row("a query cancelled, the slowest of all", "200 ms", f"{worst:.1f} ms", ", ".join(names))


async def _until_cancelled(agent: Agent, query: str, moment: type[Event]) -> float:
    run = agent.start(query, Memory())
    began = took = 0.0
    async for event in run:
        if isinstance(event, moment) and not began:
            began = time.perf_counter()
            run.cancel()
        if isinstance(event, Finished):
            took = time.perf_counter() - began
    await run.closed()
    await agent.close()
    return took


async def _many_calls(agent: Agent, bare: httpx2.AsyncClient, calls: int) -> list[Row]:
    query = f"calls:{calls} go"
    results: list[str] = []
    sizes: list[int] = []
    began = time.perf_counter()
    used = time.process_time()
    async for event in agent.start(query, Memory()):
        if isinstance(event, ToolFinished):
            results.append(event.result)
            sizes.append(_peak())
    whole, used = time.perf_counter() - began, time.process_time() - used
    began = time.perf_counter()
    alone = time.process_time()
    for count in range(len(results) + 1):
        await _bare_first_word(bare, _body(query, results[:count]))
    plain, alone = time.perf_counter() - began, time.process_time() - alone
    made = max(len(results), 1)
    print(f"{made} calls: {whole:.2f} s, processor {used:.2f} s; bare {plain:.2f} s, processor {alone:.2f} s")
    own, bare_ones = (whole - plain) / made * 1000, plain / made * 1000
    worked = (used - alone) / made * 1000
    grown = (sizes[-1] - sizes[len(sizes) // 4]) / 1024
    reached = f"{own:.1f} ms, of the processor {worked:.1f} ms"
    title = f"a run of {made} tool calls, each beside the bare request"
    return [
        Row(title, "5 ms", reached, f"bare {bare_ones:.1f} ms"),
        Row("memory that its last three quarters took", "flat", f"{grown:.1f} MB", f"{sizes[-1] // 1024} MB"),
    ]


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _body(query: str, results: Sequence[str] = ()) -> dict[str, Any]:
    """A request as any client would send it, with the calls and results so far."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": query}]
    for number, result in enumerate(results):
        function = {"name": "calculate", "arguments": json.dumps({"expression": f"{number} + 1"})}
        call = {"id": f"call_{number}", "type": "function", "function": function}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"call_{number}", "content": result})
    parameters = {"type": "object", "properties": {"expression": {"type": "string"}}}
    tool = {"type": "function", "function": {"name": "calculate", "parameters": parameters}}
    return {"model": "demo", "stream": True, "messages": messages, "tools": [tool]}
