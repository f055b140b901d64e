"""The lines that say where a chat is: which session, which model, how much of both."""

from dexter.chat.desk import SessionDesk
from dexter.chat.window_table import tokens
from dexter.sessions import SessionExchange


def banner(desk: SessionDesk, exchanges: int | None = None) -> list[str]:
    """The lines that say which session and which model this is."""
    if not desk.keeps:
        return ["Session: not stored (--no-session)", model_line(desk)]
    name = f"Session: {desk.place.session_id}"
    if exchanges is not None:
        name += f" (resumed, {exchanges} exchange{'' if exchanges == 1 else 's'})"
    return [name, model_line(desk)]


def model_line(desk: SessionDesk) -> str:
    """The line that says which model answers."""
    return f"Model: {desk.choice.model} ({desk.choice.provider_name})"


def status(desk: SessionDesk, where: str, cost: str = "") -> list[str]:
    """The first lines of `/status`; `cost` is what the exchanges cost, in words."""
    place = desk.place
    exchanges = place.exchanges
    rows = [
        (
            "Session",
            f"{place.session_id}{'' if place.stored else ' (not stored yet)'}"
            if desk.keeps
            else "not stored",
        ),
        ("Title", place.title or ""),
        ("Model", f"{desk.choice.model} ({desk.choice.provider_name})"),
        ("Exchanges", f"{place.complete}" + _others(exchanges, place.complete)),
        ("Tokens", tokens(exchanges)),
        ("Cost", cost),
        ("Stored in", where if desk.keeps else ""),
    ]
    return [f"{name}:".ljust(11) + value for name, value in rows if value]


def _others(exchanges: tuple[SessionExchange, ...], complete: int) -> str:
    others = len(exchanges) - complete
    return f" and {others} interrupted or failed" if others else ""
