"""All tools of this source, in the order in which a model should see them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from dexter.tools.market.dataset import Dataset
from dexter.tools.market.filing_tools import market_filing_tools
from dexter.tools.market.news_tools import news_tools
from dexter.tools.market.ownership_tools import ownership_tools
from dexter.tools.market.price_tools import price_tools
from dexter.tools.market.screening_tools import screening_tools
from dexter.tools.market.statement_tools import statement_tools
from dexter.tools.registry import Tool


def market_tools(dataset: Dataset, clock: Callable[[], float]) -> tuple[Tool, ...]:
    """The tools that ask the source.

    Args:
        dataset: Who is asked.
        clock: Epoch seconds.
    """

    def today() -> date:
        # The day that it still is on the last place on earth: before it, every market has closed.
        return (datetime.fromtimestamp(clock(), UTC) - timedelta(hours=12)).date()

    return (
        *price_tools(dataset, today),
        *statement_tools(dataset),
        *news_tools(dataset),
        *ownership_tools(dataset),
        *market_filing_tools(dataset),
        *screening_tools(dataset),
    )
