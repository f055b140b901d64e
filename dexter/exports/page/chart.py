"""Tokens and time over the session as bars: a drawing in the page, with the same in words."""

from collections.abc import Iterator, Sequence

from dexter.exports.page.marks import seconds, text
from dexter.sessions import SessionExchange, Transcript
from dexter.sessions.records import preview

_WIDTH, _HEIGHT, _LEFT, _GAP = 800.0, 64.0, 8.0, 34.0
_WIDEST = 48.0
_NAMED = 'aria-labelledby="chart-title chart-words"'


def chart(transcript: Transcript) -> str:
    """Two rows of bars, one bar an exchange: tokens above, seconds below. Each leads to its exchange."""
    exchanges = transcript.exchanges
    tokens = [each.token_usage.total_tokens if each.token_usage else 0 for each in exchanges]
    times = [each.duration for each in exchanges]
    whole = 2 * (_HEIGHT + _GAP)
    return "\n".join(
        [
            "<figure>",
            f'<svg viewBox="0 0 {_WIDTH:.0f} {whole:.0f}" role="group" {_NAMED}>',
            '<title id="chart-title">Tokens and time of each exchange</title>',
            f'<desc id="chart-words">{_words(tokens, times)}</desc>',
            *_row(exchanges, tokens, [f"{each:,} tokens" for each in tokens], "tokens", 0.0),
            *_row(exchanges, times, [seconds(each) for each in times], "time", _HEIGHT + _GAP),
            "</svg>",
            f"<figcaption>{_words(tokens, times)}</figcaption>",
            "</figure>",
        ]
    )


def _row(
    exchanges: Sequence[SessionExchange], values: Sequence[int], said: Sequence[str], kind: str, top: float
) -> Iterator[str]:
    most = max(values)
    label = f"{kind}, at most {said[values.index(most)]}"
    base = top + _GAP - 8 + _HEIGHT
    yield f'<text x="{_LEFT:.0f}" y="{top + 16:.0f}">{label}</text>'
    yield f'<line x1="{_LEFT:.0f}" x2="{_WIDTH - _LEFT:.0f}" y1="{base:.1f}" y2="{base:.1f}"/>'
    room = (_WIDTH - 2 * _LEFT) / len(values)
    width = min(room * 0.8, _WIDEST)
    for number, (exchange, value, words) in enumerate(zip(exchanges, values, said, strict=True), 1):
        # What is not nothing can be seen.
        height = max(_HEIGHT * value / most, 1.5) if value else 0.0
        left = _LEFT + room * (number - 0.5) - width / 2
        name = text(f"Exchange {number}: {words}. {preview(exchange.query)[:60]}", one_line=True)
        place = f'x="{left:.2f}" y="{base - height:.2f}" width="{width:.2f}" height="{height:.2f}"'
        yield (
            f'<a href="#x{number}" aria-label="{name}"><rect class="{kind} {exchange.status}" {place}>'
            f"<title>{name}</title></rect></a>"
        )


def _words(tokens: Sequence[int], times: Sequence[int]) -> str:
    count = f"{len(times):,} exchange{'' if len(times) == 1 else 's'}"
    used = f"{sum(tokens):,} tokens" if any(tokens) else "tokens not counted"
    return f"{count}, {used}, {seconds(sum(times))} in all."
