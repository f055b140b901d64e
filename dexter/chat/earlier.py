"""The earlier exchanges of the session, in the words of the chat: numbered, drawn as a tree, to pick from."""

import time
from collections.abc import Sequence

from dexter.chat.screen import Choice
from dexter.sessions import SessionExchange
from dexter.sessions.reading.lineage import drawn, is_line
from dexter.sessions.reading.lineage import meant as by_id


def meant(exchanges: Sequence[SessionExchange], argument: str) -> SessionExchange | None:
    """The exchange that is meant by a number, from 1, or by an id or its beginning; None if that names none.

    Raises:
        AmbiguousExchange: If more than one id begins with that.
        ExchangeNotFound: If none does.
    """
    if argument.isdecimal() and not argument.startswith("0") and int(argument) <= len(exchanges):
        return exchanges[int(argument) - 1]
    if not argument or (argument.isdecimal() and len(argument) <= len(str(len(exchanges))) + 1):
        return None
    return by_id(exchanges, argument)


def lines(exchanges: Sequence[SessionExchange], follows: str | None) -> list[str]:
    """Each exchange on a line with its number; drawn as a tree if there is more than one way through them.

    Args:
        exchanges: All of the session, sorted by id.
        follows: The one that the next query follows, None if it begins anew.
    """
    numbers = {exchange.id: number for number, exchange in enumerate(exchanges, 1)}
    width = len(str(len(exchanges)))
    told = {exchange.id: _told(exchange, f"{numbers[exchange.id]:>{width}}") for exchange in exchanges}
    if follows == exchanges[-1].id and is_line(exchanges):
        return list(told.values())
    shown: list[str] = []
    for twig in drawn(exchanges):
        shown += [twig.joint] if twig.joint else []
        marks = ["head"] if not twig.rest.endswith("| ") else []
        marks += ["the next query follows this one"] if twig.exchange.id == follows else []
        shown.append(twig.first + told[twig.exchange.id] + (f"  ({'; '.join(marks)})" if marks else ""))
    return [*shown, *(["The next query begins anew."] if follows is None else [])]


def choices(exchanges: Sequence[SessionExchange]) -> list[Choice[SessionExchange]]:
    """The queries to pick from, the latest first."""
    width = len(str(len(exchanges)))
    return [
        Choice(
            exchange,
            f"{number:>{width}}  {moment(exchange.timestamp)}  {first_line(exchange.query)}",
            "" if exchange.status == "complete" else exchange.status,
        )
        for number, exchange in reversed(list(enumerate(exchanges, 1)))
    ]


def first_line(text: str) -> str:
    """A text on one line, cut to 100 characters."""
    line = " ".join(text.split())
    return f"{line[:97]}..." if len(line) > 100 else line


def moment(milliseconds: int) -> str:
    """A moment in epoch milliseconds as local time, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(milliseconds / 1000))


def _told(exchange: SessionExchange, number: str) -> str:
    status = "" if exchange.status == "complete" else f"  ({exchange.status})"
    return f"{number}  {moment(exchange.timestamp)}  {first_line(exchange.query)}{status}"
