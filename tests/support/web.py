"""Stand-ins for search services, X and web sites on the loopback."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dexter.keys import Keys
from dexter.tools.fetching.cache import Cache
from dexter.tools.web.page_tool import page_tool
from dexter.tools.web.pages import Bounds, WebPages
from dexter.tools.web.search_tool import search_tool
from dexter.tools.web.searching import WebSearch
from dexter.tools.web.services import SERVICES, Service, ordered
from dexter.tools.web.x import X, XApi
from dexter.tools.web.x_tools import x_tools
from tests.support.fetching import Clock
from tests.support.market import called, client_at
from tests.support.servers.pages import Page, PageServer

FIXTURES = Path(__file__).parents[2] / "fixtures"
TOKEN = "token-of-x-0123456789abcdef"
SECRET = "key-that-is-in-no-address-0123"
JSON = {"content-type": "application/json"}


def key_of(service: Service) -> str:
    """A key for a service."""
    return f"key-of-{service.id}-0123456789"


class AskingServices:
    """`web_search` against a stand-in for each service."""

    def __init__(self, servers: dict[str, PageServer], folder: Path) -> None:
        self.servers = servers
        self.clock = Clock()
        self.folder = folder

    def __call__(self, query: str, *, first: str | None = None, **arguments: Any) -> dict[str, Any]:
        """The result of the tool, where `first` is preferred."""
        clients = [
            (
                service,
                client_at(
                    service.source,
                    self.servers[service.id].address,
                    self.folder,
                    self.clock,
                    dict(service.header(key_of(service))),
                ),
            )
            for service in ordered(first)
            if service.id in self.servers
        ]
        web = WebSearch(clients)
        return called([search_tool(web)], "web_search", {"query": query, **arguments}, web.close)


@contextmanager
def services() -> Iterator[dict[str, PageServer]]:
    """A stand-in for each service, running, by its name."""
    servers = {service.id: PageServer() for service in SERVICES}
    for server in servers.values():
        server.__enter__()
    try:
        for service in SERVICES:
            content = (FIXTURES / f"web/{service.id}.json").read_bytes()
            servers[service.id].put(service.path, Page(content, headers=JSON))
        yield servers
    finally:
        for server in servers.values():
            server.__exit__(None, None, None)


@contextmanager
def x_server() -> Iterator[PageServer]:
    """A stand-in for X, running."""
    with PageServer() as server:
        for file in sorted((FIXTURES / "x").rglob("*.json")):
            path = f"/{file.relative_to(FIXTURES / 'x').as_posix()}".removesuffix(".json")
            server.put(path, Page(file.read_bytes(), headers=JSON))
        yield server


def asked_of_x(server: PageServer, folder: Path, **arguments: Any) -> dict[str, Any]:
    """The result of `x_search`."""
    x = XApi(client_at(X, server.address, folder, Clock(), {"authorization": f"Bearer {TOKEN}"}))
    return called(x_tools(x), "x_search", arguments, x.close)


class Reading:
    """`web_fetch` against web sites on the loopback.

    `names` says what each host stands for, `then` what it stands for once it was asked for; all of them are
    on the port of the server. `looked_up` are the names that were asked for.
    """

    def __init__(
        self, folder: Path, server: PageServer | None = None, trust: ssl.SSLContext | None = None
    ) -> None:
        self.names: dict[str, list[str]] = {}
        self.then: dict[str, list[str]] = {}
        self.looked_up: list[str] = []
        self.clock = Clock()
        self.folder = folder
        self.trust = trust
        self.here: frozenset[tuple[str, int]] = frozenset()
        self.port = 0
        if server is not None:
            self.port = int(server.address.rpartition(":")[2])
            self.here = frozenset({("127.0.0.1", self.port)})

    def __call__(self, url: str, **arguments: Any) -> dict[str, Any]:
        """The result of the tool."""
        return called([page_tool(self.pages())], "web_fetch", {"url": url, **arguments}, _nothing)

    def pages(self, **bounds: Any) -> WebPages:
        """What the tool is on top of."""
        return WebPages(
            "dexter/0",
            cache=Cache(self.folder / "cache", clock=self.clock, mask=str),
            mask=Keys({"SHOP_API_KEY": SECRET}).mask,
            bounds=Bounds(**bounds),
            resolve=self._resolve,
            trust=self.trust,
            here=self.here,
        )

    def at(self, host: str, path: str = "/") -> str:
        """The address of a path on a host."""
        return f"http://{host}:{self.port}{path}"

    async def _resolve(self, host: str, port: int) -> list[str]:
        del port
        self.looked_up.append(host)
        if host not in self.names:
            raise OSError("no such name")
        found = self.names[host]
        self.names[host] = self.then.get(host, found)
        return found


async def _nothing() -> None:
    await asyncio.sleep(0)
