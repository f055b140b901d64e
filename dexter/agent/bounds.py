"""When a run has gone far enough: what it has spent, against what it may."""

import msgspec

from dexter.agent.limits import Limits


class Spent(msgspec.Struct, frozen=True):
    """What a run has come to: model calls begun, tool calls, tokens, seconds, US dollars if known."""

    steps: int = 0
    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0
    dollars: float | None = None


def reached(spent: Spent, limits: Limits) -> str | None:
    """The limit that is reached, in a few words (`20 steps`), or None if there is still some way to go.

    The step that is being made counts: with a limit of 20 the 20th step is the last one.
    """
    if spent.steps >= limits.steps:
        return _counted(limits.steps, "step")
    if limits.calls is not None and spent.calls >= limits.calls:
        return _counted(limits.calls, "tool call")
    if limits.tokens is not None and spent.tokens >= limits.tokens:
        return f"{limits.tokens:,} tokens"
    if limits.dollars is not None and (spent.dollars or 0) >= limits.dollars:
        return f"{limits.dollars:g} US dollars"
    if limits.seconds is not None and spent.seconds >= limits.seconds:
        return _counted(limits.seconds, "second")
    return None


def _counted(number: float, what: str) -> str:
    return f"{number:g} {what}" if number == 1 else f"{number:g} {what}s"
