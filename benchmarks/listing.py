"""`dexter sessions list` over very many sessions, whole process: with the catalog, and with it deleted."""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.homes import Homes
from benchmarks.measure import Row, in_turn, middle, show

_SCAN = """
import json, pathlib, sys
rows = [json.loads(each.read_bytes()) for each in pathlib.Path(sys.argv[1]).glob("cli/*/session.json")]
for row in sorted(rows, key=lambda row: -row["updatedAt"]):
    print(row["id"], row["exchangeCount"], row.get("lastQuery", "")[:60])
"""


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print the table and return what it comes to."""
    parser = argparse.ArgumentParser("listing", description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=10)
    asked = parser.parse_args(arguments)
    home = homes.filled(asked.sessions)
    program = str(Path(sys.executable).with_name("dexter"))
    command = (program, "--home", str(home), "sessions", "list")
    repository = str(home / "sessions")

    def anew() -> None:
        shutil.rmtree(home / "catalog", ignore_errors=True)
        _run(*command)

    lines = _run(*command).count(b"\n")
    if lines < asked.sessions:
        raise SystemExit(f"{lines} lines for {asked.sessions} sessions")
    times = in_turn(
        [
            lambda: _run(*command),
            lambda: _run("git", "-C", repository, "ls-tree", "-r", "HEAD"),
            lambda: _run(sys.executable, "-c", _SCAN, repository),
        ],
        asked.rounds,
    )
    times += in_turn([anew], max(1, asked.rounds // 3))
    labels = [
        "dexter sessions list",
        "git ls-tree -r HEAD",
        "python, all session.json of the work tree",
        "dexter sessions list, catalog deleted",
    ]
    show(f"listing {asked.sessions:,} sessions, whole process", labels, times)
    what = f"`dexter sessions list`, {asked.sessions:,} sessions"
    return [
        Row(
            f"{what}, warm",
            "250 ms",
            middle(times[0]),
            f"git ls-tree -r {middle(times[1])}, a scan of all files {middle(times[2])}",
        ),
        Row(f"{what}, catalog deleted", "2.5 s", middle(times[3])),
    ]


def _run(*command: str) -> bytes:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout
