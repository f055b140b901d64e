"""How long the program takes to start: whole processes, from exec to exit or to a visible prompt.

`git --version` and `git log` run in turn with ours as a ruler for the machine's speed at that moment.
"""

import argparse
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.homes import Homes
from benchmarks.measure import Row, middle
from benchmarks.opening import make_long_session
from dexter.sessions import SessionManager

ROUNDS = 10
SESSIONS = 200
EXCHANGES = 100
MANY = 1_000
PROMPT = b"ask, or /help"
"""What stands in the empty prompt: the moment it is on the screen a person can type."""

PROGRAM = str(Path(sys.executable).with_name("dexter"))


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print a table: what was run, the least and the median time, and the figure that was asked for."""
    parser = argparse.ArgumentParser("startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--exchanges", type=int, default=EXCHANGES)
    parser.add_argument("--many", type=int, default=MANY, help="exchanges of the long session")
    asked = parser.parse_args(arguments)
    folder = homes.folder("startup")
    new, many, long, longest = (str(folder / name) for name in ("new", "many", "long", "longest"))
    _make_many_sessions(many, asked.sessions)
    session = _make_long_session(long, asked.exchanges)
    thousand = make_long_session(Path(longest), asked.many)
    repository = str(Path(many) / "sessions")
    listing = (PROGRAM, "--home", many, "sessions", "list")
    resuming = ("--home", long, "--session", session, "-m", "offline")
    opening = ("--home", longest, "--session", thousand, "-m", "offline")
    showing = (PROGRAM, "--home", longest, "sessions", "show", thousand)
    cases: list[tuple[str, int | None, Callable[[], float]]] = [
        ("git --version", None, lambda: _whole("git", "--version")),
        (
            "git log -200 of the same sessions",
            None,
            lambda: _whole("git", "-C", repository, "log", "-200"),
        ),
        ("python -c pass", None, lambda: _whole(sys.executable, "-c", "pass")),
        ("dexter --version", 90, lambda: _whole(PROGRAM, "--version")),
        (f"dexter sessions list, {asked.sessions} sessions", 150, lambda: _whole(*listing)),
        ("dexter, to a visible prompt", 250, lambda: _to_prompt("--home", new, "-m", "offline")),
        (f"dexter --session, {asked.exchanges} exchanges, to a prompt", 350, lambda: _to_prompt(*resuming)),
        (f"dexter --session, {asked.many} exchanges of 3 KB, to a prompt", 350, lambda: _to_prompt(*opening)),
        ("dexter sessions show, the same", None, lambda: _whole(*showing)),
    ]
    times: list[list[float]] = [[] for _ in cases]
    warm = asked.rounds > 1
    for number in range(asked.rounds + warm):
        for row, (_, _, run) in zip(times, cases, strict=True):
            took = run()
            if number >= warm:  # the first round warms the page cache
                row.append(took)
    print(f"start-up, {asked.rounds} rounds in turn, milliseconds")
    print(f"{'':<58}{'min':>7}{'median':>8}{'asked':>7}")
    for (name, goal, _), row in zip(cases, times, strict=True):
        row.sort()
        print(f"{name:<58}{row[0] * 1000:>7.0f}{row[len(row) // 2] * 1000:>8.0f}{goal or '':>7}")
    print()
    return [
        Row(name, f"{goal} ms", middle(row), f"git --version {middle(times[0])}")
        for (name, goal, _), row in zip(cases, times, strict=True)
        if goal is not None
    ]


def _whole(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return time.perf_counter() - began


def _to_prompt(*arguments: str) -> float:
    """Seconds from fork to the prompt on a pseudo-terminal; the program is then told to leave."""
    began = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.execv(PROGRAM, [PROGRAM, *arguments])  # noqa: S606  there is no shell in between, as wanted
    seen = b""
    took = None
    while True:
        readable, _, _ = select.select([terminal], [], [], 30)
        if not readable:
            raise SystemExit(f"no prompt within 30 s:\n{seen.decode(errors='replace')}")
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
        if b"\x1b[6n" in piece:  # where is the cursor? A real terminal answers.
            os.write(terminal, b"\x1b[1;1R")
        if took is None and PROMPT in seen:
            took = time.perf_counter() - began
            os.write(terminal, b"\x04")
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    if took is None or os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"dexter ended without a prompt:\n{seen.decode(errors='replace')}")
    return took


def _make_many_sessions(home: str, sessions: int) -> None:
    with SessionManager(Path(home)) as manager:
        for number in range(sessions):
            manager.start_new("offline", "offline")
            _save(manager, number)


def _make_long_session(home: str, exchanges: int) -> str:
    with SessionManager(Path(home)) as manager:
        session = manager.start_new("offline", "offline")
        for number in range(exchanges):
            _save(manager, number)
    return session.id


def _save(manager: SessionManager, number: int) -> None:
    table = f"| year | margin |\n|---|---|\n| {number} | {number}% |\n\n"
    answer = f"The margin of year {number} was **{number}%**.\n\n{table}" * 5
    manager.save_exchange(
        query=f"What was the operating margin of year {number}?",
        answer=answer,
        summary=f"Margin of year {number}.",
        model="offline",
        status="complete",
        duration=1200,
        token_usage=None,
    )
