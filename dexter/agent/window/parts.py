"""A long result of a tool as a request shows it: a part, how long the whole is, and how to read on.

Owns the marks. The whole stays with the session; its name for a model is an exchange and a number.
"""

from dexter.agent.window.tokens import BYTES_PER_TOKEN, estimate

NOW = "now"
"""Stands for the run under way, in place of an exchange."""

LEFT_OUT = "[left out to fit the model's window]"
_SHORT = 8


def reference(exchange_id: str | None, number: int) -> str:
    """What a model calls a result by.

    Args:
        exchange_id: The exchange that it belongs to, None for the run under way.
        number: Which of its results, from 1.
    """
    return f"{NOW if exchange_id is None else exchange_id[-_SHORT:]}.{number}"


def part(text: str, tokens: int, name: str = "") -> str:
    """The text, or if it has more than so many tokens its beginning and end, and in between how to read on.

    The result never has more than `tokens` tokens; with too few even for the mark it is empty.

    Args:
        text: Of any length; a long one is not gone through.
        tokens: The most to show.
        name: What the result is called by; empty if it can't be read on.
    """
    # A character has a byte at least: what is longer needs no counting.
    if len(text) <= tokens * BYTES_PER_TOKEN and estimate(text) <= tokens:
        return text
    room = int((tokens - estimate(_mark(len(text), len(text), len(text), name))) * BYTES_PER_TOKEN) - 4
    if room <= 0:
        return ""
    # More of the beginning: it says what the rest is about.
    head = text[:room].encode("utf-8", "surrogatepass")[: room * 2 // 3].decode("utf-8", "ignore")
    last = text[-room:].encode("utf-8", "surrogatepass")
    tail = last[-(room // 3) :].decode("utf-8", "ignore") if room >= 3 else ""
    return f"{head}{_mark(len(head), len(text) - len(tail), len(text), name)}{tail}"


def left_out(name: str) -> str:
    """What stands in place of a result that a request has no room for."""
    return f'[left out to fit the model\'s window; read_result("{name}") has it]' if name else LEFT_OUT


def _mark(start: int, end: int, whole: int, name: str) -> str:
    how = f'; read_result("{name}", start={start}) reads on' if name else ", cut to fit"
    return f"\n[... characters {start:,} to {end:,} of {whole:,} are not shown{how} ...]\n"
