"""Earlier exchanges as they looked when they ended: what was asked, drawn and answered, without the tools."""

from collections.abc import Sequence

from dexter.agent.events import AnswerPart
from dexter.sessions import SessionExchange, Step
from dexter.sessions.records.plots import plots_of
from dexter.terminal import phrases
from dexter.terminal.plots import drawn
from dexter.terminal.run_view import RunView
from dexter.terminal.styles import Paint


def past_exchange(exchange: SessionExchange, steps: Sequence[Step], width: int, paint: Paint) -> str:
    """An earlier exchange in painted lines, each with its newline."""
    view = RunView(paint)
    text = past_queries(exchange, width, paint)
    text += "".join(f"\n{drawn(plot, width, paint)}" for plot in plots_of(steps))
    if exchange.answer.strip():
        text += view.take(AnswerPart(1, exchange.answer), width) + view.finish(width)
    return f"{text}\n{phrases.earlier_ending(exchange, width, paint)}\n"


def past_queries(exchange: SessionExchange, width: int, paint: Paint) -> str:
    """What the user asked, and said while it ran."""
    asked = (exchange.query, *(each.text for each in exchange.further))
    return "".join(phrases.query(each, width, paint) for each in asked)
