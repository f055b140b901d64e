"""What tokens cost: list prices in US dollars from `genai-prices`, as they stood when an exchange was.

The table comes with the installed library; nothing is fetched. Importing it takes half a second and brings
pydantic along, so that it is only done once there is something to price.
"""

from datetime import UTC, datetime
from decimal import Decimal

from dexter.models.catalogue import OFFLINE, OLLAMA
from dexter.sessions.catalog.statistics import Counted

_FREE = {OFFLINE, OLLAMA}
"""Providers that are on this machine: their tokens cost nothing."""


def list_price(exchange: Counted) -> Decimal | None:
    """What an exchange cost by the list; None if its tokens are not known or its model is not listed.

    An exchange is priced as one request: which of its requests was how long is not known, and neither is what
    batches save. What was read from a provider's cache, or written to it, has the list's price for that.
    """
    if exchange.provider in _FREE:
        return Decimal(0)
    if not exchange.model or (exchange.input_tokens is None and exchange.output_tokens is None):
        return None
    from genai_prices import Usage, calc_price

    tokens = Usage(
        input_tokens=exchange.input_tokens or 0,
        output_tokens=exchange.output_tokens or 0,
        cache_read_tokens=exchange.cache_read_tokens,
        cache_write_tokens=exchange.cache_write_tokens,
    )
    try:
        found = calc_price(
            tokens,
            exchange.model,
            provider_id=exchange.provider or None,
            genai_request_timestamp=datetime.fromtimestamp(exchange.timestamp / 1000, UTC),
        )
    except (LookupError, ValueError):
        return None
    return found.total_price
