"""What recall adds to the first word of an answer: the same chat with it and with `--no-recall`, in turn.

The model is a server in a process of its own on the loopback; every question is saved, as in a chat.
"""

import argparse
import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.homes import Homes
from benchmarks.measure import Row, middle, spread
from dexter.agent import Agent, AnswerPart, Event, Memory, Notice
from dexter.asking import ask
from dexter.cli.equipping.agents import agent_of
from dexter.cli.options import Options
from dexter.keys import Keys
from dexter.models.choice import parse_choice
from dexter.sessions import SessionManager
from dexter.settings import Settings
from tests.support.servers.process import serving

ROUNDS = 40
EXCHANGES = (200, 2_000)
WARM = 2
"""Rounds before: the first ones import and connect, and the catalog is made."""


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print the tables and return what they come to."""
    parser = argparse.ArgumentParser("recalling", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--exchanges", type=int, nargs="+", default=EXCHANGES, help="stored before")
    asked = parser.parse_args(arguments)
    with serving() as server:
        return [asyncio.run(_row(server.base_url, count, asked.rounds, homes)) for count in asked.exchanges]


@dataclass
class _Chat:
    manager: SessionManager
    agent: Agent

    async def first_word(self, query: str) -> tuple[float, bool]:
        """How long until the first word, and whether something was recalled."""
        began = time.perf_counter()
        took = 0.0
        recalled = False

        def show(event: Event) -> None:
            nonlocal took, recalled
            if isinstance(event, AnswerPart) and not took:
                took = time.perf_counter() - began
            recalled = recalled or (isinstance(event, Notice) and bool(event.recalled))

        await ask(query, manager=self.manager, agent=self.agent, memory=Memory(), show=show)
        return took, recalled

    async def close(self) -> None:
        """Leave."""
        await self.agent.close()
        self.manager.close()


async def _row(address: str, count: int, rounds: int, homes: Homes) -> Row:
    filled = homes.filled(count)
    questions = _questions(filled, WARM + rounds)
    chats = [
        _chat(filled, homes.folder("recalling"), address, no_recall=no_recall) for no_recall in (True, False)
    ]
    times: list[list[float]] = [[], []]
    found = 0
    try:
        for number, question in enumerate(questions):
            for chat, row in zip(chats, times, strict=True):
                took, recalled = await chat.first_word(question)
                if number >= WARM:
                    row.append(took)
                    found += recalled
    finally:
        for chat in chats:
            await chat.close()
    without, with_it = (sorted(row) for row in times)
    name = f"until the first word, {count:,} exchanges stored"
    spread(name, ["with --no-recall", "with recall"], [without, with_it])
    print(f"something was recalled {found} times of {len(with_it)}\n")
    more = (with_it[len(with_it) // 2] - without[len(without) // 2]) * 1000
    ratio = with_it[len(with_it) // 2] / without[len(without) // 2]
    beside = f"{ratio:.2f} times the run with --no-recall, {middle(without)}"
    return Row(
        f"recall, {count:,} exchanges stored: added to the first word", "15 ms", f"{more:.1f} ms", beside
    )


def _questions(home: Path, count: int) -> list[str]:
    """Questions that were asked before, or as many as there are in turn."""
    with SessionManager(home) as manager:
        asked = [each.first_query or "" for each in manager.list_sessions()]
    return [asked[number * 7 % len(asked)] for number in range(count)]


def _chat(filled: Path, folder: Path, address: str, *, no_recall: bool) -> _Chat:
    home = folder / ".dexter"
    shutil.copytree(filled, home)
    keys = Keys({"OPENAI_BASE_URL": address, "OPENAI_API_KEY": "sk-benchmark-0123456789"})
    options = Options(home, folder, {}, no_recall=no_recall)
    manager = SessionManager(home)
    manager.start_new("demo", "openai")
    manager.search("whatever")  # makes the catalog, as the first search in a home does
    return _Chat(manager, agent_of(options, keys, Settings(), parse_choice("openai:demo"), manager))
