"""The tool for news of companies."""

from typing import Any

from dexter.tools.fetching.source import MINUTE
from dexter.tools.market.asking import limit_of, ticker_of
from dexter.tools.market.dataset import Dataset, Sought
from dexter.tools.market.rows import Reading, told
from dexter.tools.registry import Tool

MOST_NEWS = 10


def news_tools(dataset: Dataset) -> tuple[Tool, ...]:
    """The tool, on top of what asks the source."""

    async def company_news(ticker: str = "", limit: int = 5) -> dict[str, Any]:
        """Get the latest headlines on a company or the market, each with date, publisher and link.

        Args:
            ticker: Such as AAPL; leave out for the market.
            limit: The most headlines, 1 to 10.
        """
        meant, most = ticker_of(ticker, needed=False), limit_of(limit, MOST_NEWS)
        what = f"news on {meant}" if meant else "news"
        sought = Sought(
            "news",
            "/news",
            what,
            {"ticker": meant, "limit": most},
            keep=15 * MINUTE,
            label=meant or "all",
        )
        return told(await dataset.rows(sought, "news", most), Reading(), "news")

    return (Tool("company_news", "Looking for news", company_news),)
