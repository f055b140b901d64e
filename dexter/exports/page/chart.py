"""Tokens and time over the session as bars: drawings in the page, with the same in words."""

from collections.abc import Iterator, Sequence

from dexter.exports.page.marks import seconds, text
from dexter.sessions import SessionExchange, Transcript
from dexter.sessions.records.records import preview

_WIDTH, _HEIGHT = 800.0, 64.0
_WIDEST = 48.0


def chart(transcript: Transcript) -> str:
    """Two rows of bars, one bar an exchange: tokens above, seconds below. Each leads to its exchange."""
    exchanges = transcript.exchanges
    tokens = [each.token_usage.total_tokens if each.token_usage else 0 for each in exchanges]
    times = [each.duration for each in exchanges]
    return "\n".join(
        [
            '<figure aria-label="Tokens and time of each exchange">',
            *_row(exchanges, tokens, [f"{each:,} tokens" for each in tokens], "tokens"),
            *_row(exchanges, times, [seconds(each) for each in times], "time"),
            f"<figcaption>{_words(tokens, times)}</figcaption>",
            "</figure>",
        ]
    )


def _row(
    exchanges: Sequence[SessionExchange], values: Sequence[int], said: Sequence[str], kind: str
) -> Iterator[str]:
    most = max(values)
    yield f'<p id="{kind}-bars">{kind.capitalize()}, at most {said[values.index(most)]}</p>'
    size = f'viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" preserveAspectRatio="none"'
    yield f'<svg {size} role="group" aria-labelledby="{kind}-bars">'
    room = _WIDTH / len(values)
    width = min(room * 0.8, _WIDEST)
    for number, (exchange, value, words) in enumerate(zip(exchanges, values, said, strict=True), 1):
        # What is not nothing can be seen.
        height = max(_HEIGHT * value / most, 1.5) if value else 0.0
        left = room * (number - 0.5) - width / 2
        name = text(f"Exchange {number}: {words}. {preview(exchange.query)[:60]}", one_line=True)
        place = f'x="{left:.2f}" y="{_HEIGHT - height:.2f}" width="{width:.2f}" height="{height:.2f}"'
        yield (
            f'<a href="#x{number}" aria-label="{name}"><rect class="{kind} {exchange.status}" {place}>'
            f"<title>{name}</title></rect></a>"
        )
    yield "</svg>"


def _words(tokens: Sequence[int], times: Sequence[int]) -> str:
    count = f"{len(times):,} exchange{'' if len(times) == 1 else 's'}"
    used = f"{sum(tokens):,} tokens" if any(tokens) else "tokens not counted"
    return f"{count}, {used}, {seconds(sum(times))} in all."
