"""A stand-in for Financial Datasets on the loopback: the files of `fixtures/fd`, by their paths."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from dexter.tools.fetching.cache import Cache
from dexter.tools.fetching.client import Client, Patience
from dexter.tools.fetching.pace import Pace
from dexter.tools.fetching.source import Source
from dexter.tools.market.dataset import FINANCIAL_DATASETS, Dataset, key_header
from dexter.tools.market.tools import market_tools
from dexter.tools.registry import Tool
from tests.support.fetching import Clock
from tests.support.servers.pages import Page, PageServer

FILES = Path(__file__).parents[2] / "fixtures/fd"
KEY = "fd-key-0123456789abcdef"


@contextmanager
def market() -> Iterator[PageServer]:
    """The stand-in, running."""
    with PageServer() as server:
        for file in sorted(FILES.rglob("*.json")):
            path = f"/{file.relative_to(FILES).as_posix()}".removesuffix(".json").removesuffix("index")
            server.put(path, Page(file.read_bytes(), headers={"content-type": "application/json"}))
        yield server


def client_at(source: Source, address: str, folder: Path, clock: Clock, headers: dict[str, str]) -> Client:
    """A client of a source that is at this address."""
    return Client(
        msgspec.structs.replace(source, address=address),
        cache=Cache(folder / "cache", clock=clock, mask=str),
        pace=Pace(source.name, source.per_second, folder / source.id, clock=clock, sleep=clock.sleep),
        headers=lambda: headers,
        mask=str,
        patience=Patience(retries=0),
        clock=clock,
        sleep=clock.sleep,
    )


def called(
    tools: Sequence[Tool], name: str, arguments: dict[str, Any], close: Callable[[], Awaitable[None]]
) -> dict[str, Any]:
    """The result of a tool, called as a model calls it; `close` lets go of the connections."""

    async def call() -> dict[str, Any]:
        try:
            result = next(tool for tool in tools if tool.name == name).function(**arguments)
            assert inspect.isawaitable(result)
            found: dict[str, Any] = await result
            return found
        finally:
            await close()

    return asyncio.run(call())


class AskingMarket:
    """The tools against the stand-in."""

    def __init__(self, server: PageServer, folder: Path) -> None:
        self.server = server
        self.clock = Clock()
        headers = dict(key_header(KEY))
        self._client = client_at(FINANCIAL_DATASETS, server.address, folder, self.clock, headers)
        self.tools = market_tools(Dataset(self._client), self.clock)

    def __call__(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """The result of a tool."""
        return called(self.tools, name, arguments, self._client.close)
