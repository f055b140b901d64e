"""Arguments that the tools share, checked before anything is asked."""

import re

from dexter.tools.errors import BadArgument
from dexter.tools.fetching.text import one_line
from dexter.tools.numbers import to_date

_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.\-^=]{0,19}")


def ticker_of(text: str, *, needed: bool = True) -> str:
    """A ticker in capitals; empty for none.

    Raises:
        BadArgument: If it can be no ticker, or there is none and one is needed.
    """
    ticker = text.strip().upper()
    if _TICKER.fullmatch(ticker) or not (ticker or needed):
        return ticker
    raise BadArgument("ticker", f"is {one_line(text, 30)!r}: give the ticker itself, such as AAPL or BRK.B")


def limit_of(limit: int, most: int) -> int:
    """The limit within 1 and `most`."""
    return min(max(limit, 1), most)


def dates(from_date: str, to_date_: str, name: str) -> dict[str, str]:
    """The parameters for rows whose date lies between two days, both included.

    Args:
        from_date: YYYY-MM-DD, or empty.
        to_date_: The same.
        name: The date that is meant, such as `report_period`.

    Raises:
        BadArgument: If one is no date.
    """
    since = day(from_date, "from_date")
    until = day(to_date_, "to_date")
    return {
        **({f"{name}_gte": since} if since else {}),
        **({f"{name}_lte": until} if until else {}),
    }


def day(text: str, argument: str) -> str:
    """A date as YYYY-MM-DD, or empty for none.

    Raises:
        BadArgument: If it is no date.
    """
    return to_date(text, argument).isoformat() if text.strip() else ""
