"""The tools for prices of shares and coins."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from dexter.tools.errors import BadArgument
from dexter.tools.fetching.source import DAY
from dexter.tools.fetching.text import one_line
from dexter.tools.market.asking import day, ticker_of
from dexter.tools.market.dataset import NAME, Dataset, Row, Sought
from dexter.tools.market.rows import Reading, amount, told
from dexter.tools.registry import Tool

MOST_PRICES = 500
MOST_TICKERS = 60
_COLUMNS = ("open", "high", "low", "close", "volume")
Kind = Literal["stock", "crypto"]
_PATHS = {"stock": "/prices/", "crypto": "/crypto/prices/"}


def price_tools(dataset: Dataset, today: Callable[[], date]) -> tuple[Tool, ...]:
    """The tools, on top of what asks the source.

    Args:
        dataset: Who is asked.
        today: The day that it still is somewhere: what ended before it never changes.
    """

    async def market_price(ticker: str, kind: Kind = "stock") -> dict[str, Any]:
        """Get the latest price of a share or a coin, with the day's change, volume and market value.

        Args:
            ticker: Such as AAPL; of a coin with its currency, such as BTC-USD.
            kind: Whether it is a share or a coin.
        """
        meant = ticker_of(ticker)
        sought = Sought(
            _endpoint(kind, "snapshot"),
            f"{_PATHS[kind]}snapshot/",
            f"price of {meant}",
            {"ticker": meant},
            label=meant,
            hint=_HINT,
        )
        return told(await dataset.rows(sought, "snapshot"), _reading(kind, meant), "prices")

    async def price_history(
        *,
        ticker: str,
        from_date: str,
        to_date: str,
        interval: Literal["minute", "day", "week", "month", "year"] = "day",
        kind: Kind = "stock",
        interval_multiplier: int = 1,
    ) -> dict[str, Any]:
        """Get open, high, low, close and volume of a share or a coin over time, oldest first.

        Args:
            ticker: Such as AAPL; of a coin with its currency, such as BTC-USD.
            from_date: The first day, YYYY-MM-DD.
            to_date: The last day, YYYY-MM-DD.
            interval: What one row covers; minutes only for coins.
            kind: Whether it is a share or a coin.
            interval_multiplier: How many of them one row covers; only for coins.
        """
        meant = ticker_of(ticker)
        since, until = _span(from_date, to_date, widened=interval != "minute")
        if kind == "stock" and interval == "minute":
            raise BadArgument("interval", "is 'minute': shares have days, weeks, months and years")
        params: dict[str, str | int] = {"ticker": meant, "interval": interval}
        if kind == "crypto":
            params["interval_multiplier"] = min(max(interval_multiplier, 1), 60)
        sought = Sought(
            _endpoint(kind, "prices"),
            _PATHS[kind],
            f"prices of {meant} from {since} to {until}",
            {**params, "start_date": since.isoformat(), "end_date": until.isoformat()},
            keep=None if until < today() else 0.0,
            label=meant,
            hint=_HINT,
        )
        found = await dataset.rows(sought, "prices", 20 * MOST_PRICES)
        reading = _reading(kind, meant)
        rows = sorted(found.rows, key=lambda row: str(row.get("time", "")))
        shown = rows[-MOST_PRICES:]
        money = f"{reading.currency} a {reading.of}"
        result: dict[str, Any] = {
            "source": NAME,
            "link": found.link,
            "fetched": found.fetched,
            "ticker": meant,
            "columns": ["time", *(f"{each} ({money})" for each in _COLUMNS[:-1]), f"volume ({reading.of}s)"],
            "prices": [_line(row, reading, interval) for row in shown],
        }
        if len(rows) > len(shown):
            note = f"Only the last {len(shown)} of {len(rows)} rows: ask for fewer days or longer intervals."
            result["notes"] = [note]
        return result

    async def market_tickers(kind: Kind = "stock", beginning: str = "") -> dict[str, Any]:
        """List the tickers that prices can be asked for.

        Args:
            kind: Shares or coins.
            beginning: The first letters of the ticker; leave out for the first ones of all.
        """
        path = "/crypto/prices/tickers/" if kind == "crypto" else "/prices/snapshot/tickers/"
        sought = Sought(_endpoint(kind, "tickers"), path, "list of tickers", keep=DAY)
        found = await dataset.rows(sought, "tickers", 100_000)
        every = sorted(str(row.get("name", row.get("ticker", ""))) for row in found.rows)
        start = ticker_of(beginning, needed=False)
        fitting = [each for each in every if each.upper().startswith(start)]
        shown = [each for each in fitting[:MOST_TICKERS] if len(each) <= 20]
        return {
            "source": NAME,
            "link": found.link,
            "found": f"{len(fitting)} of {len(every)} tickers",
            "tickers": shown,
            "more": len(fitting) > len(shown),
        }

    return (
        Tool("market_price", "Looking up a price", market_price),
        Tool("price_history", "Looking up prices", price_history),
        Tool("market_tickers", "Listing tickers", market_tickers, special=True),
    )


_HINT = "market_tickers lists what there is."


def _endpoint(kind: Kind, name: str) -> str:
    return f"crypto_{name}" if kind == "crypto" else name


def _reading(kind: Kind, ticker: str) -> Reading:
    if kind == "stock":
        return Reading()
    currency = ticker.rpartition("-")[2]
    return Reading(currency if len(currency) == 3 else "USD", of="unit")


def _span(from_date: str, to_date: str, *, widened: bool) -> tuple[date, date]:
    """The first and the last day; one day alone is widened by the week before it, as it may be a holiday."""
    since, until = day(from_date, "from_date"), day(to_date, "to_date")
    if not since or not until:
        raise BadArgument("from_date" if not since else "to_date", "is empty: give the day as YYYY-MM-DD")
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    if first > last:
        raise BadArgument("from_date", f"is {since}, which is after {until}")
    return (first - timedelta(days=7) if widened and first == last else first), last


def _line(row: Row, reading: Reading, interval: str) -> list[str]:
    when = one_line(str(row.get("time", "")), 30)
    numbers = [row.get(each) for each in _COLUMNS]
    # Without the unit, which the column has.
    written = [amount(each, "number", reading) if isinstance(each, int | Decimal) else "" for each in numbers]
    return [when if interval == "minute" else when[:10], *written]
