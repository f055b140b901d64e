"""The most memory that a process holds at once, with very many sessions: saving, listing, searching."""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.filling import Writer, names, open_store
from benchmarks.homes import Homes, project
from benchmarks.measure import Row, megabytes
from benchmarks.saving import save

_UNIT = 1 if sys.platform == "darwin" else 1024
_WATCH = """
import os, sys
child = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A small process between: what a fork of ours holds before it becomes the program would count, too."""


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print the table and return what it comes to."""
    parser = argparse.ArgumentParser("memory", description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--saves", type=int, default=50)
    asked = parser.parse_args(arguments)
    home = homes.filled(asked.sessions)
    program = (str(Path(sys.executable).with_name("dexter")), "--home", str(home))
    saves = f"from benchmarks.memory import saves; saves({str(home)!r}, {asked.sessions}, {asked.saves})"
    searching = (*program, "sessions", "search", "item7")
    peak(*program, "sessions", "search", "anything")  # makes the catalog
    found = {
        f"{asked.saves} saves in one process": peak(sys.executable, "-c", saves),
        "dexter --print with the built-in model": peak(*program, "-m", "offline", "-p", "What is a margin?"),
        "dexter sessions list": peak(*program, "sessions", "list"),
        "dexter sessions search": peak(*searching),
        "git status": peak("/usr/bin/env", "git", "-C", str(home / "sessions"), "status"),
    }
    shutil.rmtree(home / "catalog")
    found["dexter sessions search, catalog deleted"] = peak(*searching)
    print(f"the most memory at once, {asked.sessions:,} sessions")
    for name, size in found.items():
        print(f"{name:<58}{megabytes(size):>12}")
    print()
    git = found.pop("git status")
    return [
        Row(
            f"memory at {asked.sessions:,} sessions",
            "150 MB",
            "; ".join(f"{name} {size / 1e6:.0f} MB" for name, size in found.items()),
            f"git status {git / 1e6:.0f} MB",
        )
    ]


def peak(*command: str) -> int:
    """Bytes that a command held in memory at most."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _WATCH, *command],
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=project(),
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return int(done.stderr.split()[-1]) * _UNIT


def saves(home: str, sessions: int, count: int) -> None:
    """Save some exchanges in several sessions, until git has each."""
    writer, ids = Writer(5).prepare(count), names(min(count, sessions))
    with open_store(Path(home) / "sessions") as store:
        for number in range(count):
            save(store, writer, ids[number % len(ids)])
