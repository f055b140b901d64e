"""A client against a server on the loopback, with a clock that only moves when somebody sleeps."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dexter.keys import Keys
from dexter.tools.fetching.cache import Cache
from dexter.tools.fetching.client import Client, Convert, Patience
from dexter.tools.fetching.pace import Pace
from dexter.tools.fetching.source import Answer, Question, Source
from tests.support.servers.pages import PageServer

KEY = "key-of-the-source-0123456789"
NOON = 1_795_348_800.0
"""2026-11-22T12:00:00Z."""


@dataclass
class Clock:
    """Time that passes when somebody sleeps, at once; `slept` are the waits in order."""

    now: float = NOON
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        """Epoch seconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.slept.append(round(seconds, 3))
        self.now += seconds
        await asyncio.sleep(0)


def source_of(server: PageServer) -> Source:
    """A source that is this server."""
    return Source("shop", "Shop", ("shop.invalid",), 10, server.address)


def cache_of(folder: Path, clock: Clock, **fields: Any) -> Cache:
    """A cache that masks the source's key."""
    return Cache(folder / "cache", clock=clock, mask=Keys({"SHOP_API_KEY": KEY}).mask, **fields)


def client_of(
    server: PageServer,
    folder: Path,
    clock: Clock | None = None,
    *,
    patience: Patience | None = None,
    **fields: Any,
) -> Client:
    """A client of this server, with its cache in a folder."""
    clock = clock or Clock()
    source = source_of(server)
    return Client(
        source,
        cache=cache_of(folder, clock, **fields),
        pace=Pace(source.name, source.per_second, folder / "pace", clock=clock, sleep=clock.sleep),
        headers=lambda: {"x-api-key": KEY},
        mask=Keys({"SHOP_API_KEY": KEY}).mask,
        patience=patience,
        clock=clock,
        sleep=clock.sleep,
    )


def question(server: PageServer, path: str = "/things/1", **fields: Any) -> Question:
    """A question for a thing."""
    return Question("things", f"{server.address}{path}", "thing 1", label="acme", **fields)


def ask(client: Client, *questions: Question, convert: Convert | None = None) -> list[Answer]:
    """The answers, asked for one after the other."""

    async def all_of_them() -> list[Answer]:
        try:
            return [await client.ask(each, convert) for each in questions]
        finally:
            await client.close()

    return asyncio.run(all_of_them())
