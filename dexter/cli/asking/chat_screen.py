"""The screen of a chat, by what is at both ends of it, and the signals that close it.

What draws on a terminal is loaded where there is one.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from dexter.chat.commands import Command
from dexter.chat.screen import Close
from dexter.cli.options import Options
from dexter.terminal.typed import TypedQueries

if TYPE_CHECKING:
    from dexter.terminal.plain_screen import PlainScreen
    from dexter.terminal.screen import TerminalScreen


def screen_for(
    options: Options, typed: TypedQueries, further: Callable[[], Sequence[Command]]
) -> "TerminalScreen | PlainScreen":
    """The screen of this process.

    Args:
        options: Of this run.
        typed: What was typed before.
        further: Looks for slash commands beside those that every chat has.
    """
    term = options.environment.get("TERM", "")
    if not sys.stdout.isatty() or term in {"dumb", "unknown"}:
        from dexter.terminal.plain_screen import PlainScreen

        return PlainScreen(
            sys.stdin, sys.stdout, sys.stdout if sys.stdout.isatty() else _terminal(sys.stderr)
        )
    from dexter.terminal.device import open_keyboard, open_output
    from dexter.terminal.reflow import wraps_anew
    from dexter.terminal.screen import TerminalScreen
    from dexter.terminal.styles import Paint

    output = open_output(sys.stdout, term)
    paint = Paint(colour=not options.environment.get("NO_COLOR"))
    return TerminalScreen(
        open_keyboard(sys.stdin),
        output,
        history=typed.load(),
        paint=paint,
        wraps=wraps_anew(options.environment),
        further=further,
    )


def _terminal(stream: TextIO | None) -> TextIO | None:
    return stream if stream is not None and stream.isatty() else None


@contextlib.contextmanager
def closed_by_signals(screen: "TerminalScreen | PlainScreen", caught: list[int]) -> Iterator[None]:
    """Let a signal to end close the chat: what runs is cancelled and saved.

    Args:
        screen: Whose chat is closed.
        caught: Gets the numbers of the signals.
    """
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGTERM, signal.SIGHUP] if os.name == "posix" else []

    def close(number: int) -> None:
        caught.append(number)
        screen.give(Close())

    for number in numbers:
        loop.add_signal_handler(number, close, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
