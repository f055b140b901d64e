"""What `/status` says of tokens: what they cost, and what takes how much of the window."""

import asyncio
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dexter.agent import Memory
from dexter.agent.window.window import Window
from dexter.chat.window_table import cost, table
from dexter.sessions import SessionExchange, TokenUsageRecord, ToolStep
from dexter.sessions.records.compactions import Compaction
from tests.support.agents import agent_for
from tests.support.servers import ModelServer

USED = TokenUsageRecord(1000, 100, 1100)


def exchange(number: int, usage: TokenUsageRecord | None = USED) -> SessionExchange:
    """An exchange that took tokens."""
    return SessionExchange(f"e{number}", 1, "q", "a " * 500, token_usage=usage)


def test_costs_are_summed_and_what_is_not_known_is_said():
    prices = {
        "e1": Decimal("0.5"),
        "e2": Decimal("0.75"),
        "e3": None,
        "e5": Decimal("0.00001"),
        "e6": Decimal(0),
    }

    def told(*exchanges: SessionExchange) -> str:
        return cost(exchanges, lambda each: prices[each.id])

    assert told() == ""
    assert told(exchange(1), exchange(2)) == "$1.25 at list prices"
    assert (
        told(exchange(1), exchange(3)) == "at least $0.50 at list prices: the cost of 1 exchange is not known"
    )
    lacking = told(exchange(1), exchange(3), exchange(4, None))
    assert lacking == "at least $0.50 at list prices: the cost of 2 exchanges is not known"
    assert told(exchange(3)) == told(exchange(4, None)) == "not known: no list price, or no count of tokens"
    assert told(exchange(5)) == "$0.0001 at list prices"
    assert told(exchange(6)) == "$0.00 at list prices"


counts = st.integers(0, 300_000)


@given(parts=st.tuples(counts, counts, counts, counts, counts), size=st.integers(0, 1_000_000))
def test_the_parts_of_a_window_are_lines_of_one_shape(parts: tuple[int, int, int, int, int], size: int):
    window = Window(size, *parts)
    head, *rows = table(window, "demo")
    assert f"{size:,}" in head
    assert [row.split()[0] for row in rows] == ["prompt", "tools", "recalled", "history", "results", "free"]
    numbers = [int(row.split()[1].replace(",", "")) for row in rows]
    assert numbers[:5] == list(parts)
    assert sum(numbers) == max(size, sum(parts))
    assert all(len(row) <= 79 for row in rows)


async def _window(memory: Memory) -> Window | None:
    with ModelServer() as server:
        agent = agent_for(server)
        try:
            return await agent.window(memory)
        finally:
            await agent.close()


def test_a_window_tells_history_from_results_and_what_a_summary_stands_for():
    exchanges = tuple(exchange(number) for number in range(1, 6))
    step = ToolStep(1, "c", "look", {}, "r" * 7_000, ok=True, duration=1)
    memory = Memory(exchanges, lambda identifier: (step,) if identifier == "e5" else ())
    window = asyncio.run(_window(memory))
    assert window is not None
    assert 2_000 < window.results < 2_100
    assert 5 * 280 < window.history < 5 * 350
    assert (window.compacted, window.recalled, window.shown) == (0, 0, 5)
    assert window.free == window.size - window.prompt - window.tools - window.history - window.results
    compacted = asyncio.run(_window(memory.compacted([Compaction("", "e4", 4, "notes")])))
    assert compacted is not None
    assert compacted.compacted == 4
    assert "exchanges 1 to 4 as a summary" in "\n".join(table(compacted, "demo"))
