"""All rows of the table in docs/benchmarks.md, at their full size, as markdown on standard output.

Each benchmark is a process of its own, so that one that fails, hangs or needs much memory is a line in the
table and no more; they share the homes that take long to make. What they print besides goes to standard
error.
"""

import argparse
import compileall
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.homes import project
from benchmarks.measure import Row

HEAD = "| figure | asked | reached | peers |\n| --- | --- | --- | --- |"
HOMES = "--homes"
PLAN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("save", ()),
    ("scale", ()),
    ("rest", ()),
    ("processes", ()),
    ("listing", ()),
    ("opening", ()),
    ("startup", ()),
    ("streaming", ()),
    ("catalog", ("--sessions", "1000", "--exchanges", "100")),
    ("memory", ()),
    ("meeting", ()),
    ("purge", ()),
    ("remotes", ("--rounds", "5")),
    ("masking", ()),
    ("answering", ()),
    ("recalling", ()),
)
LONGEST = 600.0
"""Seconds that one may take."""


def main(arguments: Sequence[str], machine: str, plan: Sequence[tuple[str, Sequence[str]]] = PLAN) -> int:
    """Print the table; 1 if a benchmark failed."""
    parser = argparse.ArgumentParser("table", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=[name for name, _ in plan], metavar="NAME", help="run that alone"
    )
    asked = parser.parse_args(arguments)
    for package in ("dexter", "gitstore"):  # as `make` and pip do: or each start would compile anew
        compileall.compile_dir(str(Path(__file__).parent.parent / package), quiet=1)
    failed = False
    print(f"{machine}\n\n{HEAD}", flush=True)
    with tempfile.TemporaryDirectory(prefix="dexter-bench-") as folder:
        for name, options in plan:
            if asked.only is None or name in asked.only:
                rows, wrong = _rows(name, options, folder)
                failed = failed or wrong
                print(*rows, sep="\n", flush=True)
    return int(failed)


def _rows(name: str, options: Sequence[str], folder: str) -> tuple[list[str], bool]:
    """The lines of one benchmark, and whether it failed."""
    command = [sys.executable, "-m", "benchmarks", HOMES, folder, name, *options]
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, env=project(), check=True, timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        return [str(Row(name, "", f"failed: not done after {LONGEST:.0f} s"))], True
    except subprocess.CalledProcessError as error:
        print(error.stdout, file=sys.stderr)
        return [str(Row(name, "", f"failed: exit code {error.returncode}, see standard error"))], True
    text, _, rows = done.stdout.partition(HEAD + "\n")
    print(text, file=sys.stderr, flush=True)
    return rows.splitlines(), False
