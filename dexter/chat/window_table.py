"""What `/status` says of tokens: what they cost, and what takes how much of the model's window."""

from collections.abc import Callable, Sequence
from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING

from dexter.sessions import SessionExchange

if TYPE_CHECKING:
    from dexter.agent.window.window import Window

Price = Callable[[SessionExchange], Decimal | None]
"""What an exchange cost in US dollars; None if its tokens or their price are not known."""


def tokens(exchanges: Sequence[SessionExchange]) -> str:
    """How many tokens exchanges took; nothing if nobody counted."""
    usages = [exchange.token_usage for exchange in exchanges if exchange.token_usage]
    cached = sum(usage.cache_read_tokens for usage in usages)
    total = f"{sum(usage.total_tokens for usage in usages):,}" if usages else ""
    return f"{total} ({cached:,} of them from a cache)" if cached else total


def cost(exchanges: Sequence[SessionExchange], price: Price) -> str:
    """What exchanges cost at list prices; what is not known is said."""
    counted = [exchange for exchange in exchanges if exchange.token_usage is not None]
    prices = [price(exchange) for exchange in counted]
    known = [each for each in prices if each is not None]
    unknown = len(exchanges) - len(known)
    if not exchanges:
        return ""
    if not known:
        return "not known: no list price, or no count of tokens"
    total = sum(known, Decimal(0))
    if 0 < total < Decimal("0.01"):
        shown = f"${total.quantize(Decimal('0.0001'), ROUND_UP)}"
    else:
        shown = f"${total:,.2f}"
    if not unknown:
        return f"{shown} at list prices"
    lacking = "1 exchange" if unknown == 1 else f"{unknown} exchanges"
    return f"at least {shown} at list prices: the cost of {lacking} is not known"


def table(window: "Window", model: str) -> list[str]:
    """The parts of a window as lines: tokens and percent."""
    rows = [
        ("prompt", window.prompt, ""),
        ("tools", window.tools, ""),
        ("recalled", window.recalled, "with the last query" if window.recalled else ""),
        ("history", window.history, _history(window)),
        ("results", window.results, ""),
        ("free", window.free, ""),
    ]
    width = len(f"{window.size:,}")
    lines = [f"Window of {model}: about {window.size:,} tokens, of which the next request takes"]
    for name, tokens, remark in rows:
        percent = 100 * tokens / window.size if window.size else 0
        line = f"  {name.ljust(8)}  {f'{tokens:,}'.rjust(width)}  {percent:3.0f} %"
        lines.append(f"{line}  {remark}".rstrip())
    return lines


def _history(window: "Window") -> str:
    if not window.compacted:
        return ""
    return f"exchanges 1 to {window.compacted} as a summary"
