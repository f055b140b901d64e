"""How the statistics of all sessions are written: as a page, with bars on a terminal, and as JSON."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_UP, Decimal
from typing import Any

from dexter.cli.screen.output import counted, fit
from dexter.sessions.catalog.statistics import Model, Statistics, Sum
from dexter.sessions.footprint import Footprint
from dexter.terminal.cleaning import one_line

BAR = "#"
_LONGEST_BAR = 40
_SHORTEST_BAR = 5
_SHORTEST_NAME = 12
_UNITS = ("B", "KB", "MB", "GB", "TB")
_NOTES = (
    "Costs are list prices in US dollars; models on this machine are free.",
    "Deleted sessions are not counted.",
)


def statistics_fields(found: Statistics, disk: Sequence[Footprint]) -> dict[str, Any]:
    """The statistics for JSON output: costs are decimal strings, null where no price is known at all."""
    return {
        "sessions": found.sessions,
        "exchanges": {"total": found.total.exchanges, **found.statuses},
        "total": sum_fields(found.total),
        "byModel": [
            {"provider": provider or None, "model": model, **sum_fields(each)}
            for (provider, model), each in found.models
        ],
        "byMonth": [{"month": month, **sum_fields(each)} for month, each in found.months],
        "unknownPrices": [
            {"provider": provider or None, "model": model} for provider, model in found.unknown_prices
        ],
        "prices": {"kind": "list", "currency": "USD"},
        "disk": {
            "bytes": sum(each.bytes for each in disk),
            "byKind": [
                {"kind": each.kind, "files": each.files, "bytes": each.bytes, "allocated": each.allocated}
                for each in disk
            ],
        },
    }


def statistics_text(found: Statistics, disk: Sequence[Footprint], width: int | None) -> str:
    """The statistics as a page.

    Args:
        found: What the sessions come to.
        disk: What the home takes.
        width: Of the terminal; None leaves names whole and draws no bars.
    """
    total = found.total
    unusual = [f"{count:,} {status}" for status, count in found.statuses.items() if count]
    lines = [
        f"Sessions:  {found.sessions:,}",
        f"Exchanges: {total.exchanges:,}{_bracketed(unusual)}",
        f"Tokens:    {total.tokens:,}" + _bracketed(token_parts(total) if total.tokens else []),
        f"Cost:      {cost_text(total, 'at least ')}",
    ]
    if total.uncounted:
        lines.append(f"           {counted(total.uncounted, 'exchange')} without a count of tokens")
    if found.unknown_prices:
        lines.append(f"           price unknown: {', '.join(map(_name, found.unknown_prices))}")
    if found.models:
        rows = [(_name(model), each) for model, each in found.models]
        lines += ["", *_table("Model", rows, width), "", *_table("Month", found.months, width)]
    taken = [each for each in disk if each.files]
    if taken:
        lines += ["", *_disk_table(taken, width)]
    lines += ["", *_NOTES]
    return "\n".join(lines)


def _table(head: str, rows: Iterable[tuple[str, Sum]], width: int | None) -> list[str]:
    cells = [
        (name, f"{each.exchanges:,}", f"{each.tokens:,}", cost_text(each, ">= "), each.tokens)
        for name, each in rows
    ]
    return _columns((head, "Exchanges", "Tokens", "Cost"), cells, width)


def _disk_table(disk: Sequence[Footprint], width: int | None) -> list[str]:
    everything = Footprint("all", sum(each.files for each in disk), sum(each.bytes for each in disk))
    cells = [(each.kind, f"{each.files:,}", _size(each.bytes), each.bytes) for each in disk]
    cells.append(("all", f"{everything.files:,}", _size(everything.bytes), 0))
    return _columns(("On disk", "Files", "Size"), cells, width)


def _columns(heads: Sequence[str], rows: Sequence[tuple[Any, ...]], width: int | None) -> list[str]:
    """Names on the left, figures on the right, and on a terminal a bar for each row's last value."""
    figures = [max(len(row[place]) for row in (heads, *rows)) for place in range(1, len(heads))]
    taken = sum(figures) + 2 * len(figures)
    names = max(len(row[0]) for row in (heads, *rows))
    if width is not None:
        names = max(min(names, width - taken), min(names, _SHORTEST_NAME))
    room = 0 if width is None else min(_LONGEST_BAR, width - names - taken - 2)
    most = max((row[-1] for row in rows), default=0)
    lines = []
    for row in ((*heads, 0), *rows):
        cells = [f"{cell:>{size}}" for cell, size in zip(row[1:-1], figures, strict=True)]
        name = fit(row[0], names)
        bar = BAR * _length(row[-1], most, room) if room >= _SHORTEST_BAR else ""
        lines.append("  ".join([name + " " * (names - len(name)), *cells, bar]).rstrip())
    return lines


def _length(value: int, most: int, room: int) -> int:
    """How long a bar is: what is not nothing has at least one mark."""
    return max(1, value * room // most) if value else 0


def _name(model: Model) -> str:
    provider, name = model
    return one_line(":".join(filter(None, (provider, name)))) or "(not named)"


def token_parts(found: Sum) -> list[str]:
    """Tokens by kind, in words."""
    cached = [f"{found.cached_tokens:,} of them from a cache"] if found.cached_tokens else []
    return [", ".join([f"{found.input_tokens:,} in", *cached]), f"{found.output_tokens:,} out"]


def cost_text(found: Sum, least: str) -> str:
    """What was paid, as far as that is known; `least` stands before what is only a part of it."""
    if found.exchanges and found.exchanges == found.uncosted:
        return "unknown"
    return f"{least if found.uncosted else ''}{_dollars(found.cost)}"


def _dollars(cost: Decimal) -> str:
    if 0 < cost < Decimal("0.01"):
        return f"${cost.quantize(Decimal('0.0001'), ROUND_UP)}"
    return f"${cost:,.2f}"


def _size(size: int) -> str:
    """Bytes in units of 1,000 with three digits, as disks are sold."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 0 if unit == 0 or value >= 99.5 else 1
    return f"{value:.{digits}f} {_UNITS[unit]}"


def _bracketed(parts: Sequence[str]) -> str:
    return f" ({', '.join(parts)})" if parts else ""


def sum_fields(found: Sum) -> dict[str, Any]:
    """Tokens and cost of some exchanges for JSON output; the cost is a decimal string, null if unknown."""
    unknown = found.exchanges and found.exchanges == found.uncosted
    return {
        "exchanges": found.exchanges,
        "inputTokens": found.input_tokens,
        "outputTokens": found.output_tokens,
        "totalTokens": found.tokens,
        "cachedTokens": found.cached_tokens,
        "cost": None if unknown else format(found.cost.normalize(), "f"),
        "costIsComplete": not found.uncosted,
        "withoutPrice": found.unpriced,
        "withoutTokens": found.uncounted,
    }
