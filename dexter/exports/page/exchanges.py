"""One exchange of the page: query, what was done, answer."""

from collections.abc import Iterator

from dexter.exports.page.answers import answer_html
from dexter.exports.page.marks import moment, seconds, text
from dexter.exports.page.plot import plot_html
from dexter.exports.page.steps import steps_html
from dexter.exports.places import Place, told_follows
from dexter.sessions.records.figures import figures_line
from dexter.sessions.records.plots import plots_of
from dexter.sessions.records.records import preview


def article(place: Place) -> str:
    """An exchange of the page."""
    exchange, number = place.exchange, place.number
    name = text(preview(exchange.query) or "(empty query)", one_line=True)
    lines = [
        f'<article id="x{number}" aria-labelledby="h{number}"{" class=head" if place.head else ""}>',
        f'<h2 id="h{number}" dir="auto"><a href="#x{number}">{number}</a> {name}</h2>',
        f'<p class="facts">{" · ".join(_facts(place))}</p>',
        # A short query is its own heading.
        *(
            []
            if name == text(exchange.query)
            else [f'<div class="query" dir="auto">{text(exchange.query)}</div>']
        ),
        *(f'<div class="query" dir="auto">{text(each.text)}</div>' for each in exchange.further),
        *steps_html(place.steps),
        *map(plot_html, plots_of(place.steps)),
    ]
    if exchange.answer.strip():
        lines.append(f'<div class="answer" dir="auto">{answer_html(exchange.answer)}</div>')
        if exchange.figures is not None:
            lines.append(f'<p class="none">{text(figures_line(exchange.figures), one_line=True)}</p>')
    elif not exchange.error:
        lines.append(f'<p class="none">No answer: {exchange.status}.</p>')
    if exchange.error:
        lines.append(f'<p class="error">Error: {text(exchange.error, one_line=True)}</p>')
    return "\n".join([*lines, "</article>"])


def _facts(place: Place) -> Iterator[str]:
    exchange = place.exchange
    yield moment(exchange.timestamp)
    yield seconds(exchange.duration)
    if exchange.model:
        yield text(exchange.model, one_line=True)
    if exchange.token_usage is not None:
        yield f"{exchange.token_usage.total_tokens:,} tokens"
    if exchange.status != "complete":
        yield f'<strong class="status">{exchange.status}</strong>'
    if place.turns_off:
        told = told_follows(place)
        yield told if place.follows is None else f'<a href="#x{place.follows}">{told}</a>'
    if place.head:
        yield '<strong class="badge">head</strong>'
