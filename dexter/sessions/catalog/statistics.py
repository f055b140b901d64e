"""What all exchanges come to: how many, how many tokens, what they cost, by model and by month.

Pure computing. Where exchanges come from and what tokens cost is handed in.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol

import msgspec

STATUSES = ("complete", "interrupted", "error")


class Counted(Protocol):
    """An exchange as far as it is counted; `dexter.sessions.Facts` is one."""

    @property
    def timestamp(self) -> int:
        """When it ended, epoch milliseconds."""

    @property
    def provider(self) -> str | None:
        """The provider's id, None if the exchange does not name it."""

    @property
    def model(self) -> str:
        """The model's name."""

    @property
    def status(self) -> str:
        """complete, error or interrupted."""

    @property
    def input_tokens(self) -> int | None:
        """None if it is not known."""

    @property
    def output_tokens(self) -> int | None:
        """None if it is not known."""

    @property
    def cache_read_tokens(self) -> int:
        """Of the input's, those that came from the provider's cache."""

    @property
    def cache_write_tokens(self) -> int:
        """Of the input's, those that were written to it."""


Price = Callable[[Counted], Decimal | None]
"""What an exchange cost in US dollars; None if its tokens or their price are not known, 0 if it is free."""


class Sum(msgspec.Struct, frozen=True):
    """Some exchanges taken together.

    `cost` is in US dollars. `uncounted` is how many have no count of tokens, `unpriced` how many have one
    and no known price. `uncosted` is of how many the cost is not known for either reason: with any of them
    `cost` is a least. `cached_tokens` are those of the input that came from a provider's cache.
    """

    exchanges: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    unpriced: int = 0
    uncounted: int = 0
    uncosted: int = 0
    cached_tokens: int = 0

    @property
    def tokens(self) -> int:
        """All of them."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Sum") -> "Sum":
        """Both taken together."""
        return Sum(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))


Model = tuple[str, str]
"""A provider's id, empty if it is not known, and a model's name."""


class Statistics(msgspec.Struct, frozen=True):
    """What there is, and what it comes to. The models add up to `total`, and so do the months."""

    sessions: int
    total: Sum
    statuses: Mapping[str, int]
    """How many exchanges have each status; those that exist are there with 0."""
    models: tuple[tuple[Model, Sum], ...]
    """Most tokens first."""
    months: tuple[tuple[str, Sum], ...]
    """As `2026-11` in local time, earliest first; months without exchanges are absent."""

    @property
    def unknown_prices(self) -> tuple[Model, ...]:
        """The models of which some exchange has no known price."""
        return tuple(model for model, found in self.models if found.unpriced)


def compute(sessions: int, exchanges: Iterable[Counted], price: Price) -> Statistics:
    """What some exchanges come to.

    Args:
        sessions: How many sessions there are, with those that have no exchange yet.
        exchanges: Each of them once, in any order.
        price: Asked once for each exchange.
    """
    models: dict[Model, Sum] = {}
    months: dict[str, Sum] = {}
    statuses = dict.fromkeys(STATUSES, 0)
    for exchange in exchanges:
        one = _of_one(exchange, price)
        model = (exchange.provider or "", exchange.model)
        month = time.strftime("%Y-%m", time.localtime(exchange.timestamp / 1000))
        models[model] = models.get(model, Sum()) + one
        months[month] = months.get(month, Sum()) + one
        statuses[exchange.status] = statuses.get(exchange.status, 0) + 1
    return Statistics(
        sessions=sessions,
        total=sum(months.values(), Sum()),
        statuses=MappingProxyType(statuses),
        models=tuple(sorted(models.items(), key=lambda each: (-each[1].tokens, -each[1].exchanges, each[0]))),
        months=tuple(sorted(months.items())),
    )


def _of_one(exchange: Counted, price: Price) -> Sum:
    given, made = exchange.input_tokens, exchange.output_tokens
    cost = price(exchange)
    uncounted = given is None and made is None
    return Sum(
        exchanges=1,
        input_tokens=given or 0,
        output_tokens=made or 0,
        cost=cost or Decimal(0),
        unpriced=int(cost is None and not uncounted),
        uncounted=int(uncounted),
        uncosted=int(cost is None),
        cached_tokens=exchange.cache_read_tokens,
    )
