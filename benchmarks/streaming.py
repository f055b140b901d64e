"""How a fast answer reaches the screen: a real chat in a pseudo-terminal, a server that streams at a pace.

Measured are how far the chat is behind the server in the end, how even its frames come, and how many
bytes it writes to the terminal for a byte of text.
"""

import argparse
import itertools
import os
import pty
import select
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path

from benchmarks.homes import Homes
from benchmarks.measure import Row
from benchmarks.pacing import PacedServer
from benchmarks.prose import Prose

TOKENS = 5_000
A_SECOND = 500
PROGRAM = str(Path(sys.executable).with_name("dexter"))
PROMPT = b"ask, or /help"


@dataclass(frozen=True)
class Seen:
    """One answer as it came: bytes of text and of terminal output, seconds behind, gaps between frames."""

    text: int
    written: int
    streamed: float
    behind: float
    longest_gap: float


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print what was measured at 80 and at 200 columns."""
    parser = argparse.ArgumentParser("streaming", description=__doc__)
    parser.add_argument("--tokens", type=int, default=TOKENS)
    parser.add_argument("--pace", type=int, default=A_SECOND, help="tokens a second")
    asked = parser.parse_args(arguments)
    folder = homes.folder("streaming")
    rows = []
    print(f"{'columns':>8}{'text':>9}{'written':>9}{'times':>7}{'tokens/s':>10}{'behind':>9}{'gap':>8}")
    for columns in (80, 200):
        seen = _measured(folder / str(columns), columns, asked.tokens, asked.pace)
        times = seen.written / seen.text
        pace = asked.tokens / seen.streamed
        behind, gap = f"{seen.behind * 1000:.0f} ms", f"{seen.longest_gap * 1000:.0f} ms"
        print(f"{columns:>8}{seen.text:>9}{seen.written:>9}{times:>7.2f}{pace:>10.0f}{behind:>9}{gap:>8}")
        name = f"{asked.tokens:,} tokens of markdown streamed at {pace:,.0f} a second, {columns} columns"
        rows += [
            Row(f"{name}: bytes written to the terminal", "3 times the text", f"{times:.2f} times"),
            Row(
                f"{name}: behind the server at the end", "does not fall behind", behind, f"longest gap {gap}"
            ),
        ]
    print()
    return rows


def _measured(home: Path, columns: int, tokens: int, pace: int) -> Seen:
    pieces = _pieces(tokens)
    text = "".join(pieces)
    with PacedServer(pieces, pace) as server:
        environment = {
            **os.environ,
            "OPENAI_BASE_URL": server.base_url,
            "OPENAI_API_KEY": "sk-bench-0123456789",
            "TERM": "xterm-256color",
        }
        child, terminal = pty.fork()
        if child == 0:
            os.execve(PROGRAM, [PROGRAM, "--home", str(home), "-m", "openai:bench"], environment)  # noqa: S606
        ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        _read_until(terminal, lambda seen: PROMPT in seen)
        os.write(terminal, b"Go on\r")
        arrivals: list[tuple[float, int]] = []
        ended = time.perf_counter()

        def over(seen: bytes) -> bool:
            nonlocal ended
            arrivals.append((time.perf_counter(), len(seen)))
            ended = time.perf_counter()
            return b"The end." in seen and server.done.is_set()

        _read_until(terminal, over)
        os.write(terminal, b"\x04")
        threading.Thread(target=_drain, args=(terminal,), daemon=True).start()
        os.waitpid(child, 0)
        began, done = server.times
        during = [moment for moment, _ in arrivals if began <= moment <= done]
        gaps = [after - before for before, after in itertools.pairwise(during)]
        written = arrivals[-1][1]
    return Seen(len(text.encode()), written, done - began, max(ended - done, 0.0), max(gaps, default=0.0))


def _pieces(tokens: int) -> list[str]:
    """An answer of paragraphs, lists and tables, in pieces of four or five characters as models give."""
    prose, text, number = Prose(1), "", 0
    while len(text) < 4.5 * tokens:
        number += 1
        text += f"## Part {number}\n\n{prose.text(700)}\n\n"
        text += "".join(f"- **{prose.question()}** {prose.text(150)}\n" for _ in range(4))
        rows = (f"| {year} | {year * 1.5:,.1f} | {year % 7}.{year % 10}% |\n" for year in range(2015, 2025))
        text += f"\n| Year | Revenue | Margin |\n|---|--:|--:|\n{''.join(rows)}\n"
    text = text[: int(4.5 * tokens) - 20].rstrip() + "\n\nThe end."
    edges = [place * 9 // 2 for place in range(len(text) * 2 // 9 + 2)]
    return [piece for begin, end in itertools.pairwise(edges) if (piece := text[begin:end])]


def _read_until(terminal: int, enough: Callable[[bytes], bool]) -> bytes:
    seen = b""
    while True:
        readable, _, _ = select.select([terminal], [], [], 60)
        if not readable:
            raise SystemExit(f"nothing for a minute:\n{seen[-2000:].decode(errors='replace')}")
        seen += os.read(terminal, 65536)
        if enough(seen):
            return seen


def _drain(terminal: int) -> None:
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        return
