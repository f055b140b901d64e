"""A stand-in for the SEC on the loopback: the files of `fixtures/sec`, by their paths."""

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from dexter.tools.fetching.cache import Cache
from dexter.tools.fetching.client import Client, Patience
from dexter.tools.fetching.pace import Pace
from dexter.tools.filings.edgar import SEC, Edgar, user_agent
from dexter.tools.filings.tools import filing_tools
from tests.support.fetching import Clock
from tests.support.servers.pages import Page, PageServer

FILES = Path(__file__).parents[2] / "fixtures/sec"
CONTACT = "ada@example.invalid"
_TYPES = {".json": "application/json", ".htm": "text/html", ".txt": "text/plain"}


@contextmanager
def sec() -> Iterator[PageServer]:
    """The stand-in, running."""
    with PageServer() as server:
        for file in sorted(FILES.rglob("*")):
            if file.is_file():
                path = f"/{file.relative_to(FILES).as_posix()}"
                path = path.removesuffix(".json") if path.endswith("/search-index.json") else path
                server.put(path, Page(file.read_bytes(), headers={"content-type": _TYPES[file.suffix]}))
        yield server


def edgar_at(address: str, folder: Path, clock: Clock | None = None) -> Edgar:
    """What asks the stand-in at this address, with a cache in a folder."""
    clock = clock or Clock()
    return Edgar(
        Client(
            msgspec.structs.replace(SEC, address=address),
            cache=Cache(folder / "cache", clock=clock, mask=str),
            pace=Pace(SEC.name, SEC.per_second, folder / "pace", clock=clock, sleep=clock.sleep),
            headers=lambda: user_agent("dexter/0", CONTACT),
            mask=str,
            patience=Patience(retries=0),
            clock=clock,
            sleep=clock.sleep,
        )
    )


class Asking:
    """The tools against the stand-in, called as a model calls them."""

    def __init__(self, server: PageServer, folder: Path) -> None:
        self.server = server
        self._edgar = edgar_at(server.address, folder)
        self._tools = {tool.name: tool for tool in filing_tools(self._edgar)}

    def __call__(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """The result of a tool."""

        async def call() -> dict[str, Any]:
            try:
                result = self._tools[name].function(**arguments)
                assert inspect.isawaitable(result)
                found: dict[str, Any] = await result
                return found
            finally:
                await self._edgar.close()

        return asyncio.run(call())
