"""The tools that ask the network, put together: those that need a key only where there is one."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dexter.cli.equipping.sources import dataset_of, edgar_of, pages_of, search_of, x_of
from dexter.cli.options import Options
from dexter.keys import Keys
from dexter.settings import Settings
from dexter.tools.filings.tools import filing_tools
from dexter.tools.registry import Tool


@dataclass(frozen=True)
class Network:
    """The tools, and how their connections are closed."""

    tools: tuple[Tool, ...]
    close: Callable[[], Awaitable[None]]


def network(options: Options, keys: Keys, settings: Settings) -> Network:
    """What may be asked. Nothing is opened or written before it is.

    Args:
        options: Of this run.
        keys: Keys and addresses.
        settings: Of the home.
    """
    edgar = edgar_of(options, keys, settings)
    tools = [*filing_tools(edgar)]
    closing: list[Callable[[], Awaitable[None]]] = [edgar.close]
    if (dataset := dataset_of(options, keys, settings)) is not None:
        from dexter.tools.market.tools import market_tools

        tools += market_tools(dataset, time.time)
        closing.append(dataset.close)
    if (search := search_of(options, keys, settings)) is not None:
        from dexter.tools.web.search_tool import search_tool

        tools.append(search_tool(search))
        closing.append(search.close)
    from dexter.tools.web.page_tool import page_tool

    tools.append(page_tool(pages_of(options, keys)))
    if (x := x_of(options, keys, settings)) is not None:
        from dexter.tools.web.x_tools import x_tools

        tools += x_tools(x)
        closing.append(x.close)

    async def close() -> None:
        for each in closing:
            await each()

    return Network(tuple(tools), close)
